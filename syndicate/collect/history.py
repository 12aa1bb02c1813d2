"""An item's revisions and what each of them changed, for people."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from syndicate.collect.diff import Change, compare
from syndicate.errors import NotFound
from syndicate.store.database import Database
from syndicate.store.items import find_ids
from syndicate.store.revisions import Revision, list_revisions

# Less of an id than this is soon another item's as well.
LEAST_OF_AN_ID = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One revision: when it was stored, why (`collected`, `reprocessed`), from which capture, and what it
    changed; the first one nothing.
    """

    number: int
    stored: datetime
    cause: str
    captured: datetime
    original_url: str
    changes: tuple[Change, ...] = ()


async def whole_id(db: Database, given: str) -> str:
    """The id that is given whole, or by a beginning that only one item has. Raises NotFound."""
    beginning = given.removeprefix("urn:uuid:").lower()
    found = await db.read(partial(find_ids, beginning=beginning, take=2)) if beginning else []
    if found == [beginning] or (len(found) == 1 and len(beginning) >= LEAST_OF_AN_ID):
        return found[0]
    if found:
        few = len(beginning) < LEAST_OF_AN_ID
        why = f"give {LEAST_OF_AN_ID} characters of the id at least" if few else "several ids begin so"
        raise NotFound(f"{given} is not enough to find an item by: {why}, or the whole of it")
    raise NotFound(
        f"there is no item {given}; the whole id is the last part of its page's address, "
        f"{LEAST_OF_AN_ID} characters of its beginning will do"
    )


async def item_history(db: Database, item_id: str) -> list[Step]:
    """The revisions of an item, the first one first; none for an unknown item."""
    found = await db.read(list_revisions, item_id)
    befores: list[Revision | None] = [None, *found[:-1]]
    return [_step(before, after) for before, after in zip(befores, found, strict=False)]


def pick(history: list[Step], number: int | None) -> Step:
    """The step to a revision, the newest unless one is named. Raises NotFound, which says what there is."""
    if number is None:
        return history[-1]
    for step in history:
        if step.number == number:
            return step
    raise NotFound(f"there is no revision {number}; there are: 1 to {history[-1].number}")


def _step(before: Revision | None, after: Revision) -> Step:
    return Step(
        number=after.number,
        stored=after.stored,
        cause=after.cause,
        captured=after.captured,
        original_url=after.original_url,
        changes=compare(before.content, after.content) if before else (),
    )
