"""The parts of a server, made from settings: tables, store and app.

A module that a part needs is imported when the part is made, so that `beanpole --help` reads none of them.
"""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import click

from beanpole.catalog import Catalog, lay_over, load, read_overrides
from beanpole.model.clock import Clock, Speed

if TYPE_CHECKING:
    from flask import Flask

    from beanpole.store.store import Store


class SpeedType(click.ParamType[Speed]):
    """A factor, or `instant`."""

    name = "factor|instant"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Speed:
        """Simulated seconds per second; raises BadParameter for a text that is no factor."""
        if value == "instant":
            return "instant"
        try:
            factor = float(str(value))
        except ValueError:
            self.fail(f"{value!r} is neither a number nor instant", param, ctx)
        if not 0 < factor < float("inf"):
            self.fail(f"{value!r} is not greater than 0", param, ctx)
        return factor


def tables(overrides: Path | None) -> Catalog:
    """The catalogue, with the tables of a file laid over its own; the file holds for the whole process."""
    if overrides is not None:
        lay_over(read_overrides(overrides))
    return load()


def store(url: str | None, clock: Clock) -> "Store":
    """A store in the Redis at `url`, or in memory without one; `clock` is that of accounts that have set none."""
    from beanpole.store.connection import connect, embedded
    from beanpole.store.store import Store

    return Store(connect(url) if url else embedded(), clock)


def app(
    store: "Store",
    catalog: Catalog,
    control_token: str | None,
    object_store: str | None,
    allowed_hosts: Collection[str] = (),
) -> "Flask":
    """The WSGI app; raises UsageError where `object_store` is not the address of one."""
    from beanpole.api.app import create_app
    from beanpole.files.object_store import S3

    try:
        objects = S3(object_store) if object_store else None
    except ValueError as error:
        raise click.UsageError(f"--object-store: {error}") from None
    return create_app(store, catalog, control_token, objects, allowed_hosts)
