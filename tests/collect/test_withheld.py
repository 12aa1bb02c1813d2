"""Known stories that turn into one text within one check are left as they were."""

from dataclasses import replace
from pathlib import Path

import pytest

from syndicate.collect.identity import text_key, url_key
from syndicate.collect.plan import Known
from syndicate.collect.refresh import refresh_source
from syndicate.collect.withheld import told_of, withheld
from syndicate.model.item import Candidate, ItemKind
from syndicate.model.source import SourceKind
from syndicate.store.database import Database
from tests.builders import a_content, a_provenance, a_source, an_item
from tests.collect.desk import stored
from tests.collect.test_listing import a_listing, articles, boats, desk_for, later
from tests.neighbours.http_site import http_site

WALL = "Readers of the Courier are asked to come back tomorrow. " * 20
OTHER = "The ferry sailed at dawn. " * 20


def shown(name: str, text: str) -> Candidate:
    """What the page of that name shows."""
    url = f"https://courier.example/{name}"
    return Candidate(
        kind=ItemKind.ARTICLE,
        keys=(url_key(url), text_key(text)) if text_key(text) else (url_key(url),),
        content=a_content(headline=name, body_text=text, url=url),
        provenance=a_provenance(original_url=url, raw_hash=f"bytes of {name}"),
    )


def knowing(**texts: str) -> Known:
    """These pages are known with these texts."""
    items = {name: an_item(id=name, headline=name, body_text=text) for name, text in texts.items()}
    return Known(keys={url_key(f"https://courier.example/{name}"): name for name in texts}, items=items)


@pytest.mark.parametrize(
    ("before", "now", "held"),
    [
        ({"a": "One.", "b": "Two."}, {"a": WALL, "b": WALL}, "ab"),
        ({"a": "One.", "b": "Two.", "c": "Three."}, {"a": WALL, "b": WALL, "c": "Three."}, "ab"),
        ({"a": "One.", "b": "Two."}, {"a": WALL, "b": WALL.upper(), "n": WALL}, "abn"),
        ({"a": "One.", "b": "Two."}, {"a": WALL, "b": OTHER}, ""),
        ({"a": "One.", "b": "Two."}, {"a": WALL}, ""),
        ({"a": "One."}, {"a": WALL, "n": WALL}, ""),
        ({"a": WALL, "b": WALL}, {"a": WALL, "b": WALL}, ""),
        ({"a": "One.", "b": "One."}, {"a": OTHER, "b": OTHER}, ""),
        ({"a": "One.", "b": WALL}, {"a": WALL, "b": WALL}, ""),
        ({"a": "One.", "b": "Two."}, {"a": "", "b": ""}, ""),
        ({}, {"a": WALL, "b": WALL}, ""),
    ],
    ids=[
        "both turn into one text",
        "the third one stays",
        "a new page shows it too",
        "into two texts",
        "one alone",
        "a known one and a new one",
        "as they were",
        "they were one text before",
        "one had it already",
        "into nothing",
        "nothing is known",
    ],
)
def test_stories_that_turn_into_one_text_are_held(
    before: dict[str, str], now: dict[str, str], held: str
) -> None:
    found = withheld([shown(name, text) for name, text in now.items()], knowing(**before))
    assert "".join(one.content.headline for one in found) == held


def test_briefs_of_such_a_page_are_held_with_it() -> None:
    pages = [shown("a", WALL), shown("b", WALL), shown("c", OTHER)]
    briefs = [replace(page, kind=ItemKind.BRIEF, keys=("text:1",)) for page in pages]
    assert withheld([*pages, *briefs], knowing(a="One.", b="Two.")) == [*pages[:2], *briefs[:2]]


def test_what_is_held_is_told_with_some_addresses() -> None:
    (said,) = told_of([shown(name, WALL) for name in "abcd"])
    assert said.startswith("4 stories came with one and the same text")
    assert said.endswith("https://courier.example/a, https://courier.example/b, https://courier.example/c, …")
    assert told_of([]) == ()


def a_wall(name: str) -> str:
    return (
        f"<html lang=en><title>Courier {name}</title><article><h1>Courier</h1><p>{WALL}</p></article></html>"
    )


async def test_a_check_that_finds_one_text_everywhere_changes_nothing(db: Database, tmp_path: Path) -> None:
    names = "abcde"
    async with http_site(answers={"/list": a_listing(*names), **articles(names)}) as site:
        desk = desk_for(db, tmp_path, a_source(kind=SourceKind.LISTING, url=f"{site.url}/list"), site)
        await refresh_source(desk, "harbour")
        site.answers |= {f"/2019/05/{name}.html": a_wall(name) for name in f"{names}f"}
        site.answers["/list"] = a_listing(*names, "f")
        report = await refresh_source(later(desk, 1), "harbour")
        assert (report.new, report.changed, report.held, report.errors) == (0, 0, 6, ())
        assert any(said.startswith("6 stories came with one and the same text") for said in report.warnings)
        assert boats(db) == names
        site.answers |= articles(f"{names}f")
        back = await refresh_source(later(desk, 2), "harbour")
        assert (back.new, back.changed, back.held, boats(db)) == (1, 0, 0, f"{names}f")
        await desk.client.close()
    assert all(item.revision == 1 for item in stored(db))
