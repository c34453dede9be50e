"""A deployment on its way: the tree so far, and the outcomes so far."""

from collections.abc import Callable, Mapping

from beanpole.model.bundles.configuration_file import Words
from beanpole.model.instance import content
from beanpole.model.instance.outcomes import MOST_OUTPUT, Ending, Outcome, Phase
from beanpole.model.instance.request import Request
from beanpole.model.instance.shell import script
from beanpole.model.instance.shell.script import Ran
from beanpole.model.instance.shell.session import Budget
from beanpole.model.instance.tree import Tree

MOST_WORK = 5_000_000  # of one deployment on one instance, in bytes that are handled
MOST_LINE = 1_000  # characters of a command that are kept


Shell = Callable[[Tree, Words, str, Mapping[str, str]], Ran]  # runs a command in a folder with an environment


class Stopped(Exception):
    """The deployment has failed; its last outcome says why."""


class Progress:
    """`tree` and `outcomes` grow while a deployment is carried out; `shell` runs commands where they are run."""

    def __init__(self, tree: Tree, request: Request, shell: Shell | None = None) -> None:
        self.tree = tree
        self.request = request
        self._shell = shell
        self.budget = Budget(MOST_WORK)
        self.outcomes: list[Outcome] = []

    def add(
        self,
        phase: Phase,
        name: str,
        line: str,
        ending: Ending,
        config: str = "",
        status: int | None = None,
        output: str = "",
        ignored: bool = False,
    ) -> None:
        """Keep an outcome; a failure stops the deployment, unless it is ignored."""
        outcome = Outcome(phase, config, name, line[:MOST_LINE], ending, status, output[:MOST_OUTPUT], ignored)
        self.outcomes.append(outcome)
        if ending == "failed" and not ignored:
            raise Stopped

    def enact(self, words: Words, folder: str, variables: Mapping[str, str]) -> Ran | None:
        """Carry out a command if it can be; None says that it is recorded, and may have changed anything."""
        ran = None
        if self.request.runs and self._shell is not None:
            ran = self._shell(self.tree, words, folder, variables)
            self.tree = ran.tree
        elif self.request.enacts:
            ran = script.enact(self.tree, words, folder, variables, self.budget)
            self.tree = self.tree.opened() if ran is None else ran.tree
        return ran

    def carry_out(
        self,
        phase: Phase,
        name: str,
        words: Words,
        folder: str,
        variables: Mapping[str, str],
        config: str = "",
        ignores: bool = False,
        line: str | None = None,
    ) -> None:
        """Carry out a command, and keep its outcome; a command that a fault hits fails without being carried out."""
        command_line = line_of(words) if line is None else line
        if self.is_struck(phase, name, command_line, config, ignores):
            return
        ran = self.enact(words, folder, variables)
        if ran is None:
            self.add(phase, name, command_line, "recorded", config)
            return
        output = content.excerpt(ran.output, MOST_OUTPUT)
        ending: Ending = "failed" if ran.status else "ran" if self.request.runs else "enacted"
        self.add(phase, name, command_line, ending, config, ran.status, output, bool(ran.status) and ignores)

    def is_struck(self, phase: Phase, name: str, line: str, config: str = "", ignores: bool = False) -> bool:
        """Whether a fault lets a command fail, which is kept then."""
        strike = self.request.strike(name)
        if strike is not None:
            self.add(phase, name, line, "failed", config, strike.status, strike.output, ignores)
        return strike is not None


def line_of(words: Words) -> str:
    """A command as one text."""
    return words if isinstance(words, str) else " ".join(words)
