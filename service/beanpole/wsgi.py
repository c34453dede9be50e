"""The API for another WSGI server, configured by the `BEANPOLE_…` variables: `gunicorn 'beanpole.wsgi:create()'`."""

from pathlib import Path

import click
from flask import Flask

from beanpole.command import assembly, settings
from beanpole.model.clock import PACE, Clock, Mode


def create() -> Flask:
    """The WSGI app, on the Redis of BEANPOLE_REDIS_URL; raises UsageError without one."""
    variables = settings.from_environment()
    if "redis" not in variables:
        raise click.UsageError(f"set {settings.VARIABLES['redis']}: several processes share no memory")
    speed = assembly.SpeedType().convert(variables.get("speed", PACE), None, None)
    mode: Mode = "manual" if variables.get("clock") == "manual" else "wall"
    clock = Clock(mode, speed, int(variables.get("seed", 0)))
    catalog = assembly.tables(Path(variables["catalog"]) if "catalog" in variables else None)
    store = assembly.store(variables["redis"], clock)
    return assembly.app(store, catalog, variables.get("control_token"), variables.get("object_store"))
