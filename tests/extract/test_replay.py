"""Pages replayed by web archives become the pages that they were; all others stay as they are."""

from pathlib import Path

import pytest

from syndicate.extract.forms.replay import NO_REPLAY, clean, original_of
from syndicate.extract.page import Page, extract
from syndicate.extract.tree import parse

DOCUMENTS = Path(__file__).parents[1] / "documents" / "replay"
OLD = "https://old.courier.example"
REPLAYS = ("wayback-machine.html", "pywb.html", "no-name.html", "snapshot.html", "archived-twice.html")
HOST = "https://web.archive.example"
STAMP = "20120102030405"


def read(name: str, url: str = "") -> Page:
    return extract((DOCUMENTS / name).read_bytes(), url=url)


def cleaned(html: str, url: str = f"{HOST}/web/{STAMP}/{OLD}/2012/ferry") -> str:
    tree = parse(f"<html><body>{html}</body></html>")
    assert tree is not None
    clean(tree, text=html, url=url)
    return "|".join(value for one in tree.iter() for name, value in one.items() if name != "id")


@pytest.mark.parametrize("name", REPLAYS)
def test_a_replay_is_the_page_that_it_was(name: str) -> None:
    page = read(name)
    assert page.headline == "Ferry returns to the northern islands"
    assert page.canonical_url == page.url == f"{OLD}/2012/ferry"
    assert page.body_text.startswith("The ferry sailed at dawn")
    assert f'href="{OLD}/2012/tides"' in page.body_html
    assert f'href="{OLD}/2012/tides.html"' in page.body_html


@pytest.mark.parametrize("name", REPLAYS)
def test_nothing_of_the_archive_is_left(name: str) -> None:
    page = read(name)
    for word in ("archive.example/web/20120102030405", "library.example", "memory.example", "snap.example"):
        assert word not in page.body_html
    for word in ("capture", "archived page", "Earlier", "Saved from", "as it was on"):
        assert word not in page.body_text
    assert page.image is None or page.image.url.startswith(f"{OLD}/i/ferry")


@pytest.mark.parametrize(("name", "year"), [(name, 2014 if "twice" in name else 2012) for name in REPLAYS])
def test_a_replay_tells_when_it_was_captured(name: str, year: int) -> None:
    when = read(name).not_after
    assert when is not None
    assert when.utc.year == year
    if year == 2012:
        assert str(when) == "2012-01-02T03:04:05+00:00"


def test_a_quoted_archive_stays_a_quoted_archive() -> None:
    quoted = f"{HOST}/web/20100102030405/https://cited.example/report"
    assert f'href="{quoted}"' in read("wayback-machine.html").body_html
    page = read("quotes-an-archive.html", url=f"{OLD}/2012/ferry")
    assert page.body_html.count(f"{HOST}/web/20100102030405/https://cited.example/") == 3
    assert page.not_after is None


def test_an_ordinary_page_is_no_replay() -> None:
    text = (DOCUMENTS / "quotes-an-archive.html").read_text("utf-8")
    tree = parse(text)
    assert tree is not None
    assert clean(tree, text=text, url=f"{OLD}/2012/ferry") == NO_REPLAY


def test_the_address_of_a_replay_says_enough() -> None:
    page = extract(b"<html><body><h1>Tide</h1><p>x", url=f"{HOST}/web/{STAMP}/{OLD}/2012/ferry")
    assert page.canonical_url == f"{OLD}/2012/ferry"
    assert str(page.not_after) == "2012-01-02T03:04:05+00:00"


def test_a_raw_capture_is_left_as_it_is() -> None:
    quoted = f"{HOST}/web/2010/https://cited.example/report"
    assert cleaned(f'<a href="{quoted}">', url=f"{HOST}/web/{STAMP}id_/{OLD}/2012/ferry") == quoted


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (f'<a href="/web/{STAMP}/{OLD}/a">', f"{OLD}/a"),
        (f'<a href="{HOST}/web/{STAMP}if_/{OLD}/a?b=c#d">', f"{OLD}/a?b=c#d"),
        (f'<img src="//web.archive.example/web/{STAMP}im_/{OLD}/a.png">', f"{OLD}/a.png"),
        (f'<script src="/web/{STAMP}js_/{OLD}/a.js"></script>', f"{OLD}/a.js"),
        (f'<link href="/web/{STAMP}cs_/{OLD}/a.css">', f"{OLD}/a.css"),
        (f'<iframe src="/web/{STAMP}fw_/{OLD}/a"></iframe>', f"{OLD}/a"),
        (f'<video poster="/web/{STAMP}mp_/{OLD}/a.jpg">', f"{OLD}/a.jpg"),
        (f'<form action="/web/{STAMP}/{OLD}/search">', f"{OLD}/search"),
        (f'<div data-src="/web/{STAMP}im_/{OLD}/a.jpg">', f"{OLD}/a.jpg"),
        (f'<div style="background: url(/web/{STAMP}im_/{OLD}/a.jpg)">', f"background: url({OLD}/a.jpg)"),
        (f'<a href="/web/2012/{OLD}/a">', f"{OLD}/a"),
        ('<a href="/web/20120102030405/http:/old.courier.example/a">', "http://old.courier.example/a"),
        ('<a href="/web/20120102030405/http%3A//old.courier.example/a">', "http://old.courier.example/a"),
        (
            '<img src="/web/20120102030405im_///cdn.courier.example/a.png">',
            "https://cdn.courier.example/a.png",
        ),
        ('<a href="/web/20120102030405/mailto:desk@courier.example">', "mailto:desk@courier.example"),
        (f'<a href="https://x.example/1234/{STAMP}/{OLD}/a">', f"{OLD}/a"),
        (f'<a href="https://x.example/en/all/archive/{STAMP}/{OLD}/a">', f"{OLD}/a"),
        (f'<a href="/live/mp_/{OLD}/a">', f"{OLD}/a"),
        (f'<a href="/web/{STAMP}/{HOST}/web/2010/{OLD}/a">', f"{OLD}/a"),
        ('<a href="/2012/05/03/ferry">', "/2012/05/03/ferry"),
        ('<a href="ferry.html">', "ferry.html"),
        (f'<a href="https://share.example/?u={OLD}/a">', f"https://share.example/?u={OLD}/a"),
        (f'<img alt="/web/{STAMP}/{OLD}/a">', f"/web/{STAMP}/{OLD}/a"),
    ],
)
def test_every_address_is_turned_back(html: str, expected: str) -> None:
    assert cleaned(html) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"{HOST}/web/{STAMP}/{OLD}/a", f"{OLD}/a"),
        (f"{HOST}/web/{STAMP}id_/{OLD}/a", f"{OLD}/a"),
        (f"https://replay.library.example/news/{STAMP}mp_/{OLD}/a", f"{OLD}/a"),
        (f"{OLD}/a", ""),
        ("", ""),
        (f"{HOST}/web/*/{OLD}/a", ""),
    ],
)
def test_the_original_of_an_address(url: str, expected: str) -> None:
    assert original_of(url) == expected


def test_a_page_made_of_links_to_captures_ends_soon() -> None:
    link = f'<div><a href="/web/20110102030405/{OLD}/2012/ferry">x</a></div>'
    assert cleaned("<div>" * 200 + link * 20_000) is not None
