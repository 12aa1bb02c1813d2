"""Whose fault refusals are: when so many are for what we are or send that it cannot be the readers."""

from collections.abc import Sequence
from dataclasses import dataclass

# So many in a row at the very start, or later; or this share of the last answers, of so many at least.
# Refusals because an address is gone count on neither side.
AT_START = 3
IN_A_ROW = 10
SHARE = 0.2
LEAST = 20
LAST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The last LAST answers, acceptances and refusals of policy alone: one bit each, the newest lowest."""

    bits: int = 0
    length: int = 0

    def after(self, *, refused: bool) -> "History":
        """With one more answer."""
        bits = (self.bits << 1 | refused) & ((1 << LAST) - 1)
        return History(bits=bits, length=min(self.length + 1, LAST))

    @property
    def refused(self) -> int:
        """How many of them were refusals."""
        return self.bits.bit_count()

    @property
    def in_a_row(self) -> int:
        """How many refusals came since the last acceptance."""
        accepted = ~self.bits & ((1 << self.length) - 1)
        return (accepted & -accepted).bit_length() - 1 if accepted else self.length

    @property
    def blames_us(self) -> bool:
        """Whether the refusals are meant for us."""
        nobody = self.refused == self.length
        row = self.in_a_row >= (AT_START if nobody else IN_A_ROW)
        return row or (self.length >= LEAST and self.refused >= SHARE * self.length)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An acceptance, or a refusal of policy, by a domain."""

    domain: str
    refused: bool


def blames_us(answers: Sequence[Told]) -> bool:
    """Whether an issue's refusals are meant for us; one domain's alone are that domain's matter.

    `answers` are the last ones, at most LAST, the oldest first.
    """
    if not _of(answers).blames_us:
        return False
    refusals = [one.domain for one in answers if one.refused]
    worst = max(set(refusals), key=refusals.count)
    elsewhere = [one for one in answers if one.domain != worst]
    # Where nobody else accepts either, there is nobody to tell the domain from us by.
    accepted = any(not one.refused for one in elsewhere)
    return not accepted or _of(elsewhere).blames_us


def _of(answers: Sequence[Told]) -> History:
    history = History()
    for one in answers:
        history = history.after(refused=one.refused)
    return history
