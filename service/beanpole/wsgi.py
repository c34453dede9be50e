"""The API for another WSGI server, configured by the `BEANPOLE_…` variables: `gunicorn 'beanpole.wsgi:create()'`."""

import click
from flask import Flask

from beanpole.command import assembly, settings
from beanpole.command.cli import serve, warn_of_unknown_settings
from beanpole.model.clock import Clock


def create() -> Flask:
    """The WSGI app, on the Redis of BEANPOLE_REDIS_URL.

    The variables are read as `beanpole serve` reads them. Raises SystemExit with status 2, having said why, if one is
    wrong, if there is no Redis, or if the control routes would be open to everybody: BEANPOLE_HOST is the address that
    the server listens on.
    """
    warn_of_unknown_settings()
    try:
        given = serve.make_context("beanpole", [], default_map=settings.from_environment()).params
        if given["redis"] is None:
            raise click.UsageError(f"set {settings.VARIABLES['redis']}: several processes share no memory")
        clock = Clock(given["clock"], given["speed"], given["seed"])
        access = assembly.Access(given["host"], given["control_token"], given["open_control"], given["allowed_hosts"])
        app, _ = assembly.service(
            given["redis"], clock, given["catalog"], access, given["object_store"], given["faults"]
        )
    except click.ClickException as error:
        error.show()
        raise SystemExit(error.exit_code) from None
    return app
