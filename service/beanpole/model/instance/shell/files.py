"""The verbs that make and remove: touch, mkdir, rmdir, rm and ln."""

import re

from beanpole.model.instance.nodes import Folder, Node, Symlink, is_folder
from beanpole.model.instance.shell.session import Session, Streams, options, quoted, refused_target, usage
from beanpole.model.instance.shell.syntax import Unsupported
from beanpole.model.instance.tree import NO_SUCH, NOT_A_FOLDER, FileSystemError

_MODE = re.compile(r"[0-7]{3,4}")
_HERE = "refusing to remove '.' or '..' directory: skipping"


def touch(session: Session, streams: Streams, arguments: list[str]) -> int:
    """Create files that are not there; what time they have is not kept."""
    flags, names = options(arguments, "acm", "touch")
    if not names:
        return usage(streams, "touch", "missing file operand")
    status = 0
    for name in names:
        if name.endswith("/"):
            raise Unsupported("a folder that is touched")
        try:
            path = session.real(name)
            node = session.tree.known_at(path)
            if node is None and "c" not in flags:
                session.put_file(path, node, None)
        except FileSystemError as failure:
            if session.is_link(name):
                raise Unsupported("a link that leads nowhere") from None
            if "c" not in flags:
                status = streams.error(f"touch: cannot touch {quoted(name)}: {failure}")
            elif str(failure) != "No such file or directory":
                raise Unsupported("a file that is not there") from None
    return status


def mkdir(session: Session, streams: Streams, arguments: list[str]) -> int:
    """Make folders; with -p those above them, too, and it is no error if they are there."""
    mode = None
    if "-m" in arguments[:-1]:
        at = arguments.index("-m")
        if not _MODE.fullmatch(arguments[at + 1]):
            raise Unsupported("a symbolic mode of a new folder")
        mode, arguments = int(arguments[at + 1], 8), arguments[:at] + arguments[at + 2 :]
    flags, names = options(arguments, "p", "mkdir")
    if not names:
        return usage(streams, "mkdir", "missing operand")
    status = 0
    for name in names:
        reason = _make_with_parents(session, name, mode) if "p" in flags else _make_folder(session, name, mode)
        if reason:
            status = streams.error(f"mkdir: cannot create directory {reason}")
    return status


def _make_folder(session: Session, name: str, mode: int | None) -> str | None:
    """Make one folder; the name and the reason if that fails."""
    try:
        path = session.real(name.rstrip("/") or name, follow=False)
        if session.tree.known_at(path) is not None:
            raise FileSystemError("File exists")
    except FileSystemError as failure:
        return f"{quoted(name)}: {failure}"
    session.tree = session.tree.put(path, Folder(0o755 if mode is None else mode))
    return None


def _make_with_parents(session: Session, name: str, mode: int | None) -> str | None:
    parts = [part for part in name.split("/") if part and part != "."]
    if ".." in parts:
        raise Unsupported("a new folder above another")
    here = "/" if name.startswith("/") else ""
    if not parts and not name:
        return f"{quoted(name)}: No such file or directory"
    for number, part in enumerate(parts, 1):
        here += part
        path = session.real(here)
        node = session.tree.known_at(path)
        if node is None:
            if session.tree.known_at(session.real(here, follow=False)) is not None:
                raise Unsupported("a link without a target")
            session.budget.spend(1_000)
            folder_mode = mode if mode is not None and number == len(parts) else 0o755
            session.tree = session.tree.put(path, Folder(folder_mode, is_open=not session.tree.knows(path)))
        elif not is_folder(node):
            return f"{quoted(name)}: File exists" if number == len(parts) else f"{quoted(here)}: {NOT_A_FOLDER}"
        here += "/"
    return None


def rmdir(session: Session, streams: Streams, arguments: list[str]) -> int:
    """Remove empty folders."""
    _, names = options(arguments, "", "rmdir")
    if not names:
        return usage(streams, "rmdir", "missing operand")
    status = 0
    for name in names:
        try:
            path, node = session.node(name.rstrip("/"), follow=False)
            if node is None:
                raise FileSystemError("No such file or directory")
            if not is_folder(node):
                raise FileSystemError(NOT_A_FOLDER)
            if not session.tree.knows(f"{path}/x") or session.is_busy(path):
                raise Unsupported("a folder with unknown content")
            if session.names(path):
                raise FileSystemError("Directory not empty")
            session.tree = session.tree.without(path)
        except FileSystemError as failure:
            status = streams.error(f"rmdir: failed to remove {quoted(name)}: {failure}")
    return status


