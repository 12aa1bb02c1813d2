"""What is slowed or paused, as the operator sees it, and how they lift it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from syndicate.deliver.pacing.trouble import Kind
from syndicate.deliver.sending import Sending
from syndicate.model.job import Job
from syndicate.model.pacing import Pace
from syndicate.store import paces
from syndicate.store.batches import WAITING
from syndicate.store.ledger import count_by_domain

SWEEPING = Job(name="sweep", key="sweep")


@dataclass(frozen=True, slots=True, kw_only=True)
class Slowed:
    """A domain, under its mail host's name, or a relay as a whole. `waiting` counts recipients of all issues.

    `rate` is in messages a second; until `until` nothing is sent there. `resume` lifts it at once.
    """

    name: str
    relay: str
    kind: Kind
    rate: float
    since: datetime
    until: datetime | None
    why: str
    waiting: int
    resume: str

    @property
    def paused(self) -> bool:
        """Whether nothing is sent there at all."""
        return self.until is not None


async def list_slowed(sending: Sending) -> list[Slowed]:
    """Everything that is slowed or paused, the paused first."""
    found = await sending.db.read(_list, sending)
    return sorted(found, key=lambda one: (not one.paused, one.name, one.relay))


async def lift(sending: Sending, name: str) -> int:
    """Send at full speed again to a domain, or over a relay; how many entries that lifted.

    Whoever was held back is due at once. What happens next is learnt anew.
    """
    return await sending.db.write(_lift, sending, name.lower())


def list_holding_back(conn: Any, issue_id: int, *, now: datetime) -> list[Slowed]:
    """What is slowed or paused and keeps recipients of this issue waiting; `waiting` counts these alone."""
    found = paces.list_paces(conn)
    waiting = _waiting(conn, [issue_id]) if found else {}
    every = [_slowed(pace, waiting=_count(pace, waiting), now=now) for pace in found]
    return [one for one in every if one.waiting]


def rate(value: float) -> str:
    """A rate as the settings write it: `2/s`, `30/m`."""
    return f"{value:g}/s" if value >= 1 else f"{round(value * 60)}/m"


def _list(conn: Any, sending: Sending) -> list[Slowed]:
    found, now = paces.list_paces(conn), sending.now()
    waiting = _waiting(conn, paces.list_sending(conn)) if found else {}
    return [_slowed(pace, waiting=_count(pace, waiting), now=now) for pace in found]


def _slowed(pace: Pace, *, waiting: int, now: datetime) -> Slowed:
    return Slowed(
        name=pace.name,
        relay=pace.relay,
        kind=Kind(pace.kind),
        rate=pace.rate,
        since=pace.since,
        until=pace.until if pace.until and pace.until > now else None,
        why=pace.why,
        waiting=waiting,
        resume=f"syndicate domains resume {pace.name}",
    )


def _lift(conn: Any, sending: Sending, name: str) -> int:
    meant = {name, paces.list_hosts(conn).get(name, name)}
    found = [pace for pace in paces.list_paces(conn) if pace.name.lower() in meant]
    lifted = paces.delete_paces(conn, [(pace.domain, pace.relay) for pace in found])
    if lifted:
        paces.release_waiting(conn, now=sending.now())
        sending.enqueue(conn, SWEEPING)
    return lifted


def _count(pace: Pace, waiting: Mapping[str, int]) -> int:
    return waiting.get(pace.domain, 0) if pace.domain else sum(waiting.values())


def _waiting(conn: Any, issue_ids: Sequence[int]) -> Mapping[str, int]:
    """How many recipients of these issues wait, by their domain's mail host."""
    hosts, waiting = paces.list_hosts(conn), Counter[str]()
    for issue_id in issue_ids:
        for domain, states in count_by_domain(conn, issue_id).items():
            waiting[hosts.get(domain, domain)] += sum(states.get(state, 0) for state in WAITING)
    return waiting
