"""Usage: counts summed up by day, feed or format."""

from datetime import timedelta

import pytest

from syndicate.partner.usage import By, sum_up
from syndicate.store.partner_log import Use
from tests.builders import NOON

LATER = NOON + timedelta(days=1)
USES = [
    Use(
        partner="quay-radio",
        feed="all",
        form="rss",
        day="2026-03-01",
        fetched=1,
        unchanged=2,
        size=10,
        last=NOON,
    ),
    Use(partner="quay-radio", feed="all", form="atom", day="2026-03-02", fetched=1, size=20, last=LATER),
    Use(partner="quay-radio", feed="ports", form="rss", day="2026-03-02", pushed=3, size=30, last=LATER),
    Use(partner="", feed="", form="", day="2026-03-02", refused=9),
]


@pytest.mark.parametrize(
    ("by", "counts"),
    [
        (By.DAY, {"2026-03-01": (3, 2, 0, 10), "2026-03-02": (1, 0, 3, 50)}),
        (By.FEED, {"all": (4, 2, 0, 30), "ports": (0, 0, 3, 30)}),
        (By.FORMAT, {"atom": (1, 0, 0, 20), "rss": (3, 2, 3, 40)}),
    ],
)
def test_usage_is_summed_up(by: By, counts: dict[str, tuple[int, ...]]) -> None:
    lines = {one.key: one for one in sum_up(USES, by) if one.partner}
    told = {key: (one.requests, one.unchanged, one.pushed, one.size) for key, one in lines.items()}
    assert told == counts


def test_callers_who_named_no_partner_are_counted_apart() -> None:
    [nobody] = [one for one in sum_up(USES, By.DAY) if not one.partner]
    assert (nobody.refused, nobody.requests, nobody.last) == (9, 0, None)


def test_the_last_time_is_the_latest_of_all() -> None:
    assert {one.key: one.last for one in sum_up(USES, By.FEED)} == {"": None, "all": LATER, "ports": LATER}
