"""Items that feeds have stumbled over, in one list: every reader must get the same out of each format."""

from typing import Any

from syndicate.model.catalogue import Catalogue
from syndicate.model.item import Correction, Image, Item, ItemKind, Timestamp
from syndicate.model.site import Site
from syndicate.model.source import Publish, Rights
from tests.builders import NOON, a_feed, a_notice, a_source, an_item, an_old_site

PICTURE = Image(
    url="https://old.courier.example/f.jpg",
    alt='A "ferry" & two gulls',
    width=800,
    height=450,
    media="ab12.jpg",
    media_type="image/jpeg",
    size=51_200,
)
RELATIVE = (
    '<p><a href="/more">more</a> <a href="?p=2">next</a>'
    '<img src="i.png" srcset="i.png 1x, /j.png 2x" alt="">'
    '<video poster="p.jpg" src="v.mp4"></video></p>'
)

CHANGES: dict[str, dict[str, Any]] = {
    "plain": {},
    "persian": {
        "headline": "کشتی به جزیره‌های شمالی بازمی‌گردد",
        "body_html": "<p>کشتی سپیده‌دم رفت؛ چهل مسافر داشت.</p>",
        "language": "fa",
        "direction": "rtl",
        "authors": ("مینا ساحلی",),
    },
    "emoji": {"headline": "Gulls 🐦‍⬛ over the quay 👩‍🚀🏳️‍🌈", "body_html": "<p>😀</p>"},
    "bidi marks": {
        "headline": "قیمت \u200f(USD)\u200f \u2067abc\u2069",
        "language": "fa",
        "direction": "rtl",
    },
    "cdata end": {"headline": "An end ]]> too early", "body_html": "<p>]]&gt; and ]]></p>"},
    "markup in a title": {"headline": "<b>Bold</b> & <script>x</script> &amp; &lt;"},
    "entities": {"headline": "Fish&nbsp;chips", "body_html": "<p>&nbsp;&mdash;&copy;&#x1F41F;</p>"},
    "control characters": {
        "headline": "a\x00b\x0bc\x1f",
        "body_html": "<p>\x00\x08x</p>",
        "authors": ("\x07M",),
    },
    "lone surrogates": {
        "headline": "half \ud83d a fish",
        "body_html": "<p>\udc00</p>",
        "summary": "\ud800 s",
    },
    "not characters": {"headline": "x\ufffe\uffffy", "body_html": "<p>\ufdd0z</p>"},
    "huge title": {"headline": "harbour " * 650_000},
    "huge body": {"body_html": "<p>" + "The tide turned again. " * 10_000 + "</p>"},
    "empty body": {"body_html": "", "body_text": "", "summary": ""},
    "undated": {"published": None},
    "a day only": {"published": Timestamp.parse("2018-01-31")},
    "before the epoch": {"published": Timestamp.parse("1969-07-20T20:17:40+00:00")},
    "before most calendars": {"published": Timestamp.parse("1066-10-14T04:05:06+00:00")},
    "after most calendars": {"published": Timestamp.parse("9999-12-31T23:59:59+00:00")},
    "an odd offset": {"published": Timestamp.parse("2019-05-03T06:30:00+05:45")},
    "corrected": {"correction": Correction(note="It was <four> & not three ]]>.", at=NOON), "revision": 2},
    "corrected in Persian": {
        "headline": "اصلاح‌شده",
        "language": "fa",
        "direction": "rtl",
        "correction": Correction(note="می‌رود، نه نمی‌رود.", at=NOON),
    },
    "lines in a title": {"headline": " one\n\ttwo\r\n three\u2028four "},
    "many authors": {
        "authors": tuple(f"Author {n}" for n in range(9)),
        "credit": "With help & <others>",
    },
    "picture": {"image": PICTURE},
    "relative links": {"body_html": RELATIVE},
    "brief": {"headline": "", "body_html": "", "body_text": "The lighthouse is lit again, after nine years."},
    "archived": {"archived": True, "page_notice": a_notice()},
    "archived brief": {
        "archived": True,
        "kind": ItemKind.BRIEF,
        "headline": "",
        "body_html": "",
        "body_text": "Herring is back in the bay.",
    },
    "odd address": {"url": 'https://old.courier.example/2019/پیک بندر?a=1&b="2"#x'},
    "no zone of ours": {"url": ""},
    "broken html": {"body_html": "<p>one<br>two<div><b>three<p>four</b></table>"},
}

ITEMS: list[Item] = [
    an_item(id=f"00000000-0000-4000-8000-{number:012}", **change)
    for number, change in enumerate(CHANGES.values())
]
FEED = a_feed(title="Nasty & <odd> ]]> پیک", description="All of “it”", max_bytes=5_000_000)
CATALOGUE = Catalogue(
    site=Site(base_url="https://news.example", name="Harbour Courier & Co"),
    sources={
        "harbour": a_source(
            rights=Rights(
                publish=Publish.FULL, holder="Courier & Sons", licence="https://lic.example/by?a=1&b=2"
            ),
            old_site="old-courier",
        )
    },
    old_sites={"old-courier": an_old_site()},
    feeds={"all": FEED},
)
