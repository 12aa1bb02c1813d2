"""When a source needs a person, and when it is well again."""

from datetime import timedelta

import pytest

from syndicate.collect.health.alarms import FAILING, SILENT, Watch, has_fallen, is_silent, judge, usual_rate
from syndicate.collect.health.coverage import FIELDS
from syndicate.collect.health.recording import record_end
from syndicate.model.source import Archived, SourceKind
from syndicate.store import sources
from syndicate.store.alarms import Alarm, take_untold
from syndicate.store.coverage import Coverage
from syndicate.store.database import Database
from syndicate.store.sources import Check
from tests.builders import NOON, a_source

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def runs(*counts: tuple[int, int], new: int = 0, every: timedelta = HOUR) -> list[Coverage]:
    """Runs with (dates found, pages), the newest first; everything else was found everywhere."""
    full = ("headline", "body", "author", "image", "language", "notice", "briefs")
    return [
        Coverage(
            at=NOON - place * every,
            pages=pages,
            new=new,
            counts={"date": found} | dict.fromkeys(full, pages),
        )
        for place, (found, pages) in enumerate(counts)
    ]


def a_watch(history: list[Coverage], **change: object) -> Watch:
    base = {"source": a_source(kind=SourceKind.LISTING), "now": NOON, "runs": history}
    return Watch(**base | change)


@pytest.mark.parametrize(
    ("found", "pages", "usual", "fallen"),
    [
        (6, 10, 1.0, True),
        (7, 10, 1.0, False),
        (69, 100, 1.0, True),
        (71, 100, 1.0, False),
        (1, 3, 1.0, False),
        (0, 9, 1.0, False),
        (0, 10, 0.5, True),
        (3, 10, 0.5, False),
        (0, 10, 0.1, False),
        (0, 100, 0.1, True),
        (30, 100, 0.5, True),
        (40, 100, 0.5, False),
        (5, 10, 0.0, False),
    ],
)
def test_a_fall_is_thirty_per_cent_of_enough_pages_and_no_chance(
    found: int, pages: int, usual: float, fallen: bool
) -> None:
    assert has_fallen(found, pages, usual=usual) is fallen


@pytest.mark.parametrize(
    ("history", "rate"),
    [
        (runs((1, 10), (10, 10), (8, 10), (9, 10)), 0.9),
        (runs((1, 10), (500, 500)), 1.0),
        (runs((1, 10), (10, 10)), None),
        (runs(*[(1, 1)] * 29), None),
        (runs(*[(1, 1)] * 30), 1.0),
        ([], None),
    ],
)
def test_the_usual_rate_is_the_median_of_groups_before_the_newest_pages(
    history: list[Coverage], rate: float | None
) -> None:
    assert usual_rate(history, "date") == rate


def test_a_rate_that_falls_is_told_with_both_rates_and_what_to_do() -> None:
    [alarm] = judge(a_watch(runs((4, 20), (19, 20), (19, 20)))).raised
    assert (alarm.what, alarm.usual, alarm.since) == ("date", 95, NOON)
    assert alarm.said == "A date was found on 4 of the last 20 pages; before, on 95% of them."
    assert "syndicate probe URL" in alarm.remedy
    assert "syndicate reprocess harbour" in alarm.remedy


def test_pages_that_come_one_by_one_are_judged_ten_at_a_time() -> None:
    few = [(0, 1)] * 3 + [(1, 1)] * 27
    many = [(0, 1)] * 4 + [(1, 1)] * 26
    assert judge(a_watch(runs(*few))).raised == ()
    assert [alarm.what for alarm in judge(a_watch(runs(*many))).raised] == ["date"]


def an_alarm(**change: object) -> Alarm:
    base = {"source": "harbour", "what": "date", "since": NOON - DAY, "said": "…", "usual": 100}
    return Alarm(**base | change)


@pytest.mark.parametrize(
    ("found", "over"), [(0, False), (8, False), (9, True), (10, True)], ids=["0", "8", "9", "10"]
)
def test_it_is_over_at_eighty_five_per_cent_of_what_was_usual(found: int, over: bool) -> None:
    judged = judge(a_watch(runs((found, 10), (1, 10), (1, 10), (1, 10)), open=[an_alarm()]))
    assert bool(judged.ended) is over
    assert bool(judged.raised) is not over


