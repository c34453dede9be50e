"""The log that the builder of a custom platform streams to CloudWatch Logs: the events of the build on the builder.

The first line is that of a build of 2019 (github.com/sonodar/elasticbeanstalk-phoenix-platform has the others).
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from beanpole.model.custom_platforms.custom_platform import CustomPlatform
from beanpole.model.events import messages
from beanpole.model.events.event import Event

_HEAD = "# Logfile created on {at} by logger.rb/47272"


def lines(platform: CustomPlatform, events: Iterable[Event]) -> list[tuple[int, str]]:
    """The lines with their instants, of all events of a version, oldest first; none until the group is made."""
    first, build = messages.CREATING_PLATFORM_LOGS(name=platform.platform_name).text, []
    for event in events:
        if event.message == first:
            at = datetime.fromtimestamp(event.at / 1000, UTC)
            build = [(event.at, _HEAD.format(at=f"{at:%Y-%m-%d %H:%M:%S} +0000"))]
        if build:
            build.append((event.at, event.message))
    return build
