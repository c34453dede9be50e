"""The processes of a run: servers and workers that are killed, frozen, ended and started again; and what they print."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

from beanpole.machine.clock import real_now, sleep
from chaos.client import Answer, ask, is_unavailable
from clients_environment import environment
from programs import Program
from settings_of_processes import free_port
from settings_of_processes import gunicorn as gunicorn_of

ENDS = 30  # seconds until a process that was told to end has ended
BOUND = 60_000  # milliseconds until a state must have come
SLACK = 0.5  # seconds around a disturbance in which a process may leave a call unanswered
HONEST = {200, 201, 400, 403, 404, 409, 503}
MODULE = [sys.executable, "-m", "beanpole"]
COMMAND, GUNICORN = "beanpole_command:main", "gunicorn.app.wsgiapp:run"  # entry points


def until(true: Callable[[], bool], what: str, bound: int = BOUND) -> None:
    """Wait for a state."""
    begun = real_now()
    while not true():
        assert real_now() - begun < bound, f"{what}: not within {bound} ms"
        sleep(0.01)


class Party:
    """A process with a name: the program of `argv`, or a fork of one that has imported its `entry` point already.

    `disturbed_at` is when it, or a child of it, was last killed or ended; it is `down` until it answers.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        argv: list[str],
        variables: dict[str, str],
        port: int = 0,
        entry: str | None = None,
    ) -> None:
        self.name, self.port, self._entry = name, port, entry
        self.disturbed_at = 0.0
        self.down = bool(port)
        self._argv, self._variables = argv, variables
        self._log = folder / f"{name}.log"
        self.process: subprocess.Popen[bytes]
        self.start()

    def start(self) -> None:
        """Start it, or start it again."""
        with self._log.open("ab") as log:
            options: dict[str, Any] = {"env": self._variables, "stdout": subprocess.DEVNULL, "stderr": log}
            if self._entry is not None:
                self.process = Program(self._argv, entry=self._entry, **options)
            else:
                self.process = subprocess.Popen(self._argv, start_new_session=True, preexec_fn=_no_core, **options)

    def ask(self, sent: bytes, what: str) -> tuple[Answer, list[str]]:
        """The answer of the process, and its violations. Only a disturbed process may leave a call unanswered."""
        begun, was_down = perf_counter(), self.down
        answer, wrong = ask(self.port, sent), []
        if not answer.status and not (was_down or self.down or self.disturbed_at > begun - SLACK):
            wrong.append(f"{what} was not answered by {self.name} in {perf_counter() - begun:.1f} s")
        if answer.status and answer.status not in HONEST:
            wrong.append(f"{what} was answered {answer.status}: {answer.text[:300]}")
        if answer.status == 503 and not is_unavailable(answer):
            wrong.append(f"{what} was answered with an odd 503: {answer.text[:300]}")
        return answer, wrong

    def kill(self) -> None:
        """Kill it and its children at once."""
        self._mark_down()
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def kill_child(self, choose: Callable[[list[int]], int]) -> bool:
        """Kill one of its children, where it has any."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        if not children:
            return False
        self.disturbed_at = perf_counter()
        os.kill(choose([int(child) for child in children]), signal.SIGKILL)
        return True

    def end(self) -> int:
        """Tell it to end; the status with which it ends."""
        self._mark_down()
        self.process.terminate()
        try:
            return self.process.wait(ENDS)
        except subprocess.TimeoutExpired:
            self.kill()
            return -1

    def listens_to_signals(self) -> bool:
        """Tell whether the process has its handler of SIGTERM, so that it ends properly."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        caught = next(int(line.split()[1], 16) for line in lines if line.startswith("SigCgt"))
        return bool(caught >> (signal.SIGTERM - 1) & 1)

    def freeze(self) -> None:
        """Stop it for a while."""
        os.killpg(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        os.killpg(self.process.pid, signal.SIGCONT)

    def _mark_down(self) -> None:
        self.down, self.disturbed_at = bool(self.port), perf_counter()

    def stderr(self) -> str:
        """The output of the process on standard error."""
        return self._log.read_text("utf-8", "replace")

    def resident(self) -> int:
        """Kilobytes of memory that it holds."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def _no_core() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def serving(name: str, folder: Path, redis: str | None, *more: str) -> Party:
    """`beanpole serve`, by waitress; without a Redis the engine is in its process.

    It has no companion in its process, because the other servers of its world would not see the companion's state; the
    server of the name `companion` has one.
    """
    port = free_port()
    where = ["--redis", redis] if redis else []
    argv = ["serve", "--port", str(port), "--control-token", "secret", *where, *more]
    companion = {} if name == "companion" else {"BEANPOLE_COMPANION": "off"}
    return Party(name, folder, argv, environment() | companion, port, COMMAND)


def gunicorn(name: str, folder: Path, redis: str, speed: str, is_forked: bool = True) -> Party:
    """The image's command, which answers by our worker class in two processes."""
    port = free_port()
    argv, variables = gunicorn_of(redis, port, str(folder))
    variables["BEANPOLE_SPEED"] = speed
    if is_forked:
        return Party(name, folder, argv[1:], variables, port, GUNICORN)
    return Party(name, folder, argv, variables, port)


def worker(name: str, folder: Path, redis: str, *more: str) -> Party:
    """`beanpole worker`."""
    return Party(name, folder, ["worker", "--redis", redis, *more], environment(), entry=COMMAND)


def complaints(parties: list[Party]) -> list[str]:
    """The processes that ended by themselves, and those that printed a traceback."""
    wrong = [
        f"{party.name} ended with {party.process.returncode}" for party in parties if party.process.poll() is not None
    ]
    for party in parties:
        before, traceback, rest = party.stderr().partition("Traceback (most recent call last)")
        if traceback:
            wrong.append(f"{party.name} printed a traceback: {before[-300:]}{traceback}{rest[:3000]}")
    return wrong
