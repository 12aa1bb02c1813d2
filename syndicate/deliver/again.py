"""Sending an issue to more people: to those who were missed, or to those who have subscribed since.

Nobody gets it twice: one delivery per issue and subscriber is the primary key, and whoever waits or has got
it is not chosen. So both may be asked for at any time, twice at once, beside a running service.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any

from syndicate.audience.suppression import find_suppressed
from syndicate.deliver.ledger import where_is
from syndicate.deliver.sending import Sending
from syndicate.deliver.sharing import let_wait
from syndicate.errors import OwnFault
from syndicate.model.delivery import DeliveryState
from syndicate.model.job import Job
from syndicate.model.newsletter import IssueState
from syndicate.store import again, batches, renderings
from syndicate.store.again import Reader
from syndicate.store.archives import find_archived
from syndicate.store.batches import Progress
from syndicate.store.issue_stops import list_withdrawn_in

# Who was refused, returned or suppressed, or had left, was not missed.
MISSED = (DeliveryState.EXPIRED, DeliveryState.CANCELLED)


class Who(StrEnum):
    """Whom an issue is to go to besides those it went to."""

    MISSED = "missed"
    NEW = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """`unknown` counts those as missed of whom nobody knows: they may get it twice."""

    issue_id: int
    who: Who
    unknown: bool = False

    def job(self) -> Job:
        """The job that does it."""
        args: dict[str, str | int | bool] = {"issue": self.issue_id, "who": self.who, "unknown": self.unknown}
        return Job(
            name="issue.again", args=args, key=f"issue.again:{self.issue_id}:{self.who}:{self.unknown}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """To how many more it goes, those missed by the state they stood in, and until when it is tried."""

    newsletter: str
    number: int
    subject: str
    count: int
    missed: Mapping[DeliveryState, int] = field(default_factory=dict)
    paused: bool = False
    expires: datetime | None = None

    @property
    def name(self) -> str:
        """What people call the issue: `daily/3`."""
        return f"{self.newsletter}/{self.number}"


async def count_more(sending: Sending, wish: Wish) -> Addition:
    """To how many it would go now. Raises NotFound, and OwnFault where it may go to nobody."""
    return await sending.db.read(_count, sending, wish)


async def send_more(sending: Sending, wish: Wish) -> Addition:
    """Make deliveries of an issue due for those it is to go to; nothing changes when that is nobody.

    A finished issue is sent again, with a new time to live. Raises as `count_more` does.
    """
    return await sending.db.write(_send, sending, wish)


def refusal(progress: Progress, who: Who, *, holds_items: bool, withdrawn: Iterable[str] = ()) -> str:
    """Why the issue may go to nobody else; empty when it may."""
    name = progress.name
    gone = ", ".join(withdrawn)
    if progress.state is IssueState.COMPILED:
        return f"{name} has not been sent yet: syndicate issue send {name} sends it to everybody"
    if progress.state is IssueState.CANCELLED and who is Who.NEW:
        return f"{name} was cancelled; --missed sends it to those who were to get it"
    if progress.state is IssueState.CANCELLED and not holds_items:
        return f"{name} was cancelled before anybody got it: what it held is in the next issue"
    if gone:
        return f"{name} holds what was withdrawn ({gone}): nobody else gets it"
    return ""


def _count(conn: Any, sending: Sending, wish: Wish) -> Addition:
    progress = batches.find_progress(conn, wish.issue_id)
    _refuse(conn, sending, progress, wish)
    counts = Counter(one.state for some in _chosen(conn, sending, wish) for one in some)
    return _addition(conn, progress, counts)


def _send(conn: Any, sending: Sending, wish: Wish) -> Addition:
    progress = batches.lock_progress(conn, wish.issue_id)
    _refuse(conn, sending, progress, wish)
    counts: Counter[DeliveryState | None] = Counter()
    put = again.requeue if wish.who is Who.MISSED else again.add_deliveries
    number = again.next_batch(conn, wish.issue_id)
    for some in _chosen(conn, sending, wish):
        put(conn, wish.issue_id, some, batch=number)
        again.add_batch(conn, wish.issue_id, number)
        counts.update(one.state for one in some)
        number += 1
    renderings.assign_segments(conn, wish.issue_id, now=sending.now())
    if counts:
        expires = sending.now() + sending.newsletter(progress.newsletter).time_to_live
        again.revive_issue(conn, wish.issue_id, more=counts[None], expires=expires)
    let_wait(conn, sending, wish.issue_id)
    return _addition(conn, batches.find_progress(conn, wish.issue_id), counts)


def _refuse(conn: Any, sending: Sending, progress: Progress, wish: Wish) -> None:
    sending.newsletter(progress.newsletter)
    if gone := find_archived(conn, progress.id):
        raise OwnFault(f"{progress.name} goes to nobody else: who got it is not known here. {where_is(gone)}")
    held = again.holds_items(conn, progress.id)
    why = refusal(progress, wish.who, holds_items=held, withdrawn=list_withdrawn_in(conn, progress.id))
    if why:
        raise OwnFault(why)


def _chosen(conn: Any, sending: Sending, wish: Wish) -> Iterator[list[Reader]]:
    """Whom it is to go to, a batch at a time, without those who are never to be written to."""
    states = (*MISSED, DeliveryState.UNKNOWN) if wish.unknown else MISSED
    found, last = partial(again.list_newcomers, conn, wish.issue_id), 0
    if wish.who is Who.MISSED:
        found = partial(again.list_missed, conn, wish.issue_id, states=states)
    while some := found(after=last, take=sending.settings.batch):
        last = some[-1].subscriber_id
        suppressed = find_suppressed(conn, sending.keyring, [one.address_key for one in some])
        if fit := [one for one in some if one.address_key not in suppressed]:
            yield fit


def _addition(conn: Any, progress: Progress, counts: Counter[DeliveryState | None]) -> Addition:
    return Addition(
        newsletter=progress.newsletter,
        number=progress.number,
        subject=again.find_subject(conn, progress.id),
        count=counts.total(),
        missed={state: counts[state] for state in DeliveryState if counts[state]},
        paused=progress.state is IssueState.PAUSED,
        expires=progress.expires if counts else None,
    )
