"""One line of the table."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """What was measured; `reached` and `target` are in the same unit, and `most` says that less is better."""

    work: str
    ours: str
    theirs: str
    reached: float
    target: float
    unit: str
    most: bool = False

    @property
    def met(self) -> bool:
        """The target is reached."""
        return self.reached <= self.target if self.most else self.reached >= self.target

    @property
    def verdict(self) -> str:
        """Met, or missed by how much."""
        if self.met:
            return "met"
        share = self.reached / self.target - 1 if self.most else 1 - self.reached / self.target
        return f"missed by {share:.0%}"
