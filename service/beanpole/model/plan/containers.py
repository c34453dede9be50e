"""The events that platforms of containers add to a deployment on an instance (docs/facts.md#container-platforms).

Which platforms write them is inferred: Docker and ECS on Amazon Linux 2 and later, at every deployment of a version. No
event names the pulled image, whose name is not read from the bundle.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import Instance
from beanpole.model.events import failures, messages
from beanpole.model.events.messages import Message
from beanpole.model.names.ids import Ids
from beanpole.model.platforms.catalog import partition

Containers = Literal["docker", "ecs"]

ATTEMPTS = 2  # at a task, before ECS gives up
SAMPLE = ("php-app", "nginx-proxy")  # the containers of the guide's example, where no bundle was read [inferred]


class Task(NamedTuple):
    """The containers of a task by their names, and the deployment that starts it."""

    containers: tuple[str, ...]
    deployment_id: int


def start_events(
    kind: Containers | None, environment: Environment, before: Instance, deployment_id: int, seed: int
) -> Iterator[Message]:
    """The events of a success on an instance, which is given as it was `before`; a task that ran there stops first."""
    if kind == "docker":
        yield messages.IMAGE_BUILT()
        yield messages.CONTAINER_RUNS(container=Ids(seed, before.id, deployment_id, "container").hexadecimal(12))
    elif kind == "ecs":
        if before.deployment_id:
            task = _task(environment, before.id, before.deployment_id, seed)
            yield messages.STOPPING_TASK(task=task)
            yield messages.TASK_STOPPED(task=task)
        yield messages.STARTING_TASK(family=_family(environment), revision=deployment_id)
        yield messages.TASK_RUNS(task=_task(environment, before.id, deployment_id, seed))


def failure_events(
    kind: Containers | None, environment: Environment, instance_id: str, task: Task, seed: int
) -> Iterator[Message]:
    """The events of an instance where the command failed; Docker is not known to have any.

    ECS tries twice, with a task of its own each time, and names its containers with the reason of each, which is empty.
    """
    if kind != "ecs":
        return
    for attempt in range(ATTEMPTS):
        stopped_task = _task(environment, instance_id, task.deployment_id, seed, attempt)
        yield failures.TASK_STOPPED_AGAIN(task=stopped_task)
        yield failures.TASK_STOPPED_BY(containers="".join(f"{name}: " for name in task.containers))
    yield failures.TASK_NOT_STARTED()


def _family(environment: Environment) -> str:
    """The name of the task definition, and of the cluster, too [inferred]."""
    return f"awseb-{environment.environment_name}-{environment.id.removeprefix('e-')}"


def _task(environment: Environment, instance_id: str, deployment_id: int, seed: int, attempt: int = 0) -> str:
    """The ARN of a task; those after the first attempt of a deployment have ids of their own."""
    more = (attempt,) if attempt else ()
    id_ = Ids(seed, instance_id, deployment_id, "task", *more).hexadecimal(32)
    scope = f"arn:{partition(environment.region)}:ecs:{environment.region}:{environment.account_id}"
    return f"{scope}:task/{_family(environment)}/{id_}"
