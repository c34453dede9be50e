"""A plugin of pytest: testcontainers runs processes in place of containers, where no engine can run those.

A container of our image is a process with the environment of the Dockerfile, that of the container, and its command;
the port on which it listens is the one to which an engine would map that of the container.
"""

import os
import shlex
import subprocess
from typing import Any
from uuid import uuid4

from testcontainers.core import container as containers  # type: ignore[import-not-found]  # in a folder of its own
from testcontainers.core.config import ConnectionMode  # type: ignore[import-not-found]

from house.container import settings, the
from settings_of_processes import free_port, program


class Container:
    """A process that was not started yet."""

    def __init__(self, command: str, variables: dict[str, str], ports: dict[str, None]) -> None:
        self.id = self.short_id = uuid4().hex
        self.status = "created"
        (self.inner,) = (str(port).partition("/")[0] for port in ports)
        assert self.inner == the("EXPOSE")
        self.port = free_port()
        own = settings() | variables | {"BEANPOLE_PORT": str(self.port)}
        inherited = {name: os.environ[name] for name in ("HOME", "PYTHONPATH") if name in os.environ}
        self._environment = inherited | own | {"PATH": os.environ["PATH"]}
        self._command = program(shlex.split(command))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process."""
        self._process = subprocess.Popen(self._command, env=self._environment)
        self.status = "running"

    def reload(self) -> None:
        """See whether it runs."""
        assert self._process is not None
        self.status = "running" if self._process.poll() is None else "exited"

    def logs(self, **_: bool) -> bytes:
        """No bytes: the process prints where the test does."""
        return b""

    def remove(self, **_: bool) -> None:
        """End the process, which must end well."""
        assert self._process is not None
        self._process.terminate()
        assert self._process.wait(30) == 0


class Client:
    """In place of testcontainers' client of Docker."""

    def __init__(self, **_: Any) -> None:
        self.client = self
        self._containers: dict[str, Container] = {}

    def create(self, image: str, command: str, environment: dict[str, str], ports: dict[str, None], **_: Any) -> Any:
        """A container of our image."""
        assert image == "beanpole:local"
        container = Container(command, environment, ports)
        self._containers[container.id] = container
        return container

    def start(self, container: Container) -> None:
        """Start it."""
        container.start()

    def get_connection_mode(self) -> Any:
        """Ports are mapped to this machine."""
        return ConnectionMode.docker_host

    def host(self) -> str:
        """This machine."""
        return "localhost"

    def port(self, id_: str, port: int) -> int:
        """The port to which that of a container is mapped."""
        assert str(port) == self._containers[id_].inner
        return self._containers[id_].port

    def close(self) -> None:
        """Do nothing: no connection is open."""


containers.DockerClient = Client
