"""The verbs that print: echo, printf, cat and sed."""

import re

from beanpole.model.instance import content, substitution
from beanpole.model.instance.content import MOST_EDITED, MOST_EDITS, Content
from beanpole.model.instance.nodes import File
from beanpole.model.instance.posix_expression import NotRead
from beanpole.model.instance.shell.session import Session, Streams, printable
from beanpole.model.instance.shell.syntax import Unsupported
from beanpole.model.instance.substitution import Substitution
from beanpole.model.instance.tree import NO_SUCH, FileSystemError

_SIMPLE = {
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "E": "\x1b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
}
_ECHO_ESCAPE = re.compile(r"\\(?:0([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|([abeEfnrtv\\c]))|\\([uU])")
_PRINTF_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|([abeEfnrtv\\\"']))|\\(.?)", re.DOTALL)
_DIRECTIVE = re.compile(r"%(.?)", re.DOTALL)
_INTEGER = re.compile(r"[+-]?(?:0|[1-9][0-9]{0,17})")


def echo(session: Session, streams: Streams, arguments: list[str]) -> int:
    """Bash's echo: -n without a newline, -e with escapes."""
    flags = ""
    while arguments and re.fullmatch(r"-[neE]+", arguments[0]):
        flags += arguments[0][1:]
        arguments = arguments[1:]
    printed, ends = " ".join(arguments), False
    if flags.rfind("e") > flags.rfind("E"):
        printed, ends = _echoed(printed)
    streams.out(printed + ("" if "n" in flags or ends else "\n"))
    return 0


def _echoed(printed: str) -> tuple[str, bool]:
    """The text with its escapes, and whether an escape ends it."""
    parts: list[str] = []
    at = 0
    for match in _ECHO_ESCAPE.finditer(printed):
        parts.append(printed[at : match.start()])
        at = match.end()
        if match[4]:
            raise Unsupported("a character by its number")
        if match[3] == "c":
            return "".join(parts), True
        parts.append(_character(match[1], match[2], match[3]))
    return "".join([*parts, printed[at:]]), False


def _character(octal: str | None, hexadecimal: str | None, letter: str | None) -> str:
    if letter:
        return _SIMPLE.get(letter, letter)
    number = int(octal, 8) & 255 if octal else int(hexadecimal or "0", 16)
    return bytes([number]).decode("utf-8", "surrogateescape")


def printf(session: Session, streams: Streams, arguments: list[str]) -> int:
    """Bash's printf with %s, %d and %%; the format is used again while there are arguments."""
    if not arguments or arguments[0].startswith("-"):
        raise Unsupported("printf without a format")
    form, values = arguments[0], arguments[1:]
    printed, used = _formatted(form, values)
    while used and used < len(values):
        values = values[used:]
        session.budget.spend(len(form))
        more, used = _formatted(form, values)
        printed += more
    streams.out(printed)
    return 0


def _formatted(form: str, values: list[str]) -> tuple[str, int]:
    parts: list[str] = []
    at = used = 0
    for match in _DIRECTIVE.finditer(form):
        if match.start() < at:
            continue
        parts.append(_unescaped(form[at : match.start()]))
        at = match.end()
        if match[1] == "%":
            parts.append("%")
            continue
        value = values[used] if used < len(values) else ""
        used += 1
        if match[1] == "d" and (not value or _INTEGER.fullmatch(value)):
            value = str(int(value or "0"))
        elif match[1] != "s":
            raise Unsupported("a directive of printf")
        parts.append(value)
    return "".join([*parts, _unescaped(form[at:])]), used


def _unescaped(form: str) -> str:
    def character(match: re.Match[str]) -> str:
        if match[4] is not None:
            raise Unsupported("an escape of printf")
        return _character(match[1], match[2], match[3])

    return _PRINTF_ESCAPE.sub(character, form)


def cat(session: Session, streams: Streams, arguments: list[str]) -> int:
    """The contents of files, one behind the other."""
    arguments = [argument for argument in arguments if argument != "--"]
    if any(argument.startswith("-") and argument != "-" for argument in arguments):
        raise Unsupported("options of cat")
    status = 0
    for name in arguments or ["-"]:
        if name == "-":
            if streams.input is None:
                raise Unsupported("standard input")
            streams.out(streams.input)
            continue
        try:
            path, text = _read(session, name)
        except FileSystemError as failure:
            status = streams.error(f"cat: {printable(name)}: {failure}")
            continue
        if path == streams.sinks[1]:
            raise Unsupported("a file that is read and written at once")
        streams.out(text)
    return status


def _read(session: Session, name: str) -> tuple[str, Content]:
    path, node = session.node(name)
    if node is None:
        raise FileSystemError(NO_SUCH)
    if not isinstance(node, File):
        raise FileSystemError("Is a directory")
    return path, node.content


def sed(session: Session, streams: Streams, arguments: list[str]) -> int:
    """Substitutions, of files in place or to standard output."""
    script, in_place, suffix, names = _sed_options(arguments)
    if not names:
        raise Unsupported("standard input")
    status, printed = 0, content.EMPTY  # what sed prints comes after its errors
    for name in names:
        try:
            path, node = session.node(name, follow=False)
            if node is None:
                raise FileSystemError(NO_SUCH)
        except FileSystemError as failure:
            streams.error(f"sed: can't read {name}: {failure}")
            status = 2
            continue
        if not isinstance(node, File) or path in streams.sinks.values():
            raise Unsupported("a link or a folder that sed changes")
        session.budget.spend(_work(node.content, script))
        new_content = content.edited(node.content, script)
        if not in_place:
            printed = content.joined(printed, new_content)
            continue
        if suffix:
            session.tree = session.tree.put(_backup(session, path, suffix), node)
        session.tree = session.tree.put(path, File(new_content, node.mode, node.owner, node.group))
    streams.out(printed)
    return status


def _work(source: Content, script: tuple[Substitution, ...]) -> int:
    """The cost of changing a content; the bytes of a bundle are changed on demand."""
    if (content.size(source) or 0) > MOST_EDITED or content.depth(source) >= MOST_EDITS:
        raise Unsupported("a long file that sed changes, or one that it has changed often")
    return 40 * len(content.data(source) or b"") * len(script)


def _backup(session: Session, path: str, suffix: str) -> str:
    backup = path + suffix
    node = session.tree.known_at(backup)
    if node is not None and not isinstance(node, File):
        raise Unsupported("a backup in the place of a folder")
    return backup


def _sed_options(arguments: list[str]) -> tuple[tuple[Substitution, ...], bool, str, list[str]]:
    scripts: list[str] = []
    names: list[str] = []
    in_place, is_extended, suffix = False, False, ""
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        if argument in ("-r", "-E", "--regexp-extended"):
            is_extended = True
        elif argument in ("-e", "--expression") and rest:
            scripts.append(rest.pop(0))
        elif argument in ("-i", "--in-place") or re.fullmatch(r"-i[.A-Za-z0-9_~-]+", argument):
            in_place, suffix = True, argument[2:] if argument.startswith("-i") else ""
            if set("*/") & set(suffix):
                raise Unsupported("a backup elsewhere")
        elif argument.startswith("-"):
            raise Unsupported("options of sed")
        else:
            names.append(argument)
    if not scripts:
        if not names:
            raise Unsupported("no script")
        scripts.append(names.pop(0))
    try:
        return substitution.parse("\n".join(scripts), is_extended), in_place, suffix, names
    except NotRead:
        raise Unsupported("a script of sed that is more than substitutions") from None
