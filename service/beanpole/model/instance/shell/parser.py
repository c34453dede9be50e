"""Makes a script of words and operators; whatever is more than a list of simple commands is not supported."""

import re
from typing import Literal

from beanpole.model.instance.shell import lexer
from beanpole.model.instance.shell.lexer import Token
from beanpole.model.instance.shell.syntax import Joined, Redirection, Script, Simple, Unsupported, Word

_RESERVED = frozenset(
    ("if", "then", "else", "elif", "fi", "do", "done", "case", "esac", "while", "until", "for", "in", "function")
) | {"select", "time", "coproc", "{", "}", "[[", "]]"}
_DESCRIPTORS = {"<": 0, "<<": 0, ">": 1, ">>": 1, ">|": 1, ">&": 1, "&>": 1, "&>>": 1}
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=")
_APPENDING = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\+=|\[)")


def parse(script: str) -> Script:
    """The commands of a script in order; raises Unsupported."""
    if "\0" in script or "\r" in script:
        raise Unsupported("a character that shells differ about")
    return _Parser(lexer.tokens(script)).script()


class _Parser:
    """The parser, with its position in the tokens."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def script(self) -> Script:
        joined: list[Joined] = []
        operator: Literal[";", "&&", "||"] = ";"
        self._newlines()
        while self._peek() is not None:
            is_negated = self._negation()
            joined.append(Joined(operator, is_negated, self._simple()))
            operator = self._joint()
            self._newlines()
        if operator != ";":
            raise Unsupported("a list without an end")
        return tuple(joined)

    def _peek(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _newlines(self) -> None:
        while (token := self._peek()) and token.operator == "\n":
            self._at += 1

    def _negation(self) -> bool:
        token = self._peek()
        if token is None or not token.word or _unquoted(token.word) != "!":
            return False
        self._at += 1
        return True

    def _joint(self) -> Literal[";", "&&", "||"]:
        token = self._peek()
        self._at += 1
        match token.operator if token else ";":
            case ";" | "\n":
                return ";"
            case "&&":
                return "&&"
            case "||":
                return "||"
            case other:
                raise Unsupported(other)

    def _simple(self) -> Simple:
        assignments: list[tuple[str, Word]] = []
        words: list[Word] = []
        redirections: list[Redirection] = []
        line = self._line_of_command()
        while (token := self._peek()) and (not token.operator or token.operator in _DESCRIPTORS):
            self._at += 1
            if token.operator:
                redirections.append(self._redirection(token))
            elif not words and (name := _ASSIGNMENT.match(_beginning(token.word))):
                assignments.append((name[1], _behind(token.word, name.end())))
            else:
                if not words and (
                    _unquoted(token.word) in {*_RESERVED, "!"} or _APPENDING.match(_beginning(token.word))
                ):
                    raise Unsupported("a compound command")
                words.append(token.word)
        if not (assignments or words or redirections):
            raise Unsupported("an empty command")
        return Simple(line, tuple(assignments), tuple(words), tuple(redirections))

    def _line_of_command(self) -> int:
        """The line that bash names in its messages: the one to which its parser has read when the command begins.

        That is the end of an assignment or of a redirection, but of any other word the end of the token after it.
        """
        if self._peek() is None:
            raise Unsupported("an empty command")
        first, *following = self._tokens[self._at : self._at + 2]
        is_assignment = not first.operator and _ASSIGNMENT.match(_beginning(first.word))
        return first.line if is_assignment or first.operator == "<<" or not following else following[0].line

    def _redirection(self, token: Token) -> Redirection:
        descriptor = _DESCRIPTORS[token.operator] if token.number is None else token.number
        if descriptor > 2 or (token.operator.startswith("&") and token.number is not None):
            raise Unsupported("a file descriptor above 2")
        operator = ">" if token.operator == ">|" else token.operator
        if operator == "<<":
            return Redirection(descriptor, operator, token.word)
        target = self._peek()
        if target is None or target.operator:
            raise Unsupported("a redirection to nothing")
        self._at += 1
        return Redirection(descriptor, operator, target.word)


def _unquoted(word: Word) -> str | None:
    """The text of a word without quotes and variables; None for any other."""
    plain = all(part.kind == "text" and not part.is_quoted for part in word)
    return "".join(part.text for part in word) if plain else None


def _beginning(word: Word) -> str:
    return word[0].text if word and word[0].kind == "text" and not word[0].is_quoted else ""


def _behind(word: Word, length: int) -> Word:
    return (word[0]._replace(text=word[0].text[length:]), *word[1:])
