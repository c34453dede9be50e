"""Commands of the image, and the variables of its server, on a Redis and a port of a test's own."""

import os
import socket
import sys
from contextlib import closing
from pathlib import Path

from house import container

GUNICORN = "gunicorn.app.wsgiapp:run"  # its entry point, by which a process can be forked that has imported it


def free_port() -> int:
    """A port on which nothing listens."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def listens(port: int) -> bool:
    """Tell whether something listens on a port of this machine."""
    with closing(socket.socket()) as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def program(command: list[str]) -> list[str]:
    """A command of the image, by the program of that name beside this Python."""
    return [str(Path(sys.executable).parent / command[0]), *command[1:]]


def gunicorn(redis_url: str, port: int, home: str) -> tuple[list[str], dict[str, str]]:
    """The arguments and the environment with which the image starts its server."""
    variables = container.settings() | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "HOME": home,
        "BEANPOLE_REDIS_URL": redis_url,
        "BEANPOLE_CONTROL_TOKEN": "secret",
        "GUNICORN_CMD_ARGS": f"--bind=127.0.0.1:{port}",
    }
    return container.command(), variables
