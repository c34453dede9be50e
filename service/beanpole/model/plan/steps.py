"""The vocabulary of plans: everything that can happen to an environment between a request and its end.

A step is data. What it does when it begins and when it ends stands in the engine's `effects`; how long it lasts stands
beside it, in the plan. The ids of instances are drawn when the plan is made.
"""

from msgspec import Struct

from beanpole.model.bundles.template import Template
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
    """Write an event."""

    message: Message


class Wait(_Step, frozen=True, tag="wait"):
    """Let time pass without an effect; `why` says for what."""

    why: str


class Provision(_Step, frozen=True, tag="provision"):
    """Create a resource of a kind of `resources.KINDS`; `quietly`: the service writes no event of it here.

    The creation of the kinds `beside` it is under way at the same time; it ends in steps of their own, which are
    `begun` here and cannot fail there. That of the kinds `during` it ends first, when the
    step has lasted its time, and the table of durations says how long the rest takes.
    """

    kind: str
    quietly: bool = False
    beside: tuple[str, ...] = ()
    begun: bool = False
    during: tuple[str, ...] = ()


class UpdateStack(_Step, frozen=True, tag="update-stack"):
    """The environment's stack takes over what changes in its resources; `message` is the event of that."""

    message: Message


class AdoptTemplate(_Step, frozen=True, tag="adopt-template"):
    """The environment's stack has the custom resources and the outputs of a version from now on, and no others."""

    template: Template | None = None


class Deprovision(_Step, frozen=True, tag="deprovision"):
    """Delete the resource of a kind; `quietly`: no event is written (it is retained, or the service is silent here)."""

    kind: str
    quietly: bool = False


class DeleteStack(_Step, frozen=True, tag="delete-stack"):
    """Delete the environment's stack, unless a resource could not be deleted; `message` is the event that follows."""

    message: Message | None = None


class Repoint(_Step, frozen=True, tag="repoint"):
    """The environment's CNAME points to the resource of a kind from now on."""

    kind: str


class LaunchInstances(_Step, frozen=True, tag="launch-instances"):
    """An Auto Scaling group starts instances; they boot. `group` is the kind of resource that the group is."""

    instances: tuple[str, ...]
    group: str = "auto-scaling-group"


class JoinInstances(_Step, frozen=True, tag="join-instances"):
    """Instances have booted and are in service; `quietly`: their event follows in a step of its own.

    Where the stack waits for their signals, it does so for `signals_within` seconds.
    """

    instances: tuple[str, ...]
    quietly: bool = False
    signals_within: float | None = None


class AnnounceInstances(_Step, frozen=True, tag="announce-instances"):
    """Write the event of instances that have joined quietly."""

    instances: tuple[str, ...]


class Deregister(_Step, frozen=True, tag="deregister"):
    """The load balancer takes instances out of service."""

    instances: tuple[str, ...]


class Register(_Step, frozen=True, tag="register"):
    """The load balancer sends requests to instances, if they pass its checks."""

    instances: tuple[str, ...]


class AwaitHealth(_Step, frozen=True, tag="await-health"):
    """Wait until instances pass their health checks, `timeout` seconds at most.

    An instance whose health stays worse than the `threshold` fails the plan, unless the environment `ignores` that.
    Where health is not `enhanced` it is only whether the instance passes the checks; with `watches_4xx` the errors of
    clients are part of it. Where the stack waits for signals of the health, `signals`.
    """

    instances: tuple[str, ...]
    timeout: float
    ignores: bool = False
    threshold: HealthStatus = "Ok"
    watches_4xx: bool = True
    enhanced: bool = True
    signals: bool = False


class ShareTraffic(_Step, frozen=True, tag="share-traffic"):
    """The load balancer sends this percentage of the requests to the new side; None: it no longer splits them."""

    percent: int | None = None


class LeaveGroup(_Step, frozen=True, tag="leave-group"):
    """Instances are detached from the temporary Auto Scaling group."""

    instances: tuple[str, ...]


class EnterGroup(_Step, frozen=True, tag="enter-group"):
    """Instances are attached to the permanent Auto Scaling group."""

    instances: tuple[str, ...]


class Deploy(_Step, frozen=True, tag="deploy"):
    """Run a command on instances: it deploys a version, or keeps the version.

    It fails on an instance that has not responded after `timeout` seconds. `serves`: the instances are in service as
    soon as it has ended. `quietly`: there are no events of the instances on which it succeeded. `notes` are the events
    of what an instance finds in the source bundle, `containers` the kind of containers whose events its platform
    writes, `task` the names of those of an ECS task; with a `defect` the command fails on all instances. `bundle` is
    the digest of the version's source bundle, if it was read; the instance `leader` carries out what is for the leader
    only.
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
    task: tuple[str, ...] = ()
    defect: Defect | None = None
    bundle: str | None = None
    leader: str | None = None


class Close(_Step, frozen=True, tag="close"):
    """Let the activity no longer be aborted: only the clean-up is left."""


class AdoptVersion(_Step, frozen=True, tag="adopt-version"):
    """The environment expects from now on that its instances have this deployment, of the bundle with that digest."""

    version_label: str | None
    deployment_id: int
    bundle: str | None = None


class AdoptSettings(_Step, frozen=True, tag="adopt-settings"):
    """The environment takes over the settings, the saved configuration and the platform of the request."""


class AdoptTags(_Step, frozen=True, tag="adopt-tags"):
    """The environment and its resources take over the tags of the request."""


class TerminateInstances(_Step, frozen=True, tag="terminate-instances"):
    """Instances go out of service and shut down; `keeps_logs`: each uploads a bundle of its logs first."""

    instances: tuple[str, ...]
    keeps_logs: bool = False


class RemoveInstances(_Step, frozen=True, tag="remove-instances"):
    """Instances are terminated; `announced`: each has an event, if it had one when it joined."""

    instances: tuple[str, ...]
    announced: bool = False


class Linked(_Step, frozen=True, tag="linked"):
    """The links to other environments are made; from now on the environment carries out its own request."""


class Finish(_Step, frozen=True, tag="finish"):
    """The activity is over and the environment is Ready; settings that could not be deployed stay as a failed draft."""

    outcome: Outcome = "done"


class Release(_Step, frozen=True, tag="release"):
    """The environment is Terminated and gives back its names; its settings are kept, to rebuild it from."""


Step = (
    Announce
    | Wait
    | Provision
    | UpdateStack
    | AdoptTemplate
    | Deprovision
    | DeleteStack
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
