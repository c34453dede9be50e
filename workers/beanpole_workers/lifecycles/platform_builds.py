"""How the building and the deletion of a custom platform's version end."""

from msgspec.structs import replace

from beanpole.model.change import Change
from beanpole.model.custom_platform import CustomPlatform


def advance(platform: CustomPlatform, horizon: int) -> Change | None:
    """What is due of it."""
    if platform.due is None or platform.due > horizon:
        return None
    return Change(puts=(replace(platform, due=None, date_updated=platform.due),))
