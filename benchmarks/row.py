"""One line of the benchmark table."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Ours and the reference's rate in `unit` a second, in the same run; `ratio` is ours over theirs."""

    name: str
    ours: float
    reference: float
    unit: str
    against: str

    @property
    def ratio(self) -> float:
        """How many times as fast as the reference we are."""
        return self.ours / self.reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A row that this machine cannot measure, and what would enable it."""

    name: str
    why: str
