"""Incidents of sources: one row each, told once, gone when their end was told."""

from datetime import timedelta

from sqlalchemy import event

from syndicate.store import alarms, sources
from syndicate.store.alarms import Alarm
from syndicate.store.coverage import HISTORY, Coverage, add_coverage, list_coverage
from syndicate.store.database import Database
from tests.builders import NOON, a_source

HOUR = timedelta(hours=1)


def an_alarm(**change: object) -> Alarm:
    base = {"source": "harbour", "what": "date", "since": NOON, "said": "A date is rare.", "usual": 95}
    return Alarm(**base | change)


def with_source(db: Database) -> Database:
    db.write_now(sources.upsert_sources, [a_source(), a_source(name="tide")], now=NOON)
    return db


def save(db: Database, *raised: Alarm, now=NOON, **more: object) -> None:
    db.write_now(alarms.save_alarms, raised, now=now, **more)


def test_an_incident_is_given_out_once(db: Database) -> None:
    save(with_source(db), an_alarm())
    assert db.write_now(alarms.take_untold) == [an_alarm()]
    save(db, an_alarm(said="A date is rarer.", since=NOON + HOUR), now=NOON + HOUR)
    assert db.write_now(alarms.take_untold) == []
    assert db.read_now(alarms.list_alarms) == [an_alarm(said="A date is rarer.", told=True)]


def test_its_end_is_given_out_once_too(db: Database) -> None:
    save(with_source(db), an_alarm())
    db.write_now(alarms.take_untold)
    save(db, ended=[an_alarm()], now=NOON + HOUR)
    assert db.read_now(alarms.list_alarms) == []
    assert db.write_now(alarms.take_untold) == [an_alarm(told=True, ended=NOON + HOUR)]
    assert db.write_now(alarms.take_untold) == []


def test_an_incident_that_was_over_before_anybody_heard_of_it_is_not_told(db: Database) -> None:
    save(with_source(db), an_alarm())
    save(db, ended=[an_alarm()], now=NOON + HOUR)
    assert db.write_now(alarms.take_untold) == []


def test_one_that_comes_back_before_its_end_was_told_goes_on(db: Database) -> None:
    save(with_source(db), an_alarm())
    db.write_now(alarms.take_untold)
    save(db, ended=[an_alarm()], now=NOON + HOUR)
    save(db, an_alarm(), now=NOON + 2 * HOUR)
    assert db.write_now(alarms.take_untold) == []
    assert db.read_now(alarms.list_alarms, "harbour") == [an_alarm(told=True)]


def test_an_end_that_comes_while_others_are_given_out_is_given_out_later(postgres_url: str) -> None:
    db, other = Database(postgres_url), Database(postgres_url)
    save(with_source(db), an_alarm(), an_alarm(source="tide"))
    db.write_now(alarms.take_untold)
    save(db, ended=[an_alarm()], now=NOON + HOUR)
    meanwhile = [an_alarm(source="tide")]

    def end_the_other(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("DELETE FROM alarms") and meanwhile:
            save(other, ended=[meanwhile.pop()], now=NOON + HOUR)

    event.listen(db.engine, "before_cursor_execute", end_the_other)
    given = [db.write_now(alarms.take_untold) for _ in range(2)]
    db.close()
    other.close()
    assert [[alarm.source for alarm in some] for some in given] == [["harbour"], ["tide"]]


def test_how_a_source_is_now_is_listed_no_more_without_a_word(db: Database) -> None:
    save(with_source(db), an_alarm(), an_alarm(source="tide"))
    db.write_now(alarms.take_untold)
    save(db, settled=[an_alarm()])
    assert db.write_now(alarms.take_untold) == []
    assert [alarm.source for alarm in db.read_now(alarms.list_alarms)] == ["tide"]
    assert db.read_now(alarms.list_settled, "harbour") == {"date": NOON}
    again = an_alarm(since=NOON + HOUR, usual=50)
    save(db, again)
    assert db.write_now(alarms.take_untold) == [again]
    assert db.read_now(alarms.list_settled, "harbour") == {}


def test_the_last_hundred_runs_of_a_source_are_kept(db: Database) -> None:
    with_source(db)
    for number in range(HISTORY + 3):
        run = Coverage(at=NOON + number * HOUR, pages=number, new=1, counts={"date": 1}, unmatched=("body",))
        db.write_now(add_coverage, "harbour", run)
    db.write_now(add_coverage, "tide", Coverage(at=NOON, pages=7))
    found = db.read_now(list_coverage, "harbour")
    assert (len(found), found[0].pages, found[-1].pages) == (HISTORY, HISTORY + 2, 3)
    assert (found[0].counts, found[0].unmatched) == ({"date": 1}, ("body",))
    assert db.read_now(list_coverage, "tide") == [Coverage(at=NOON, pages=7)]
