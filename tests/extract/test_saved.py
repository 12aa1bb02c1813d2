"""Saved pages of every sort tell where they stood and when they were saved, and are read like others."""

from pathlib import Path

import pytest

from syndicate.extract.forms.mhtml import is_mhtml, read_mhtml
from syndicate.extract.forms.saved import NOWHERE, read_saved, without_inlined
from syndicate.extract.page import Page, extract
from syndicate.formats.html import text_of

DOCUMENTS = Path(__file__).parents[1] / "documents" / "saved"
FERRY = "https://old.courier.example/2012/ferry"
PARTS = b"Content-Type: multipart/related; boundary=x\r\n\r\n--x\r\n"
TYPES = {".md": "text/markdown", ".markdown": "text/markdown"}


def read(name: str, url: str = "") -> Page:
    path = DOCUMENTS / name
    return extract(path.read_bytes(), url=url, content_type=TYPES.get(path.suffix, ""))


@pytest.mark.parametrize(
    "name",
    ["single-file.html", "browser.html", "httrack.html", "monolith.html", "scrapbook.html", "blink.mhtml"],
)
def test_a_saved_page_tells_its_address(name: str) -> None:
    page = read(name)
    assert page.url.partition("://")[2] == FERRY.partition("://")[2]
    assert page.canonical_url == page.url
    assert page.headline == "Ferry returns to the northern islands"
    assert page.body_text.startswith("The ferry sailed at dawn with forty passengers")
    assert len(page.body_text.split("\n\n")) == 3


@pytest.mark.parametrize(
    ("name", "when"),
    [
        ("single-file.html", "2019-05-03T10:11:12+02:00"),
        ("httrack.html", "2019-05-03T08:11:12+00:00"),
        ("monolith.html", "2019-05-03T08:11:12+00:00"),
        ("scrapbook.html", "2019-05-03T08:11:12+00:00"),
        ("blink.mhtml", "2019-05-03T08:11:12+00:00"),
        ("browser.html", "None"),
    ],
)
def test_a_saved_page_tells_its_time(name: str, when: str) -> None:
    assert str(read(name).not_after) == when


def test_an_address_that_is_given_wins() -> None:
    assert read("single-file.html", url="https://courier.example/a").url == "https://courier.example/a"


@pytest.mark.parametrize(
    "html",
    [
        "<html><p>text",
        "<!-- saved from url=(0014)about:internet --><html>",
        "<html><!-- Page saved with SingleFile \n url: file:///home/a.html -->",
        "<p>" * 3000 + "<!-- saved from url=(0022)https://courier.example/ -->",
    ],
)
def test_other_pages_tell_nothing(html: str) -> None:
    assert read_saved(html) == NOWHERE


def test_a_page_with_megabytes_of_pictures_is_read_whole() -> None:
    picture = f'<img src="data:image/png;base64,{"A" * 4_000_000}">'
    html = (DOCUMENTS / "single-file.html").read_text("utf-8")
    first, _, rest = html.partition("<article>")
    page = extract(f"{first}{picture}<article>{rest}".encode(), url="")
    assert page.body_text.endswith("since the old pier was closed.")
    assert page.warnings == ()


def test_only_what_is_long_is_taken_out() -> None:
    short, text = "data:image/gif;base64,R0lGOD", "x" * 1_000_001
    long = "data:font/woff2;base64," + "A" * 5_000
    assert (
        without_inlined(f"{text}url({short}) url({long}) data: words")
        == f"{text}url({short}) url(data:,) data: words"
    )
    assert without_inlined(long) == long


def test_the_letters_of_a_message_are_decoded() -> None:
    assert "quay – “here”." in read("blink.mhtml").body_text


@pytest.mark.parametrize(
    "data",
    [
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\nno boundary",
        PARTS + b"Content-Type: image/png\r\n\r\nx\r\n--x--",
        PARTS + b"Content-Type: text/html; charset=none\r\n\r\n<p>a",
    ],
)
def test_a_message_that_is_none_raises_nothing(data: bytes) -> None:
    assert is_mhtml(data)
    read_mhtml(data)
    assert extract(data, url="").kind in {"html", "text"}


def test_markdown_is_read_with_its_front_matter() -> None:
    page = read("yaml.markdown", url="https://old.courier.example/posts/ferry.md")
    assert (page.headline, page.authors) == (
        "Ferry returns to the northern islands",
        ("Mina Vale", "Ole Rask"),
    )
    assert (str(page.published), str(page.updated)) == (
        "2019-05-03T08:11:12+02:00",
        "2019-05-04T09:00:00+00:00",
    )
    assert (page.section, page.summary, page.language) == ("Islands", "The ferry is back.", "en")
    assert page.canonical_url == "https://old.courier.example/posts/ferry-returns"
    assert page.image is not None
    assert page.image.url == "https://old.courier.example/i/ferry.jpg"
    assert page.credit == "With reporting by Ana Bly."
    assert page.warnings == ()


def test_markdown_is_rendered_and_made_safe() -> None:
    page = read("yaml.markdown", url="https://old.courier.example/posts/ferry.md")
    assert "<strong>Nobody</strong>" in page.body_html
    assert '<a href="https://old.courier.example/tides/">' in page.body_html
    assert "<li>a piano</li>" in page.body_html
    assert "<td>Port Hale</td>" in page.body_html
    assert "alert" not in page.body_html
    assert "Ferry returns" not in page.body_text
    assert page.body_text == text_of(page.body_html)


def test_toml_front_matter_and_another_script() -> None:
    page = read("toml.markdown", url="https://old.courier.example/x")
    assert page.headline == "کشتی به جزیره\u200cهای شمالی بازگشت"
    assert (page.language, page.direction) == ("fa", "rtl")
    assert str(page.published) == "2019-05-03T08:11:12+02:00"
    assert page.canonical_url == "https://old.courier.example/2019/ferry/"
    assert "می\u200cشود" in page.body_text


def test_markdown_without_front_matter_has_its_heading() -> None:
    page = read("no-front-matter.markdown")
    assert page.headline == "Ferry returns to the northern islands"
    assert page.body_text.startswith("The ferry sailed at dawn")
    assert len(page.body_text.split("\n\n")) == 3


def test_front_matter_with_a_fault_is_a_warning_and_the_text_is_read() -> None:
    page = extract(b"---\ntitle: [a\n---\nThe ferry sailed.", url="", content_type="text/markdown")
    assert any(warning.startswith("line ") for warning in page.warnings)
    assert "The ferry sailed." in page.body_text


@pytest.mark.parametrize(
    ("front", "told"),
    [
        ("date: 2012-02-30", 'line 3: date "2012-02-30" is no date'),
        ("lastmod: soon", 'line 3: lastmod "soon" is no date'),
        ("published: true", ""),
        ("date: 2012-02-28", ""),
    ],
)
def test_a_date_in_front_matter_that_does_not_exist_is_told_with_its_line(front: str, told: str) -> None:
    data = f"---\ntitle: Ferry\n{front}\n---\nThe ferry sailed at dawn.".encode()
    warnings = extract(data, url="", content_type="text/markdown").warnings
    assert [said.startswith(told) for said in warnings] == [True] * bool(told)
