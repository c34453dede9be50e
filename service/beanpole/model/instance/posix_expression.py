"""POSIX regular expressions, basic and extended with GNU's additions, in the syntax of RE2."""

from typing import NamedTuple

SPECIAL = frozenset(".*[]^$+?(){}|\\")
_ESCAPES = {"n": r"\n", "t": r"\t", "w": r"\w", "W": r"\W", "s": r"\s", "S": r"\S", "b": r"\b", "B": r"\B"}
_CLASSES = ("alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "xdigit")
_REPEATING = ("*", "+", "?", "{")


class NotRead(ValueError):
    """The expression can be understood by a real `sed` only."""


class Token(NamedTuple):
    """An operator, or a text in the syntax of RE2 if `operator` is empty."""

    operator: str
    text: str = ""


def translate(expression: str, is_extended: bool) -> tuple[str, int]:
    """The expression as RE2 writes it, and how many groups it has."""
    if not expression:
        raise NotRead  # the last one that was used
    tokens = list(_tokens(expression, is_extended))
    parts: list[str] = []
    depth = 0
    for index, token in enumerate(tokens):
        before = tokens[index - 1] if index else None
        after = tokens[index + 1] if index + 1 < len(tokens) else None
        is_first = before is None or before.operator in ("(", "|")
        is_last = after is None or after.operator in (")", "|")
        if token.operator in _REPEATING:
            parts.append(_repetition(token, before, is_first, is_extended))
        elif token.operator == "^":
            parts.append(r"\A" if is_first or is_extended else r"\^")
        elif token.operator == "$":
            parts.append(r"\z" if is_last or is_extended else r"\$")
        else:
            depth += {"(": 1, ")": -1}.get(token.operator, 0)
            parts.append(token.operator or token.text)
        if depth < 0 or (token.operator == "|" and (is_first or is_last)):
            raise NotRead
    if depth:
        raise NotRead
    return "".join(parts), sum(token.operator == "(" for token in tokens)


def _repetition(token: Token, before: Token | None, is_first: bool, is_extended: bool) -> str:
    if not is_extended and token.operator == "*" and (is_first or (before and before.operator == "^")):
        return r"\*"
    if is_first or before is None or before.operator in ("^", "$", *_REPEATING):
        raise NotRead
    return token.text or token.operator


def _tokens(expression: str, is_extended: bool) -> list[Token]:
    tokens: list[Token] = []
    position = 0
    while position < len(expression):
        character = expression[position]
        following = expression[position + 1 : position + 2]
        is_escaped = character == "\\"
        name = following if is_escaped else character
        if not is_escaped and character == "[":
            text, position = _bracket(expression, position + 1)
            tokens.append(Token("", text))
            continue
        position += 2 if is_escaped else 1
        if name and name in "+?|(){}" and is_escaped != is_extended:
            if name == "{":
                text, position = _interval(expression, position, is_extended)
                tokens.append(Token("{", text))
            elif name == "}":
                raise NotRead
            else:
                tokens.append(Token(name))
        elif not is_escaped and character in "*^$":
            tokens.append(Token(character))
        elif not is_escaped and character == ".":
            tokens.append(Token("", "."))
        else:
            tokens.append(Token("", _literal(name, is_escaped)))
    return tokens


def _literal(name: str, is_escaped: bool) -> str:
    if is_escaped and name in _ESCAPES:
        return _ESCAPES[name]
    if not name or (is_escaped and (name.isalnum() or name in "<>`'\n")):
        raise NotRead  # a reference to a group, or an escape that is not known
    return f"\\{name}" if name in SPECIAL else name


def _interval(expression: str, position: int, is_extended: bool) -> tuple[str, int]:
    closing = "}" if is_extended else "\\}"
    end = expression.find(closing, position)
    low, comma, high = expression[position:end].partition(",")
    if end < 0 or not (low + high).isascii() or not all(part.isdigit() for part in (low, high) if part):
        raise NotRead
    if not low and not comma:
        raise NotRead
    return f"{{{low or 0}{comma}{high}}}", end + len(closing)


def _bracket(expression: str, position: int) -> tuple[str, int]:
    """A bracket expression from behind its bracket; POSIX knows no backslash in it, GNU's sed a few."""
    parts = ["["]
    if expression[position : position + 1] == "^":
        parts.append("^")
        position += 1
    begin = position
    while position < len(expression):
        character = expression[position]
        if character == "]" and position > begin:
            return "".join([*parts, "]"]), position + 1
        if expression.startswith(("[.", "[="), position) or not character.isascii():
            raise NotRead
        if expression.startswith("[:", position):
            name, end, _ = expression[position + 2 :].partition(":]")
            if not end or name not in _CLASSES:
                raise NotRead
            parts.append(f"[:{name}:]")
            position += len(name) + 4
        elif character == "\\":
            if expression[position + 1 : position + 2] not in ("n", "t"):
                raise NotRead
            parts.append(expression[position : position + 2])
            position += 2
        else:
            parts.append(f"\\{character}" if character in "[]^\\" else character)
            position += 1
    raise NotRead
