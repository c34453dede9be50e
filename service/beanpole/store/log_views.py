"""Reads the view of an instance, from which its logs are written."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from beanpole.model.applications.contents import Contents
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
    encoded = _reports(world, environment, instance) if reports is None else reports
    accesses = store.access_log.latest(world.keys, environment.id)
    printed = store.output_log.latest(world.keys, environment.id)
    return View(
        environment,
        instance,
        traits,
        at,
        _contents(world, environment, instance),
        _of(accesses, instance, at),
        {digest: outcomes.decode(report) for digest, report in encoded.items()},
        _of(printed, instance, at),
    )


def _contents(world: World, environment: Environment, instance: Instance) -> dict[str, Contents]:
    """The contents of the versions that were deployed on the instance, by their labels, as far as they were read."""
    labels = sorted({record.version_label for record in instance.history if record.version_label})
    versions = [world.application_version(environment.application_name, label) for label in labels]
    read = [version for version in versions if version is not None]
    return {version.version_label: version.contents for version in read if version.contents is not None}


def _of(rows: Iterable[Row], instance: Instance, at: int) -> tuple[Row, ...]:
    """The rows of the instance by that instant."""
    return tuple(row for row in rows if row.instance == instance.id and row.at <= at)


def _reports(world: World, environment: Environment, instance: Instance) -> dict[str, bytes]:
    digests = sorted({record.report for record in instance.history if record.report is not None})
    reports = {digest: world.files.get(environment.id, digest) for digest in digests}
    return {digest: report for digest, report in reports.items() if report is not None}
