"""Decides when a source needs a person, and when it is well again (requirement C9). Pure.

A rate falls when, over the last ten pages or more, it is 30 % below its median before, and by more than
chance would: of few pages, one without an author says nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from math import sqrt
from statistics import median, median_high

from syndicate.collect.health.coverage import FIELDS
from syndicate.model.source import Archived, Source, SourceKind
from syndicate.store.alarms import Alarm
from syndicate.store.coverage import Coverage

FAILING, SILENT = "failing", "silent"
# Five failures in a row are fifteen times the interval: no hiccup.
DEAD = 5
# Pages that a rate is made of, at least; and groups of so many that the usual rate is the median of, at most.
ENOUGH, GROUPS = 10, 20
FALLEN, WELL = 0.7, 0.85
# A fall that lasts so long is how the source is now.
LASTING = timedelta(days=30)
# Runs that brought something new, before their rhythm says anything.
RHYTHM = 6
SHORTEST_SILENCE = timedelta(days=2)
LIVELY = frozenset({SourceKind.LISTING, SourceKind.FEED, SourceKind.SITEMAP})


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What is known after a check: `runs` newest first, this one included; `failures` in a row.

    `settled` names fields whose rate fell for good, and when.
    """

    source: Source
    now: datetime
    runs: Sequence[Coverage] = ()
    open: Sequence[Alarm] = ()
    settled: Mapping[str, datetime] = field(default_factory=dict)
    failures: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Alarms that are new or go on, those that are over, and those that are how the source is now."""

    raised: tuple[Alarm, ...] = ()
    ended: tuple[Alarm, ...] = ()
    settled: tuple[Alarm, ...] = ()


def judge(watch: Watch) -> Judgement:
    """What needs a person now. A source that fails says nothing of its rates, and nothing ends by that."""
    if watch.failures:
        return Judgement(raised=tuple(_failing(watch)))
    raised = (*_silent(watch), *(alarm for what in FIELDS for alarm in _fallen(watch, what)))
    going_on = {alarm.what for alarm in raised}
    over = [alarm for alarm in watch.open if alarm.what not in going_on]
    settled = tuple(alarm for alarm in over if alarm.what in FIELDS and _lasted(alarm, watch))
    return Judgement(
        raised=raised, ended=tuple(alarm for alarm in over if alarm not in settled), settled=settled
    )


def has_fallen(found: int, pages: int, *, usual: float) -> bool:
    """Whether `found` of `pages` is a fall from the usual rate, and no chance (two standard deviations)."""
    if pages < ENOUGH or found >= FALLEN * usual * pages:
        return False
    expected = usual * pages
    return expected - found >= 1 + 2 * sqrt(expected * (1 - usual))


def recent(runs: Sequence[Coverage], field: str) -> tuple[int, int]:
    """On how many of the newest pages, ten or more where there are, the field was found, and of how many."""
    found = pages = 0
    for run in runs:
        found, pages = found + run.counts.get(field, 0), pages + run.pages
        if pages >= ENOUGH:
            break
    return found, pages


def usual_rate(runs: Sequence[Coverage], field: str) -> float | None:
    """The median rate before the newest pages, over groups of ten pages or more; None for too few."""
    groups = list(_groups(runs, field))[1 : GROUPS + 1]
    if sum(pages for _, pages in groups) < 2 * ENOUGH:
        return None
    return median(found / pages for found, pages in groups)


def is_silent(news: Sequence[datetime], *, now: datetime) -> bool:
    """Whether nothing new came for far longer than is usual. `news` are the times when something did, the
    newest first.

    Far longer: five times the median, twice the longest wait that there was, and two days.
    """
    if len(news) < RHYTHM:
        return False
    waits = [later - earlier for later, earlier in pairwise(news)]
    return now - news[0] > max(5 * median_high(waits), 2 * max(waits), SHORTEST_SILENCE)


def _groups(runs: Sequence[Coverage], field: str) -> Iterator[tuple[int, int]]:
    found = pages = 0
    for run in runs:
        found, pages = found + run.counts.get(field, 0), pages + run.pages
        if pages >= ENOUGH:
            yield found, pages
            found = pages = 0


def _failing(watch: Watch) -> Iterator[Alarm]:
    if watch.failures >= DEAD:
        yield Alarm(
            source=watch.source.name,
            what=FAILING,
            since=watch.now,
            said=f"{watch.failures} checks in a row have failed. The last one said: {watch.error}",
            remedy=f"see the address and its site, then run: syndicate collect {watch.source.name}",
        )


def _silent(watch: Watch) -> Iterator[Alarm]:
    source = watch.source
    archived = source.archived is Archived.YES or bool(source.old_site)
    # The first run brought what was there, which says nothing of its rhythm.
    news = [run.at for run in watch.runs[:-1] if run.new]
    if archived or source.kind not in LIVELY or not is_silent(news, now=watch.now):
        return
    yield Alarm(
        source=source.name,
        what=SILENT,
        since=watch.now,
        said=f"Nothing new has come since {news[0]:%Y-%m-%d %H:%M} UTC; it never took half as long before.",
        remedy='see whether the site has moved or stopped; for an old site set: archived = "yes"',
    )


def _fallen(watch: Watch, field: str) -> Iterator[Alarm]:
    known = next((alarm for alarm in watch.open if alarm.what == field), None)
    # Of a rate that fell for good, what was before is usual no more.
    since = watch.settled.get(field)
    runs = [run for run in watch.runs if since is None or run.at >= since]
    found, pages = recent(runs, field)
    usual = known.usual / 100 if known else usual_rate(runs, field)
    if not usual or not pages:
        return
    lasts = known is not None and found < WELL * usual * pages and not _lasted(known, watch)
    if not lasts and (known or not has_fallen(found, pages, usual=usual)):
        return
    yield Alarm(
        source=watch.source.name,
        what=field,
        since=watch.now,
        said=f"{_named(field)} found on {found} of the last {pages} pages; before, on {usual:.0%} of them.",
        remedy="look at a page with: syndicate probe URL; set selectors if need be, then run: "
        f"syndicate reprocess {watch.source.name}",
        usual=round(usual * 100),
    )


def _lasted(alarm: Alarm, watch: Watch) -> bool:
    return watch.now - alarm.since > LASTING


def _named(field: str) -> str:
    plural = {"briefs": "Briefs were", "language": "A language was", "author": "An author was"}
    article = "An" if field[0] in "aeiou" else "A"
    return plural.get(field, f"{article} {field} was")
