"""The ledger: an account of every recipient of an issue, at every moment, and what the operator can do."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from syndicate.deliver.pacing.standing import Slowed, list_holding_back
from syndicate.deliver.send import IssueReport, report_now
from syndicate.deliver.sending import Sending
from syndicate.errors import OwnFault
from syndicate.model.delivery import DeliveryState
from syndicate.model.newsletter import IssueState
from syndicate.store import batches, ledger
from syndicate.store.archives import Archived, find_archived
from syndicate.store.ledger import Addressee as Addressee
from syndicate.store.ledger import Said

# Speed is that of the last minute; a share of domains and reasons tells of nearly all.
WINDOW = timedelta(minutes=1)
DOMAINS = 20
REASONS = 20
OTHERS = "others"
FORGOTTEN = "forgotten people"
# Names of queues, sessions and hosts' clocks make equal refusals differ.
NUMBERED = re.compile(r"\b(?=[\w.:/=+-]*\d)(?!\d\.\d{1,3}\.\d{1,3}\b)[\w.:/=+-]{8,}")

MEANINGS = {
    DeliveryState.QUEUED: "waits for its turn",
    DeliveryState.LEASED: "is being sent at this moment",
    DeliveryState.SENT: "the relay accepted it",
    DeliveryState.DEFERRED: "the relay asked us to try again",
    DeliveryState.REFUSED: "the relay refused it for good",
    DeliveryState.BOUNCED: "came back after it was accepted",
    DeliveryState.SUPPRESSED: "the address is never to be written to",
    DeliveryState.SKIPPED: "had left before it was sent",
    DeliveryState.EXPIRED: "could not be delivered in time",
    DeliveryState.CANCELLED: "the issue was cancelled before it was sent",
    DeliveryState.UNKNOWN: "nobody knows whether the relay took it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One state: how many, what it means, and what the operator can do; nothing where nothing is needed."""

    state: DeliveryState
    count: int
    means: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The recipients of one relay or domain, by state."""

    name: str
    count: int
    tally: Mapping[DeliveryState, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What was said of so many in one state. `…` stands for what differs from one reply to the next."""

    state: DeliveryState
    code: int
    words: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Where every recipient stands. `missing` is how many no state accounts for: 0, or something is wrong.

    `speed` is in messages a second, and with `expected_end` of those who wait their turn, only while the
    issue is being sent; so is `held`, what of the pace holds somebody back. `next_try` is when the first of
    those who wait for a later try is due. `archived` says where the single deliveries went, empty while they
    are here.
    """

    report: IssueReport
    missing: int
    standings: tuple[Standing, ...]
    relays: tuple[Share, ...]
    domains: tuple[Share, ...]
    reasons: tuple[Reason, ...]
    expires: datetime | None = None
    next_try: datetime | None = None
    speed: float = 0.0
    expected_end: datetime | None = None
    held: tuple[Slowed, ...] = ()
    archived: str = ""


async def read_ledger(sending: Sending, issue_id: int) -> Ledger:
    """The account of an issue, all of one moment. Raises NotFound."""
    return await sending.db.look(read_ledger_now, issue_id, now=sending.now())


async def list_people(sending: Sending, issue_id: int, state: DeliveryState) -> list[Addressee]:
    """The people whose delivery of this issue stands in one state. Raises OwnFault for an archived one."""
    return await sending.db.look(_list_people, issue_id, state)


def standings(report: IssueReport, *, again: int) -> tuple[Standing, ...]:
    """Each state that somebody stands in, in the glossary's order. `again` of the unknown go out again."""
    return tuple(
        Standing(state=state, count=count, means=MEANINGS[state], remedy=_remedy(state, report, again))
        for state in DeliveryState
        if (count := report.tally.get(state, 0))
    )


def shares(counts: Mapping[str, Mapping[DeliveryState, int]], *, most: int) -> tuple[Share, ...]:
    """The largest first, at most so many; what is left is `others`."""
    found = sorted(
        (_share(name, tally) for name, tally in counts.items()), key=lambda one: (-one.count, one.name)
    )
    if len(found) <= most:
        return tuple(found)
    rest: Counter[DeliveryState] = Counter()
    for one in found[most - 1 :]:
        rest.update(one.tally)
    return (*found[: most - 1], _share(OTHERS, rest))


