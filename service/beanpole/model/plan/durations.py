"""The duration of a step: a row of the timings, or seconds that follow from the settings."""

from msgspec import Struct

from beanpole.model.plan.steps import Step


class TimingRow(Struct, frozen=True):
    """A row of `api-spec/catalog/timings.yaml`: `table.row`, or only `row` for the table that the plan goes by."""

    name: str

    def of(self, table: str) -> tuple[str, str]:
        """The table and the row, in a plan that goes by a table."""
        other, _, row = self.name.rpartition(".")
        return other or table, row


class Seconds(Struct, frozen=True):
    """Simulated seconds that do not vary."""

    seconds: float


Duration = TimingRow | Seconds
Timed = tuple[Step, Duration]  # a step as a policy yields it


def after(row: str, variant: str = "") -> TimingRow:
    """The step ends after the time of a row; `variant` is the end of its name, where a row has variants."""
    return TimingRow(row + variant)


def lasting(seconds: float) -> Seconds:
    """The step ends after so many seconds."""
    return Seconds(seconds)


instantly = Seconds(0.0)
