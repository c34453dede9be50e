"""The verbs that copy and move: cp and mv."""

from collections.abc import Callable

from msgspec.structs import replace

from beanpole.model.instance.nodes import File, Folder, Mount, Node, Symlink, is_folder
from beanpole.model.instance.shell.session import Session, Streams, options, quoted, refused_target, usage
from beanpole.model.instance.shell.syntax import Unsupported
from beanpole.model.instance.tree import NO_SUCH, NOT_A_FOLDER, FileSystemError

_UMASK = 0o7022  # bits that a copy without -p does not have


def cp(session: Session, streams: Streams, arguments: list[str]) -> int:
    """Copy files, and with -r folders; -p keeps owner and mode, -a is both."""
    flags, names = options(arguments, "rRafp", "cp")
    is_recursive, keeps = bool(flags & {"r", "R", "a"}), bool(flags & {"p", "a"})

    def copy(source: str, target: str) -> int:
        return _copy(session, streams, source, target, is_recursive, keeps)

    return _for_all(session, streams, "cp", names, copy)


def mv(session: Session, streams: Streams, arguments: list[str]) -> int:
    """Move files and folders."""
    _, names = options(arguments, "f", "mv")
    return _for_all(session, streams, "mv", names, lambda source, target: _move(session, streams, source, target))


def _for_all(session: Session, streams: Streams, program: str, names: list[str], do: Callable[[str, str], int]) -> int:
    """Copy or move each name to the last one, or into it if that is a folder."""
    if not names:
        return usage(streams, program, "missing file operand")
    *sources, last = names
    if not sources:
        return usage(streams, program, f"missing destination file operand after {quoted(last)}")
    into, reason = _looked_at(session, last)
    is_only_one = len(sources) == 1
    if not into and not (is_only_one and reason in (None, NO_SUCH)):
        return streams.error(refused_target(program, last, reason, is_only_one))
    bases = [source.rstrip("/").rpartition("/")[2] for source in sources]
    if into and len(set(bases)) < len(bases):
        raise Unsupported("two files of one name")
    status = 0
    for source, base in zip(sources, bases, strict=True):
        if base == ".." or not base:
            raise Unsupported("a folder without a name")
        target = last if not into else f"{last.rstrip('/') if last != '/' else ''}/{base}"
        status = max(status, do(source, target))
    return status


def _looked_at(session: Session, last: str) -> tuple[bool, str | None]:
    """Tell whether the last operand is a folder, and if nothing is there, why."""
    try:
        node = session.tree.known_at(session.real(last))
    except FileSystemError as failure:
        return False, str(failure)
    return is_folder(node), None if node is not None else NO_SUCH


def _copy(session: Session, streams: Streams, source: str, target: str, is_recursive: bool, keeps: bool) -> int:
    try:
        path, node = session.node(source, follow=not is_recursive)
        if node is None:
            raise FileSystemError(NO_SUCH)
    except FileSystemError as failure:
        return streams.error(f"cp: cannot stat {quoted(source)}: {failure}")
    if is_folder(node) and not is_recursive:
        return streams.error(f"cp: -r not specified; omitting directory {quoted(source)}")
    try:
        aim = session.real(target, follow=not isinstance(node, Symlink))
        there = session.tree.known_at(aim)
    except FileSystemError as failure:
        if session.is_link(target):
            raise Unsupported("a link that leads nowhere") from None
        kind = "directory" if is_folder(node) else "symbolic link" if isinstance(node, Symlink) else "regular file"
        return streams.error(f"cp: cannot create {kind} {quoted(target)}: {failure}")
    words = (
        _absent_target(session, node, source, target)
        if there is None
        else _present_target(node, there, source, target, aim == path)
    )
    if words is not None:
        return streams.error(f"cp: {words}")
    is_into_itself = _is_within(aim, path)
    if _is_within(path, aim) or (is_into_itself and there is not None):
        raise Unsupported("a folder that is merged with a part of itself")
    _merge(session, path, node, aim, there, keeps)
    return streams.error(refused_copy(source, target)) if is_into_itself else 0


def _absent_target(session: Session, node: Node, source: str, target: str) -> str | None:
    """The refusal of a copy to a place where nothing stands, or a link that leads nowhere; None if it can be made."""
    if target.endswith("/") and isinstance(node, Symlink):
        return f"cannot create symbolic link {quoted(target)}: {NO_SUCH}"
    if target.endswith("/") and not is_folder(node):
        return f"cannot create regular file {quoted(target)}: {NOT_A_FOLDER}"
    if not session.is_link(target):
        return None
    if is_folder(node):
        return f"cannot overwrite non-directory {quoted(target)} with directory {quoted(source)}"
    return f"not writing through dangling symlink {quoted(target)}"


