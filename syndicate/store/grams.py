"""Samples of stories' 4-grams: which items might be another version of a story (requirement C8)."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, delete, func, select

from syndicate.store.dialect import insert
from syndicate.store.schema import story_grams

# What so many stories share is boilerplate; it finds nothing, and would make the search long.
COMMON = 40


def save_grams(conn: Connection, item_id: str, grams: Collection[int]) -> None:
    """Let the item be found by these grams, and by none that it had before."""
    conn.execute(delete(story_grams).where(story_grams.c.item_id == item_id))
    counted = select(story_grams.c.gram).where(story_grams.c.gram.in_(grams)).group_by(story_grams.c.gram)
    common = set(conn.scalars(counted.having(func.count() >= COMMON)))
    rows = [{"gram": gram, "item_id": item_id} for gram in sorted(set(grams) - common)]
    if rows:
        conn.execute(insert(conn, story_grams).values(rows).on_conflict_do_nothing())


def list_similar(conn: Connection, grams: Collection[int], *, least: int, most: int) -> Sequence[str]:
    """Ids of items that share at least `least` of these grams, at most `most`, the likest first."""
    shared = func.count()
    query = (
        select(story_grams.c.item_id)
        .where(story_grams.c.gram.in_(grams))
        .group_by(story_grams.c.item_id)
        .having(shared >= least)
        .order_by(shared.desc(), story_grams.c.item_id)
        .limit(most)
    )
    return conn.scalars(query).all()