def rm(session: Session, streams: Streams, arguments: list[str]) -> int:
    """Remove files, and with -r folders; -f takes what is not there for removed."""
    flags, names = options(arguments, "rRf", "rm")
    if not names:
        return 0 if "f" in flags else usage(streams, "rm", "missing operand")
    is_recursive = bool(flags & {"r", "R"})
    status = 0
    for name in names:
        if is_recursive and name.rstrip("/").rpartition("/")[2] in (".", ".."):
            status = streams.error(f"rm: {_HERE} {quoted(name)}")
            continue
        if is_recursive and name and not name.strip("/"):
            streams.error(f"rm: it is dangerous to operate recursively on {quoted(name)}")
            status = streams.error("rm: use --no-preserve-root to override this failsafe")
            continue
        try:
            _remove(session, name, is_recursive, "f" in flags)
        except FileSystemError as failure:
            if "f" not in flags or str(failure) == "Is a directory":
                status = streams.error(f"rm: cannot remove {quoted(name)}: {failure}")
            elif str(failure) not in ("No such file or directory", NOT_A_FOLDER):
                raise Unsupported("a name that is no name") from None
    return status


def _remove(session: Session, name: str, is_recursive: bool, is_forced: bool) -> None:
    if name.endswith("/") and not is_recursive:
        raise Unsupported("a folder that is removed as a file")
    bare = name.rstrip("/")
    path = session.real(bare, follow=False)
    node = session.tree.known_at(path) if is_forced else session.tree.at(path)
    if node is None and not (is_forced and not session.tree.knows(path)):
        raise FileSystemError("No such file or directory")
    if is_folder(node):
        if not is_recursive:
            raise FileSystemError("Is a directory")
        if session.is_busy(path):
            raise Unsupported("the folder of the script is removed")
    elif name != bare:
        raise Unsupported("a file that is removed as a folder")
    session.tree = session.tree.without(path)


def ln(session: Session, streams: Streams, arguments: list[str]) -> int:
    """Symbolic links; -f replaces, -n takes a link to a folder for a file."""
    flags, names = options(arguments, "sfn", "ln")
    if "s" not in flags:
        raise Unsupported("hard links")
    if not names:
        return usage(streams, "ln", "missing file operand")
    if len(names) == 1:
        names = [names[0], "."]
    *targets, last = names
    if last.endswith("/") or any(target.endswith("/") for target in targets[1:]):
        raise Unsupported("a link that ends with a slash")
    reason, node = _reason_and_node(session, last, follow="n" not in flags)
    if len(targets) > 1 and not is_folder(node):
        return streams.error(refused_target("ln", last, reason))
    status = 0
    for target in targets:
        inside = f"{last}/{target.rstrip('/').rpartition('/')[2]}"
        status = max(status, _linked(session, streams, target, inside if is_folder(node) else last, "f" in flags))
    return status


def _reason_and_node(session: Session, name: str, follow: bool) -> tuple[str | None, Node | None]:
    """The node that a name names, and why there is none."""
    try:
        node = session.tree.known_at(session.real(name, follow))
    except FileSystemError as failure:
        return str(failure), None
    return NO_SUCH if node is None else None, node


def _is_at(session: Session, target: str, path: str) -> bool:
    try:
        return session.real(target) == path
    except FileSystemError:
        return False


def _linked(session: Session, streams: Streams, target: str, name: str, is_forced: bool) -> int:
    sentence = f"ln: failed to create symbolic link {quoted(name)}"
    if not target or target.rstrip("/").rpartition("/")[2] in ("", ".", ".."):
        raise Unsupported("a link to nothing, or to a folder without a name")
    try:
        path = session.real(name, follow=False)
        node = session.tree.known_at(path)
    except FileSystemError as failure:
        is_missing = str(failure) == NO_SUCH
        # with -f the program looks at the place before it creates the link
        step = sentence if is_missing or not is_forced else f"ln: failed to access {quoted(name)}"
        return streams.error(f"{step}: {failure}")
    if node is not None and not is_forced:
        return streams.error(f"{sentence}: File exists")
    if is_folder(node):
        return streams.error(f"ln: {quoted(name)}: cannot overwrite directory")
    if node is not None and _is_at(session, target, path):
        return streams.error(f"ln: {quoted(target)} and {quoted(name)} are the same file")
    session.tree = session.tree.put(path, Symlink(target))
    return 0
