"""The process that runs commands inside a sandbox; it knows the standard library only, since nothing else is there.

It reads frames from its input and answers each with one frame. A frame is a length of eight bytes and a JSON document;
`load` is followed by that many bytes of a tar archive, and the answer to `changes` by such an archive.
"""

import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import time  # noqa: TID251  # nothing of ours is there
from typing import Any, BinaryIO

from beanpole_workers.sandbox.inside import processes, server


class Refused(Exception):
    """A frame whose request cannot be carried out; the message is the reason."""


def main() -> None:
    """Answer frames until there are no more."""
    limits = json.loads(sys.argv[1])
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # a child that keeps our output cannot write into a frame
    _ignore_signals()
    baseline: dict[str, list[Any]] = {}
    while (frame := read_frame(source)) is not None:
        try:
            answer, archive = _carry_out(frame, source, limits, baseline)
        except (OSError, Refused, tarfile.TarError, ValueError) as error:
            answer, archive = {"error": str(error)}, b""
        write_frame(sink, answer, archive)


def _carry_out(
    frame: dict[str, Any], source: BinaryIO, limits: dict[str, Any], baseline: dict[str, list[Any]]
) -> tuple[dict[str, Any], bytes]:
    """The answer to a frame, and its archive. `baseline` is the scan at the latest mark; a new mark replaces it."""
    match frame["do"]:
        case "load":
            return load(_exactly(source, frame["size"])), b""
        case "run":
            return run(frame, limits), b""
        case "serve":
            return server.serve(frame, limits), b""
        case "get":
            return server.get(frame["port"], frame["path"]), b""
        case "served":
            return server.served(), b""
        case "printed":
            return server.printed(), b""
        case "move":
            return move(frame["source"], frame["target"]), b""
        case "mark":
            _mark(baseline, scan(frame["roots"]))
            return {"files": len(baseline)}, b""
        case "changes":
            before, now = dict(baseline), scan(frame["roots"])
            _mark(baseline, now)
            return changes(before, now, frame["most"])
        case unknown:
            raise Refused(f"nothing is called {unknown}")


def _mark(baseline: dict[str, list[Any]], now: dict[str, list[Any]]) -> None:
    baseline.clear()
    baseline.update(now)


def read_frame(source: BinaryIO) -> dict[str, Any] | None:
    """The next document; None at the end of the input."""
    head = source.read(8)
    if len(head) < 8:
        return None
    frame: dict[str, Any] = json.loads(_exactly(source, int.from_bytes(head, "big")))
    return frame


def write_frame(sink: BinaryIO, document: dict[str, Any], archive: bytes = b"") -> None:
    """Write a document, and the archive that it announces."""
    text = json.dumps(document | ({"size": len(archive)} if archive else {})).encode()
    sink.write(len(text).to_bytes(8, "big") + text + archive)
    sink.flush()


def load(content: bytes) -> dict[str, Any]:
    """Unpack files, folders and links below the root; a later one takes the place of an earlier one."""
    count = 0
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
        archive.extraction_filter = _as_it_is  # what every Python did before there were filters
        for member in archive:
            archive.extract(member, "/", set_attrs=False)
            if not member.issym():
                os.chmod(f"/{member.name}", member.mode & 0o777)
            count += 1
    return {"files": count}


def move(source: str, target: str) -> dict[str, Any]:
    """Let a folder take the place of another, as the engine moves staging to current."""
    if os.path.isdir(target) and not os.path.islink(target):
        subprocess.run(["/bin/rm", "-rf", target], check=True)
    os.replace(source, target)
    os.makedirs(source)
    return {}


def run(frame: dict[str, Any], limits: dict[str, Any]) -> dict[str, Any]:
    """Run a command to its end, or to one of its limits; nothing that it started outlives it."""
    try:
        process = processes.started(frame, limits)
    except OSError as error:
        return {"status": 127 if isinstance(error, FileNotFoundError) else 126, "output": str(error), "stopped": None}
    limit, output = processes.watch(process, time.monotonic() + frame["timeout"], limits)
    status = processes.end_all(process)
    return {
        "status": 128 - status if status < 0 else status,
        "output": output.decode(errors="replace"),
        "stopped": limit,
    }


def scan(roots: list[str]) -> dict[str, list[Any]]:
    """The mode, size, time and inode of each file, by path: if one of them differs, the file has changed."""
    states: dict[str, list[Any]] = {}
    for root in roots:
        for folder, folders, files in os.walk(root):
            for name in (*folders, *files):
                path = os.path.join(folder, name)
                state = os.lstat(path)
                states[path] = [state.st_mode, state.st_size, state.st_mtime_ns, state.st_ino]
    return states


def changes(baseline: dict[str, list[Any]], now: dict[str, list[Any]], most: int) -> tuple[dict[str, Any], bytes]:
    """An archive of what is new or changed between two scans, at most so many bytes, and the paths that are gone."""
    paths = sorted(path for path, state in now.items() if _differs(baseline.get(path), state))
    missing = sorted(path for path in baseline if path not in now)
    content, left = io.BytesIO(), most
    skipped = []
    with tarfile.open(fileobj=content, mode="w:", format=tarfile.PAX_FORMAT) as archive:
        for path in paths:
            mode, size = now[path][0], now[path][1] if _is_file(now[path][0]) else 0
            if size > left or not _is_plain(mode):
                skipped.append(path)
                continue
            left -= size + 1_024
            archive.add(path, recursive=False, filter=_anonymous)
    return {"gone": missing, "skipped": skipped}, content.getvalue()


def _as_it_is(member: tarfile.TarInfo, _: str) -> tarfile.TarInfo:
    return member


def _differs(before: list[Any] | None, after: list[Any]) -> bool:
    """Tell whether a path has changed. A folder differs only by its mode: its files have rows of their own."""
    if before is None:
        return True
    return before[0] != after[0] if _is_folder(after[0]) else before != after


def _is_folder(mode: int) -> bool:
    return mode & 0o170000 == 0o040000


def _is_file(mode: int) -> bool:
    return mode & 0o170000 == 0o100000


def _is_plain(mode: int) -> bool:
    return mode & 0o170000 in (0o040000, 0o100000, 0o120000)


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """The member without owner, time and bits that give rights, so that equal changes are equal archives."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = 0
    member.mode &= 0o777
    return member


def _exactly(source: BinaryIO, size: int) -> bytes:
    content = source.read(size)
    if len(content) != size:
        raise Refused("the input ends within a frame")
    return content


def _ignore_signals() -> None:
    """Ignore what commands, which have the same user, may send; the sandbox ends by SIGKILL."""
    for number in processes.IGNORED:
        signal.signal(number, signal.SIG_IGN)
