"""The state of a running script: the tree, its folder, its variables, and the sinks of its output."""

import re
from collections.abc import Callable, Mapping

from beanpole.model.instance import content
from beanpole.model.instance.content import Content, Original
from beanpole.model.instance.nodes import File, Node, Symlink, is_folder
from beanpole.model.instance.shell.syntax import Unsupported
from beanpole.model.instance.tree import NO_SUCH, NOT_A_FOLDER, FileSystemError, TooMuch, Tree

OUTPUT, NULL = "", "/dev/null"  # sinks; any other is the real path of a file
MOST_OUTPUT = 100_000  # bytes that keep what a script prints
COMMAND = 1_000  # what a command costs of a budget, in bytes

# Variables to which a shell, or the program that starts it, gives unknown values.
_UNKNOWN = re.compile(
    r"(?:AWS|BASH|COMP|LC|OPT|PS|SSH|SUDO)[A-Z0-9_]*|IFS|LANG|USER|LOGNAME|SHELL|SHELLOPTS|SHLVL|PPID|UID|EUID|HOST[A-Z]*"
    r"|RANDOM|SRANDOM|SECONDS|OSTYPE|MACHTYPE|TERM|LINENO|GROUPS|DIRSTACK|EPOCH[A-Z]*|FUNCNAME|PIPESTATUS|_|MAIL|TMPDIR"
)
_SAFE = re.compile(r"[A-Za-z0-9_./=+@%,^-]+")
_QUOTABLE = re.compile(r"[^'\\\x00-\x1f\x7f-\uffff]*")


class Budget:
    """The budget of work of one deployment, in handled bytes; it stops endless loops."""

    def __init__(self, most: int) -> None:
        self.left = most

    def spend(self, work: int) -> None:
        """Take away some; raises TooMuch at the end."""
        self.left -= work
        if self.left < 0:
            raise TooMuch


class Session:
    """A script that runs; `folder` is a real path, and `name` is what the shell's own messages begin with."""

    def __init__(
        self,
        tree: Tree,
        folder: str,
        variables: Mapping[str, str],
        budget: Budget,
        shell: str,
        ends_at_errors: bool = False,
    ) -> None:
        self.tree = tree
        self.folder = self.logical = folder
        self.variables = dict(variables)
        self.budget = budget
        self.name = self._shell = shell
        self.status = 0
        self.ends_at_errors = ends_at_errors
        self.output: Content = ()

    def at_line(self, line: int) -> None:
        """Go on with a line, which the shell's own messages name."""
        self.name = f"{self._shell}: line {line}: "

    def variable(self, name: str) -> str:
        """The value of a variable, empty if it is not set."""
        if name == "?":
            return str(self.status)
        if name == "PWD":
            return self.logical
        if name not in self.variables and (_UNKNOWN.fullmatch(name) or name == "OLDPWD"):
            raise Unsupported(f"the variable {name}")
        return self.variables.get(name, "")

    def assign(self, name: str, value: str) -> None:
        """Set a variable."""
        if name in ("IFS", "PWD", "OLDPWD", "CDPATH", "GLOBIGNORE", "POSIXLY_CORRECT") or name.startswith("BASH"):
            raise Unsupported("a variable that changes the shell")
        self.budget.spend(len(value))
        self.variables[name] = value

    def real(self, operand: str, follow: bool = True) -> str:
        """The real path that an operand names; the last part need not exist."""
        if not operand:
            raise FileSystemError(NO_SUCH)
        is_folder_named = operand.endswith(("/", "/.", "/..")) or operand in (".", "..")
        self.budget.spend(COMMAND)
        path = self.tree.real(
            operand if operand.startswith("/") else f"{self.folder}/{operand}", follow or is_folder_named
        )
        if is_folder_named and (node := self.tree.at(path)) is not None and not is_folder(node):
            raise FileSystemError(NOT_A_FOLDER)
        return path

    def node(self, operand: str, follow: bool = True) -> tuple[str, Node | None]:
        """The real path that an operand names, and what stands there."""
        path = self.real(operand, follow)
        return path, self.tree.at(path)

    def names(self, path: str) -> tuple[str, ...]:
        """The names in the folder at a real path; Unknown if a machine may have more."""
        names = self.tree.names(path, strict=True)
        self.budget.spend(20 * len(names))
        return names

    def exists(self, operand: str) -> bool:
        """Tell whether something stands there: also a link without a target."""
        try:
            return self.node(operand, follow=False)[1] is not None
        except FileSystemError:
            return False

    def write(self, sink: str, printed: Content) -> None:
        """Print to a sink."""
        if sink == NULL or not printed:
            return
        self.budget.spend(sum(content.weight(piece) for piece in printed))
        if sink == OUTPUT:
            self.output = content.joined(self.output, printed)
            if sum(content.weight(piece) for piece in self.output) > MOST_OUTPUT:
                raise TooMuch
            return
        node = self.tree.at(sink)
        if isinstance(node, File):
            self.tree = self.tree.put(
                sink, File(content.joined(node.content, printed), node.mode, node.owner, node.group)
            )

    def open(self, operand: str, appends: bool) -> str:
        """The sink that a redirection opens: the file is there then, and empty unless the output is appended."""
        if operand.endswith("/"):
            raise Unsupported("a redirection to a folder")
        path = self._real_to_write(operand)
        if path == NULL:
            return NULL
        node = self.tree.known_at(path)
        if is_folder(node):
            raise FileSystemError("Is a directory")
        self.put_file(path, node, () if not appends else None)
        return path

    def _real_to_write(self, operand: str) -> str:
        try:
            return self.real(operand)
        except FileSystemError as failure:
            if not self.is_link(operand):
                raise
            target = self.node(operand, follow=False)[1]
            if isinstance(target, Symlink) and (target.target or "").endswith("/"):
                raise FileSystemError("Is a directory") from None
            if str(failure) == NOT_A_FOLDER:
                raise Unsupported("a link that may lead to a link with a slash at its end") from None
            raise

    def is_link(self, operand: str) -> bool:
        """Tell whether the operand names a link itself."""
        try:
            return isinstance(self.tree.known_at(self.real(operand, follow=False)), Symlink)
        except FileSystemError:
            return False

    def put_file(self, path: str, node: Node | None, new_content: Content | None) -> None:
        """Create a file, or give an existing file that content; None leaves its content as it is."""
        if isinstance(node, File):
            content_now = node.content if new_content is None else new_content
            self.tree = self.tree.put(path, File(content_now, node.mode, node.owner, node.group))
        else:
            self.tree = self.tree.put(path, File(self._former(path) if new_content is None else new_content))

    def _former(self, path: str) -> Content:
        """The content of a file that may be there, or not."""
        return () if self.tree.knows(path) else (Original(path),)

    def is_busy(self, path: str) -> bool:
        """Tell whether the folder of the script is the folder at that path, or below it."""
        return f"{self.folder}/".startswith(f"{path.rstrip('/')}/")


