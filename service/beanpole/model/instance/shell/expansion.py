"""Expands words: braces, tildes, variables, field splitting, and names of files, in the order of bash."""

import re
from collections.abc import Iterator
from fnmatch import translate

from beanpole.model.instance.nodes import is_folder
from beanpole.model.instance.shell.session import MOST_OUTPUT, Session
from beanpole.model.instance.shell.syntax import Part, Unsupported, Word
from beanpole.model.instance.tree import FileSystemError

_BRACES = re.compile(r"\{([^{}]*,[^{}]*)\}")
_MAGIC = re.compile(r"[*?\[]")
_BLANKS = re.compile(r"[ \t\n]+")
_MOST_WORDS = 1_000  # that one word becomes
_BRACKETS = re.compile(r"\[[!^]?[A-Za-z0-9_.,-]+\]")

Field = list[tuple[str, bool]]  # texts, and whether each is in quotes


def fields(word: Word, session: Session) -> list[str]:
    """The arguments that a word of a command becomes."""
    return [
        name
        for alternative in _braced(word)
        for field in _split(_with_home(alternative, session), session)
        for name in _names(field, session)
    ]


def text(word: Word, session: Session) -> str:
    """The text of a word that is neither split nor matched: the value of an assignment, a here-document."""
    if any(":~" in part.text for part in word if not part.is_quoted and part.kind == "text"):
        raise Unsupported("a tilde behind a colon")
    return "".join(_value(part, session) for part in _with_home(word, session))


def target(word: Word, session: Session) -> str:
    """The path of a redirection, which must be one; `sh` does not match it with files."""
    paths = list(_split(_with_home(word, session), session))
    if len(paths) != 1 or len(_braced(word)) != 1:
        raise Unsupported("an ambiguous redirection")
    return "".join(value for value, _ in paths[0])


def _value(part: Part, session: Session) -> str:
    if part.kind == "text":
        return part.text
    value = session.variable(part.text)
    session.budget.spend(len(value))
    return value


def _has_alternatives(flat: str) -> bool:
    """Tell whether a comma or a range stands between two braces."""
    inside = flat.partition("{")[2].rpartition("}")[0]
    return "," in inside or ".." in inside


def _braced(word: Word) -> list[Word]:
    flat = "".join(part.text if not part.is_quoted and part.kind == "text" else "\0" for part in word)
    if not _has_alternatives(flat):
        return [word]
    for index, part in enumerate(word):
        braces = None if part.is_quoted or part.kind == "variable" else _BRACES.search(part.text)
        if braces:
            before, after = part.text[: braces.start()], part.text[braces.end() :]
            if "{" in before or flat.count("{") != flat.count("}"):
                raise Unsupported("nested braces")
            words = [
                inner
                for choice in braces[1].split(",")
                for inner in _braced(
                    (*word[:index], Part("text", f"{before}{choice}{after}", False), *word[index + 1 :])
                )
            ]
            if len(words) > _MOST_WORDS or len(words) * len(flat) > MOST_OUTPUT:
                raise Unsupported("more words than anybody writes")
            return words
    raise Unsupported("braces with quotes, variables or a sequence in them")


def _with_home(word: Word, session: Session) -> Word:
    first = word[0] if word else None
    if first is None or first.kind != "text" or first.is_quoted or not first.text.startswith("~"):
        return word
    name, slash, rest = first.text[1:].partition("/")
    if name or (not slash and len(word) > 1):
        raise Unsupported("the home of a user")
    home = session.variables.get("HOME", "/root")
    return (Part("text", home, True), Part("text", slash + rest, False), *word[1:])


def _split(word: Word, session: Session) -> Iterator[Field]:
    field: Field = []
    for part in word:
        value = _value(part, session)
        if part.kind == "text" or part.is_quoted:
            field.append((value, part.is_quoted))
            continue
        if "\\" in value and _MAGIC.search(value):
            raise Unsupported("a pattern with a backslash in a variable")
        pieces = _BLANKS.split(value)
        for index, piece in enumerate(pieces):
            if index and field:
                yield field
                field = []
            if piece:
                field.append((piece, False))
    if field and (len(field) > 1 or field[0][0] or field[0][1]):
        yield field


def _names(field: Field, session: Session) -> list[str]:
    plain = "".join(value for value, _ in field)
    if not any(not is_quoted and _MAGIC.search(value) for value, is_quoted in field):
        return [plain]
    pattern = "".join(_pattern(value, is_quoted) for value, is_quoted in field)
    paths = [plain] if "//" in pattern else sorted(_matching(pattern, session))
    if "//" in pattern:
        raise Unsupported("a pattern with two slashes")
    return paths or [plain]


def _pattern(value: str, is_quoted: bool) -> str:
    """A pattern as `fnmatch` knows it, in which quoted characters stand for themselves."""
    if is_quoted:
        return re.sub(r"[*?\[]", r"[\g<0>]", value)
    if "[" in _BRACKETS.sub("", value) and "]" in value:
        raise Unsupported("a pattern with special brackets")
    return value.replace("[^", "[!")


def _matching(pattern: str, session: Session) -> list[str]:
    """The paths that match, in the form of the pattern: relative ones stay relative."""
    is_absolute = pattern.startswith("/")
    paths = ["/" if is_absolute else ""]
    parts = [part for part in pattern.split("/") if part]
    for number, part in enumerate(parts, 1):
        matches: list[str] = []
        for path in paths:
            matches += _in_folder(path, part, session)
        paths = [f"{path}/" for path in matches] if number < len(parts) else matches
        if len(paths) > _MOST_WORDS:
            raise Unsupported("more files than a disk keeps")
    return [f"{path}/" for path in paths if _is_folder(path, session)] if pattern.endswith("/") else paths


def _in_folder(path: str, part: str, session: Session) -> list[str]:
    if not _MAGIC.search(part):
        return [path + part] if part in (".", "..") or session.exists(path + part) else []
    if not _is_folder(path or ".", session):
        return []
    names = session.names(session.real(path or "."))
    matches = re.compile(translate(part)).match
    return [path + name for name in names if matches(name) and (not name.startswith(".") or part.startswith("."))]


def _is_folder(path: str, session: Session) -> bool:
    try:
        return is_folder(session.tree.at(session.real(path)))
    except FileSystemError:
        return False
