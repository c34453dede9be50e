"""The command `beanpole`, with what its servers and workers import as they start, and at their first calls of moto."""

import moto.events
import moto.iam
import moto.moto_server.werkzeug_app
import moto.s3
import moto.sqs
import moto.sts
import waitress

from beanpole.api import app
from beanpole.command import connections, serve, streaming, tls
from beanpole.command.cli import main
from beanpole.gateway import gateway, in_process, remote
from beanpole.traffic import server
from beanpole_workers.play import worker

__all__ = ["main"]
IMPORTED = (moto, app, connections, gateway, in_process, remote, serve, server, streaming, tls, waitress, worker)
