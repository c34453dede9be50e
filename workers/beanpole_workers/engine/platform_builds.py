"""The build and the deletion of a version of a custom platform (captures of `eb platform create`).

A row is a stage: the row of its duration, and the message of the event at its end. The rows follow from the platform
itself, so only its `stage` has to be stored.
"""

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from beanpole.model.changes.change import Change
from beanpole.model.custom_platforms.custom_platform import CustomPlatform, PlatformStatus
from beanpole.model.environment.environment import Environment
from beanpole.model.events import messages
from beanpole.model.events.event import Event
from beanpole.model.events.messages import Message
from beanpole.model.names.ids import Ids
from beanpole.model.plan.rules import Rules

Write = Callable[[CustomPlatform, str], Message]  # the second is the id of the machine image
Rows = tuple[tuple[str, Write], ...]

FIRST: Rows = (
    ("builder", lambda platform, image: messages.CREATING_PLATFORM_BUILDER(environment=platform.builder_name)),
    ("packer", lambda platform, image: messages.STARTING_PACKER()),
)
AGAIN: Rows = (("packer-again", lambda platform, image: messages.STARTING_PACKER()),)
BUILD: Rows = (
    ("logs", lambda platform, image: messages.CREATING_PLATFORM_LOGS(name=platform.platform_name)),
    ("image", lambda platform, image: messages.PLATFORM_IMAGE_BUILT(image=image, arn=platform.platform_arn)),
    ("images", lambda platform, image: messages.PACKER_BUILT(image=image)),
    ("created", lambda platform, image: messages.PLATFORM_CREATED(platform=platform.full_name)),
)
REFUSAL: Rows = (
    ("problem", lambda platform, image: messages.PLATFORM_DEFINITION_INVALID(problem=platform.defined.problem)),
    ("failed", lambda platform, image: messages.PLATFORM_NOT_CREATED(platform=platform.full_name)),
)
DELETION: Rows = (("deleted", lambda platform, image: messages.PLATFORM_DELETED(platform=platform.full_name)),)
REFUSED_DELETION: Rows = (
    ("deleted", lambda platform, image: messages.PLATFORM_NOT_DELETED(platform=platform.full_name)),
)


def advance(platform: CustomPlatform, rules: Rules, environments: Iterable[Environment], horizon: int) -> Change | None:
    """The change of all stages that are due by the horizon; with one of the `environments` it is not deleted."""
    if platform.due is None or platform.due > horizon:
        return None
    in_use = any(platform.is_used_by(environment) for environment in environments)
    rows, before, events = _rows(platform, in_use), platform, list[Event]()
    image = "ami-" + Ids(rules.clock.seed, "image", platform.platform_arn).hexadecimal(17)
    while platform.due is not None and platform.due <= horizon:
        at, stage = platform.due, platform.stage
        if stage:
            events.append(platform.tell(rows[stage - 1][1](platform, image), at))
        if stage < len(rows):
            platform = replace(platform, stage=stage + 1, due=at + _lasting(platform, rules, rows[stage][0]))
        else:
            platform = _end(platform, image, in_use, at)
    if platform.status == "Deleted":
        return Change(deletes=(before,), events=tuple(events))
    return Change(puts=(platform,), events=tuple(events))


def _rows(platform: CustomPlatform, in_use: bool) -> Rows:
    if platform.status == "Deleting":
        return REFUSED_DELETION if in_use else DELETION
    if platform.defined.problem is not None:
        return REFUSAL
    return (FIRST if platform.new_builder else AGAIN) + BUILD


def _end(platform: CustomPlatform, image: str, in_use: bool, at: int) -> CustomPlatform:
    """A build ends as Ready or Failed; a deletion as Deleted, or in the status before if the platform is in use."""
    ended = replace(platform, due=None, date_updated=at)
    if platform.status == "Deleting":
        before: PlatformStatus = "Ready" if platform.image_id else "Failed"
        return replace(ended, status=before if in_use else "Deleted")
    if platform.defined.problem is not None:
        return replace(ended, status="Failed")
    return replace(ended, status="Ready", image_id=image)


def _lasting(platform: CustomPlatform, rules: Rules, name: str) -> int:
    """The milliseconds of a stage, always the same for a seed and a request."""
    activity = "delete-platform" if platform.status == "Deleting" else "build-platform"
    seed = rules.clock.seed, platform.platform_arn, platform.request_id, name
    return rules.clock.lasting(round(rules.timings.activities[activity].draw(name, *seed), 3))
