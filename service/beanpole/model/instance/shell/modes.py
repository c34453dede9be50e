"""The verbs that say who may do what: chmod and chown."""

import re
from collections.abc import Callable

from msgspec.structs import replace

from beanpole.model.instance.disk import MOST_NODES
from beanpole.model.instance.nodes import Node, Symlink, is_folder
from beanpole.model.instance.shell.session import Session, Streams, options, quoted, usage
from beanpole.model.instance.shell.syntax import Unsupported
from beanpole.model.instance.tree import FileSystemError, TooMuch

_OCTAL = re.compile(r"[0-7]{1,4}")
_CLAUSE = re.compile(r"([ugoa]*)((?:[-+=][rwxXst]*)+)")
_COPYING = re.compile(r"[ugoa]*(?:[-+=](?:[rwxXst]*|[ugo]|[0-7]+))+|[0-7]+")
_ACTION = re.compile(r"([-+=])([rwxXst]*)")
_BITS = {"u": 0o4700, "g": 0o2070, "o": 0o1007, "a": 0o7777}
_PERMISSIONS = {"r": 0o444, "w": 0o222, "x": 0o111, "s": 0o6000, "t": 0o1000}
_UMASK = 0o022
_OWNER = re.compile(r"([a-z_][a-z0-9_-]*)?(?:([:.])([a-z_][a-z0-9_-]*)?)?")
_USERS = ("root", "ec2-user", "webapp", "nginx")  # [inferred: those that every platform has]


def chmod(session: Session, streams: Streams, arguments: list[str]) -> int:
    """Change modes: octal ones, and symbolic ones."""
    if arguments and re.match(r"-[rwxXst]", arguments[0]):
        raise Unsupported("a mode that looks like an option")
    flags, names = options(arguments, "R", "chmod")
    if not names:
        return usage(streams, "chmod", "missing operand")
    mode, *names = names
    if not names:
        return usage(streams, "chmod", f"missing operand after {quoted(mode)}")
    if not _OCTAL.fullmatch(mode) and not all(_CLAUSE.fullmatch(clause) for clause in mode.split(",")):
        if all(_COPYING.fullmatch(clause) for clause in mode.split(",")):
            raise Unsupported("a mode that copies another")
        return usage(streams, "chmod", f"invalid mode: {quoted(mode)}")

    def change(node: Node) -> Node:
        return node if isinstance(node, Symlink) else replace(node, mode=_changed(node.mode, mode, is_folder(node)))

    return _for_all(session, streams, "chmod", names, "R" in flags, change)


def chown(session: Session, streams: Streams, arguments: list[str]) -> int:
    """Change owner and group, to users that every instance has."""
    flags, names = options(arguments, "R", "chown")
    if len(names) < 2:
        raise Unsupported("chown of nothing")
    owner, *names = names
    match = _OWNER.fullmatch(owner)
    if not match or not (match[1] or match[3]) or not {match[1], match[3]} <= {None, *_USERS}:
        raise Unsupported("a user who may not exist")
    group = match[3] or (match[1] if match[2] else None)

    def change(node: Node) -> Node:
        return replace(node, owner=match[1] or node.owner, group=group or node.group)

    return _for_all(session, streams, "chown", names, "R" in flags, change)


def _for_all(
    session: Session,
    streams: Streams,
    program: str,
    names: list[str],
    is_recursive: bool,
    change: Callable[[Node], Node],
) -> int:
    status = 0
    for name in names:
        try:
            path, node = session.node(name)
            if node is None and session.exists(name):
                raise Unsupported("a link without a target")
            if node is None:
                raise FileSystemError("No such file or directory")
            if is_recursive and path != session.real(name, follow=False):
                raise Unsupported("a link to a whole folder")
            _change(session, path, node, is_recursive, change)
        except FileSystemError as failure:
            status = streams.error(f"{program}: cannot access {quoted(name)}: {failure}")
    return status


def _change(session: Session, path: str, node: Node, is_recursive: bool, change: Callable[[Node], Node]) -> None:
    below = [(path, node)]
    if is_recursive:
        below = []
        for entry in session.tree.walk(path):
            session.budget.spend(200)
            below.append(entry)
            if len(below) > 4 * MOST_NODES:
                raise TooMuch
    session.tree = session.tree.renewed_all({at: new for at, old in below if (new := change(old)) != old})


def _changed(before: int, mode: str, is_folder: bool) -> int:
    if _OCTAL.fullmatch(mode):
        return int(mode, 8) | (before & 0o6000 if is_folder else 0)
    for clause in mode.split(","):
        match = _CLAUSE.fullmatch(clause)
        classes = match[1] if match else ""
        for operator, letters in _ACTION.findall(match[2] if match else ""):
            before = _applied(before, classes, operator, letters, is_folder)
    return before


def _applied(before: int, classes: str, operator: str, letters: str, is_folder: bool) -> int:
    scope = 0
    for letter in classes:
        scope |= _BITS[letter]
    bits = 0
    for letter in letters:
        bits |= (0o111 if is_folder or before & 0o111 else 0) if letter == "X" else _PERMISSIONS[letter]
    masked = bits & (scope if classes else 0o7777 & ~_UMASK)
    if "t" in letters and classes and "o" not in classes and "a" not in classes:
        raise Unsupported("a sticky bit of some")
    match operator:
        case "+":
            return before | masked
        case "-":
            if not classes and before & bits & _UMASK:
                raise Unsupported("a mode that the umask keeps")
            return before & ~masked
        case _:
            if is_folder and before & 0o6000:
                raise Unsupported("a folder that gives its group to what it holds")
            other_bits = before & ~(scope if classes else 0o7777)
            return other_bits | masked
