"""How the processing of an application version ends (lifecycles.md 1.1)."""

from msgspec.structs import replace

from beanpole.model.application import ApplicationVersion
from beanpole.model.change import Change


def advance(version: ApplicationVersion, horizon: int) -> Change | None:
    """The end of its processing, if that is due."""
    if version.due is None or version.due > horizon:
        return None
    return Change(puts=(replace(version, due=None, date_updated=version.due),))
