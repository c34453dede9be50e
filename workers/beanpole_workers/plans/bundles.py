"""What the source bundle of a version has to do with its deployment, as far as anybody looked into it.

Only what the service was seen to say is told, and nearly all of it only of platforms whose engine speaks so: those on
Amazon Linux 2 and later, but for ECS, which knows other files. What becomes of containers does not depend on a bundle.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from beanpole.model.applications import contents
from beanpole.model.applications.contents import Contents
from beanpole.model.environment import option_layers
from beanpole.model.events import messages
from beanpole.model.events.failures import Defect
from beanpole.model.events.messages import Message
from beanpole.model.plan.containers import Containers
from beanpole.model.plan.durations import Timed, instantly
from beanpole.model.plan.fault_targets import GIVEN_UP
from beanpole.model.plan.plan import Scheduled, Situation
from beanpole.model.plan.steps import Announce, Deploy
from beanpole.model.platforms.catalog import SolutionStack

ENGINES = frozenset(("al2", "al2023"))
COMPOSE = "docker-compose.yml"
DOCKER_FILES = frozenset(("Dockerfile", "Dockerrun.aws.json", COMPOSE))
NODE_FILES = frozenset(("Procfile", "package.json", "server.js", "app.js"))
RUN_PROCFILES = frozenset(("dotnet-linux", "go", "java", "nodejs", "python", "ruby"))  # [I] the guide names no list


def warned(situation: Situation) -> Iterator[Timed]:
    """What is passed over of a version that an activity brings, told as it begins."""
    label = situation.activity.version_label
    for it in contents.warnings(situation.contents.get(label or "")):
        yield Announce(it), instantly


def refusals(situation: Situation) -> tuple[Message, ...]:
    """Why a version that an activity brings is not even tried."""
    label = situation.activity.version_label or ""
    return contents.deployment_failures(situation.contents.get(label), label)


def found(situation: Situation, scheduled: tuple[Scheduled, ...]) -> tuple[Scheduled, ...]:
    """A plan whose deployments know what the instances find in the bundle.

    In a plan that comes after two others have failed they find nothing wrong, so that every story has an end.
    """
    kind = _containers(situation)
    if not (situation.contents or kind):
        return scheduled
    return tuple(
        replace(it, step=_found(situation, it.step, kind)) if isinstance(it.step, Deploy) else it for it in scheduled
    )


def _found(situation: Situation, step: Deploy, kind: Containers | None) -> Deploy:
    if step.command_name != "deploy":
        return step
    step = replace(step, containers=kind)
    brought = situation.contents.get(step.version_label or "")
    if brought is None:
        return step
    if kind == "docker" and COMPOSE in (brought.starting or ()):
        step = replace(step, containers=None)  # what is told of its containers is not known
    platform = _platform(situation)
    defect = _defect(brought, platform) if situation.activity.undoing < GIVEN_UP else None
    return replace(step, notes=_notes(brought, platform), defect=defect)


def _platform(situation: Situation) -> frozenset[str]:
    """The traits of the platform that a plan leaves behind; none where the engine's sentences are not known."""
    stack = _stack(situation)
    known = stack is not None and not ENGINES.isdisjoint(stack.traits) and not stack.branch.startswith("ECS ")
    return frozenset(stack.traits) if stack is not None and known else frozenset()


def _containers(situation: Situation) -> Containers | None:
    """What an instance runs the application in, if that is told."""
    stack = _stack(situation)
    if stack is None or ENGINES.isdisjoint(stack.traits) or "docker" not in stack.traits:
        return None
    return "ecs" if stack.branch.startswith("ECS ") else "docker"


def _stack(situation: Situation) -> SolutionStack | None:
    """The platform that a plan leaves behind."""
    environment, activity = situation.environment, situation.activity
    after = environment if situation.failure else option_layers.with_changes(environment, activity.changes)
    return situation.rules.platforms.of(after.solution_stack_name, after.platform_arn)


def _defect(brought: Contents, platform: frozenset[str]) -> Defect | None:
    """Why the application cannot be started; a bundle that cannot be opened is none on any platform [inferred]."""
    if any(it.what == "bundle" for it in brought.problems):
        return "SOURCE_BUNDLE_HAS_ISSUES"
    if brought.starting is None:
        return None
    if "docker" in platform and DOCKER_FILES.isdisjoint(brought.starting):
        return "NO_DOCKER_FILES"
    if "nodejs" in platform and NODE_FILES.isdisjoint(brought.starting):
        return "NO_PROCFILE_FOR_NODE"
    if "nodejs" in platform and brought.package == "no-json":
        return "NPM_FAILED"
    return None


def _notes(brought: Contents, platform: frozenset[str]) -> tuple[Message, ...]:
    """What runs the application, and how the engine knows what to start; of several JAR files it chooses none."""
    starting = brought.starting or ()
    if "Procfile" in starting:
        started: tuple[Message, ...] = (messages.PROCFILE_USED(),) if platform & RUN_PROCFILES else ()
    elif "java" in platform and len([it for it in starting if it.endswith(".jar")]) == 1:
        started = messages.JAR_DETECTED(), messages.PROCFILE_GENERATED()
    else:
        started = ()
    any_node = "nodejs" in platform and brought.package == "any-node"
    return (messages.NODE_VERSION_UNSPECIFIED(), *started) if any_node else started
