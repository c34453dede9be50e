"""A sandbox of bubblewrap: its own root, no network, no rights, and limits on every resource of its commands.

Its answers are as untrusted as the commands: they are bounded here, and checked by their readers.
"""

import json
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from threading import Timer
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple, Self, cast

from beanpole_workers.sandbox.bubblewrap import (
    MIB,
    MOUNTS,
    PATH,
    PROGRAM,
    SOCKETS,
    USUAL,
    Limits,
    Unavailable,
    arguments,
    arguments_file,
    program,
    python,
    unprivileged,
)

MOST_ANSWERED = 256 * MIB  # bytes of one answer
_END = 2.0  # seconds


class Ran(NamedTuple):
    """The end of a command: its exit status, the first part of its output, and the limit that stopped it, or None."""

    status: int
    output: str
    stopped: str | None


class Served(NamedTuple):
    """A process that listens: its exit status, None while it runs, its last output, and the limit that stopped it."""

    status: int | None
    output: str
    stopped: str | None


class Broken(Exception):
    """A sandbox that has ended before its work was done; the text is its last output."""


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
        path, interpreter = program(), python()
        self._said = TemporaryFile()  # noqa: SIM115  # it lives as long as the process
        described = json.dumps({**_described(limits), "mounts": MOUNTS})
        supervisor = [interpreter, "-I", "-S", "-u", PROGRAM, described]
        with arguments_file(arguments(limits, interpreter, sockets)) as file:
            self._process = subprocess.Popen(
                [path, "--args", str(file.fileno()), *supervisor],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
                env={},  # it can be read from inside
                cwd="/",
                pass_fds=(file.fileno(),),
                start_new_session=True,
                **unprivileged(),
            )
        self._input = cast("BinaryIO", self._process.stdin)
        self._output = cast("BinaryIO", self._process.stdout)
        try:
            self.mark(())  # answers once the sandbox is set up
        except Broken:
            self.end()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.end()

    def end(self) -> None:
        """End every process in it; bubblewrap ends by itself once it has no more input."""
        with suppress(BrokenPipeError):  # it has ended already
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
        """The status of the started process's answer to a path; None without an answer."""
        answer, _ = self._ask({"do": "get", "port": port, "path": path}, b"", self._limits.answer)
        return None if answer["status"] is None else int(answer["status"])

    def served(self) -> Served:
        """The state of the started process."""
        answer, _ = self._ask({"do": "served"}, b"", self._limits.answer)
        return Served(answer["status"], str(answer["output"]), answer["stopped"])

    def printed(self) -> Served:
        """The state of the started process, with its output since the last call, in whole lines until it has ended."""
        answer, _ = self._ask({"do": "printed"}, b"", self._limits.answer)
        return Served(answer["status"], str(answer["output"]), answer["stopped"])

    def move(self, source: str, target: str) -> None:
        """Replace a folder by another."""
        self._ask({"do": "move", "source": source, "target": target}, b"", self._limits.answer)

    def mark(self, roots: Sequence[str]) -> None:
        """Mark the present files below the roots, so that `changes` leaves them out."""
        self._ask({"do": "mark", "roots": list(roots)}, b"", self._limits.answer)

    def changes(self, roots: Sequence[str], most: int) -> tuple[bytes, list[str], list[str]]:
        """A tar archive of changed files, the removed paths, and the paths that did not fit; marks all of them."""
        answer, archive = self._ask({"do": "changes", "roots": list(roots), "most": most}, b"", self._limits.answer)
        return archive, list(answer["gone"]), list(answer["skipped"])

    def _known(self, env: Mapping[str, str]) -> dict[str, str]:
        return {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8", **env}

    def _ask(self, document: dict[str, Any], archive: bytes, seconds: float) -> tuple[dict[str, Any], bytes]:
        """The answer to a frame; raises Broken if there is none in time, or if it is an error."""
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
        """Read `size` bytes of an answer; raises ValueError for a short answer, and for a size that is too large."""
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


def _described(limits: Limits) -> dict[str, Any]:
    return {name: getattr(limits, name) for name in limits.__struct_fields__}