def _present_target(node: Node, there: Node, source: str, target: str, is_same: bool) -> str | None:
    """The refusal of a copy over a node that stands at the target; None if it can be made."""
    if is_same:
        return f"{quoted(source)} and {quoted(target)} are the same file"
    if is_folder(there) and not is_folder(node):
        return f"cannot overwrite directory {quoted(target)} with non-directory"
    if is_folder(node) and not is_folder(there):
        return f"cannot overwrite non-directory {quoted(target)} with directory {quoted(source)}"
    return None


def refused_copy(source: str, target: str) -> str:
    """A folder that is copied into itself.

    The program copies the rest of the folder, and stops when it comes upon the copy, which is mostly the last one that
    it reads.
    """
    return f"cp: cannot copy a directory, {quoted(source)}, into itself, {quoted(target)}"


def _merge(session: Session, path: str, node: Node, aim: str, there: Node | None, keeps: bool) -> None:
    """Copy a node over what stands at the real path `aim`."""
    session.budget.spend(1_000)
    if there is None:
        if session.tree.known_at(aim) is not None:  # behind a link that leads nowhere
            raise Unsupported("a link without a target")
        session.tree = session.tree.copied(path, aim, keeps)
    elif isinstance(node, Folder | Mount):
        if keeps and isinstance(there, Folder | Mount):
            folder = replace(there, mode=node.mode, owner=node.owner, group=node.group)
            session.tree = session.tree.renewed(aim, folder)
        for name in session.names(path):
            inner, below = session.tree.at(f"{path}/{name}"), session.tree.known_at(f"{aim}/{name}")
            if inner is None or (below is not None and is_folder(inner) != is_folder(below)):
                raise Unsupported("a folder in the place of a file")
            if isinstance(below, Symlink) or (isinstance(inner, Symlink) and below is not None):
                raise Unsupported("a link that is copied over something")
            _merge(session, f"{path}/{name}", inner, f"{aim}/{name}", below, keeps)
    elif isinstance(node, File) and isinstance(there, File):
        kept_file = node if keeps else File(node.content, there.mode, there.owner, there.group)
        session.tree = session.tree.put(aim, kept_file)
    else:
        raise Unsupported("a link that is copied over something")


def _move(session: Session, streams: Streams, source: str, target: str) -> int:
    try:
        path, node = session.node(source.rstrip("/") or source, follow=False)
        if node is None:
            raise FileSystemError(NO_SUCH)
        if source.endswith("/") and not is_folder(node):
            raise Unsupported("a file that is moved as a folder")
    except FileSystemError as failure:
        return streams.error(f"mv: cannot stat {quoted(source)}: {failure}")
    sentence = f"mv: cannot move {quoted(source)} to {quoted(target)}"
    try:
        aim = session.real(target.rstrip("/") or target, follow=False)
        there = session.tree.known_at(aim)
    except FileSystemError as failure:
        return streams.error(f"{sentence}: {failure}")
    if source.rstrip("/").rpartition("/")[2] == "." or session.is_busy(path):
        raise Unsupported("the folder of the script is moved")
    if target.endswith("/") and there is None and not is_folder(node):
        return streams.error(f"{sentence}: {NOT_A_FOLDER}")
    if aim == path:
        return streams.error(f"mv: {quoted(source)} and {quoted(target)} are the same file")
    if _is_within(aim, path) and (there is None or is_folder(there)):
        return streams.error(f"mv: cannot move {quoted(source)} to a subdirectory of itself, {quoted(target)}")
    return _replace(session, streams, source, target, (path, node), (aim, there))


def _replace(
    session: Session,
    streams: Streams,
    source: str,
    target: str,
    moved: tuple[str, Node],
    there: tuple[str, Node | None],
) -> int:
    path, node = moved
    aim, former = there
    if is_folder(former) and not is_folder(node):
        return streams.error(f"mv: cannot overwrite directory {quoted(target)} with non-directory")
    if is_folder(node) and former is not None and not is_folder(former):
        return streams.error(f"mv: cannot overwrite non-directory {quoted(target)} with directory {quoted(source)}")
    if is_folder(former):
        if session.names(aim):
            return streams.error(f"mv: cannot move {quoted(source)} to {quoted(target)}: Directory not empty")
        if session.is_busy(aim):
            raise Unsupported("the folder of the script is replaced")
    if former is not None:
        session.tree = session.tree.without(aim)
    session.tree = session.tree.moved(path, aim)
    return 0


def _is_within(path: str, folder: str) -> bool:
    return path.startswith(f"{folder.rstrip('/')}/")
