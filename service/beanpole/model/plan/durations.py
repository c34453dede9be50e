"""The duration of a step: a row of the timings, or seconds that follow from the settings."""

from msgspec import Struct

from beanpole.model.plan.steps import Step


class TimingRow(Struct, frozen=True):
    """A row of `api-spec/catalog/timings.yaml`; without a `table` of its own it is of the one that the plan goes by."""

    row: str
    table: str = ""


class Seconds(Struct, frozen=True):
    """Simulated seconds that do not vary."""

    seconds: float


Duration = TimingRow | Seconds
Timed = tuple[Step, Duration]  # a step as a policy yields it


def after(row: str, variant: str = "") -> TimingRow:
    """The step ends after the time of `table.row`, or of a `row` of the table that the plan goes by.

    `variant` is the end of its name, where a row has variants.
    """
    table, _, name = (row + variant).rpartition(".")
    return TimingRow(name, table)


def lasting(seconds: float) -> Seconds:
    """The step ends after so many seconds."""
    return Seconds(seconds)


instantly = Seconds(0.0)
