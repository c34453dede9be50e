"""The functions that answer, one file per noun; importing this room makes them known."""

from beanpole.operations import (
    account,
    application_versions,
    applications,
    configuration,
    environments,
    events,
    platforms,
)
from beanpole.operations.registry import HANDLERS

__all__ = [
    "HANDLERS",
    "account",
    "application_versions",
    "applications",
    "configuration",
    "environments",
    "events",
    "platforms",
]
