"""Stories of about 3 kB with words of their own, and a store that holds many of them."""

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, product
from typing import Any

from syndicate.model.item import Content, Item, ItemKind, Provenance, Timestamp
from syndicate.store.connection import Connection
from syndicate.store.content import content_hash, to_json
from syndicate.store.database import Database
from syndicate.store.schema import feed_documents, feed_entries, items, revisions

START = datetime(2019, 5, 3, tzinfo=UTC)
SYLLABLES = [consonant + vowel for consonant in "bdfghklmnprst" for vowel in "aeiou"]
# Some ten thousand, all of six letters: two sentences share few.
WORDS = ["".join(three) for three in product(SYLLABLES[::3], repeat=3)]
CHUNK = 2_000
# An archive document of a feed that takes 50.
CLOSED = 25


def words(chance: random.Random, count: int) -> str:
    """A sentence of invented words, no two alike."""
    return " ".join(chance.choices(WORDS, k=count))


def story(number: int, *, section: str, size: int = 3_000) -> Item:
    """An article whose body has about `size` bytes; its number is its date, its id and its chance."""
    chance = random.Random(number)
    paragraphs = [words(chance, 60).capitalize() + "." for _ in range(max(1, size // 400))]
    address = f"https://old.courier.example/2019/{number}"
    return Item(
        id=item_id(number),
        kind=ItemKind.ARTICLE,
        content=Content(
            headline=words(chance, 7).capitalize(),
            body_html="".join(f"<p>{text}</p>" for text in paragraphs),
            body_text="\n\n".join(paragraphs),
            summary=paragraphs[0][:200],
            authors=(words(chance, 2).title(),),
            section=section,
            language="en",
            url=address,
            published=Timestamp(instant=START + timedelta(minutes=number)),
        ),
        provenance=Provenance(source="harbour", original_url=address, captured=START + timedelta(days=30)),
        collected=START + timedelta(days=30),
    )


def item_id(number: int) -> str:
    """The id of the story of that number."""
    return f"00000000-0000-4000-8000-{number:012}"


def save_many(db: Database, stories: Iterable[Item]) -> None:
    """Store new items without keys, thousands in a transaction."""
    every = iter(stories)
    while chunk := list(islice(every, CHUNK)):
        db.write_now(_insert, chunk)


def pad_archives(db: Database, feeds: Iterable[str], ids: Iterable[str]) -> None:
    """Let these items stand in archive documents of these feeds, in turns, as if they had been closed."""
    names, rows = list(feeds), list(ids)

    def pad(conn: Connection) -> None:
        for place, name in enumerate(names):
            mine = rows[place :: len(names)]
            entries = [
                {
                    "feed": name,
                    "entry_id": item_id,
                    "item_id": item_id,
                    "position": -number - 1,
                    "document": 1_000_000 + number // CLOSED,
                    "replayed": None,
                }
                for number, item_id in enumerate(mine)
            ]
            documents = [
                {"feed": name, "number": 1_000_000 + number, "due": False, "entries": CLOSED, "older": 0}
                for number in range(len(mine) // CLOSED + 1)
            ]
            for at in range(0, len(entries), CHUNK):
                conn.execute(feed_entries.insert(), entries[at : at + CHUNK])
            conn.execute(feed_documents.insert(), documents)

    db.write_now(pad)


def _insert(conn: Connection, stories: list[Item]) -> None:
    conn.execute(items.insert(), list(map(_row, stories)))
    conn.execute(revisions.insert(), list(map(_revision, stories)))


def _row(item: Item) -> dict[str, Any]:
    published = item.content.published
    assert published is not None
    return {
        "id": item.id,
        "kind": item.kind,
        "state": item.state,
        "source": item.provenance.source,
        "section": item.content.section,
        "language": item.content.language,
        "host": "old.courier.example",
        "published": str(published),
        "published_at": published.utc,
        "sorted_at": published.utc,
        "collected": item.collected,
    }


def _revision(item: Item) -> dict[str, Any]:
    return {
        "item_id": item.id,
        "number": 1,
        "content": to_json(item.content),
        "content_hash": content_hash(item.content),
        "original_url": item.provenance.original_url,
        "captured": item.provenance.captured,
        "raw_hash": "",
        "collected": item.collected,
    }


def background(first: int, count: int) -> Iterator[Item]:
    """Short items of a section that no feed takes: one with other words than its neighbours."""
    for number in range(first, first + count):
        yield story(number, section="elsewhere", size=100)
