"""Operators' selectors over pages: each field by CSS and by XPath, in English and in Persian."""

from typing import Any

import pytest

from syndicate.extract.page import Page, extract
from syndicate.extract.prior import Prior
from syndicate.model.source import Selectors

URL = "https://old.courier.example/2019/ferry.html"
STORY = (
    "The ferry to the northern islands sailed again on Monday after a winter in the dry dock. "
    "Its crew had waited for new engine parts since the storms of January."
)
PLANS = (
    "Forty passengers were on board, among them the first pupils of the island's new school. "
    "The harbour office wants to run two crossings a day until the autumn."
)
KHABAR = (
    "کشتی جزیره‌های شمالی پس از یک زمستان تعمیر، دوشنبه دوباره راه افتاد. "
    "کارکنان آن از توفان دی‌ماه چشم‌به‌راه قطعه‌ها بودند."
)
BARNAMEH = "چهل مسافر در آن بودند. دفتر بندر می‌خواهد تا پاییز روزی دو بار کشتی بفرستد."

ENGLISH = f"""<!doctype html><html lang="en"><head><title>Old site</title>
<meta property="og:title" content="The Old Harbour Courier">
<meta property="og:image" content="/logo-wide.png">
<meta name="teaser" content="After a winter in dock the ferry sails.">
<meta property="article:published_time" content="2018-01-01T00:00:00Z"></head><body>
<div class="top"><h1>The Old Harbour Courier</h1></div>
<div class="rubric">Islands</div>
<div class="title">Ferry sails again <span class="kicker">LIVE</span></div>
<div class="who">By Mina Vale and Tom Reed</div>
<div class="when">Printed on 3 May 2019 at 06:30 +02:00</div>
<div class="later" data-at="2019-05-04T10:00:00+02:00">Mended</div>
<div class="shot"><img src="/img/ferry.jpg" alt="The ferry at the quay" width="800" height="450"></div>
<div class="text"><p>{STORY}</p><div class="promotion"><p>Our calendar is out now, at the kiosk.</p></div>
<p>{PLANS}</p></div>
<div class="thanks">(Thanks to the harbour office for its timetable)</div>
<div class="old">
Nothing new is written here; go on to <a href="https://courier.example/">the new Courier</a>.</div>
<h3>Short news</h3><ul class="short"><li>A buoy was found on the beach of Hale. <a href="/b/1">More</a></li>
<li>The lighthouse has a new lamp since Friday. <a href="/b/2">More</a></li></ul>
</body></html>"""

PERSIAN = f"""<!doctype html><html lang="fa" dir="rtl"><head><title>سایت قدیمی</title>
<meta property="og:title" content="پیک بندر"><meta property="og:image" content="/logo-wide.png">
<meta name="teaser" content="کشتی پس از تعمیر راه افتاد."></head><body>
<div class="top"><h1>پیک بندر</h1></div>
<div class="rubric">جزیره‌ها</div>
<div class="title">کشتی دوباره راه افتاد <span class="kicker">زنده</span></div>
<div class="who">مینا والی و تام رید</div>
<div class="when">۱۳ اردیبهشت ۱۳۹۸ ساعت ۰۶:۳۰</div>
<div class="later" data-at="2019-05-04T10:00:00+02:00">ویرایش</div>
<div class="shot"><img src="/img/ferry.jpg" alt="کشتی در اسکله"></div>
<div class="text"><p>{KHABAR}</p><div class="promotion"><p>تقویم ما را از کیوسک بخرید.</p></div>
<p>{BARNAMEH}</p></div>
<div class="thanks">(با سپاس از دفتر بندر برای جدول)</div>
<div class="old">
اینجا چیز تازه‌ای نوشته نمی‌شود؛ به <a href="https://courier.example/fa/">پیک تازه</a> بروید.</div>
<h3>خبر کوتاه</h3><ul class="short">
<li>گویه‌ای در ساحل هاله پیدا شد و به انبار رفت. <a href="/b/1">بیشتر</a></li>
<li>فانوس دریایی از جمعه چراغ تازه‌ای دارد. <a href="/b/2">بیشتر</a></li></ul>
</body></html>"""


