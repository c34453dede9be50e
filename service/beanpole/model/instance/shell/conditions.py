"""The verbs `test` and `[`, by the number of their arguments as POSIX has it."""

import re

from beanpole.model.instance import content
from beanpole.model.instance.nodes import File, Node, Symlink, is_folder
from beanpole.model.instance.shell.session import Session, Streams
from beanpole.model.instance.shell.syntax import Unsupported
from beanpole.model.instance.tree import FileSystemError

_INTEGER = re.compile(r"\s*[+-]?[0-9]{1,18}\s*")
_ARGUMENTS = 50  # of an expression, more than anybody writes
_UNARY = frozenset("abcdefghknoprstuvwxzGLNORS")
_NUMBERS = {"-eq", "-ne", "-lt", "-le", "-gt", "-ge"}
_TEXTS = {"=", "==", "!=", "<", ">"}
_FILES = {"-nt", "-ot", "-ef"}
_BINARY = _NUMBERS | _TEXTS | _FILES


class _Wrong(Exception):
    """A wrong expression, with the words of bash."""


def test(session: Session, streams: Streams, arguments: list[str]) -> int:
    """Tell whether an expression is true."""
    return _status(session, streams, "test", arguments)


def bracket(session: Session, streams: Streams, arguments: list[str]) -> int:
    """The same between brackets."""
    if not arguments or arguments[-1] != "]":
        return _wrong(session, streams, "[", "missing `]'")
    return _status(session, streams, "[", arguments[:-1])


def _status(session: Session, streams: Streams, name: str, arguments: list[str]) -> int:
    try:
        return 0 if _evaluate(session, arguments) else 1
    except _Wrong as wrong:
        return _wrong(session, streams, name, str(wrong))


def _wrong(session: Session, streams: Streams, name: str, words: str) -> int:
    streams.error(f"{session.name}{name}: {words}")
    return 2


def _evaluate(session: Session, arguments: list[str]) -> bool:
    match arguments:
        case []:
            return False
        case [text]:
            return bool(text)
        case ["!", text]:
            return not text
        case [operator, operand]:
            return _unary(session, operator, operand)
        case [left, operator, right] if operator in _BINARY:
            return _binary(left, operator, right)
        case [left, "-a", right]:
            return bool(left and right)
        case [left, "-o", right]:
            return bool(left or right)
        case ["!", *rest] if len(rest) in (2, 3):
            return not _evaluate(session, rest)
        case ["(", text, ")"]:
            return bool(text)
        case ["(", first, second, ")"]:
            return _evaluate(session, [first, second])
        case [_, operator, _]:
            raise _Wrong(f"{operator}: binary operator expected")
        case _:
            return _whole(session, arguments)


def _whole(session: Session, arguments: list[str]) -> bool:
    """Tell whether an expression of any length is true: -o binds less than -a, and that less than `!`."""
    if len(arguments) > _ARGUMENTS:
        raise Unsupported("a long expression")
    value, rest = _either(session, arguments)
    if rest:
        raise Unsupported("an expression that shells differ about")
    return value


def _either(session: Session, arguments: list[str]) -> tuple[bool, list[str]]:
    value, rest = _both(session, arguments)
    while rest and rest[0] == "-o":
        other, rest = _both(session, rest[1:])
        value = value or other
    return value, rest


def _both(session: Session, arguments: list[str]) -> tuple[bool, list[str]]:
    value, rest = _term(session, arguments)
    while rest and rest[0] == "-a":
        other, rest = _term(session, rest[1:])
        value = value and other
    return value, rest


def _term(session: Session, arguments: list[str]) -> tuple[bool, list[str]]:
    match arguments:
        case ["!", *rest]:
            value, left = _term(session, rest)
            return not value, left
        case ["(", *_] | [")", *_]:
            raise Unsupported("brackets in an expression")
        case [left, operator, right, *rest] if operator in _BINARY:
            return _binary(left, operator, right), rest
        case [operator, operand, *rest] if operator.startswith("-") and operator[1:] in _UNARY and len(operator) == 2:
            return _unary(session, operator, operand), rest
        case [text, *rest] if not text.startswith("-"):
            return bool(text), rest
        case _:
            raise Unsupported("an expression that shells differ about")


def _binary(left: str, operator: str, right: str) -> bool:
    if operator in _FILES:
        raise Unsupported("times of files")
    if operator in _TEXTS:
        return {
            "=": left == right,
            "==": left == right,
            "!=": left != right,
            "<": left < right,
            ">": left > right,
        }[operator]
    for text in (left, right):
        if not _INTEGER.fullmatch(text):
            raise _Wrong(f"{text}: integer expression expected")
    first, second = int(left), int(right)
    return {
        "-eq": first == second,
        "-ne": first != second,
        "-lt": first < second,
        "-le": first <= second,
        "-gt": first > second,
        "-ge": first >= second,
    }[operator]


def _unary(session: Session, operator: str, operand: str) -> bool:
    match operator:
        case "-z":
            return not operand
        case "-n":
            return bool(operand)
        case "-e" | "-f" | "-d" | "-s" | "-L" | "-h" | "-r" | "-w" | "-x":
            return _of_file(session, operator, operand)
        case _ if len(operator) == 2 and operator[0] == "-" and operator[1] in _UNARY:
            raise Unsupported("a test of what a disk does not keep")
        case _:
            raise _Wrong(f"{operator}: unary operator expected")


def _of_file(session: Session, operator: str, operand: str) -> bool:
    try:
        path, node = session.node(operand, follow=operator not in ("-L", "-h"))
    except FileSystemError:
        return False
    if path.startswith("/dev/"):
        raise Unsupported("a device")
    match operator:
        case "-f":
            return isinstance(node, File)
        case "-d":
            return is_folder(node)
        case "-L" | "-h":
            return isinstance(node, Symlink)
        case "-s":
            return _has_size(node)
        case "-x":
            return is_folder(node) or (isinstance(node, File) and bool(node.mode & 0o111))
        case _:
            return node is not None


def _has_size(node: Node | None) -> bool:
    if not isinstance(node, File):
        return is_folder(node)
    size = content.size(node.content)
    if size is None:
        raise Unsupported("an unknown size")
    return size > 0
