"""The verbs that are the shell's own: cd, pwd, exit, export, set, true and false."""

import re
from posixpath import normpath

from beanpole.model.instance.nodes import is_folder
from beanpole.model.instance.shell.session import Session, Streams
from beanpole.model.instance.shell.syntax import Unsupported
from beanpole.model.instance.tree import NO_SUCH, NOT_A_FOLDER, TOO_MANY_LINKS, FileSystemError

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Exit(Exception):
    """The script ends with a status."""

    def __init__(self, status: int) -> None:
        self.status = status


def true(session: Session, streams: Streams, arguments: list[str]) -> int:
    """Do nothing, well."""
    return 0


def false(session: Session, streams: Streams, arguments: list[str]) -> int:
    """Do nothing, badly."""
    return 1


def cd(session: Session, streams: Streams, arguments: list[str]) -> int:
    """Change the folder of the script."""
    if len(arguments) > 1:
        return streams.error(f"{session.name}cd: too many arguments")
    if any(argument.startswith("-") for argument in arguments) or session.variables.get("CDPATH"):
        raise Unsupported("options of cd")
    if not arguments and "HOME" not in session.variables:
        return streams.error(f"{session.name}cd: HOME not set")
    target = arguments[0] if arguments else session.variables["HOME"]
    if not target:
        raise Unsupported("cd to nowhere")
    try:
        path, node = session.node(target)
        if not is_folder(node):
            raise FileSystemError(NO_SUCH if node is None else NOT_A_FOLDER)
    except FileSystemError as failure:
        if re.search(r"[^ -~]", target):
            raise Unsupported("a name that bash quotes") from None
        # bash that is called sh knows no other reasons than these for a folder that it cannot follow by its links
        reason = NOT_A_FOLDER if str(failure) == TOO_MANY_LINKS else failure
        return streams.error(f"{session.name}cd: {target}: {reason}")
    logical = normpath(target if target.startswith("/") else f"{session.logical}/{target}")
    if session.tree.real(logical) != path or target.startswith("//"):
        raise Unsupported("a folder above a link")
    session.variables["OLDPWD"] = session.logical
    session.folder, session.logical = path, logical
    return 0


def pwd(session: Session, streams: Streams, arguments: list[str]) -> int:
    """Print the folder of the script."""
    if arguments:
        raise Unsupported("options of pwd")
    streams.out(f"{session.logical}\n")
    return 0


def exit(session: Session, streams: Streams, arguments: list[str]) -> int:
    """End the script."""
    if not arguments:
        raise Exit(session.status)
    if len(arguments) > 1 or not re.fullmatch(r"[0-9]{1,9}", arguments[0]):
        raise Unsupported("a status that is no number")
    raise Exit(int(arguments[0]) & 255)


def export(session: Session, streams: Streams, arguments: list[str]) -> int:
    """Set variables; the verbs read none of them, so that it is the same to hand them on."""
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if not _NAME.fullmatch(name):
            raise Unsupported("options of export")
        if equals:
            session.assign(name, value)
    if not arguments:
        raise Unsupported("all variables are printed")
    return 0


def set_(session: Session, streams: Streams, arguments: list[str]) -> int:
    """`set -e` and `set +e`: whether the script ends at the first command that fails."""
    if len(arguments) != 1 or arguments[0] not in ("-e", "+e"):
        raise Unsupported("options of set")
    session.ends_at_errors = arguments[0] == "-e"
    return 0
