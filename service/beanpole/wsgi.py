"""The API for another WSGI server, configured by the `BEANPOLE_…` variables: `gunicorn 'beanpole.wsgi:create()'`."""

import click
from flask import Flask

from beanpole.command import assembly, companion_setup, settings
from beanpole.command.cli import warn_of_unknown_settings
from beanpole.command.serve import ServeOptions, serve
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
        context = serve.make_context("beanpole", [], default_map=settings.from_environment())
        return _app(ServeOptions(**context.params))
    except click.ClickException as error:
        error.show()
        raise SystemExit(error.exit_code) from None


def _app(options: ServeOptions) -> Flask:
    """The app by the options of `beanpole serve`."""
    if options.redis is None:
        raise click.UsageError(f"set {settings.VARIABLES['redis']}: several processes share no memory")
    companion = companion_setup.companion(options.companions, True, options.allowed_hosts, options.queues)
    objects = companion_setup.objects_beside(companion, options.object_store)
    state = options.state(options.redis)
    app, _ = assembly.service(state, options.catalog, options.access, objects, options.faults, companion)
    assembly.check_signatures(app, assembly.keys(options.verify_signatures, options.access_keys), options.access)
    return app
