"""Selectors that match nothing: an error of the check where it is so on every page, else a warning."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syndicate.collect.health.standing import list_standings
from syndicate.collect.kept.reprocess import Asked, reprocess_source
from syndicate.collect.refresh import refresh_source
from syndicate.collect.selector_matches import Matching, match_of
from syndicate.extract.page import Page
from syndicate.model.source import Selectors, Source, SourceKind
from syndicate.store.database import Database
from tests.builders import NOON, a_source
from tests.collect.desk import a_collecting, stored

STORY = (
    "The ferry to the northern islands sailed again on Monday after a winter in the dry dock. "
    "Its crew had waited for new engine parts since the storms of January, the harbour office says."
)
SELECTORS = Selectors(headline=".title", credit=".thanks", remove=(".promotion",))


def a_page(number: int, *, body: str = "") -> str:
    return f"""<html lang="en"><body><h1>Courier</h1><p class="title">Ferry number {number} sails again</p>
<article><p>{STORY} It carries the number {number} on its bow.</p>{body}</article></body></html>"""


def a_folder(folder: Path, **pages: str) -> Source:
    saved = folder / "saved"
    saved.mkdir(exist_ok=True)
    for name, html in pages.items():
        (saved / f"{name}.html").write_text(html, "utf-8")
    return a_source(kind=SourceKind.FILES, url="", folder=str(saved), selectors=SELECTORS)


def a_read_page(**change: Any) -> Page:
    return Page(**{"kind": "html", "url": "https://courier.example/a"} | change)


def test_what_matches_nothing_anywhere_is_an_error_and_somewhere_a_warning() -> None:
    pages = [
        ("/a", a_read_page(unmatched=("headline", "credit", "remove[1]"))),
        ("/b", a_read_page(unmatched=("headline",))),
        ("/c.txt", a_read_page(kind="text")),
    ]
    found = match_of(pages, source=a_source(selectors=SELECTORS))
    assert (found.pages, found.unmatched) == (2, ("headline",))
    (error,) = found.errors(a_source(selectors=SELECTORS))
    assert error == (
        'sources.harbour.selectors.headline ".title" matched nothing on any of the 2 pages of this check; '
        "to find a better one: syndicate probe /a"
    )
    (warning,) = found.warnings()
    assert warning.startswith("selectors.credit matched nothing on 1 of 2 pages")
    assert warning.endswith(": /a")


def test_what_takes_nothing_out_on_any_page_is_an_error_too() -> None:
    found = match_of([("/a", a_read_page(unmatched=("remove[1]",)))], source=a_source(selectors=SELECTORS))
    (error,) = found.errors(a_source(selectors=SELECTORS))
    assert 'selectors.remove[1] ".promotion" matched nothing on the page' in error


def test_parts_of_a_check_are_judged_together() -> None:
    first = Matching(pages=2, missed={"headline": ("/a", "/b")})
    then = Matching(pages=1, missed={"credit": ("/c",)})
    assert first.joined(then) == Matching(pages=3, missed={"headline": ("/a", "/b"), "credit": ("/c",)})
    assert first.joined(then).unmatched == ()
    assert Matching().joined(first) == first


def test_a_check_that_asked_no_page_has_nothing_to_tell() -> None:
    assert Matching().errors(a_source()) == Matching().warnings() == ()


async def test_selectors_that_match_are_used(db: Database, tmp_path: Path) -> None:
    thanks = '<p class="thanks">Thanks to the harbour office.</p><div class="promotion"><p>Buy it.</p></div>'
    source = a_folder(tmp_path, a=a_page(1, body=thanks))
    report = await refresh_source(a_collecting(db, tmp_path, source), "harbour")
    assert (report.errors, report.warnings) == ((), ())
    (item,) = stored(db)
    assert item.content.headline == "Ferry number 1 sails again"
    assert item.content.credit == "Thanks to the harbour office."
    assert "Buy it" not in item.content.body_text


@pytest.mark.parametrize("part", [1, 100], ids=["saved page by page", "saved at once"])
async def test_an_error_of_the_check_is_told_once_and_kept(db: Database, tmp_path: Path, part: int) -> None:
    thanks = '<p class="thanks">Thanks to the harbour office.</p>'
    source = a_folder(tmp_path, a=a_page(1, body=thanks), b=a_page(2), c=a_page(3))
    report = await refresh_source(a_collecting(db, tmp_path, source, part=part), "harbour")
    assert (report.new, report.failed) == (3, 0)
    (error,) = report.errors
    assert 'selectors.remove[1] ".promotion" matched nothing on any of the 3 pages' in error
    (warning,) = [line for line in report.warnings if "selectors" in line]
    assert "selectors.credit matched nothing on 2 of 3 pages" in warning
    (standing,) = await list_standings(db, {"harbour": source})
    assert standing.error == error
    assert (standing.outcome, standing.failures) == ("changed", 0)


async def test_the_error_is_over_when_the_selector_matches(db: Database, tmp_path: Path) -> None:
    source = a_folder(tmp_path, a=a_page(1))
    collecting = a_collecting(db, tmp_path, source)
    assert len((await refresh_source(collecting, "harbour")).errors) == 2
    whole = '<p class="thanks">Thanks to the harbour office.</p><div class="promotion"><p>Buy it.</p></div>'
    a_folder(tmp_path, b=a_page(2, body=whole))
    report = await refresh_source(collecting, "harbour")
    assert (report.new, report.errors) == (1, ())
    (standing,) = await list_standings(db, {"harbour": source})
    assert standing.error == ""


async def test_reprocessing_tells_and_settles_it(db: Database, tmp_path: Path) -> None:
    source = a_folder(tmp_path, a=a_page(1))
    asked = Asked(at=NOON)
    await refresh_source(a_collecting(db, tmp_path, source), "harbour")
    again = await reprocess_source(a_collecting(db, tmp_path, source), "harbour", asked=asked)
    assert sum("matched nothing" in line for line in again.errors) == 2
    mended = replace(source, selectors=Selectors(headline="p.title"))
    again = await reprocess_source(
        a_collecting(db, tmp_path, mended), "harbour", asked=Asked(at=NOON + timedelta(hours=1))
    )
    assert again.warnings == ()
    (standing,) = await list_standings(db, {"harbour": mended})
    assert standing.error == ""


async def test_pages_that_are_as_they_were_are_asked_nothing(db: Database, tmp_path: Path) -> None:
    source = a_folder(tmp_path, a=a_page(1))
    collecting = a_collecting(db, tmp_path, source)
    first = await refresh_source(collecting, "harbour")
    assert (await refresh_source(collecting, "harbour")).errors == ()
    (standing,) = await list_standings(db, {"harbour": source})
    assert standing.error == "\n".join(first.errors)


async def test_what_was_told_is_forgotten_with_its_selector(db: Database, tmp_path: Path) -> None:
    source = a_folder(tmp_path, a=a_page(1))
    first = await refresh_source(a_collecting(db, tmp_path, source), "harbour")
    assert len(first.errors) == 2
    mended = replace(source, selectors=replace(SELECTORS, credit="footer", remove=()))
    await refresh_source(a_collecting(db, tmp_path, mended), "harbour")
    (standing,) = await list_standings(db, {"harbour": mended})
    assert standing.error == ""