class Streams:
    """The input of a command, and the sinks of its output and its errors."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.input: Content | None = None
        self.sinks = {1: OUTPUT, 2: OUTPUT}

    def out(self, printed: str | Content) -> None:
        """Print to standard output."""
        self.session.write(self.sinks[1], encoded(printed) if isinstance(printed, str) else printed)

    def error(self, line: str) -> int:
        """Print a line to standard error; the status of a command that failed."""
        self.session.write(self.sinks[2], encoded(f"{line}\n"))
        return 1


Verb = Callable[[Session, Streams, list[str]], int]  # carries out a command with its arguments, and gives its status


def encoded(characters: str) -> Content:
    """A content of those characters; what came in as bytes of no character goes out as them."""
    return content.text(characters.encode("utf-8", "surrogateescape"))


def quoted(name: str) -> str:
    """A name as GNU's programs quote it."""
    if not _QUOTABLE.fullmatch(name):
        raise Unsupported("a name that programs quote in their own ways")
    return f"'{name}'"


def printable(name: str) -> str:
    """A name as GNU's programs show it before a colon."""
    return name if _SAFE.fullmatch(name) else quoted(name)


def options(arguments: list[str], letters: str, program: str) -> tuple[set[str], list[str]]:
    """The short options, all of which must be known, and the operands; GNU's programs take them in any order."""
    flags: set[str] = set()
    operands: list[str] = []
    for index, argument in enumerate(arguments):
        if argument == "--":
            return flags, operands + arguments[index + 1 :]
        if not argument.startswith("-") or argument == "-":
            operands.append(argument)
        elif argument.startswith("--") or not set(argument[1:]) <= set(letters):
            raise Unsupported(f"{program} {argument}")
        else:
            flags |= set(argument[1:])
    return flags, operands


def usage(streams: Streams, program: str, sentence: str) -> int:
    """Say what is missing."""
    streams.error(f"{program}: {sentence}")
    return streams.error(f"Try '{program} --help' for more information.")


def refused_target(program: str, name: str, reason: str | None, is_only_one: bool = False) -> str:
    """A target that has to be a folder and is none; `reason` is None if something else stands there.

    The words are those of coreutils 8.32, which Amazon Linux 2023 has.
    """
    is_read = reason in (None, NO_SUCH) or (program == "ln" and reason == NOT_A_FOLDER)
    if is_read and not is_only_one:
        return f"{program}: target {quoted(name)} is not a directory"
    return f"{program}: failed to access {quoted(name)}: {reason}"
