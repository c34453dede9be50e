"""Checks the nginx configuration that a bundle brings, as far as `nginx -t` would refuse it without knowing a machine.

The parser is that of nginx: words, quotes, `;` and braces. Of the directives only the common ones are known, with their
places and numbers of arguments; any other is taken as it is.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from beanpole.files.bundle.parser_words import Malformed

MAIN = ".platform/nginx/nginx.conf"
# The folders of the included files, in their order, and the block that includes them (platforms-linux-extend.proxy).
FOLDERS = ((".platform/nginx/conf.d/", "http"), (".platform/nginx/conf.d/elasticbeanstalk/", "server"))
STAGED = "/var/proxy/staging/nginx/"

_SPACE = " \t\r\n"
_ENDS = {";": "end", "{": "open"}
_BLOCKS: Mapping[str, frozenset[str]] = {  # the blocks in which a block may stand
    "http": frozenset({"main"}),
    "events": frozenset({"main"}),
    "server": frozenset({"http"}),
    "upstream": frozenset({"http"}),
    "map": frozenset({"http"}),
    "geo": frozenset({"http"}),
    "location": frozenset({"server", "location"}),
    "if": frozenset({"server", "location"}),
    "types": frozenset({"http", "server", "location"}),
}
_ANYWHERE = frozenset({"http", "server", "location"})
_LINES: Mapping[str, tuple[frozenset[str], range]] = {  # where a directive may stand, and its numbers of arguments
    **dict.fromkeys(("user", "load_module"), (frozenset({"main"}), range(1, 3))),
    **dict.fromkeys(("worker_processes", "pid", "worker_rlimit_nofile"), (frozenset({"main"}), range(1, 2))),
    "worker_connections": (frozenset({"events"}), range(1, 2)),
    "server_name": (frozenset({"server"}), range(1, 1_000)),
    "listen": (frozenset({"server"}), range(1, 1_000)),
    "proxy_pass": (frozenset({"location", "if"}), range(1, 2)),
    "alias": (frozenset({"location"}), range(1, 2)),
    **dict.fromkeys(("log_format", "limit_req_zone", "proxy_cache_path"), (frozenset({"http"}), range(2, 1_000))),
    **dict.fromkeys(
        ("client_max_body_size", "client_body_timeout", "client_header_timeout", "client_body_buffer_size"),
        (_ANYWHERE, range(1, 2)),
    ),
    **dict.fromkeys(
        ("proxy_read_timeout", "proxy_send_timeout", "proxy_connect_timeout", "proxy_buffering", "proxy_buffer_size"),
        (_ANYWHERE, range(1, 2)),
    ),
    **dict.fromkeys(("send_timeout", "server_tokens", "underscores_in_headers"), (_ANYWHERE, range(1, 2))),
    "proxy_http_version": (_ANYWHERE, range(1, 2)),
    "gzip": (_ANYWHERE | {"if"}, range(1, 2)),
    "keepalive_timeout": (_ANYWHERE, range(1, 3)),
    "proxy_set_header": (_ANYWHERE, range(2, 3)),
    "add_header": (_ANYWHERE | {"if"}, range(2, 4)),
}
_TABLES = ("map", "geo", "types")  # blocks of words that are no directives
_UNKNOWN = "?"  # the inside of a block that is not known: anything may stand there


class Refused(Exception):
    """A text that nginx refuses, with its words and the line."""


class _Directive(NamedTuple):
    """The words of a directive and the line of its end; or the end of a block, without words, or of the file."""

    words: tuple[str, ...]
    ending: str
    line: int


def problem(paths: Mapping[str, object], content: Callable[[str], bytes]) -> str | None:
    """The words of nginx about the files at those paths; None if it takes them."""
    if MAIN in paths:
        files = [(MAIN, "main")]
    else:
        files = [
            (path, block)
            for folder, block in FOLDERS
            for path in sorted(paths)
            if path.rpartition("/")[0] + "/" == folder and path.endswith(".conf")
        ]
    for path, block in files:
        try:
            check(content(path).decode(errors="replace"), block)
        except Refused as refused:
            words, line = refused.args
            return f"nginx: [emerg] {words} in {STAGED}{path.removeprefix('.platform/nginx/')}:{line}"
        except Malformed:  # a file that is too long is taken as it is
            continue
    return None


def check(text: str, block: str) -> None:
    """Check a file that a block includes; raises Refused."""
    blocks = [block]
    for words, ending, line in _directives(text):
        if ending == "eof":
            if len(blocks) > 1:
                raise Refused('unexpected end of file, expecting "}"', line)
        elif ending == "close":
            if len(blocks) == 1:
                raise Refused('unexpected "}"', line)
            blocks.pop()
        else:
            _check_directive(words, ending == "open", blocks[-1], line)
            if ending == "open":
                blocks.append(words[0] if words[0] in _BLOCKS and words[0] not in _TABLES else _UNKNOWN)


def _check_directive(words: tuple[str, ...], opens: bool, block: str, line: int) -> None:
    name = words[0]
    if block == _UNKNOWN or (name not in _BLOCKS and name not in _LINES):
        return
    if name == "server" and block == "upstream":
        return
    places, numbers = _LINES.get(name, (_BLOCKS.get(name, frozenset()), None))
    if block not in places:
        raise Refused(f'"{name}" directive is not allowed here', line)
    if numbers is None:
        if not opens:
            raise Refused(f'directive "{name}" has no opening "{{"', line)
        return
    if opens:
        raise Refused(f'directive "{name}" is not terminated by ";"', line)
    if len(words) - 1 not in numbers:
        raise Refused(f'invalid number of arguments in "{name}" directive', line)


def _directives(text: str) -> Iterator[_Directive]:
    """The directives, each with how it ends: `end`, `open`, `close` or `eof`."""
    words: list[str] = []
    at, line = 0, 1
    while at < len(text):
        character = text[at]
        if character in _SPACE:
            line += character == "\n"
            at += 1
        elif character == "#":
            at = _end_of(text, at, "\n")
        elif character in ";{":
            if not words:
                raise Refused(f'unexpected "{character}"', line)
            yield _Directive(tuple(words), _ENDS[character], line)
            words.clear()
            at += 1
        elif character == "}":
            if words:
                raise Refused('unexpected "}"', line)
            yield _Directive((), "close", line)
            at += 1
        else:
            start, at = at, _end_of_word(text, at, line)
            words.append(text[start:at].strip("\"'"))
            line += text.count("\n", start, at)
    if words:
        raise Refused('unexpected end of file, expecting ";" or "}"', line)
    yield _Directive((), "eof", line)


def _end_of(text: str, at: int, character: str) -> int:
    end = text.find(character, at)
    return len(text) if end < 0 else end


def _end_of_word(text: str, at: int, line: int) -> int:
    """The end of the word, in quotes or not, that begins there."""
    quote = text[at] if text[at] in "\"'" else ""
    at += bool(quote)
    while at < len(text):
        character = text[at]
        if character == "\\":
            at += 2
        elif quote and character == quote:
            if at + 1 < len(text) and text[at + 1] not in f"{_SPACE};{{)":
                raise Refused(f'unexpected "{text[at + 1]}"', line)
            return at + 1
        elif not quote and character == "$" and text.startswith("{", at + 1):
            at += 2
        elif not quote and character in f"{_SPACE};{{":
            return at
        else:
            at += 1
    raise Refused('unexpected end of file, expecting ";" or "}"', text.count("\n") + 1)
