"""A domain, or a relay, in trouble: how it is slowed, paused, tried again, and comes back. Pure.

It gets slower by halves and faster by doubling, at most once in a while each, as TCP does: a burst of
answers to what was under way already is one answer.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

# Messages a second: where a slow-down begins, where it ends, and what is free where no rate is set.
START = 1.0
LEAST = 1 / 60
FREE = 64.0
# Seconds: for which further signs are of one burst, and after which without a sign it gets faster.
BURST = 5.0
CALM = 60.0
# So many signs in a row without an acceptance pause it, for so long (seconds), doubled each time.
SIGNS = 5
FIRST_PAUSE = 300.0
LONGEST_PAUSE = 4 * 3600.0
# After a refusal of policy somebody has to look: tried again no sooner.
FIRST_REFUSED = 3600.0
# So many domains slowed within so many seconds, and nothing accepted since: it is the relay.
SPREAD, SPREAD_WITHIN = 3, 60.0
# What was not tried for so long (seconds) is known no more.
FORGOTTEN = 24 * 3600.0


class Kind(StrEnum):
    """SLOWED: it asks for patience. REFUSED: it wants nothing from us."""

    SLOWED = "slowed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """`rate` is what is tried now; until `until` nothing is. `signs` and `pauses` count in a row.

    `why` is in the relay's own words. `changed` is when rate or pause last changed.
    """

    kind: Kind
    rate: float
    since: float
    changed: float
    why: str
    until: float = 0.0
    signs: int = 1
    pauses: int = 0

    def paused(self, now: float) -> bool:
        """Whether nothing leaves."""
        return now < self.until

    def forgotten(self, now: float) -> bool:
        """Whether it was so long ago that it says nothing any more."""
        return now - max(self.changed, self.until) > FORGOTTEN


def slowed(trouble: Trouble | None, *, now: float, cap: float, why: str, chance: float) -> Trouble:
    """After a sign that asks for patience. `cap` is the rate of the settings, 0.0 for none."""
    if trouble is None:
        rate = min(START, cap / 2) if cap else START
        return Trouble(kind=Kind.SLOWED, rate=rate, since=now, changed=now, why=why)
    if trouble.paused(now) or now - trouble.changed < BURST:
        return trouble
    known = replace(trouble, signs=trouble.signs + 1, why=why)
    if known.signs >= SIGNS or known.pauses:
        return paused(known, now=now, chance=chance)
    return replace(known, rate=max(LEAST, known.rate / 2), changed=now)


def refused(trouble: Trouble | None, *, now: float, why: str, chance: float) -> Trouble:
    """After so many refusals of policy that the domain wants nothing from us."""
    if trouble is not None and trouble.paused(now):
        return trouble
    known = trouble or Trouble(kind=Kind.REFUSED, rate=LEAST, since=now, changed=now, why=why)
    return paused(replace(known, kind=Kind.REFUSED, why=why), now=now, chance=chance)


def paused(trouble: Trouble, *, now: float, chance: float) -> Trouble:
    """Nothing for a while, ± 25 % by `chance` in [0, 1), longer each time; then one message in a minute."""
    first = FIRST_REFUSED if trouble.kind is Kind.REFUSED else FIRST_PAUSE
    wait = min(first * 2.0 ** min(trouble.pauses, 20), LONGEST_PAUSE) * (0.75 + chance / 2)
    return replace(trouble, rate=LEAST, changed=now, until=now + wait, signs=0, pauses=trouble.pauses + 1)


def accepted(trouble: Trouble, *, now: float, cap: float) -> Trouble | None:
    """After an acceptance; None when it is over."""
    if trouble.paused(now):
        return trouble
    well = replace(trouble, signs=0) if trouble.signs else trouble
    if now - max(trouble.changed, trouble.until) < (CALM if not trouble.pauses else 0.0):
        return well
    rate = trouble.rate * 2
    if rate >= (cap or FREE):
        return None
    return replace(well, rate=rate, changed=now, pauses=0, until=0.0)


def at_once(trouble: Trouble) -> int:
    """How many messages may be under way there at one time."""
    return max(1, math.floor(trouble.rate))


def spreads(begun: Sequence[float], *, accepted: float, now: float) -> bool:
    """Whether slow-downs of single domains mean the relay: many `begun` just now, and nothing accepted."""
    fresh = [since for since in begun if now - since < SPREAD_WITHIN]
    return len(fresh) >= SPREAD and accepted < min(fresh)