def reasons(said: Iterable[Said], *, most: int = REASONS) -> tuple[Reason, ...]:
    """What was said, most often first; replies that differ by a number of the server's alone are one."""
    counts: Counter[tuple[DeliveryState, int, str]] = Counter()
    for one in said:
        counts[one.state, one.code, NUMBERED.sub("…", one.reply)] += one.count
    return tuple(
        Reason(state=state, code=code, words=words, count=count)
        for (state, code, words), count in counts.most_common(most)
    )


def expected_end(waiting: int, speed: float, now: datetime) -> datetime | None:
    """When the last of those who wait their turn is sent at this speed (messages a second)."""
    return now + timedelta(seconds=round(waiting / speed)) if speed and waiting else None


def read_ledger_now(conn: Any, issue_id: int, *, now: datetime) -> Ledger:
    """The same within a transaction. Raises NotFound."""
    report = report_now(conn, issue_id)
    expires = batches.find_progress(conn, issue_id).expires
    speed = _speed(conn, report, now)
    waiting = report.tally.get(DeliveryState.QUEUED, 0) + report.tally.get(DeliveryState.LEASED, 0)
    stand, gone = standings(report, again=ledger.count_again(conn, issue_id)), find_archived(conn, issue_id)
    domains = {name or FORGOTTEN: tally for name, tally in ledger.count_by_domain(conn, issue_id).items()}
    return Ledger(
        report=report,
        missing=report.candidates - sum(report.tally.values()),
        standings=_without_remedies(stand) if gone else stand,
        relays=shares(ledger.count_by_relay(conn, issue_id), most=DOMAINS),
        domains=shares(domains, most=DOMAINS),
        reasons=reasons(ledger.list_said(conn, issue_id)),
        expires=expires,
        next_try=ledger.next_try(conn, issue_id),
        speed=speed,
        expected_end=expected_end(waiting, speed, now),
        held=tuple(list_holding_back(conn, issue_id, now=now)) if report.state is IssueState.SENDING else (),
        archived=where_is(gone) if gone else "",
    )


def _list_people(conn: Any, issue_id: int, state: DeliveryState) -> list[Addressee]:
    if gone := find_archived(conn, issue_id):
        raise OwnFault(f"who they are is no longer in the database: {where_is(gone)}")
    return ledger.list_addressees(conn, issue_id, state=state)


def where_is(gone: Archived) -> str:
    """Where the single deliveries of an archived issue are, for a person."""
    return f"archive/{gone.file} in the data_dir of {gone.host} has them since {gone.archived:%Y-%m-%d}"


def _without_remedies(stand: tuple[Standing, ...]) -> tuple[Standing, ...]:
    return tuple(replace(one, remedy="") for one in stand)


def _speed(conn: Any, report: IssueReport, now: datetime) -> float:
    started = ledger.find_started(conn, report.issue_id)
    if report.state is not IssueState.SENDING or started is None:
        return 0.0
    since = max(started, now - WINDOW)
    seconds = max(1.0, (now - since).total_seconds())
    return ledger.count_settled(conn, report.issue_id, since=since) / seconds


def _share(name: str, tally: Mapping[DeliveryState, int]) -> Share:
    ordered = {state: tally[state] for state in DeliveryState if tally.get(state)}
    return Share(name=name, count=sum(ordered.values()), tally=ordered)


def _remedy(state: DeliveryState, report: IssueReport, again: int) -> str:
    command = f"syndicate issue {{}} {report.name}"
    waits = report.state is IssueState.PAUSED and command.format("resume")
    match state:
        case DeliveryState.QUEUED | DeliveryState.LEASED:
            return waits or ""
        case DeliveryState.DEFERRED:
            return waits or "it is tried again by itself"
        case DeliveryState.EXPIRED | DeliveryState.CANCELLED:
            return f"{command.format('send')} --missed"
        case DeliveryState.UNKNOWN if again >= report.tally[state]:
            return waits or "it is sent once more by itself"
        case DeliveryState.UNKNOWN:
            return f"{command.format('send')} --missed --unknown: they may get it twice"
        case DeliveryState.SUPPRESSED:
            return "syndicate suppressions remove ADDRESS, if the reader asks for it"
        case DeliveryState.REFUSED | DeliveryState.BOUNCED:
            return f"{command.format('report')} --state {state} says who"
    return ""
