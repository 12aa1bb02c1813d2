"""Each rule finds the one document that breaks it, which breaks no other; clean documents break none."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from syndicate.formats.lint import Report, Severity, lint
from syndicate.formats.lint.tables import RULES

DOCUMENTS = Path(__file__).parents[2] / "documents" / "lint"
BROKEN = sorted(path for path in DOCUMENTS.iterdir() if not path.name.startswith("clean."))
CLEAN = sorted(DOCUMENTS.glob("clean.*"))
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
# Too large for a file, or a matter of where a document comes from.
BELOW = {"document-size", "json-limits", "self-differs"}


def name_of(path: Path) -> str:
    return path.name.split(".")[0]


def text(name: str) -> str:
    return (DOCUMENTS / name).read_text("utf-8")


def found(data: str | bytes, *, url: str = "", now: datetime | None = NOW) -> Report:
    return lint(data if isinstance(data, bytes) else data.encode(), url=url, now=now)


def names(report: Report) -> list[str]:
    return sorted({finding.rule for finding in report.findings})


@pytest.mark.parametrize("path", BROKEN, ids=name_of)
def test_a_document_that_breaks_one_rule_breaks_that_one_alone(path: Path) -> None:
    assert names(found(path.read_bytes())) == [name_of(path)]


@pytest.mark.parametrize("path", CLEAN, ids=lambda path: path.name)
def test_a_clean_document_breaks_no_rule(path: Path) -> None:
    report = found(path.read_bytes())
    assert (names(report), report.unreadable) == ([], "")
    assert report.entries > 0


def test_every_rule_for_anyones_documents_has_one_that_breaks_it() -> None:
    others = {name for name in RULES if name.startswith(("own-", "http-"))}
    assert {name_of(path) for path in BROKEN} == RULES.keys() - others - BELOW


def test_a_feed_that_grows_without_end_is_told() -> None:
    assert names(found(text("clean.rss").replace("It rained.", "It rained. " * 100_000))) == ["document-size"]


def test_json_that_nests_without_end_is_told() -> None:
    deep = '"_deep": {"x": ' + "[" * 100_000 + "]" * 100_000 + '}, "items"'
    assert names(found(text("clean.json").replace('"items"', deep))) == ["json-limits"]


@pytest.mark.parametrize("form", ["rss", "atom"])
def test_a_feed_that_names_another_address_is_told(form: str) -> None:
    elsewhere = found(text(f"clean.{form}"), url="https://mirror.example/feed")
    assert names(elsewhere) == ["self-differs"]
    assert names(found(text(f"clean.{form}"), url=f"https://courier.example/feed.{form}")) == []


def test_a_json_feed_that_names_another_address_is_told() -> None:
    assert names(found(text("clean.json"), url="https://mirror.example/feed")) == ["json-feed-url"]


def test_dates_to_come_are_told_only_where_the_time_is_known() -> None:
    later = (
        text("clean.rss")
        .replace("2024", "2034")
        .replace("Fri, ", "")
        .replace("Thu, ", "")
        .replace("Wed, ", "")
    )
    assert names(found(later)) == ["date-implausible"]
    assert names(found(later, now=None)) == []


@pytest.mark.parametrize(
    ("stated", "rule"),
    [
        ("Thu, 02 May 2024 06:30:00 GMT", None),
        ("02 May 2024 06:30 +0430", None),
        ("Thu, 2 May 2024 06:30:00 EST", None),
        ("Thu, 02 May 2024 06:30:00", "date-old"),
        ("Thu, 02 May 2024 06:30:00 A", "date-old"),
        ("Thu, 02 may 2024 06:30:00 GMT", "date-old"),
        ("Thu, 02 May 2024 06:30:00 CEST", "date-invalid"),
        ("Thu, 02 May 2024 25:30:00 GMT", "date-invalid"),
        ("Fri, 31 Apr 2024 06:30:00 GMT", "date-invalid"),
        ("پنجشنبه", "date-invalid"),
        ("2024-05-02T06:30:00Z", "date-invalid"),
        ("Thu, 02 May 2024 06:30:00 +9999", "date-invalid"),
    ],
)
def test_dates_of_rss_are_read_as_rfc_822_wants_them(stated: str, rule: str | None) -> None:
    changed = text("clean.rss").replace("Thu, 02 May 2024 06:30:00 +0200", stated)
    assert names(found(changed)) == ([rule] if rule else [])


@pytest.mark.parametrize(
    ("stated", "rule"),
    [
        ("2024-05-02T06:30:00.123+04:30", None),
        ("2024-05-02t06:30:00z", "date-invalid"),
        ("2024-05-02T06:30:00", "date-invalid"),
        ("2024-02-30T06:30:00Z", "date-invalid"),
        ("Thu, 02 May 2024 06:30:00 GMT", "date-invalid"),
        ("0001-01-01T00:00:00+14:00", "date-implausible"),
        ("9999-12-31T23:59:59-12:00", "date-implausible"),
    ],
)
def test_dates_of_atom_are_read_as_rfc_3339_wants_them(stated: str, rule: str | None) -> None:
    changed = text("clean.atom").replace("2024-05-02T06:30:00Z", stated)
    assert [name for name in names(found(changed)) if name != "feed-older"] == ([rule] if rule else [])


@pytest.mark.parametrize(
    "address",
    [
        "https://courier.example/2024/tide?a=1&amp;b=%D9%BE#top",
        "https://[2001:db8::1]:8080/tide",
        "urn:isbn:0451450523",
        "mailto:desk@courier.example",
    ],
)
def test_good_addresses_are_good(address: str) -> None:
    changed = text("clean.rss").replace("https://courier.example/2024/tide", address)
    assert names(found(changed)) == []


@pytest.mark.parametrize("language", ["en", "fa", "pt-BR", "zh-Hant-TW", "de-CH-1996", "x-harbour", "ckb"])
def test_language_tags_are_read_as_rfc_5646_wants_them(language: str) -> None:
    assert names(found(text("clean.rss").replace("<language>en", f"<language>{language}"))) == []


@pytest.mark.parametrize(
    "content",
    [
        "<p>one<p>two<ul><li>a<li>b</ul>",
        '<p lang="fa" dir="rtl">متن <a href="https://a.example/x?y=1&amp;z=2" title="a > b">x</a></p>',
        '<img src="https://a.example/i.jpg" srcset="https://a.example/i2.jpg 2x" alt="a < b">',
        '<svg viewBox="0 0 1 1"><path d="M0 0"/></svg><a href="#note">1</a>',
        "<p>In HTML one writes &lt;p&gt; and &lt;/p&gt;.</p>",
        '<p style="text-align: right">x</p><picture><source srcset="https://a.example/a.webp"></picture>',
    ],
)
def test_sound_html_is_sound(content: str) -> None:
    escaped = content.replace("&", "&amp;").replace("<", "&lt;")
    changed = text("clean.rss").replace("&lt;p&gt;The ferry sailed at dawn.&lt;/p&gt;", escaped)
    assert names(found(changed)) == []


def test_a_finding_has_the_line_and_a_json_one_the_column_too() -> None:
    (finding,) = found((DOCUMENTS / "date-invalid.rss").read_bytes()).findings
    assert text("date-invalid.rss").splitlines()[finding.line - 1] == "<pubDate>2 May 2024</pubDate>"
    (finding,) = found((DOCUMENTS / "json-date.json").read_bytes()).findings
    line = text("json-date.json").splitlines()[finding.line - 1]
    assert line[finding.column - 1 :].startswith('"date_published": "2024-05-02"')


def test_where_the_parser_stopped_is_told_to_the_column() -> None:
    (finding,) = found((DOCUMENTS / "xml-entity.rss").read_bytes()).findings
    assert "<title>A&nbsp;" in text("xml-entity.rss").splitlines()[finding.line - 1]
    assert finding.column > 0


def test_many_findings_of_one_rule_are_counted_rather_than_listed() -> None:
    item = "<item><description>x</description><link>https://a.example/</link></item>\n"
    report = found(text("clean.rss").replace("</channel>", item * 500 + "</channel>"))
    missing = [each for each in report.findings if each.rule == "rss-guid-missing"]
    assert len(missing) == 51
    assert missing[-1].message == "and 450 more like these"
    assert report.count(Severity.WARNING) == len(report.findings)
