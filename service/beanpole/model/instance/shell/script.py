"""Carries a script out on a tree, or says that only a real machine could."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from beanpole.model.bundles.configuration_file import Words
from beanpole.model.instance.content import Content
from beanpole.model.instance.machine_image import Unknown
from beanpole.model.instance.nodes import File
from beanpole.model.instance.shell import conditions, control, copies, expansion, files, modes, parser, texts
from beanpole.model.instance.shell.control import Exit
from beanpole.model.instance.shell.session import COMMAND, NULL, Budget, Session, Streams, Verb, encoded
from beanpole.model.instance.shell.syntax import Redirection, Script, Simple, Unsupported, literal
from beanpole.model.instance.tree import NO_SUCH, FileSystemError, TooMuch, Tree

BUILT_IN: Mapping[str, Verb] = {  # verbs of the shell that are no programs
    ":": control.true,
    "cd": control.cd,
    "exit": control.exit,
    "export": control.export,
    "set": control.set_,
}
PROGRAMS: Mapping[str, Verb] = {
    "[": conditions.bracket,
    "cat": texts.cat,
    "chmod": modes.chmod,
    "chown": modes.chown,
    "cp": copies.cp,
    "echo": texts.echo,
    "false": control.false,
    "ln": files.ln,
    "mkdir": files.mkdir,
    "mv": copies.mv,
    "printf": texts.printf,
    "pwd": control.pwd,
    "rm": files.rm,
    "rmdir": files.rmdir,
    "sed": texts.sed,
    "test": conditions.test,
    "touch": files.touch,
    "true": control.true,
}
SHELL = "/bin/sh"
READING = 30  # what a character of a script costs of a budget, in bytes
_SPECIAL = (":", "exit", "export", "set")  # a redirection that fails ends the script
_FOLDERS = ("/bin/", "/usr/bin/")


class Ran(Struct, frozen=True):
    """The result of a script: the tree, its exit status, and its output."""

    tree: Tree
    status: int
    output: Content


def enact_file(
    tree: Tree, text: str, name: str, folder: str, variables: Mapping[str, str], budget: Budget, ends_at_errors: bool
) -> Ran | None:
    """Carry out a script that is a file, by whose name its messages begin; `ends_at_errors` is `sh -e`."""
    script = _script(text, budget)
    if script is None:
        return None
    return _run(Session(tree, folder, variables, budget, name, ends_at_errors), script)


def enact(tree: Tree, words: Words, folder: str, variables: Mapping[str, str], budget: Budget) -> Ran | None:
    """Carry out a line for a shell, or a program with its arguments, in a folder that is a real path.

    None if it is, or does, more than the verbs of this room; then nothing of it is done.
    """
    if isinstance(words, str):
        script = _script(words, budget)
        return _run(Session(tree, folder, variables, budget, SHELL), script) if script is not None else None
    verb = PROGRAMS.get(words[0].rpartition("/")[2]) if words and _is_program(words[0]) else None
    if verb is None:
        return None
    session = Session(tree, folder, variables, budget, "")
    return _ended(session, lambda: verb(session, Streams(session), list(words[1:])))


def _is_program(word: str) -> bool:
    return "/" not in word or any(word == folder + word.rpartition("/")[2] for folder in _FOLDERS)


def _script(line: str, budget: Budget) -> Script | None:
    """The script of a line; None if a command of it is no verb."""
    try:
        budget.spend(READING * len(line))
        script = parser.parse(line)
    except (Unsupported, TooMuch):
        return None
    return script if all(_is_plain(joined.command) for joined in script) else None


def _is_plain(command: Simple) -> bool:
    if not command.words:
        return True
    return _verb(literal(command.words[0]) or "") is not None or literal(command.words[0]) == "sudo"


def _verb(name: str) -> Verb | None:
    if name in BUILT_IN:
        return BUILT_IN[name]
    return PROGRAMS.get(name.rpartition("/")[2]) if _is_program(name) else None


def _run(session: Session, script: Script) -> Ran | None:
    def run() -> int:
        for index, joined in enumerate(script):
            if (joined.operator == "&&" and session.status) or (joined.operator == "||" and not session.status):
                continue
            status = _simple(session, joined.command)
            session.status = int(not status) if joined.is_negated else status
            is_last = index + 1 == len(script) or script[index + 1].operator == ";"
            if session.status and session.ends_at_errors and is_last and not joined.is_negated:
                break
        return session.status

    return _ended(session, run)


def _ended(session: Session, run: Callable[[], int]) -> Ran | None:
    try:
        status = run()
    except Exit as ended:
        status = ended.status
    except (FileSystemError, Unsupported, Unknown, TooMuch):  # a failure that no verb has words for
        return None
    return Ran(session.tree, status, session.output)


def _simple(session: Session, command: Simple) -> int:
    session.budget.spend(COMMAND)
    session.at_line(command.line)
    arguments = [argument for word in command.words for argument in expansion.fields(word, session)]
    session.budget.spend(sum(map(len, arguments)))
    assigned = [(name, expansion.text(word, session)) for name, word in command.assignments]
    name = arguments[0] if arguments else ""
    if name == "sudo":
        arguments = arguments[1:]
        name = arguments[0] if arguments else ""
        if name in BUILT_IN:
            raise Unsupported("sudo of what is no program")
    verb = _verb(name) if arguments else control.true
    if verb is None or (assigned and name in (*_SPECIAL, "cd")):
        raise Unsupported(name)
    streams = Streams(session)
    try:
        for redirection in command.redirections:
            _redirect(session, streams, redirection)
    except FileSystemError as failure:
        if name in _SPECIAL:
            raise Unsupported("a redirection that ends the script") from None
        return streams.error(f"{session.name}{failure}")
    if not arguments:
        for variable, value in assigned:
            session.assign(variable, value)
    return verb(session, streams, arguments[1:])


def _redirect(session: Session, streams: Streams, redirection: Redirection) -> None:
    if redirection.operator == "<<":
        streams.input = encoded(expansion.text(redirection.word, session))
        return
    operand = expansion.target(redirection.word, session)
    descriptor = redirection.descriptor
    if redirection.operator == ">&":
        if operand not in ("1", "2") or descriptor == 0:
            raise Unsupported("a redirection to another file descriptor")
        streams.sinks[descriptor] = streams.sinks[int(operand)]
        return
    try:
        if redirection.operator == "<":
            streams.input = _input(session, operand)
            return
        if descriptor == 0:
            raise Unsupported("standard input that is written")
        sink = _device(streams, operand)
        sink = session.open(operand, redirection.operator.endswith(">>")) if sink is None else sink
    except FileSystemError as failure:
        if any(not " " <= character <= "~" for character in operand):
            raise Unsupported("a name that bash quotes") from None
        raise FileSystemError(f"{operand}: {failure}") from None
    if sink not in ("", NULL) and sink in streams.sinks.values():
        raise Unsupported("a file that is opened twice")
    streams.sinks[descriptor] = sink
    if redirection.operator.startswith("&"):
        streams.sinks[1] = streams.sinks[2] = sink


def _device(streams: Streams, operand: str) -> str | None:
    return {"/dev/stdout": streams.sinks[1], "/dev/stderr": streams.sinks[2]}.get(operand)


def _input(session: Session, operand: str) -> Content:
    node = session.node(operand)[1]
    if node is None:
        raise FileSystemError(NO_SUCH)
    if not isinstance(node, File):
        raise Unsupported("a folder that is read")
    return node.content
