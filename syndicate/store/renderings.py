"""Renderings of an issue by segment: which segments occur, what each gets, and who belongs to which."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from syndicate.model.delivery import DeliveryState
from syndicate.model.newsletter import IssueRendering
from syndicate.model.segment import Segment, read_sections, written
from syndicate.model.subscriber import SubscriptionState
from syndicate.store.schema import deliveries, issue_renderings, issues, subscribers, subscriptions

# What a delivery says that was skipped because of its reader's choice.
NOTHING_CHOSEN = "nothing new in the sections that this reader chose"
# Built once, since every batch asks for its own.
OF_ISSUE = (
    select(issue_renderings)
    .where(issue_renderings.c.issue_id == bindparam("issue"))
    .order_by(issue_renderings.c.segment)
)
OF_BATCH = OF_ISSUE.where(
    issue_renderings.c.segment.in_(
        select(deliveries.c.segment).where(
            deliveries.c.issue_id == bindparam("issue"), deliveries.c.batch == bindparam("batch")
        )
    )
)


def count_segments(
    conn: Connection, newsletter: str, *, languages: Collection[str], sections: bool
) -> dict[Segment, int]:
    """The segments among those who would get an issue now, and how many readers each has.

    `languages` are those that segments are made for; `sections` tells whether choices of sections count.
    """
    if not (sections or _is_spoken(conn, languages)):
        return {}
    language = _language(languages).label("language")
    chosen = (subscriptions.c.sections if sections else literal("")).label("sections")
    counted = (
        select(language, chosen, func.count().label("readers"))
        .join(subscribers, subscribers.c.id == subscriptions.c.subscriber_id)
        .where(
            subscriptions.c.newsletter == newsletter, subscriptions.c.state == SubscriptionState.ACTIVE.value
        )
        .group_by(language, chosen)
    )
    return {
        Segment(language=row.language, sections=read_sections(row.sections)): row.readers
        for row in conn.execute(counted)
    }


def list_segments(conn: Connection, issue_id: int) -> list[Segment]:
    """The segments that an issue has renderings for."""
    mine = select(issue_renderings.c.language, issue_renderings.c.sections)
    rows = conn.execute(
        mine.where(issue_renderings.c.issue_id == issue_id).order_by(issue_renderings.c.segment)
    )
    return [Segment(language=row.language, sections=read_sections(row.sections)) for row in rows]


def list_renderings(conn: Connection, issue_id: int) -> tuple[IssueRendering, ...]:
    """An issue's renderings by segment."""
    return tuple(_rendering(row) for row in conn.execute(OF_ISSUE, {"issue": issue_id}))


def list_renderings_in(conn: Connection, issue_id: int, *, batch: int) -> tuple[IssueRendering, ...]:
    """Those that occur in one batch."""
    found = conn.execute(OF_BATCH, {"issue": issue_id, "batch": batch})
    return tuple(_rendering(row) for row in found)


def save_renderings(conn: Connection, issue_id: int, renderings: Sequence[IssueRendering]) -> None:
    """Put these in the place of whatever renderings by segment the issue has."""
    conn.execute(delete(issue_renderings).where(issue_renderings.c.issue_id == issue_id))
    if renderings:
        conn.execute(insert(issue_renderings), [_values(issue_id, one) for one in renderings])


def assign_segments(conn: Connection, issue_id: int, *, now: datetime) -> int:
    """Tell each waiting delivery of an issue its segment; how many were skipped instead.

    A choice without a rendering of its own gets the whole issue, in the reader's language where that has
    one. A delivery that was tried keeps what it has. Costs one short query where there are no renderings.
    """
    segments = list_segments(conn, issue_id)
    if not segments:
        return 0
    languages = {one.language for one in segments} - {""}
    exact = issue_renderings.c.sections == subscriptions.c.sections
    whole = and_(issue_renderings.c.sections == "", deliveries.c.segment == "")
    for fits in (exact, whole):
        conn.execute(
            update(deliveries)
            .where(
                deliveries.c.issue_id == issue_id,
                deliveries.c.state == DeliveryState.QUEUED.value,
                deliveries.c.attempt == 0,
                subscribers.c.id == deliveries.c.subscriber_id,
                issues.c.id == deliveries.c.issue_id,
                subscriptions.c.subscriber_id == deliveries.c.subscriber_id,
                subscriptions.c.newsletter == issues.c.newsletter,
                issue_renderings.c.issue_id == deliveries.c.issue_id,
                issue_renderings.c.language == _language(languages),
                fits,
            )
            .values(segment=issue_renderings.c.segment)
        )
    return skip_empty(conn, issue_id, now=now)


def skip_empty(conn: Connection, issue_id: int, *, now: datetime) -> int:
    """Skip whoever waits for a rendering that holds nothing; how many."""
    empty = select(issue_renderings.c.segment).where(
        issue_renderings.c.issue_id == issue_id, issue_renderings.c.html == ""
    )
    waiting = update(deliveries).where(
        deliveries.c.issue_id == issue_id,
        deliveries.c.state.in_((DeliveryState.QUEUED.value, DeliveryState.DEFERRED.value)),
        deliveries.c.segment.in_(empty),
    )
    skipped = {"state": DeliveryState.SKIPPED, "reply": NOTHING_CHOSEN, "changed": now, "next_attempt": None}
    return conn.execute(waiting.values(skipped)).rowcount


def _is_spoken(conn: Connection, languages: Collection[str]) -> bool:
    """Whether anybody at all reads one of these: nearly always the answer is no, and found fast."""
    anybody = select(subscribers.c.id).where(_language(languages) != "").limit(1)
    return conn.execute(anybody).first() is not None


def _language(languages: Iterable[str]) -> ColumnElement[str]:
    """A reader's language where it is one of these, else empty."""
    spoken = func.lower(subscribers.c.language)
    cases = [(or_(spoken == one, spoken.like(f"{one}-%")), one) for one in sorted(languages)]
    return case(*cases, else_="") if cases else literal("")


def _values(issue_id: int, one: IssueRendering) -> dict[str, Any]:
    return {
        "issue_id": issue_id,
        "segment": one.segment.key,
        "language": one.segment.language,
        "sections": written(one.segment.sections),
        "subject": one.subject,
        "html": one.html,
        "text": one.text,
        "slot_key": one.slot_key,
    }


def _rendering(row: Row[Any]) -> IssueRendering:
    return IssueRendering(
        segment=Segment(language=row.language, sections=read_sections(row.sections)),
        subject=row.subject,
        html=row.html,
        text=row.text,
        slot_key=row.slot_key,
    )
