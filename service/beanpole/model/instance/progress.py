"""A deployment on its way: the tree so far, and the outcomes so far."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from beanpole.model.bundles.configuration_file import Words
from beanpole.model.instance import accounts, content
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


class Item(NamedTuple):
    """A part of a phase with an outcome of its own: a command, a hook, a file, or another entry of a section.

    `line` is the command line, `config` the name that cfn-init gives to its configuration file. A failure of an item
    that `ignores` failures does not stop the deployment.
    """

    phase: Phase
    name: str
    line: str
    config: str = ""
    ignores: bool = False


class Progress:
    """`tree` and `outcomes` grow while a deployment is carried out; `shell` runs commands where they are run."""

    def __init__(self, tree: Tree, request: Request, shell: Shell | None = None) -> None:
        self.tree = tree
        self.request = request
        self._shell = shell
        self.budget = Budget(MOST_WORK)
        self.users, self.groups = accounts.users(), accounts.groups()
        self.outcomes: list[Outcome] = []

    def add(self, item: Item, ending: Ending, status: int | None = None, output: str = "") -> None:
        """Keep the outcome of an item; a failure stops the deployment, unless it is ignored."""
        ignored = item.ignores and ending == "failed"
        line = item.line[:MOST_LINE]
        self.outcomes.append(
            Outcome(item.phase, item.config, item.name, line, ending, status, output[:MOST_OUTPUT], ignored)
        )
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

    def carry_out(self, item: Item, words: Words, folder: str, variables: Mapping[str, str]) -> None:
        """Carry out the command of an item, and keep its outcome; an item that a fault hits fails without an effect."""
        if self.is_hit(item):
            return
        ran = self.enact(words, folder, variables)
        if ran is None:
            self.add(item, "recorded")
            return
        ending: Ending = "failed" if ran.status else "ran" if self.request.runs else "enacted"
        self.add(item, ending, ran.status, content.excerpt(ran.output, MOST_OUTPUT))

    def is_hit(self, item: Item) -> bool:
        """Tell whether a fault lets the item fail; its failure is kept then."""
        fault = self.request.fault_on(item.name)
        if fault is not None:
            self.add(item, "failed", fault.status, fault.output)
        return fault is not None


def line_of(words: Words) -> str:
    """A command as one text."""
    return words if isinstance(words, str) else " ".join(words)
