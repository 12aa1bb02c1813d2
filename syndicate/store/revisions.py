"""All revisions of an item, as they were stored."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from syndicate.model.item import Content
from syndicate.store.content import from_json
from syndicate.store.schema import revisions


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One revision: when it was stored and why (`collected`, `reprocessed`), and the capture it is from."""

    number: int
    stored: datetime
    cause: str
    captured: datetime
    original_url: str
    raw_hash: str
    content: Content


def list_revisions(conn: Connection, item_id: str) -> list[Revision]:
    """The item's revisions, the first one first; none for an unknown item."""
    query = select(revisions).where(revisions.c.item_id == item_id).order_by(revisions.c.number)
    return [
        Revision(
            number=row.number,
            stored=row.collected,
            cause=row.cause,
            captured=row.captured,
            original_url=row.original_url,
            raw_hash=row.raw_hash,
            content=from_json(row.content),
        )
        for row in conn.execute(query)
    ]
