"""The tables of `api-spec/catalog`: options, platforms, quotas and timings, each read when it is first asked for.

A user may lay rows over ours: a mapping of the same shape, whose keys are the names of the files. Mappings are merged
key by key; a value that is not a mapping replaces ours.
"""

from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import msgspec

from beanpole.model.options.definitions import OptionCatalog, option_catalog
from beanpole.model.platforms.catalog import PlatformCatalog, platform_catalog
from beanpole.tables import api_spec, tables
from beanpole.threads.decoders import convert

TABLES = ("configuration-options", "platforms", "quotas", "requirements", "timings")

_DAY = 86_400_000  # milliseconds
_own: dict[str, Any] = {}


class Quotas(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The limits of the service; the unit is the last word of a name, else it is a count."""

    applications: int
    application_versions: int
    environments: int
    configuration_templates: int
    custom_platform_versions: int
    tags_per_environment: int
    tags_per_resource: int
    source_bundle_bytes: int
    environment_properties_bytes: int
    max_records: int
    instances_health_page: int
    managed_action_items: int
    versions_deleted_per_run: int
    version_kept_after_termination_weeks: int
    event_retention_days: int
    restore_window_days: int
    terminated_listed_seconds: int

    @property
    def event_retention(self) -> int:
        """Milliseconds for which an event is listed."""
        return self.event_retention_days * _DAY

    @property
    def environment_memory(self) -> int:
        """Milliseconds for which a terminated environment is kept: the life cycle of versions needs it longer."""
        return max(self.restore_window, self.version_kept_after_termination_weeks * 7 * _DAY)

    @property
    def restore_window(self) -> int:
        """Milliseconds for which a terminated environment is listed and can be restored."""
        return self.restore_window_days * _DAY


class Requirements(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The options that an environment must name before its launch creates any resource."""

    instance_profile: bool


class Catalog:
    """The five tables; another directory than ours must hold every table that is read."""

    def __init__(self, directory: Path | None = None, overrides: Mapping[str, Any] | None = None) -> None:
        self._directory = directory or api_spec.directory() / "catalog"
        self._read = tables.own if directory is None else tables.read
        self._overrides = dict(overrides or {})
        unknown = sorted(self._overrides.keys() - set(TABLES))
        if unknown:
            raise ValueError(f"no table of the catalogue is called {', '.join(unknown)}; there are {', '.join(TABLES)}")

    def check_overrides(self) -> None:
        """Read the tables with the user's rows; the exception for a row of another shape says why."""
        for name in self._overrides:
            getattr(self, name.rpartition("-")[2])

    @cached_property
    def options(self) -> OptionCatalog:
        """Every configuration option; raises ValueError for a malformed pattern in a user's row."""
        catalog = option_catalog(self._table("configuration-options"))
        if "configuration-options" in self._overrides:  # ours are tried by a test
            from beanpole.text.patterns import matcher

            for definition in catalog.definitions:
                if definition.pattern is not None:
                    matcher(definition.pattern)
        return catalog

    @cached_property
    def platforms(self) -> PlatformCatalog:
        """Every platform branch and solution stack."""
        return platform_catalog(self._table("platforms"))

    @cached_property
    def quotas(self) -> Quotas:
        """The limits of the service."""
        return convert(self._table("quotas"), Quotas)

    @cached_property
    def requirements(self) -> Requirements:
        """The requirements of a launch."""
        return convert(self._table("requirements"), Requirements)

    @cached_property
    def timings(self) -> Mapping[str, Any]:
        """Durations in seconds, in mappings as `timings.yaml` nests them."""
        return self._table("timings")

    def _table(self, name: str) -> dict[str, Any]:
        path = self._directory / f"{name}.yaml"
        if not path.is_file():
            raise FileNotFoundError(f"the catalogue has no table {path}")
        rows = self._read(path)
        if not isinstance(rows, dict):
            raise ValueError(f"{path} is not a mapping")
        return _over(rows, self._overrides.get(name, {}))


@cache
def load() -> Catalog:
    """The catalogue of this process, with the user's rows laid over it."""
    return Catalog(overrides=_own)


def lay_over(rows: Mapping[str, Any]) -> None:
    """Lay the user's rows over our tables for the whole process, service and workers alike."""
    _own.clear()
    _own.update(rows)
    load.cache_clear()


def add(rows: Mapping[str, Any]) -> None:
    """Lay more rows over our tables and over the user's."""
    lay_over(_over(_own, rows))


def read_overrides(path: Path) -> dict[str, Any]:
    """The user's rows, from a YAML or JSON file whose top keys are the names of our tables."""
    rows = tables.read(path)
    if not isinstance(rows, dict):
        raise ValueError(f"{path} is not a mapping of {', '.join(TABLES)}")
    return rows


def _over(rows: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(rows)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = _over(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged
