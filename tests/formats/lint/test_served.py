"""How a feed is served: each rule has an exchange that breaks it alone, and a good one breaks none."""

from dataclasses import replace
from typing import Any

import pytest

from syndicate.formats.lint.http import RULES, Exchange, lint_exchange
from syndicate.formats.lint.parts import Kind

HEADERS = {
    "content-type": "application/rss+xml; charset=utf-8",
    "etag": '"7"',
    "last-modified": "Fri, 03 May 2024 06:30:00 GMT",
    "date": "Fri, 03 May 2024 07:00:00 GMT",
    "content-encoding": "gzip",
    "vary": "Accept-Encoding",
    "cache-control": "max-age=900",
}
URL = "https://courier.example/feed.rss"
GOOD = Exchange(url=URL, arrived_at=URL, kind=Kind.RSS, headers=HEADERS, size=60_000, asked_again=304)


def names(exchange: Exchange) -> list[str]:
    return [finding.rule for finding in lint_exchange(exchange)]


def served(**headers: str) -> Exchange:
    changed = HEADERS | {name.replace("_", "-"): value for name, value in headers.items()}
    return replace(GOOD, headers={name: value for name, value in changed.items() if value})


BROKEN: dict[str, Any] = {
    "http-type": served(content_type="text/html"),
    "http-type-vague": served(content_type="application/xml"),
    "http-charset": served(content_type="application/rss+xml; charset=iso-8859-1"),
    "http-validators": replace(served(etag="", last_modified=""), asked_again=0),
    "http-conditional": replace(GOOD, asked_again=200),
    "http-packed": served(content_encoding="", vary=""),
    "http-vary": served(vary=""),
    "http-cache": served(cache_control=""),
    "http-cookie": served(set_cookie="session=7"),
    "http-robots": served(x_robots_tag="none"),
    "http-moved": replace(GOOD, url="https://courier.example/feed"),
    "http-secure": replace(GOOD, url="http://courier.example/", arrived_at="http://courier.example/"),
    "http-date": served(last_modified="Fri, 03 May 2034 06:30:00 GMT"),
}


def test_a_feed_served_well_breaks_no_rule() -> None:
    assert names(GOOD) == []


@pytest.mark.parametrize("rule", BROKEN)
def test_what_is_served_badly_in_one_way_breaks_one_rule(rule: str) -> None:
    assert names(BROKEN[rule]) == [rule]


def test_every_rule_of_serving_is_tried() -> None:
    assert {rule.name for rule in RULES} == BROKEN.keys()


@pytest.mark.parametrize("value", ["", "now", "Fri, 99 May 2024 06:30:00 GMT", "\u0660"])
def test_no_header_makes_it_raise(value: str) -> None:
    lint_exchange(served(last_modified=value or "x", content_type=value, date=value))
