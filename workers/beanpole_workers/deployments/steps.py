"""The vocabulary of plans: everything that can happen to an environment between a request and its end.

A step is data. What it does when it begins and when it ends is `effects`; how long it lasts is said beside it, in the
plan. Instances are named by id, and named when the plan is made.
"""

from msgspec import Struct

from beanpole.model.instance import Doing
from beanpole.model.messages import Message


class _Step(Struct, frozen=True, omit_defaults=True, tag_field="does"):
    """A word of the vocabulary; its tag is its name in a stored plan."""


class Announce(_Step, frozen=True, tag="announce"):
    """Say something."""

    message: Message


class Wait(_Step, frozen=True, tag="wait"):
    """Nothing that anybody sees; time passes."""


class Provision(_Step, frozen=True, tag="provision"):
    """Create a resource of a kind of `resources.KINDS`; `quietly`: the service does not speak of it here."""

    kind: str
    quietly: bool = False


class Deprovision(_Step, frozen=True, tag="deprovision"):
    """Delete the resource of a kind; `quietly`: it is only let go of, or nobody speaks of it."""

    kind: str
    quietly: bool = False


class LaunchInstances(_Step, frozen=True, tag="launch-instances"):
    """The Auto Scaling group starts instances; they boot."""

    instances: tuple[str, ...]


class JoinInstances(_Step, frozen=True, tag="join-instances"):
    """Instances have booted and belong to the environment."""

    instances: tuple[str, ...]


class Deploy(_Step, frozen=True, tag="deploy"):
    """Run a command on instances: a deployment's, or one that keeps the version."""

    instances: tuple[str, ...]
    version_label: str | None
    deployment_id: int
    doing: Doing = "deploy"


class AdoptVersion(_Step, frozen=True, tag="adopt-version"):
    """What was deployed is from now on what the environment expects of its instances."""

    version_label: str | None
    deployment_id: int


class AdoptSettings(_Step, frozen=True, tag="adopt-settings"):
    """The settings that were asked for are from now on the environment's own."""


class AdoptTags(_Step, frozen=True, tag="adopt-tags"):
    """The environment and its resources are tagged as was asked."""


class TerminateInstances(_Step, frozen=True, tag="terminate-instances"):
    """Instances go out of service and shut down."""

    instances: tuple[str, ...]


class RemoveInstances(_Step, frozen=True, tag="remove-instances"):
    """Instances are gone."""

    instances: tuple[str, ...]


class Linked(_Step, frozen=True, tag="linked"):
    """The environments that this one waited for are linked; from now on it does what was asked of it."""


class Finish(_Step, frozen=True, tag="finish"):
    """The activity is over and the environment is Ready."""


class Release(_Step, frozen=True, tag="release"):
    """The environment is Terminated and gives back its names; its settings are kept, to rebuild it from."""


Step = (
    Announce
    | Wait
    | Provision
    | Deprovision
    | LaunchInstances
    | JoinInstances
    | Deploy
    | AdoptVersion
    | AdoptSettings
    | AdoptTags
    | TerminateInstances
    | RemoveInstances
    | Linked
    | Finish
    | Release
)
