"""A lane: the way to one group of domains over one relay, or over a relay to everybody."""

from syndicate.deliver.pacing import rates, trouble
from syndicate.deliver.pacing.limits import Cap
from syndicate.deliver.pacing.shares import History
from syndicate.deliver.pacing.signs import Sign
from syndicate.deliver.pacing.trouble import Kind, Trouble

# How long (seconds) a message is under way, roughly: when a place may be free.
UNDER_WAY = 0.1
# Whoever has not come back after the longest wait for a reply (RFC 5321, section 4.5.3.2) never will.
LOST = 900.0
# So many doubtful signs in a row count as a sure one.
WEAK_SIGNS = 3


class Lane:
    """How many are under way, when the next may leave, and what is wrong."""

    __slots__ = ("_asked", "_due", "_entered", "_place", "_under_way", "_weak", "cap", "history", "trouble")

    def __init__(self, cap: Cap) -> None:
        self.trouble: Trouble | None = None
        self.history = History()
        self.cap = cap
        self._due = 0.0
        self._under_way = 0
        self._entered = 0.0
        self._weak = 0
        self._asked = 0.0
        self._place = 0

    @property
    def rate(self) -> float:
        """Messages a second at this time; 0.0 for any number."""
        cap = self.cap.rate
        if self.trouble is None:
            return cap
        return min(cap, self.trouble.rate) if cap else self.trouble.rate

    @property
    def quiet(self) -> bool:
        """Whether it knows of nothing: it can be made anew."""
        return self.trouble is None and not self._under_way and not self._weak and not self.history.length

    def peek(self, now: float) -> float:
        """How long the next one waits, without asking for a place."""
        if self.trouble is not None and now < self.trouble.until:
            return self.trouble.until - now
        return rates.wait(self._due, rate=self.rate, now=now)

    def wait(self, now: float) -> float:
        """0.0 when one more may leave, else seconds; of those who ask at one moment each waits longer."""
        if self.trouble is not None and now < self.trouble.until:
            return self.trouble.until - now
        if now != self._asked:
            self._asked, self._place = now, 0
        waits = self._wait_for_turn(now)
        self._place += waits > 0
        return waits

    def enter(self, now: float) -> None:
        """One leaves."""
        self._under_way += 1
        self._entered = now
        self._due = rates.next_due(self._due, rate=self.rate, now=now)

    def leave(self) -> None:
        """One has arrived, or came back."""
        self._under_way = max(0, self._under_way - 1)
        self._asked = 0.0

    def thrive(self, *, now: float) -> bool:
        """Something was accepted; whether the trouble is another now."""
        self._weak = 0
        if self.history.length:
            self.history = self.history.after(refused=False)
        before = self.trouble
        if before is not None:
            self.trouble = trouble.accepted(before, now=now, cap=self.cap.rate)
        return self.trouble is not before

    def suffer(self, sign: Sign, *, now: float, why: str, chance: float) -> bool:
        """Something was not accepted; whether the trouble is another now."""
        before = self.trouble
        self._weak += sign is Sign.WEAK
        if sign is Sign.POLICY:
            self.history = self.history.after(refused=True)
            if before is not None and before.kind is Kind.REFUSED:
                self.trouble = trouble.refused(before, now=now, why=why, chance=chance)
        elif sign is Sign.SLOW or self._weak >= WEAK_SIGNS:
            self._weak = 0
            self.trouble = trouble.slowed(before, now=now, cap=self.cap.rate, why=why, chance=chance)
        return self.trouble is not before

    def close(self, *, now: float, why: str, chance: float) -> None:
        """It wants nothing from us: try again after a long pause."""
        self.trouble = trouble.refused(self.trouble, now=now, why=why, chance=chance)
        self.history = History()

    def _wait_for_turn(self, now: float) -> float:
        waits = rates.wait(self._due, rate=self.rate, now=now, place=self._place)
        most = self._most()
        if most and self._under_way >= most and now - self._entered < LOST:
            return max(waits, UNDER_WAY * (1 + self._place // most))
        return waits

    def _most(self) -> int:
        if self.trouble is None:
            return self.cap.most
        few = trouble.at_once(self.trouble)
        return min(self.cap.most, few) if self.cap.most else few
