"""The vocabulary of plans: everything that can happen to an environment between a request and its end.

A step is data. What it does when it begins and when it ends is `effects`; how long it lasts is said beside it, in the
plan. Instances are named by id, and named when the plan is made.
"""

from msgspec import Struct

from beanpole.model.environment.activity import Outcome
from beanpole.model.environment.instance import CommandName
from beanpole.model.environment.status import HealthStatus
from beanpole.model.events.failures import Defect
from beanpole.model.events.messages import Message
from beanpole.model.plan.containers import Containers

TEMPORARY = "temporary-group"  # the kind of resource that a new side has while the old one is there


class _Step(Struct, frozen=True, omit_defaults=True, tag_field="does"):
    """A word of the vocabulary; its tag is its name in a stored plan."""


class Announce(_Step, frozen=True, tag="announce"):
    """Say something."""

    message: Message


class Wait(_Step, frozen=True, tag="wait"):
    """Nothing that anybody sees; time passes, and `why` says for what."""

    why: str


class Provision(_Step, frozen=True, tag="provision"):
    """Create a resource of a kind of `resources.KINDS`; `quietly`: the service does not speak of it here."""

    kind: str
    quietly: bool = False


class Deprovision(_Step, frozen=True, tag="deprovision"):
    """Delete the resource of a kind; `quietly`: it is only let go of, or nobody speaks of it."""

    kind: str
    quietly: bool = False


class Repoint(_Step, frozen=True, tag="repoint"):
    """The environment's names lead to the resource of a kind from now on."""

    kind: str


class LaunchInstances(_Step, frozen=True, tag="launch-instances"):
    """An Auto Scaling group starts instances; they boot. `group` is the kind of resource that the group is."""

    instances: tuple[str, ...]
    group: str = "auto-scaling-group"


class JoinInstances(_Step, frozen=True, tag="join-instances"):
    """Instances have booted and belong to the environment; `quietly`: the service speaks of it later."""

    instances: tuple[str, ...]
    quietly: bool = False


class AnnounceInstances(_Step, frozen=True, tag="announce-instances"):
    """The service speaks of instances that have joined quietly."""

    instances: tuple[str, ...]


class Deregister(_Step, frozen=True, tag="deregister"):
    """The load balancer takes instances out of service."""

    instances: tuple[str, ...]


class Register(_Step, frozen=True, tag="register"):
    """The load balancer sends requests to instances, if they pass its checks."""

    instances: tuple[str, ...]


class AwaitHealth(_Step, frozen=True, tag="await-health"):
    """Wait until instances pass their health checks, `timeout` seconds at most.

    One whose health stays worse than the `threshold` fails the plan, unless the user `ignores` that. Where health is
    not `enhanced` it is only whether it passes the checks; errors of clients are part of it where somebody
    `watches_4xx`.
    """

    instances: tuple[str, ...]
    timeout: float
    ignores: bool = False
    threshold: HealthStatus = "Ok"
    watches_4xx: bool = True
    enhanced: bool = True


class ShareTraffic(_Step, frozen=True, tag="share-traffic"):
    """The load balancer sends this percentage of the requests to the new side; None: it is whole again."""

    percent: int | None = None


class LeaveGroup(_Step, frozen=True, tag="leave-group"):
    """Instances are detached from the temporary Auto Scaling group."""

    instances: tuple[str, ...]


class EnterGroup(_Step, frozen=True, tag="enter-group"):
    """Instances are attached to the permanent Auto Scaling group."""

    instances: tuple[str, ...]


class Deploy(_Step, frozen=True, tag="deploy"):
    """Run a command on instances: a deployment's, or one that keeps the version.

    Where it has not ended after `timeout` seconds it is given up. `serves`: the instances serve as soon as it has
    ended. `quietly`: nothing is told of those on which it ended well. What it finds in the source bundle each instance
    `notes` before it is done, and its platform what becomes of its `containers`; with a `defect` it cannot end well on
    any.
    """

    instances: tuple[str, ...]
    version_label: str | None
    deployment_id: int
    command_name: CommandName = "deploy"
    timeout: float = 840.0
    serves: bool = True
    quietly: bool = False
    notes: tuple[Message, ...] = ()
    containers: Containers | None = None
    defect: Defect | None = None


class Close(_Step, frozen=True, tag="close"):
    """What is left is cleaning up, and cannot be aborted."""


class AdoptVersion(_Step, frozen=True, tag="adopt-version"):
    """What was deployed is from now on what the environment expects of its instances."""

    version_label: str | None
    deployment_id: int


class AdoptSettings(_Step, frozen=True, tag="adopt-settings"):
    """The settings, the saved configuration and the platform that were asked for are the environment's own now."""


class AdoptTags(_Step, frozen=True, tag="adopt-tags"):
    """The environment and its resources are tagged as was asked."""


class TerminateInstances(_Step, frozen=True, tag="terminate-instances"):
    """Instances go out of service and shut down; where they are `keeps_logs` each leaves a bundle of its logs."""

    instances: tuple[str, ...]
    keeps_logs: bool = False


class RemoveInstances(_Step, frozen=True, tag="remove-instances"):
    """Instances are gone; `announced`: each is told of, if its coming was."""

    instances: tuple[str, ...]
    announced: bool = False


class Linked(_Step, frozen=True, tag="linked"):
    """The environments that this one waited for are linked; from now on it does what was asked of it."""


class Finish(_Step, frozen=True, tag="finish"):
    """The activity is over and the environment is Ready; settings that could not be deployed stay as a failed draft."""

    outcome: Outcome = "done"


class Release(_Step, frozen=True, tag="release"):
    """The environment is Terminated and gives back its names; its settings are kept, to rebuild it from."""


Step = (
    Announce
    | Wait
    | Provision
    | Deprovision
    | Repoint
    | LaunchInstances
    | JoinInstances
    | AnnounceInstances
    | Deregister
    | Register
    | AwaitHealth
    | ShareTraffic
    | LeaveGroup
    | EnterGroup
    | Deploy
    | Close
    | AdoptVersion
    | AdoptSettings
    | AdoptTags
    | TerminateInstances
    | RemoveInstances
    | Linked
    | Finish
    | Release
)
