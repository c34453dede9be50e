"""Cuts a script into words and operators, as POSIX' shell command language has it."""

import re
from typing import NamedTuple

from beanpole.model.instance.shell.syntax import Part, Unsupported, Word

_OPERATORS = ("&>>", "<<-", "<<<", "&&", "||", ">>", ">&", ">|", "&>", "<<", "<&", "<>", ";;")
_OPERATOR = re.compile("|".join(map(re.escape, _OPERATORS)) + r"|[;&|<>()\n]")
_NUMBER = re.compile(r"[0-9]+(?=[<>])")
_VARIABLE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\}|(\?)|\{(\?)\}")
_PLAIN = re.compile(r"[^\\'\"$`\s;&|<>()]+|[^\S \t\n]")  # what no rule of the shell touches
_ENDING = frozenset(" \t\n;&|<>()")
_DOCUMENTS = ("<<", "<<-")


class Token(NamedTuple):
    """An operator (a newline is one), or a word if `operator` is empty.

    `line` is that of its end, or that which a newline ends. `number` is that before a redirection. The word of a
    here-document is the document.
    """

    line: int
    operator: str = ""
    word: Word = ()
    number: int | None = None


class _Pending(NamedTuple):
    """A here-document whose lines follow the next newline; `token` counts the tokens before it."""

    token: int
    delimiter: str
    is_quoted: bool
    is_indented: bool


def tokens(script: str) -> list[Token]:
    """The words and operators of a script in order; raises Unsupported."""
    return _Lexer(script).tokens()


class _Lexer:
    """The lexer, with its position in a script."""

    def __init__(self, script: str) -> None:
        self._script = script
        self._at = self._counted = 0
        self._line = 1
        self._tokens: list[Token] = []
        self._pending: list[_Pending] = []

    def tokens(self) -> list[Token]:
        while self._skip():
            self._token()
        if self._pending:
            raise Unsupported("a here-document without an end")
        return self._tokens

    def _skip(self) -> bool:
        """Go to the next token, over blanks and comments, and tell whether there is one."""
        while self._at < len(self._script):
            character = self._script[self._at]
            if character in " \t":
                self._at += 1
            elif self._script.startswith("\\\n", self._at):
                self._at += 2
            elif character == "#":
                end = self._script.find("\n", self._at)
                self._at = len(self._script) if end < 0 else end
            else:
                return True
        return False

    def _token(self) -> None:
        line = self._line_here()
        number = _NUMBER.match(self._script, self._at)
        if number:
            self._at = number.end()
        operator = _OPERATOR.match(self._script, self._at)
        if operator is None:
            word = self._word()
            self._tokens.append(Token(self._line_here(), "", word))
            return
        self._at = operator.end()
        if number and len(number[0]) > 1:
            raise Unsupported("a file descriptor above 9")
        self._tokens.append(Token(line, operator[0], (), int(number[0]) if number else None))
        if operator[0] in _DOCUMENTS:
            self._document_begins(operator[0] == "<<-")
        elif operator[0] == "\n":
            self._documents()

    def _line_here(self) -> int:
        self._line += self._script.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line

    def _document_begins(self, is_indented: bool) -> None:
        if not self._skip() or self._script[self._at] in _ENDING:
            raise Unsupported("a here-document without a delimiter")
        word = self._word()
        if any(part.kind == "variable" for part in word):
            raise Unsupported("a here-document with a variable delimiter")
        is_quoted = any(part.is_quoted for part in word)
        delimiter = "".join(part.text for part in word)
        self._pending.append(_Pending(len(self._tokens) - 1, delimiter, is_quoted, is_indented))

    def _documents(self) -> None:
        """The here-documents that the line before began."""
        for pending in self._pending:
            lines: list[str] = []
            while True:
                if self._at >= len(self._script):
                    raise Unsupported("a here-document without an end")
                end = self._script.find("\n", self._at)
                end = len(self._script) if end < 0 else end
                line = self._script[self._at : end]
                self._at = end + 1
                line = line.lstrip("\t") if pending.is_indented else line
                if line == pending.delimiter:
                    break
                lines.append(f"{line}\n")
            if not pending.is_quoted and any(line.endswith("\\\n") for line in lines):
                raise Unsupported("a line of a here-document that goes on")
            text = "".join(lines)
            word = (Part("text", text, True),) if pending.is_quoted else _Lexer(text)._expanded(None)
            self._tokens[pending.token] = self._tokens[pending.token]._replace(operator="<<", word=word)
        self._pending.clear()

    def _word(self) -> Word:
        parts: list[Part] = []
        while self._at < len(self._script) and self._script[self._at] not in _ENDING:
            character = self._script[self._at]
            if plain := _PLAIN.match(self._script, self._at):
                parts.append(Part("text", plain[0], False))
                self._at = plain.end()
            elif character == "\\":
                parts += self._escaped()
            elif character == "'":
                end = self._script.find("'", self._at + 1)
                if end < 0:
                    raise Unsupported("a quote without an end")
                parts.append(Part("text", self._script[self._at + 1 : end], True))
                self._at = end + 1
            elif character == '"':
                self._at += 1
                parts += self._expanded('"') or (Part("text", "", True),)
                self._at += 1
            elif character == "$":
                parts.append(self._dollar(is_quoted=False))
            else:
                raise Unsupported("what another command prints")
        return tuple(parts)

    def _escaped(self) -> list[Part]:
        following = self._script[self._at + 1 : self._at + 2]
        self._at += 2
        if not following:
            raise Unsupported("a backslash at the end")
        return [] if following == "\n" else [Part("text", following, True)]

    def _expanded(self, ending: str | None) -> Word:
        """The parts between double quotes, or in a here-document, up to the ending."""
        parts: list[Part] = []
        special = '$`\\"' if ending else "$`\\"
        while self._at < len(self._script) and self._script[self._at] != ending:
            character = self._script[self._at]
            if character == "$":
                parts.append(self._dollar(is_quoted=True))
            elif character == "`":
                raise Unsupported("what another command prints")
            elif character == "\\":
                following = self._script[self._at + 1 : self._at + 2]
                literal = following if following in special and following else f"\\{following}"
                parts.append(Part("text", "" if following == "\n" else literal, True))
                self._at += 2
            else:
                end = self._at + 1
                while end < len(self._script) and self._script[end] not in special and self._script[end] != ending:
                    end += 1
                parts.append(Part("text", self._script[self._at : end], True))
                self._at = end
        if ending and self._at >= len(self._script):
            raise Unsupported("a quote without an end")
        return tuple(parts)

    def _dollar(self, is_quoted: bool) -> Part:
        variable = _VARIABLE.match(self._script, self._at + 1)
        if variable:
            self._at = variable.end()
            return Part("variable", next(name for name in variable.groups() if name), is_quoted)
        following = self._script[self._at + 1 : self._at + 2]
        if following and (following in "({`@*#!$-0123456789[" or (not is_quoted and following in "'\"")):
            raise Unsupported("an expansion that is more than a variable")
        self._at += 1
        return Part("text", "$", True)