def test_after_thirty_days_it_is_how_the_source_is() -> None:
    old = an_alarm(since=NOON - timedelta(days=31))
    judged = judge(a_watch(runs(*[(1, 10)] * 5), open=[old]))
    assert (judged.raised, judged.ended, judged.settled) == ((), (), (old,))


def weekly(db: Database, *found: int) -> list[int]:
    """Checks a week apart with authors on so many of ten pages; the weeks in which that was told."""
    source = a_source(kind=SourceKind.LISTING)
    db.write_now(sources.upsert_sources, [source], now=NOON)
    raised = []
    for week, authors in enumerate(found):
        at = NOON + week * 7 * DAY
        run = Coverage(at=at, pages=10, new=1, counts=dict.fromkeys(FIELDS, 10) | {"author": authors})
        check = Check(at=at, outcome="changed", next_check=at + 7 * DAY)
        db.write_now(record_end, source, check=check, run=run)
        told = db.write_now(take_untold)
        raised += [week for alarm in told if alarm.what == "author" and alarm.ended is None]
    return raised


@pytest.mark.parametrize(
    ("found", "raised"),
    [
        ([9] * 20 + [0] * 20, [20]),
        ([9] * 20 + [5] * 20, [20]),
        ([9] * 20 + [5] * 20 + [0] * 20, [20, 40]),
        ([9] * 20 + [0] * 20 + [9] * 20 + [0] * 9, [20, 60]),
        ([9] * 20 + [0] * 3 + [9] * 20 + [0] * 9, [20, 43]),
    ],
    ids=["for good", "in part", "twice", "well again late", "well again"],
)
def test_a_slow_source_too_is_told_of_once_for_each_fall(
    db: Database, found: list[int], raised: list[int]
) -> None:
    assert weekly(db, *found) == raised


def test_five_failures_in_a_row_are_a_dead_source() -> None:
    failing = {"failures": 4, "error": "404 for http://127.0.0.1/a.html"}
    assert judge(a_watch([], **failing)).raised == ()
    [alarm] = judge(a_watch([], **failing | {"failures": 5})).raised
    assert alarm.what == FAILING
    assert alarm.said == "5 checks in a row have failed. The last one said: 404 for http://127.0.0.1/a.html"


def test_a_failure_ends_no_alarm_and_a_success_ends_that_of_failing() -> None:
    failing, dates = an_alarm(what=FAILING), an_alarm()
    fallen = runs((1, 10), (10, 10), (10, 10))
    assert judge(a_watch(fallen, open=[failing, dates], failures=6, error="…")).ended == ()
    judged = judge(a_watch(fallen, open=[failing, dates]))
    assert (judged.ended, [alarm.what for alarm in judged.raised]) == ((failing,), ["date"])


@pytest.mark.parametrize(
    ("waits", "since", "silent"),
    [
        ([5] * 5, 47, False),
        ([5] * 5, 49, True),
        ([24] * 5, 119, False),
        ([24] * 5, 121, True),
        ([24] * 4 + [72], 143, False),
        ([24] * 4 + [72], 145, True),
        ([5] * 4, 1000, False),
    ],
    ids=str,
)
def test_silence_is_far_longer_than_any_wait_before(waits: list[int], since: int, silent: bool) -> None:
    moments = [NOON]
    for wait in waits:
        moments.append(moments[-1] - timedelta(hours=wait))
    assert is_silent(moments, now=NOON + timedelta(hours=since)) is silent


@pytest.mark.parametrize(
    ("change", "alarms"),
    [
        ({}, [SILENT]),
        ({"archived": Archived.YES}, []),
        ({"old_site": "old-courier"}, []),
        ({"kind": SourceKind.PAGE}, []),
        ({"kind": SourceKind.FEED}, [SILENT]),
    ],
)
def test_only_a_living_source_can_fall_silent(change: dict[str, object], alarms: list[str]) -> None:
    source = a_source(**{"kind": SourceKind.LISTING} | change)
    history = runs(*[(1, 1)] * 8, new=1)
    judged = judge(a_watch(history, source=source, now=NOON + 3 * DAY))
    assert [alarm.what for alarm in judged.raised] == alarms
