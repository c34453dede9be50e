"""The view of an instance, from which its logs are written."""

from collections.abc import Mapping
from datetime import UTC, datetime

from msgspec import Struct

from beanpole.model.applications.contents import Contents
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import CommandRecord, Instance
from beanpole.model.instance.outcomes import Report
from beanpole.model.logs.accesses import Access
from beanpole.model.logs.printed import Printed
from beanpole.text.log_lines import escaped


class View(Struct, frozen=True):
    """An instance at the instant `at`.

    `traits` are those of its platform; `contents` are those of source bundles, by version label. `accesses` are the
    latest requests that it answered, oldest first. `reports` are those of its records, by their digests. `printed` are
    the latest lines that its web process printed.
    """

    environment: Environment
    instance: Instance
    traits: tuple[str, ...]
    at: int
    contents: Mapping[str, Contents] = {}
    accesses: tuple[Access, ...] = ()
    reports: Mapping[str, Report] = {}
    printed: tuple[Printed, ...] = ()

    @property
    def is_windows(self) -> bool:
        """Tell whether the instance runs Windows, so that its paths are those of Windows."""
        return "windows" in self.traits

    def contents_of(self, record: CommandRecord) -> Contents:
        """The contents of the version that a command deployed; empty ones where its bundle was not read."""
        return self.contents.get(record.version_label or "", Contents())

    def report_of(self, record: CommandRecord) -> Report | None:
        """The report of a command; None if it carried out nothing of a bundle."""
        return self.reports.get(record.report or "")


def stamp(at: float) -> str:
    """An instant in milliseconds as the engine writes it."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y/%m/%d %H:%M:%S.%f")


def one_line(text: str) -> str:
    """A text on one line, in which tabs stay, so that no name and no output can forge a line."""
    return "\t".join(map(escaped, text.split("\t")))
