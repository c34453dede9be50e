"""Requests to an environment beside Flask's own static files, by the same HTTP server, and calls of the API meanwhile.

Run as a program it is one of the two servers: `python -m bench.traffic ours|flask PORT FOLDER`.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from flask import Flask

from archives import zipped
from beanpole.command.server import Server as Listener
from beanpole.testing import Beanstalk
from bench.load import load
from bench.processes import Server, form
from bench.row import Row
from bench.visits import command, visits
from environments import STACK
from settings_of_processes import free_port

HOST = "blue.us-east-1.elasticbeanstalk.com"
STYLE = "body { color: green }\n" * 200  # some kilobytes, as a page's style has
PATH = "/static/style.css"
_ROUNDS, _SECONDS = 5, 2.0
_STEADY = 50  # requests a second from each of two clients, while the API is called


def static_files() -> Iterator[Row]:
    """A static file of an instance, and the same file from Flask, each by one process."""
    rates: dict[str, list[float]] = {"ours": [], "flask": []}
    with TemporaryDirectory() as folder:
        Path(folder, "style.css").write_text(STYLE)
        with _server("ours", folder) as ours, _server("flask", folder) as flask:
            for _ in range(_ROUNDS):
                for server in (ours, flask):
                    rates[server.name].append(visits(server.port, HOST, PATH, _SECONDS))
    reached, theirs = (median(rate) for rate in rates.values())
    work = "a static file of an instance, beside Flask's own"
    yield Row(work, f"{reached:,.0f}/s", f"Flask {theirs:,.0f}/s", reached / theirs, 0.8, "x Flask's")


def calls_meanwhile() -> Iterator[Row]:
    """DescribeEnvironments alone, and while clients send steady requests to an environment of the same process."""
    alone: list[float] = []
    beside: list[float] = []
    with TemporaryDirectory() as folder, _server("ours", folder) as server:
        for _ in range(_ROUNDS):
            alone.append(load(server, form("DescribeEnvironments"), _SECONDS))
            steady = command(server.port, HOST, PATH, _SECONDS + 1, 2, _STEADY)
            with subprocess.Popen(steady, stdout=subprocess.DEVNULL) as clients:
                beside.append(load(server, form("DescribeEnvironments"), _SECONDS))
                clients.wait()
    before, meanwhile = median(alone), median(beside)
    work = f"DescribeEnvironments beside {2 * _STEADY} requests a second to an environment"
    yield Row(work, f"{meanwhile:,.0f}/s", f"alone {before:,.0f}/s", meanwhile / before, 0.67, "x alone")


@contextmanager
def _server(name: str, folder: str) -> Iterator[Server]:
    port, began = free_port(), time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "bench.traffic", name, str(port), folder])
    try:
        while process.poll() is None:
            try:
                connection = HTTPConnection("127.0.0.1", port, timeout=60)
                connection.request("GET", PATH, headers={"Host": HOST})
                connection.getresponse().read()
                break
            except OSError:
                time.sleep(0.01)
        yield Server(name, port, process, time.perf_counter() - began)
    finally:
        process.terminate()
        process.wait()


def _ours() -> Flask:
    """A world in which an application with one style runs on two instances."""
    world = Beanstalk(with_objects=True)
    world.objects.write("bundles", "v1", zipped({"index.html": "<h1>Hello</h1>", "static/style.css": STYLE}))
    world.client.create_application(ApplicationName="shop")
    source = {"S3Bucket": "bundles", "S3Key": "v1"}
    world.client.create_application_version(ApplicationName="shop", VersionLabel="v1", SourceBundle=source)
    world.client.create_environment(
        ApplicationName="shop", EnvironmentName="blue", CNAMEPrefix="blue", VersionLabel="v1", SolutionStackName=STACK
    )
    world.until_ready("blue")
    return world.app  # type: ignore[no-any-return]  # the plugin imports Flask when a test requests a world


def _main(name: str, port: int, folder: str) -> None:
    app = _ours() if name == "ours" else Flask("plain", static_folder=folder, static_url_path="/static")
    Listener(app, host="127.0.0.1", port=port).answer()


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
