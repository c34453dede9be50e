"""`sed` scripts that consist of `s` commands: their parser, and their effect on lines.

Expressions are matched by RE2, leftmost and longest as POSIX has it, in time linear in the text. An expression with
references to its own groups is refused, since RE2 does not know them.
"""

from msgspec import Struct

from beanpole.model.instance import posix_expression
from beanpole.model.instance.posix_expression import NotRead
from beanpole.text import patterns
from beanpole.text.patterns import Finder, Spans

MOST_COMMANDS = 16  # of a script
_BLANKS = " \t\n;"
_PLAIN = " \t"
_DELIMITERS = frozenset("/,#@!:;_~%=-'\"<>&`|")


class Substitution(Struct, frozen=True, array_like=True):
    """A command `s/EXPRESSION/REPLACEMENT/FLAGS`.

    `expression` is in the syntax of RE2. `replacement` are texts and numbers of groups, 0 for all that matched. The
    match with that `number` is replaced, and all later ones, too, if it is `is_global`.
    """

    expression: str
    replacement: tuple[str | int, ...]
    number: int = 1
    is_global: bool = False
    ignore_case: bool = False


def parse(script: str, is_extended: bool) -> tuple[Substitution, ...]:
    """The commands of a script, between newlines and semicolons; `is_extended` is the option -E. May raise NotRead."""
    commands: list[Substitution] = []
    position = 0
    while True:
        while position < len(script) and script[position] in _BLANKS:
            position += 1
        if position == len(script):
            return tuple(commands)
        command, position = _command(script, position, is_extended)
        commands.append(command)
        if len(commands) > MOST_COMMANDS:
            raise NotRead


def substituted(data: bytes, script: tuple[Substitution, ...], most: int) -> bytes:
    """The lines after the script, the first `most` bytes of them."""
    finders = [patterns.finder(command.expression, command.ignore_case) for command in script]
    lines = data.split(b"\n")
    ending = [lines.pop()] if lines[-1] == b"" else []  # no line begins behind the last newline
    new_lines: list[bytes] = []
    left = most
    for line in lines:
        for command, find in zip(script, finders, strict=True):
            line = _replaced(line, command, find)[: most + 1]
        new_lines.append(line)
        left -= len(line) + 1
        if left <= 0:
            break
    return b"\n".join(new_lines + ending)[:most]


def check(command: Substitution) -> None:
    """Raise ValueError for a command that `parse` would not have made, as a disk from elsewhere may have."""
    spans = next(patterns.finder(f"(?:{command.expression})|", command.ignore_case)(b""))
    groups = [part for part in command.replacement if isinstance(part, int)]
    if command.number < 1 or not all(0 <= group < len(spans) for group in groups):
        raise ValueError(f"{command} is no substitution")


def _replaced(line: bytes, command: Substitution, find: Finder) -> bytes:
    parts: list[bytes] = []
    copied, number, ended = 0, 0, -1
    for spans in find(line):
        begin, end = spans[0]
        if begin == end == ended:  # an empty match right behind another is none
            continue
        ended = end
        number += 1
        if number < command.number:
            continue
        parts += [line[copied:begin], *_replacement(line, command, spans)]
        copied = end
        if not command.is_global:
            break
    return b"".join([*parts, line[copied:]])


def _replacement(line: bytes, command: Substitution, spans: Spans) -> list[bytes]:
    return [part.encode() if isinstance(part, str) else _group(line, spans[part]) for part in command.replacement]


def _group(line: bytes, span: tuple[int, int]) -> bytes:
    begin, end = span
    return line[begin:end] if begin >= 0 else b""


def _command(script: str, position: int, is_extended: bool) -> tuple[Substitution, int]:
    if script[position] != "s" or position + 1 == len(script) or script[position + 1] not in _DELIMITERS:
        raise NotRead
    delimiter = script[position + 1]
    expression, position = _part(script, position + 2, delimiter)
    if delimiter in posix_expression.SPECIAL and f"\\{delimiter}" in expression:
        raise NotRead  # versions of sed differ
    replacement, position = _part(script, position, delimiter)
    flags, position = _flags(script, position)
    translated, groups = posix_expression.translate(expression.replace(f"\\{delimiter}", delimiter), is_extended)
    number = "".join(flag for flag in flags if flag.isdigit())
    ignore_case = "i" in flags or "I" in flags
    if number.startswith("0") or len(number) > 4 or (ignore_case and not translated.isascii()):
        raise NotRead
    try:
        patterns.finder(translated, ignore_case)
    except ValueError:
        raise NotRead from None
    parts = _replacement_parts(replacement, delimiter, groups)
    return Substitution(translated, parts, int(number or 1), "g" in flags, ignore_case), position


def _part(script: str, position: int, delimiter: str) -> tuple[str, int]:
    """The text up to the next delimiter without a backslash, and the position behind it."""
    begin = position
    while position < len(script) and script[position] != delimiter:
        position += 2 if script[position] == "\\" else 1
    if position >= len(script):
        raise NotRead
    return script[begin:position], position + 1


def _flags(script: str, position: int) -> tuple[str, int]:
    begin = position
    while position < len(script) and script[position] in "gIi0123456789":
        position += 1
    flags = script[begin:position]
    while position < len(script) and script[position] in _PLAIN:
        position += 1
    if position < len(script) and script[position] not in "\n;":
        raise NotRead
    if flags.count("g") > 1 or len("".join(flags.split("g"))) != len(flags) - flags.count("g"):
        raise NotRead
    return flags, position


def _replacement_parts(replacement: str, delimiter: str, groups: int) -> tuple[str | int, ...]:
    parts: list[str | int] = []
    position = 0
    while position < len(replacement):
        character, step = replacement[position], 1
        part: str | int = character
        if character == "&":
            part = 0
        elif character == "\\":
            part, step = _escaped(replacement[position + 1 : position + 2], delimiter, groups), 2
        elif character == "\n":
            raise NotRead  # sed refuses a line break without a backslash
        if isinstance(part, str) and parts and isinstance(parts[-1], str):
            parts[-1] += part
        else:
            parts.append(part)
        position += step
    return tuple(parts)


def _escaped(character: str, delimiter: str, groups: int) -> str | int:
    if character == delimiter or character in ("&", "\\", "\n", "/"):
        if character == delimiter == "&":
            raise NotRead  # versions of sed differ
        return character
    if character in ("n", "t"):
        return "\n" if character == "n" else "\t"
    if character.isdigit() and character.isascii() and int(character) <= groups:
        return int(character)
    if not character or character.isalnum():  # the case of letters, numbers of characters
        raise NotRead
    return character
