"""Platform hooks on an instance: a script of plain verbs is enacted, and any other program is recorded.

The platform makes hooks executable, so that their mode does not matter [I: since 2022]. It starts them as programs: the
first line of a script names its interpreter.
"""

import re
import shlex

from beanpole.model.instance import content
from beanpole.model.instance.outcomes import MOST_OUTPUT, Ending, Phase
from beanpole.model.instance.progress import Item, Progress
from beanpole.model.instance.shell import script

_SHELL = re.compile(r"#! ?(?:/usr)?/bin/(?:env )?(?:ba)?sh(?: -(e?))?[ \t]*\n")

# What the engine, a program in Go, says where the kernel cannot start a hook [inferred].
NO_INTERPRETER = "fork/exec {path}: no such file or directory"
NO_PROGRAM = "fork/exec {path}: exec format error"


def carry_out(progress: Progress, phase: Phase, path: str, text: str | None, folder: str) -> None:
    """Carry out a hook in a folder: run it, or enact it if its text is known; its failure stops the deployment."""
    item = Item(phase, path, path)
    if progress.request.runs:
        quoted = shlex.quote(f"{folder}/{path}")
        line = f"chmod +x {quoted} && exec {quoted}"
        progress.carry_out(item, line, folder, progress.request.variables)
    elif not progress.is_hit(item) and not (text is not None and _enact(progress, item, path, text, folder)):
        _record(progress, item)


def _enact(progress: Progress, item: Item, path: str, text: str, folder: str) -> bool:
    """Enact a script of plain verbs; false for any other program."""
    if not progress.request.enacts:
        return False
    first, newline, _ = f"{text}\n".partition("\n")
    if not first.startswith("#!"):
        progress.add(item, "failed", output=NO_PROGRAM.format(path=path))
    if first.endswith("\r"):
        progress.add(item, "failed", output=NO_INTERPRETER.format(path=path))
    shell = _SHELL.match(first + newline)
    if shell is None:
        return False
    variables, ends_at_errors = progress.request.variables, shell[1] == "e"
    result = script.enact_file(progress.tree, text, path, folder, variables, progress.budget, ends_at_errors)
    if result is None:
        return False
    progress.tree = result.tree
    ending: Ending = "failed" if result.status else "enacted"
    progress.add(item, ending, result.status, content.excerpt(result.output, MOST_OUTPUT))
    return True


def _record(progress: Progress, item: Item) -> None:
    """Record a program, whose effect is unknown."""
    if progress.request.enacts:
        progress.tree = progress.tree.opened()
    progress.add(item, "recorded")
