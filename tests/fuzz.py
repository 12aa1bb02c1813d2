"""`python -m tests.fuzz TARGET [libFuzzer's options]`: bytes that nobody thought of, led by what they reach.

Needs atheris. What ends it is anything but the documented errors, a page of over 20 s, or 2 GB of memory; the
input that did it is left in var/fuzz/.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["syndicate"]):
    from syndicate.deliver.bounce.read import read_reports
    from syndicate.deliver.bounce.report import Class, Kind
    from syndicate.deliver.lint import lint_mail
    from syndicate.errors import Unreadable
    from syndicate.extract.listing import links
    from syndicate.extract.page import extract
    from syndicate.extract.prior import Prior
    from syndicate.formats.dates import read_date
    from syndicate.formats.html import sanitize, text_of
    from syndicate.formats.lint import lint
    from syndicate.formats.parse import parse_feed
    from syndicate.formats.parse_sitemap import parse_sitemap

DOCUMENTS = Path(__file__).parent / "documents"
SITE = Path(__file__).parent.parent / "config" / "samples" / "site"
LEFT = Path("var/fuzz")
URL = "https://old.courier.example/en/a.html"


def page(data: bytes) -> None:
    """No bytes make `extract` raise, with or without a second opinion."""
    fast = len(data) % 2 == 0
    found = extract(data, url=URL, prior=Prior(zone="Asia/Tehran", language="fa"), fast=fast)
    assert "<script" not in found.body_html
    links(data, url=URL)


def html(data: bytes) -> None:
    """Sanitised HTML is clean, and stays as it is when cleaned again."""
    once = sanitize(data.decode("utf-8", "replace"), base_url=URL)
    assert "<script" not in once
    assert 'href="javascript:' not in once.lower()
    text_of(once)


def feed(data: bytes) -> None:
    """A feed is read, or refused in words."""
    try:
        parse_feed(data, url=URL)
    except Unreadable:
        return


def sitemap(data: bytes) -> None:
    """A sitemap is read, or refused in words."""
    try:
        parse_sitemap(data, url=URL)
    except Unreadable:
        return


def feedlint(data: bytes) -> None:
    """Anything can be linted, as a feed and as a mail."""
    for finding in (*lint(data, url=URL).findings, *lint_mail(data)):
        assert finding.rule
        assert finding.line >= 0


def date(data: bytes) -> None:
    """A date is read, or is none."""
    text = data.decode("utf-8", "replace")
    for language in ("en", "fa", "ar"):
        read_date(text, zone="Asia/Tehran", language=language)


def bounce(data: bytes) -> None:
    """Any mail is read, and nothing follows from what is no bounce and no complaint."""
    for report in read_reports(data):
        assert report.cls == Class.NONE or report.kind in {Kind.BOUNCE, Kind.COMPLAINT}


TARGETS: dict[str, Callable[[bytes], None]] = {
    "page": page,
    "html": html,
    "feed": feed,
    "sitemap": sitemap,
    "date": date,
    "feedlint": feedlint,
    "bounce": bounce,
}


def main() -> None:
    """Fuzz the named target, from our own odd documents on."""
    name, *options = sys.argv[1:] or ["page"]
    if name not in TARGETS:
        sys.exit(f"there is no target {name!r}; there are {', '.join(TARGETS)}")
    LEFT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as found:
        seeds = {str(path.parent) for path in (*DOCUMENTS.rglob("*.*"), *SITE.rglob("*.html"))}
        bounds = ["-timeout=20", "-rss_limit_mb=2048", "-max_len=20000"]
        kept = f"-artifact_prefix={LEFT}{os.sep}{name}-"
        atheris.Setup([sys.argv[0], *bounds, kept, *options, found, *sorted(seeds)], TARGETS[name])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
