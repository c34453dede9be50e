"""The handlers of the operations, a file per topic; those of a noun of the spec are imported at its first call.

They are imported one after the other until the operation is there, so those that are called first come first.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module

from beanpole.operations import registry
from beanpole.operations.registry import Handler
from beanpole.wire import spec

MODULES: Mapping[str, tuple[str, ...]] = {  # by the noun of the spec
    "account": ("account",),
    "application-versions": ("application_versions",),
    "applications": ("applications",),
    "configuration": ("configuration", "options", "templates", "validations"),
    "environment-info": ("environment_info",),
    "environments": (
        "environment_lists",
        "environments",
        "updates",
        "rebuilds",
        "swaps",
        "aborts",
        "compositions",
        "operations_roles",
    ),
    "events": ("events",),
    "health": ("health",),
    "managed-actions": ("managed_actions",),
    "platforms": ("custom_platforms", "platforms"),
    "tags": ("tags",),
}


class Handlers(Mapping[str, Handler]):
    """The handler of each operation of the spec."""

    def __getitem__(self, name: str) -> Handler:
        if name not in registry.HANDLERS:
            operation = spec.load().operation(name)
            for module in MODULES[operation.noun] if operation else ():
                import_module(f"{__name__}.{module}")
                if name in registry.HANDLERS:
                    break
        return registry.HANDLERS[name]

    def __iter__(self) -> Iterator[str]:
        return iter(spec.load().operations)

    def __len__(self) -> int:
        return len(spec.load().operations)


HANDLERS = Handlers()

__all__ = ["HANDLERS"]
