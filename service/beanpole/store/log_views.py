"""Reads the view of an instance, from which its logs are written."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import Instance
from beanpole.model.instance import outcomes
from beanpole.model.logs.accesses import Access
from beanpole.model.logs.printed import Printed
from beanpole.model.logs.view import View
from beanpole.store.store import Store
from beanpole.store.world import World

Row = TypeVar("Row", Access, Printed)


def view(
    store: Store,
    world: World,
    environment: Environment,
    instance: Instance,
    traits: tuple[str, ...],
    at: int,
    reports: Mapping[str, bytes] | None = None,
) -> View:
    """The view of an instance at an instant; `reports` are its reports at that instant, by default the present ones."""
    labels = {record.version_label for record in instance.history if record.version_label}
    versions = {label: world.application_version(environment.application_name, label) for label in sorted(labels)}
    contents = {
        label: version.contents
        for label, version in versions.items()
        if version is not None and version.contents is not None
    }
    encoded = _reports(world, environment, instance) if reports is None else reports
    accesses = store.access_log.latest(world.keys, environment.id)
    printed = store.output_log.latest(world.keys, environment.id)
    return View(
        environment,
        instance,
        traits,
        at,
        contents,
        _of(accesses, instance, at),
        {digest: outcomes.decode(report) for digest, report in encoded.items()},
        _of(printed, instance, at),
    )


def _of(rows: Iterable[Row], instance: Instance, at: int) -> tuple[Row, ...]:
    """The rows of the instance by that instant."""
    return tuple(row for row in rows if row.instance == instance.id and row.at <= at)


def _reports(world: World, environment: Environment, instance: Instance) -> dict[str, bytes]:
    digests = sorted({record.report for record in instance.history if record.report is not None})
    reports = {digest: world.files.get(environment.id, digest) for digest in digests}
    return {digest: report for digest, report in reports.items() if report is not None}