def page(html: str = ENGLISH, **selectors: Any) -> Page:
    prior = Prior(zone="Europe/Berlin", selectors=Selectors(**selectors))
    return extract(html.encode(), url=URL, content_type="text/html; charset=utf-8", prior=prior)


def shown(value: Any) -> Any:
    """A field as a test can compare it."""
    if isinstance(value, tuple):
        return [shown(one) for one in value]
    if hasattr(value, "section"):
        return [value.section, value.text, value.url]
    if hasattr(value, "successor_url"):
        return [value.text, value.successor_url]
    if hasattr(value, "alt"):
        return shown((value.url, value.alt, value.width, value.height))
    return value if isinstance(value, str) else str(value)


BOTH = {"en": ENGLISH, "fa": PERSIAN}
# Field, by CSS, by XPath, and what it gives in English and in Persian.
FIELDS = [
    ("headline", ".title", "//div[@class='title']", "Ferry sails again LIVE", "کشتی دوباره راه افتاد زنده"),
    ("headline", "title", "//title/text()", "Old site", "سایت قدیمی"),
    ("authors", ".who", "//*[@class='who']/text()", ("Mina Vale", "Tom Reed"), ("مینا والی", "تام رید")),
    (
        "published",
        "div.when",
        "//div[@class='when']",
        "2019-05-03T06:30:00+02:00",
        "2019-05-03T06:30:00+02:00",
    ),
    (
        "updated",
        ".later@data-at",
        "//div/@data-at",
        "2019-05-04T10:00:00+02:00",
        "2019-05-04T10:00:00+02:00",
    ),
    ("section", ".rubric", "(//div)[2]", "Islands", "جزیره‌ها"),
    (
        "summary",
        'meta[name="teaser"]@content',
        "//meta[@name='teaser']",
        "After a winter in dock the ferry sails.",
        "کشتی پس از تعمیر راه افتاد.",
    ),
    (
        "image",
        ".shot",
        "//div[@class='shot']/img",
        ("https://old.courier.example/img/ferry.jpg", "The ferry at the quay", 800, 450),
        ("https://old.courier.example/img/ferry.jpg", "کشتی در اسکله", 0, 0),
    ),
    (
        "credit",
        ".thanks",
        "//div[@class='thanks']",
        "(Thanks to the harbour office for its timetable)",
        "(با سپاس از دفتر بندر برای جدول)",
    ),
    (
        "notice",
        ".old",
        "//div[@class='old']",
        ("Nothing new is written here; go on to the new Courier.", "https://courier.example/"),
        ("اینجا چیز تازه‌ای نوشته نمی‌شود؛ به پیک تازه بروید.", "https://courier.example/fa/"),
    ),
    (
        "briefs",
        "ul.short > li",
        "//ul/li",
        (
            ("Short news", "A buoy was found on the beach of Hale.", "https://old.courier.example/b/1"),
            ("Short news", "The lighthouse has a new lamp since Friday.", "https://old.courier.example/b/2"),
        ),
        (
            (
                "خبر کوتاه",
                "گویه‌ای در ساحل هاله پیدا شد و به انبار رفت.",
                "https://old.courier.example/b/1",
            ),
            ("خبر کوتاه", "فانوس دریایی از جمعه چراغ تازه‌ای دارد.", "https://old.courier.example/b/2"),
        ),
    ),
]


@pytest.mark.parametrize("language", BOTH)
@pytest.mark.parametrize("is_xpath", [False, True], ids=["css", "xpath"])
@pytest.mark.parametrize("row", FIELDS, ids=lambda row: f"{row[0]}-{row[1]}")
def test_a_selector_says_where_a_field_stands(
    row: tuple[str, str, str, Any, Any], language: str, *, is_xpath: bool
) -> None:
    name, css, xpath, english, persian = row
    wanted = english if language == "en" else persian
    found = page(BOTH[language], **{name: xpath if is_xpath else css})
    assert shown(getattr(found, name)) == shown(wanted)
    assert found.unmatched == ()


@pytest.mark.parametrize("selector", [".text", "//div[@class='text']"])
@pytest.mark.parametrize(("html", "first", "last"), [(ENGLISH, STORY, PLANS), (PERSIAN, KHABAR, BARNAMEH)])
def test_a_body_goes_through_the_usual_finishing(html: str, first: str, last: str, selector: str) -> None:
    found = page(html, body=selector, remove=(".promotion",))
    assert found.body_text == f"{first}\n\n{last}"
    assert found.body_html == f"<p>{first}</p>\n<p>{last}</p>"


