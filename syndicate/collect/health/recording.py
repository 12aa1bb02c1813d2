"""Records how a check ended: when the next one is, how much was found, and what needs a person."""

from dataclasses import dataclass, field

from syndicate.collect.health.alarms import Judgement, Watch, judge
from syndicate.model.source import Source
from syndicate.store import alarms, coverage, sources
from syndicate.store.alarms import Alarm
from syndicate.store.connection import Connection
from syndicate.store.coverage import Coverage
from syndicate.store.sources import Check


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What a check ended with: alarms that are new, and those that are over."""

    raised: tuple[Alarm, ...] = ()
    ended: tuple[Alarm, ...] = field(default=())


def record_end(conn: Connection, source: Source, *, check: Check, run: Coverage | None = None) -> Recorded:
    """Record the check, and the coverage of its run if it read any pages."""
    sources.record_check(conn, source.name, check=check)
    if run is not None and run.pages:
        coverage.add_coverage(conn, source.name, run)
    known = alarms.list_alarms(conn, source.name)
    judged = judge(_watch(conn, source, check, known))
    alarms.save_alarms(conn, judged.raised, ended=judged.ended, settled=judged.settled, now=check.at)
    return _news(judged, known)


def _watch(conn: Connection, source: Source, check: Check, known: list[Alarm]) -> Watch:
    status = sources.find_status(conn, source.name)
    return Watch(
        source=source,
        now=check.at,
        runs=coverage.list_coverage(conn, source.name),
        open=known,
        settled=alarms.list_settled(conn, source.name),
        failures=status.failures if status else 0,
        error=check.error,
    )


def _news(judged: Judgement, known: list[Alarm]) -> Recorded:
    before = {alarm.what for alarm in known}
    return Recorded(
        raised=tuple(alarm for alarm in judged.raised if alarm.what not in before), ended=judged.ended
    )
