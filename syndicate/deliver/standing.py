"""How each relay stands, and which of them the next line goes to. Pure; times are a loop's seconds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

# A relay that failed is asked again after so long, doubled each time.
FIRST_REST = 15.0
LONGEST_REST = 900.0
# Connections that broke off within their first transaction, so many in a row, are a failure of the relay.
STRIKES = 3
# So soon whoever waits for a line looks again: not everything that changes wakes somebody.
SOON = 0.2
# A relay with lines in use on which nothing ended for so long counts for nobody's share.
PATIENCE = 5.0
# One that may take nothing for so long is as good as down.
LONG = 120.0
# So many messages may a relay be ahead of its share before its lines are handed back.
SLACK = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One relay at a moment. A `weight` of 0 is a standby.

    `load` is what it was given since shares were last counted anew, lines in use included. `room` is how many
    lines more it may have, `idle` how many are open and free; `working`: some are in use. `until` is when it
    may be asked for another one after a failure, 0 when all is well; `failed_at` when it last failed.
    `probing`: somebody finds out whether it works. `proven`: it has worked once.
    """

    weight: int
    load: float = 0.0
    room: int = 1
    idle: int = 0
    working: bool = False
    until: float = 0.0
    failed_at: float = -1.0
    probing: bool = False
    proven: bool = True
    stalled: bool = False

    @property
    def alive(self) -> bool:
        """Whether messages go there: what refuses one line more is still used through those it has."""
        return not self.until or self.idle > 0 or self.working

    @property
    def ready(self) -> bool:
        """Whether a line can be had at once."""
        open_to_more = not self.until and (self.proven or not self.probing)
        return self.room > 0 and (open_to_more or self.idle > 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """`index` of the relay to take; else to `wait` at most so many seconds; else none is to be had."""

    index: int = -1
    wait: float = 0.0


def avoided(one: Standing) -> Standing:
    """The same, of a relay that may take nothing at this moment: the others take over, as if it failed."""
    return replace(one, room=0, idle=0, working=False, until=inf)


def others_work(standings: Sequence[Standing], shut: Sequence[float], index: int, *, now: float) -> bool:
    """Whether others may take over from a relay that may take nothing at this moment.

    `shut` tells since when each may not, 0 for those that may. A relay that keeps to its rate is not down, so
    that no standby is used for it; one that is shut for long is.
    """
    open_ones = [one for one, since in zip(standings, shut, strict=True) if not since and one.alive]
    any_will_do = not standings[index].weight or now - shut[index] >= LONG
    return any(one.weight or any_will_do for one in open_ones)


def rest(failures: int) -> float:
    """How long a relay is left alone after so many failures in a row, in seconds."""
    return min(FIRST_REST * 2.0 ** min(failures - 1, 20), LONGEST_REST)


def choose(standings: Sequence[Standing], *, now: float, since: float) -> Choice:
    """Where somebody who wants a line `since` then gets it.

    Of those that work, the one that is furthest behind its share; one that failed when its rest is over; a
    standby when nothing else works. When everything failed, each is asked once more: whoever sends has rests
    of his own.
    """
    for tier in _tiers(standings):
        due = [i for i in tier if _is_due(standings[i], now)]
        if due:
            return Choice(index=min(due, key=lambda i: standings[i].until))
        alive = [i for i in tier if standings[i].alive]
        if alive:
            return _fairest(standings, alive)
    if any(one.probing for one in standings):
        return Choice(wait=SOON)
    untried = [i for i, one in enumerate(standings) if one.failed_at < since and one.room > 0]
    return Choice(index=min(untried, key=lambda i: standings[i].until)) if untried else Choice()


def sharing(standings: Sequence[Standing]) -> frozenset[int]:
    """Among whom messages are shared out at the moment: while this stays the same, the loads count."""
    for tier in _tiers(standings):
        alive = [i for i in tier if standings[i].alive]
        if alive:
            return _counted(standings, alive)
    return frozenset()


def lead(standings: Sequence[Standing], index: int, among: frozenset[int], *, more: int = 0) -> float:
    """By how many messages a relay is ahead of its share, were it given so many `more`."""
    counted = among | {index}
    total = sum(standings[i].load for i in counted) + more
    weights = sum(_weight(standings[i]) for i in counted)
    return standings[index].load + more - total * _weight(standings[index]) / weights


def _fairest(standings: Sequence[Standing], alive: Sequence[int]) -> Choice:
    ready = [i for i in alive if standings[i].ready]
    if not ready:
        return Choice(wait=SOON)
    among = _counted(standings, alive)
    moving = [i for i in ready if i in among] or ready
    best = min(moving, key=lambda i: (standings[i].load + 1) / _weight(standings[i]))
    # The one that is behind has no line free: unless it stands still, it is waited for.
    return Choice(wait=SOON) if lead(standings, best, among, more=1) >= 1 else Choice(index=best)


def _tiers(standings: Sequence[Standing]) -> tuple[list[int], list[int]]:
    places = range(len(standings))
    return [i for i in places if standings[i].weight], [i for i in places if not standings[i].weight]


def _is_due(one: Standing, now: float) -> bool:
    return 0 < one.until <= now and not one.probing and one.room > 0


def _counted(standings: Sequence[Standing], alive: Sequence[int]) -> frozenset[int]:
    known = [i for i in alive if standings[i].proven or not standings[i].probing]
    return frozenset([i for i in known if not standings[i].stalled] or known or alive)


def _weight(one: Standing) -> int:
    return one.weight or 1
