"""The composition run as processes: each service by its own command, environment, health check and order.

What an engine adds is replaced at one place each: names of services become ports of this machine, a volume a folder,
and variables have their defaults.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from chaos.parties import until
from house.container import command, compose, health_command, settings
from servers import binary
from settings_of_processes import free_port, listens

VARIABLE = re.compile(r"\$\{(\w+):-(.*?)\}")
PORTS = {"redis": "6379", "companion": "5000", "service": "5770"}
USER = 10_001  # that of the image


class Composition:
    """The services of `docker-compose.yml`; `variables` are those of the person who starts them."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self._folder, self._variables = folder, variables
        self.ports = {name: str(free_port()) for name in PORTS}
        self.order: list[str] = []
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        (volume := folder / "volume").mkdir()
        (home := folder / "home").mkdir()
        self.user = USER if os.geteuid() == 0 and _can_read(USER, home) else None
        if self.user:
            for path in (folder, volume, home):
                os.chown(path, self.user, self.user)

    def up(self) -> None:
        """Start every service after those that it depends on are healthy, and wait until the last one is."""
        waiting = dict(compose()["services"])
        while waiting:
            ready = [name for name in waiting if not set(waiting[name].get("depends_on", {})) & waiting.keys()]
            assert ready, f"{list(waiting)} wait for each other"
            for name in ready:
                self.start(name)
                del waiting[name]
            for name in ready:
                until(lambda name=name: self.is_healthy(name), f"{name} is healthy")

    def start(self, name: str) -> None:
        """Start a service, or start it again."""
        self.order.append(name)
        argv = self._local(compose()["services"][name].get("command") or command(), name)
        self._processes[name] = subprocess.Popen(
            argv, env=self.environment(name), cwd=self._folder / "home", stdout=subprocess.DEVNULL, user=self.user
        )

    def environment(self, name: str) -> dict[str, str]:
        """The environment of a container: the image's, and the service's own."""
        row = compose()["services"][name]
        own = {key: VARIABLE.sub(self._value, value) for key, value in row.get("environment", {}).items()}
        image = settings() if "build" in row else {}
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        variables = image | own | {"PATH": path, "HOME": str(self._folder / "home")}
        if "PYTHONPATH" in os.environ:
            variables["PYTHONPATH"] = os.environ["PYTHONPATH"]
        return {key: self._address(value) for key, value in variables.items()}

    def is_healthy(self, name: str) -> bool:
        """Tell whether its health check succeeds; a service without one is healthy while it runs."""
        assert self._processes[name].poll() is None, f"{name} ended by itself"
        row = compose()["services"][name]
        check = row.get("healthcheck", {})
        if check.get("disable"):
            return True
        if name in PORTS and not listens(int(self.ports[name])):
            return False  # as the health check would find, by a process that takes long to start
        argv = check["test"][1:] if "test" in check else health_command()
        if argv == ["redis-cli", "ping"]:
            argv = [*_client_of(binary()), "-p", self.ports["redis"], "ping"]
        ran = subprocess.run(self._local(argv, name), env=self.environment(name), capture_output=True, check=False)
        return ran.returncode == 0

    def kill(self, name: str) -> None:
        """Kill a service; its restart policy is the caller's affair."""
        self._processes[name].kill()
        self._processes[name].wait()

    def down(self) -> dict[str, int]:
        """End all services, the last one first; the statuses with which they ended."""
        statuses = {}
        for name in reversed(self._processes):
            self._processes[name].terminate()
            statuses[name] = self._processes[name].wait(30)
        return statuses

    def _local(self, argv: list[str], name: str) -> list[str]:
        if argv[0] == "redis-server":
            return [binary(), *argv[1:], "--port", self.ports[name], "--dir", str(self._folder / "volume")]
        if name in PORTS:
            argv = [re.sub(rf"\b{PORTS[name]}\b", self.ports[name], word) for word in argv]
        return [sys.executable if argv[0] == "python" else argv[0], *argv[1:]]

    def _address(self, value: str) -> str:
        for name, port in PORTS.items():
            value = value.replace(f"//{name}:{port}", f"//127.0.0.1:{self.ports[name]}")
        return re.sub(r"\b5770\b", self.ports["service"], value)

    def _value(self, match: re.Match[str]) -> str:
        return self._variables.get(match[1]) or match[2]


def volumes() -> dict[str, Any]:
    """The volumes of each service that has any."""
    return {name: row["volumes"] for name, row in compose()["services"].items() if "volumes" in row}


def _can_read(user: int, folder: Path) -> bool:
    """Tell whether a user of the machine may run this Python and read the code."""
    command = [sys.executable, "-c", "import beanpole_workers, moto"]
    try:
        return subprocess.run(command, user=user, cwd="/", capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _client_of(server: str) -> list[str]:
    """The client beside a server."""
    return [re.sub("-server$", "-cli", server)]
