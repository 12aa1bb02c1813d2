"""Whatever we publish, our rules and those of others find no fault with it, in any format."""

from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType

import pytest

from syndicate.formats import atom, jsonfeed, ninjs, opml, rss
from syndicate.formats.lint import Severity, check, check_entry, lint
from syndicate.model.feed import Archive, CorrectionView, EntryView, FeedView, Format, Tombstone
from syndicate.model.item import Item, Timestamp
from syndicate.publish.views import entry_view
from tests.builders import NOON, a_feed_view, a_notice_view, an_entry
from tests.publish.nasty import CATALOGUE, CHANGES, ITEMS

WRITERS: dict[Format, ModuleType] = {
    Format.RSS: rss,
    Format.ATOM: atom,
    Format.JSON: jsonfeed,
    Format.NINJS: ninjs,
}
# A title that shows tags or references is what it is; readers may take it for HTML, which is worth a warning.
AMBIGUOUS = {"markup in a title", "entities"}
# These are not published at all, or with nothing but a title.
WITHOUT = {"no zone of ours", "empty body"}
FAULTLESS = [
    pytest.param(item, id=name)
    for name, item in zip(CHANGES, ITEMS, strict=True)
    if name not in AMBIGUOUS | WITHOUT
]
OLD = {form: f"https://news.example/feeds/all/3.{form}" for form in WRITERS}
NEWER = {form: f"https://news.example/feeds/all/5.{form}" for form in WRITERS}
OWN = {form: f"https://news.example/feeds/all/4.{form}" for form in WRITERS}


def plain() -> FeedView:
    entries = (
        an_entry(notice=a_notice_view()),
        an_entry(
            id="urn:uuid:00000000-0000-4000-8000-000000000001",
            correction=CorrectionView(note="Four.", at=NOON),
        ),
        replay(),
    )
    return a_feed_view(*entries, hub_url="https://hub.example/", licence="https://lic.example/by")


def replay() -> EntryView:
    return an_entry(
        id="urn:uuid:00000000-0000-4000-8000-000000000002",
        title="3 May 2019: Ferry returns to the northern islands",
        published=Timestamp(instant=NOON),
        issued=Timestamp.parse("2019-05-03T06:30:00+02:00"),
        updated=NOON,
    )


def documents() -> Iterator[tuple[str, FeedView]]:
    feed = plain()
    yield "plain", feed
    gone = Tombstone(id="urn:uuid:00000000-0000-4000-8000-000000000009", at=NOON, note="It was <wrong> & old")
    yield "withdrawn", replace(feed, tombstones=(gone,))
    yield "complete", replace(feed, complete=True, frozen=True)
    yield "subscription", replace(feed, archive=Archive(current=feed.urls, older=OLD))
    inner = Archive(number=4, current=feed.urls, older=OLD, newer=NEWER)
    yield "archive", replace(feed, urls={**feed.urls, **OWN}, archive=inner)
    yield "expired", replace(feed, entries=tuple(replace(each, expired=NOON) for each in feed.entries))
    yield "empty", replace(feed, entries=())


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize(
    ("name", "feed"), list(documents()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_no_kind_of_document_breaks_a_rule(name: str, feed: FeedView, form: Format) -> None:
    data, url = WRITERS[form].write(feed), feed.urls[form]
    assert check(data, form, url=url) == ()
    theirs = lint(data, url=url, now=NOON)
    assert [each for each in theirs.findings if each.severity is not Severity.HINT] == []


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("item", FAULTLESS)
def test_no_odd_item_breaks_a_rule(item: Item, form: Format) -> None:
    assert check_entry(WRITERS[form].write_entry(entry_view(item, CATALOGUE)), form) == ()


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("name", sorted(AMBIGUOUS))
def test_a_title_that_looks_like_html_is_noted_and_published(name: str, form: Format) -> None:
    entry = entry_view(ITEMS[list(CHANGES).index(name)], CATALOGUE)
    found = check_entry(WRITERS[form].write_entry(entry), form)
    assert [(each.rule, each.severity) for each in found] == [("text-markup", Severity.WARNING)]


def test_the_list_of_our_feeds_breaks_no_rule() -> None:
    assert lint(opml.write_list("Harbour Courier", [plain()])).findings == ()
