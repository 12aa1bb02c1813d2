"""One line of the benchmark table."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Ours and the reference's figure in `unit`, in the same run; `ratio` is ours over theirs.

    `against` says what the reference is, and what is aimed at where that is a figure; `digits` are decimals.
    """

    name: str
    ours: float
    reference: float
    unit: str
    against: str
    digits: int = 0

    @property
    def ratio(self) -> float:
        """How many times the reference's figure ours is."""
        return self.ours / self.reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A row that this machine cannot measure, and what would enable it."""

    name: str
    why: str
