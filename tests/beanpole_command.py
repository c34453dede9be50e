"""The command `beanpole`, with what its servers and workers import as they start, and at their first calls of moto."""

import moto.events
import moto.iam
import moto.moto_server.werkzeug_app
import moto.s3
import moto.sqs
import moto.sts
import waitress

from beanpole.api import app, log_contents
from beanpole.command import connections, serve, streaming, tls
from beanpole.command.cli import main
from beanpole.control import scope, streams
from beanpole.gateway import gateway, in_process, remote
from beanpole.operations import environment_lists, environments
from beanpole.traffic import answering, server
from beanpole.wire import fields
from beanpole_workers.play import worker

__all__ = ["main"]
IMPORTED = (
    *(moto, app, connections, gateway, in_process, remote, serve, server, streaming, tls, waitress, worker),
    *(answering, environment_lists, environments, fields, log_contents, scope, streams),  # with the first calls
)
