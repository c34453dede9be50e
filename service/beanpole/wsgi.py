"""The API for another WSGI server, configured by the `BEANPOLE_…` variables: `gunicorn 'beanpole.wsgi:create()'`."""

from typing import Any

import click
from flask import Flask

from beanpole.command import assembly, companion_setup, settings
from beanpole.command.cli import warn_of_unknown_settings
from beanpole.command.serve import serve
from beanpole.model.clock import Clock
from beanpole.text import log_lines


def create() -> Flask:
    """The WSGI app, on the Redis of BEANPOLE_REDIS_URL.

    The variables are read as `beanpole serve` reads them; BEANPOLE_HOST is the address that the WSGI server listens on.
    Prints the reason and raises SystemExit with status 2 if a variable is wrong, if there is no Redis, or if the
    control routes would be open to every client.
    """
    log_lines.write()
    warn_of_unknown_settings()
    try:
        return _app(serve.make_context("beanpole", [], default_map=settings.from_environment()).params)
    except click.ClickException as error:
        error.show()
        raise SystemExit(error.exit_code) from None


def _app(values: dict[str, Any]) -> Flask:
    """The app by the options of `beanpole serve`."""
    if values["redis"] is None:
        raise click.UsageError(f"set {settings.VARIABLES['redis']}: several processes share no memory")
    clock = Clock(values["clock"], values["speed"], values["seed"] or 0)
    access = assembly.Access(
        values["host"],
        values["control_token"],
        values["open_control"],
        values["allowed_hosts"],
        values["requires_profile"],
    )
    companion = companion_setup.companion(values["companions"], True, values["allowed_hosts"], values["queues"])
    by_chance = values["seed"] is None and values["clock"] == "wall"
    state = assembly.StateSettings(values["redis"], clock, values["commands"], not values["no_journal"], by_chance)
    objects = companion_setup.objects_beside(companion, values["object_store"])
    app, _ = assembly.service(state, values["catalog"], access, objects, values["faults"], companion)
    assembly.check_signatures(app, assembly.keys(values["verify_signatures"], values["access_keys"]))
    return app