def test_a_body_in_parts_is_put_together_in_the_pages_order() -> None:
    found = page(body=".text > p, .text p:first-child")
    assert found.body_text.startswith(STORY)
    assert found.body_text.endswith(PLANS)
    assert found.body_text.count(STORY) == 1


def test_a_body_of_texts_alone_is_one_paragraph_each() -> None:
    assert page(body="//div[@class='text']/p/text()").body_text == f"{STORY}\n\n{PLANS}"


def test_a_body_is_sanitised() -> None:
    html = ENGLISH.replace("<p>Forty", '<script>alert(1)</script><p onclick="x()">Forty').replace(
        PLANS, PLANS + '<a href="javascript:x()">go</a>'
    )
    found = page(html, body=".text")
    assert "onclick" not in found.body_html
    assert "javascript" not in found.body_html
    assert "alert" not in found.body_html


def test_what_holds_credit_notice_and_briefs_is_no_part_of_the_body() -> None:
    wrapped = (
        ENGLISH.replace('<div class="text">', '<div class="text all">')
        .replace('</p></div>\n<div class="thanks">', '</p>\n<div class="thanks">')
        .replace("</ul>", "</ul></div>")
    )
    found = page(wrapped, body=".all", credit=".thanks", notice=".old", briefs=".short li")
    for other in ("Thanks to", "Nothing new", "A buoy", "Short news"):
        assert other not in found.body_text
    assert STORY in found.body_text


def test_what_is_removed_is_not_read_in_any_field() -> None:
    html = ENGLISH.replace("<h1>The Old", '<h1 class="name">The Old')
    found = page(html, remove=("h1.name", ".kicker", "//meta[@property]", ".promotion"), headline=".title")
    assert found.headline == "Ferry sails again"
    assert found.published is None or str(found.published)[:4] == "2019"
    assert "calendar" not in found.body_text
    assert found.unmatched == ()


def test_a_date_in_one_element_and_its_time_in_another_are_read_together() -> None:
    html = ENGLISH.replace(
        "Printed on 3 May 2019 at 06:30 +02:00", "<b class=d>3 May 2019</b> <b class=t>06:30 +02:00</b>"
    )
    assert str(page(html, published=".d, .t").published) == "2019-05-03T06:30:00+02:00"


def test_a_selector_that_matches_nothing_leaves_the_field_to_extraction() -> None:
    without = page()
    found = page(headline=".gone", body="//div[@id='gone']", authors=".gone", remove=(".promotion", ".gone"))
    assert found.unmatched == ("headline", "body", "authors", "remove[2]")
    assert found.headline == without.headline
    assert found.body_text


def test_the_selector_that_took_the_text_away_is_told_where_nothing_is_left() -> None:
    gone = page(remove=(".promotion", "body > *"))
    assert gone.body_text == ""
    assert 'selectors.remove[2] "body > *" took out all of its text' in gone.warnings
    assert not [said for said in page(remove=(".promotion",)).warnings if "took out" in said]


def test_a_match_that_cannot_be_read_counts_as_none() -> None:
    found = page(published=".title", image=".title", authors=".when", body=".later")
    assert set(found.unmatched) == {"published", "image", "authors", "body"}


def test_an_update_before_the_publication_is_left_out() -> None:
    found = page(published=".later@data-at", updated=".when")
    assert str(found.published) == "2019-05-04T10:00:00+02:00"
    assert found.updated is None


def test_links_and_next_are_not_asked_of_an_articles_page() -> None:
    assert page(links=".gone", next=".gone").unmatched == ()


def test_plain_text_has_nothing_to_select_from() -> None:
    prior = Prior(selectors=Selectors(headline="h1", remove=("p",)))
    found = extract(
        f"Ferry sails again\n\n{STORY}".encode(), url="a.txt", content_type="text/plain", prior=prior
    )
    assert (found.kind, found.headline, found.unmatched) == ("text", "Ferry sails again", ())


def test_without_selectors_nothing_changes() -> None:
    assert page() == extract(ENGLISH.encode(), url=URL, prior=Prior(zone="Europe/Berlin"))
