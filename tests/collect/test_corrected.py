"""What the operator said of items holds, whatever is collected after: real pages over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from syndicate.collect.collecting import Collecting
from syndicate.collect.corrected import corrected_brief, keeping, page_content, respecting
from syndicate.collect.kept.reprocess import Asked, reprocess_source
from syndicate.collect.refresh import refresh_source
from syndicate.collect.report import RefreshReport
from syndicate.model.item import (
    Candidate,
    Content,
    Correction,
    Item,
    ItemKind,
    ItemState,
    PageWords,
)
from syndicate.model.source import Selectors
from syndicate.publish.corrections import Editing, correct_item, restore_item, withdraw_item
from syndicate.publish.wording import Wording
from syndicate.store import items
from syndicate.store.database import Database
from tests.builders import NOON, a_content, a_feed, a_provenance, a_source, an_item
from tests.collect.desk import a_collecting, a_text, stored
from tests.neighbours.http_site import HttpSite, http_site

NOTE = "The ferry sails at seven."
HOUR = timedelta(hours=1)
BRIEFS = (
    "The lighthouse got a new lamp on Monday after forty years of service.",
    "The fish market opens an hour later from next week on.",
    "Two boats were repaired in the old dock over the winter.",
)


def a_page(headline: str = "Ferry returns", body: str = a_text("ferry"), briefs: tuple[str, ...] = ()) -> str:
    listed = "".join(f'<li>{text} <a href="/{at}.html">More</a></li>' for at, text in enumerate(briefs))
    more = f"<section><h2>In brief</h2><ul>{listed}</ul></section>" if briefs else ""
    return (
        f"<!DOCTYPE html><html lang='en'><head><title>{headline}</title>"
        f"<meta name='description' content='About: {headline}'></head>"
        f"<body><article><h1>{headline}</h1>{body}</article>{more}</body></html>"
    )


@dataclass(frozen=True)
class Desk:
    """One page that is collected again and again; each look is an hour after the one before."""

    site: HttpSite
    collecting: Collecting
    clock: list[int]

    async def collect(self, page: str) -> RefreshReport:
        self.site.answers["/a.html"] = page
        self.clock[0] += 1
        report = await refresh_source(self.collecting, "harbour")
        assert report.errors == ()
        return report

    async def collect_elsewhere(self, page: str) -> RefreshReport:
        """The same story at another address, by another source."""
        self.site.answers["/b.html"] = page
        return await refresh_source(self.collecting, "other")

    @property
    def editing(self) -> Editing:
        desk = self.collecting
        return Editing(db=desk.db, catalogue=desk.catalogue, now=desk.now, enqueue=desk.enqueue)


@asynccontextmanager
async def a_desk(db: Database, folder: Path) -> AsyncIterator[Desk]:
    clock = [0]
    async with http_site(answers={}) as site:
        collecting = a_collecting(
            db,
            folder,
            a_source(url=f"{site.url}/a.html"),
            a_source(name="other", url=f"{site.url}/b.html"),
            allow=[site.host],
            feeds=(a_feed(),),
            now=lambda: NOON + HOUR * clock[0],
        )
        yield Desk(site, collecting, clock)
        await collecting.client.close()


def now_is(db: Database, item: Item) -> Item:
    found = db.read_now(items.find_item, item.id)
    assert found is not None
    return found


async def test_a_corrected_headline_outlives_a_page_that_changes_elsewhere(
    db: Database, tmp_path: Path
) -> None:
    async with a_desk(db, tmp_path) as desk:
        await desk.collect(a_page())
        (item,) = stored(db)
        await correct_item(desk.editing, item.id, note=NOTE, change=Wording(headline="Ferry sails at seven"))
        assert (await desk.collect(a_page())).changed == 0
        await desk.collect(a_page(body=a_text("ferry") + "<p>A second boat follows in the spring.</p>"))
        after = now_is(db, item)
        assert after.content.headline == "Ferry sails at seven"
        assert "second boat" in after.content.body_text
        assert (after.revision, after.correction and after.correction.note) == (3, NOTE)


async def test_the_page_s_own_new_value_takes_the_place_of_the_correction(
    db: Database, tmp_path: Path
) -> None:
    async with a_desk(db, tmp_path) as desk:
        await desk.collect(a_page())
        (item,) = stored(db)
        await correct_item(
            desk.editing, item.id, note=NOTE, change=Wording(headline="Ferry at seven", body="No.")
        )
        await desk.collect(a_page(headline="Ferry returns on Monday"))
        after = now_is(db, item)
        assert (after.content.headline, after.content.body_text) == ("Ferry returns on Monday", "No.")
        assert after.page_words is not None
        assert after.page_words.headline is None


async def test_a_corrected_body_does_not_make_the_page_another_story(db: Database, tmp_path: Path) -> None:
    async with a_desk(db, tmp_path) as desk:
        await desk.collect(a_page())
        (item,) = stored(db)
        await correct_item(
            desk.editing, item.id, note=NOTE, change=Wording(body="<p>Nothing of it was true.</p>")
        )
        await desk.collect_elsewhere(a_page())
        await desk.collect(a_page(body=a_text("ferry") + "<p>A second boat follows.</p>"))
        assert [one.id for one in stored(db)] == [item.id]
        assert "second boat" in now_is(db, item).content.body_text


async def test_reading_the_kept_page_again_undoes_no_correction(db: Database, tmp_path: Path) -> None:
    async with a_desk(db, tmp_path) as desk:
        await desk.collect(a_page().replace("<article>", "<article><h4 class='kicker'>Boat is back</h4>"))
        (item,) = stored(db)
        await correct_item(desk.editing, item.id, note=NOTE, change=Wording(headline="Ferry sails at seven"))
        source = replace(
            desk.collecting.catalogue.sources["harbour"], selectors=Selectors(headline="h4.kicker")
        )
        catalogue = replace(desk.collecting.catalogue, sources={"harbour": source})
        again = replace(desk.collecting, catalogue=catalogue)
        await reprocess_source(again, "harbour", asked=Asked(at=desk.collecting.now()))
        after = now_is(db, item)
        assert after.content.headline == "Ferry sails at seven"
        # From now on a page that says so is the page as it was.
        assert after.page_words == PageWords(headline="Boat is back")


async def test_a_withdrawn_story_stays_away_under_a_new_address_and_in_new_words(
    db: Database, tmp_path: Path
) -> None:
    async with a_desk(db, tmp_path) as desk:
        await desk.collect(a_page())
        (item,) = stored(db)
        await withdraw_item(desk.editing, item.id, note="Wrong.")
        await desk.collect_elsewhere(a_page(body=f"{a_text('ferry')}<p>A second boat follows in spring.</p>"))
        await desk.collect(a_page(headline="Ferry returns again"))
        await reprocess_source(desk.collecting, "harbour", asked=Asked(at=desk.collecting.now()))
        assert stored(db) == []
        assert now_is(db, item).state is ItemState.WITHDRAWN


async def test_what_a_withdrawn_page_says_meanwhile_is_there_when_it_is_restored(
    db: Database, tmp_path: Path
) -> None:
    async with a_desk(db, tmp_path) as desk:
        await desk.collect(a_page())
        (item,) = stored(db)
        await withdraw_item(desk.editing, item.id, note="Wrong.")
        await desk.collect(a_page(headline="Ferry returns, corrected"))
        desk.clock[0] += 1
        await restore_item(desk.editing, item.id, note="Right by now.")
        (back,) = stored(db)
        assert (back.id, back.content.headline) == (item.id, "Ferry returns, corrected")
        assert back.changed == desk.collecting.now()


async def test_a_withdrawn_brief_does_not_come_back_in_other_words(db: Database, tmp_path: Path) -> None:
    async with a_desk(db, tmp_path) as desk:
        await desk.collect(a_page(briefs=BRIEFS))
        brief = next(item for item in stored(db) if item.content.body_text == BRIEFS[0])
        await withdraw_item(desk.editing, brief.id, note="Wrong.")
        before = {item.id for item in stored(db)}
        mended = BRIEFS[0].replace("forty years", "fifty years")
        report = await desk.collect(a_page(briefs=(mended, *BRIEFS[1:])))
        assert (report.new, {item.id for item in stored(db)}) == (0, before)


async def test_a_corrected_brief_keeps_its_words_until_the_page_has_others(
    db: Database, tmp_path: Path
) -> None:
    async with a_desk(db, tmp_path) as desk:
        await desk.collect(a_page(briefs=BRIEFS))
        brief = next(item for item in stored(db) if item.content.body_text == BRIEFS[0])
        right = BRIEFS[0].replace("forty", "thirty")
        await correct_item(desk.editing, brief.id, note="Thirty years.", change=Wording(body=right))
        await desk.collect(a_page(headline="Ferry returns today", briefs=BRIEFS))
        assert now_is(db, brief).content.body_text == right
        # The page corrects itself: the same brief, and no second one.
        assert (await desk.collect(a_page(briefs=(right, *BRIEFS[1:])))).new == 0
        newer = right.replace("new lamp", "new red lamp")
        assert (await desk.collect(a_page(briefs=(newer, *BRIEFS[1:])))).new == 0
        assert now_is(db, brief).content.body_text == newer


async def test_another_brief_under_another_link_is_news(sqlite_db: Database, tmp_path: Path) -> None:
    async with a_desk(sqlite_db, tmp_path) as desk:
        await desk.collect(a_page(briefs=BRIEFS))
        brief = next(item for item in stored(sqlite_db) if item.content.body_text == BRIEFS[0])
        await withdraw_item(desk.editing, brief.id, note="Wrong.")
        other = BRIEFS[0].replace("Monday", "Friday")
        assert (await desk.collect(a_page(briefs=(*BRIEFS, other)))).new == 1


def corrected(**page: str) -> Item:
    """An item whose headline the operator corrected, and whose page says `page` there."""
    said = PageWords(**{"headline": "Ferry returns"} | page)
    return an_item(headline="Ferry at seven", page_words=said, correction=Correction(note=NOTE, at=NOON))


@pytest.mark.parametrize(
    ("collected", "shown", "held"),
    [
        ("Ferry returns", "Ferry at seven", True),
        ("  Ferry  returns ", "Ferry at seven", True),
        ("Ferry returns at last", "Ferry returns at last", False),
        ("", "", False),
        ("Ferry at seven", "Ferry at seven", False),
    ],
)
def test_a_correction_holds_while_the_page_says_what_it_said(collected: str, shown: str, held: bool) -> None:
    content, page_words = respecting(corrected(), a_content(headline=collected))
    assert content.headline == shown
    assert (page_words is not None) == held


def test_other_markup_around_the_same_words_is_no_other_body() -> None:
    item = an_item(
        body_text="Right.",
        body_html="<p>Right.</p>",
        page_words=PageWords(body_text="Wrong.", body_html="<p>Wrong."),
    )
    content, page_words = respecting(item, a_content(body_text="Wrong.", body_html="<div>Wrong.</div>"))
    assert (content.body_text, content.body_html) == ("Right.", "<p>Right.</p>")
    assert page_words == PageWords(body_text="Wrong.", body_html="<div>Wrong.</div>")


def test_a_page_that_is_read_again_keeps_every_correction() -> None:
    content, page_words = keeping(corrected(), a_content(headline="Read better"))
    assert (content.headline, page_words) == ("Ferry at seven", PageWords(headline="Read better"))


def test_the_page_s_own_words_are_known_beside_the_correction() -> None:
    assert page_content(corrected()).headline == "Ferry returns"
    assert page_content(an_item()) == a_content()


def test_a_brief_that_nobody_corrected_never_changes() -> None:
    brief = an_item(kind=ItemKind.BRIEF, content=Content(body_text="The lamp is new."))
    newer = Candidate(
        kind=ItemKind.BRIEF,
        keys=("text:2",),
        content=Content(body_text="The lamp is old."),
        provenance=a_provenance(),
    )
    assert corrected_brief(brief, newer) is None
