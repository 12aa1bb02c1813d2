"""A feed in memory: size, quarantine, and the page for people."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from lxml import html as lxml_html

from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Feed, Selection
from syndicate.model.item import Item, Timestamp
from syndicate.model.source import Publish, Rights, SourceKind
from syndicate.publish.pieces import fault_of
from syndicate.publish.rendering import Rendering, render_feed
from syndicate.templating import Templates
from tests.builders import FEED_ID, a_feed, a_notice, a_source, an_entry, an_item, an_old_site

CATALOGUE = Catalogue(
    sources={"harbour": a_source(rights=Rights(publish=Publish.FULL), old_site="old-courier")},
    old_sites={"old-courier": an_old_site()},
)


def numbered(count: int, **change: Any) -> list[Item]:
    """Newest first, as the store gives them."""
    return [
        an_item(
            id=f"00000000-0000-4000-8000-{n:012}",
            headline=f"Story {n}",
            published=Timestamp.parse(f"2019-05-03T00:{n // 60:02}:{n % 60:02}+00:00"),
            **change,
        )
        for n in reversed(range(count))
    ]


def render(items: Iterable[Item], feed: Feed | None = None) -> Rendering:
    return render_feed(feed or a_feed(), items, catalogue=CATALOGUE, templates=Templates(), feed_id=FEED_ID)


def titles(rendering: Rendering) -> list[str]:
    return [item["title"] for item in json.loads(rendering.files["all.json"])["items"]]


def page(rendering: Rendering) -> Any:
    return lxml_html.document_fromstring(rendering.files["all.html"].decode("utf-8"))


def test_all_five_formats_come_out_and_break_no_rule() -> None:
    rendering = render(numbered(3, archived=True))
    assert sorted(rendering.files) == ["all.atom", "all.html", "all.json", "all.ninjs", "all.rss"]
    assert (rendering.faults, rendering.quarantined) == ((), ())


def test_two_renderings_of_one_state_are_equal() -> None:
    items = numbered(20, archived=True)
    assert render(items).files == render(items).files


def test_an_empty_feed_is_still_a_feed() -> None:
    assert render([]).faults == ()


@pytest.mark.parametrize(
    "bad",
    [
        {"headline": " ", "body_text": ""},
        {"updated": Timestamp.parse("0001-01-01T00:00:00+03:00")},
        {"authors": (7,)},
        {"section": b"bytes"},
    ],
    ids=str,
)
def test_a_bad_item_is_quarantined_with_its_reason_and_the_feed_goes_out(bad: dict[str, Any]) -> None:
    broken = an_item(**bad)
    rendering = render([*numbered(2), broken], a_feed(selection=Selection()))
    assert [each.item_id for each in rendering.quarantined] == [broken.id]
    assert rendering.quarantined[0].reason
    assert titles(rendering) == ["Story 1", "Story 0"]
    assert rendering.faults == ()


def test_an_entry_that_leads_to_no_web_page_is_at_fault() -> None:
    assert "javascript" in fault_of(an_entry(url="javascript:alert(1)"))
    assert fault_of(an_entry()) == ""


def test_the_page_for_people_names_the_formats_and_shows_notice_and_date() -> None:
    tree = page(render(numbered(1, archived=True, page_notice=a_notice())))
    assert tree.xpath("//link[@rel='alternate']/@type") == [
        *("application/rss+xml", "application/atom+xml", "application/feed+json"),
    ]
    assert tree.xpath("//link[@rel='stylesheet']/@href") == ["/static/site.css"]
    assert tree.xpath("//link[@rel='canonical']/@href") == ["http://127.0.0.1:8080/feeds/all.html"]
    [notice] = tree.find_class("archive-notice")
    assert notice.xpath("a/@href") == ["https://courier.example/"]
    assert tree.xpath("string(//time)").startswith("3 May 2019")


def test_the_page_for_people_says_when_an_undated_item_was_captured() -> None:
    assert "undated, captured 1 March 2026" in page(render([an_item(published=None)])).text_content()


def test_the_page_for_people_says_undated_alone_of_a_saved_file() -> None:
    folder = Catalogue(sources={"harbour": a_source(kind=SourceKind.FILES)})
    item = an_item(published=None)
    found = render_feed(a_feed(), [item], catalogue=folder, templates=Templates(), feed_id=FEED_ID)
    [line] = page(found).find_class("meta")
    assert line.xpath("string(span[1])") == "undated"


def test_the_page_for_people_escapes_what_others_wrote() -> None:
    rendering = render([an_item(headline="<script>alert(1)</script>", authors=("<b>",))])
    assert b"<script" not in rendering.files["all.html"]
    assert b"<b>" not in rendering.files["all.html"]


def test_a_persian_feed_is_right_to_left_with_jalali_dates() -> None:
    rendering = render([an_item(language="fa", direction="rtl")], a_feed(language="fa", title="خبرها"))
    tree = page(rendering)
    assert (tree.get("lang"), tree.get("dir")) == ("fa", "rtl")
    assert "۱۳۹۸" in tree.xpath("string(//time)")
