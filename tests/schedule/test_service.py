"""The service in one process, and commands beside it."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from syndicate.app import App, open_app
from syndicate.audience.importing import import_csv
from syndicate.config import load
from syndicate.deliver import send
from syndicate.errors import SchemaMismatch, TryLater
from syndicate.model.cadence import Cadence
from syndicate.model.job import Job
from syndicate.model.newsletter import FirstIssue, IssueState
from syndicate.model.role import Role
from syndicate.publish.compile import compile_issue
from syndicate.publish.issues import latest_issue, list_issues
from syndicate.schedule.asking import run_jobs
from syndicate.schedule.due import enqueue_first_issues, fire_schedules, make_known
from syndicate.schedule.engine import join
from syndicate.schedule.firing import compile_number
from syndicate.schedule.once import run_once
from syndicate.schedule.service import Service
from syndicate.store.database import Database
from syndicate.store.jobs import is_idle, list_jobs
from syndicate.store.schedules import last_occurrence, list_schedules
from syndicate.store.services import beat, live_service
from syndicate.store.swap import PLAN
from tests.engines import Engine
from tests.neighbours.postgres import Cluster

ROOT = Path(__file__).parents[2]
# What is about files of the embedded database alone.
embedded = pytest.mark.parametrize("engine", ["embedded"], indirect=True)


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def folder(tmp_path: Path, engine: Engine) -> Path:
    """The shipped configuration, with an engine chosen."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    engine.configure(tmp_path / "config/syndicate.toml")
    return tmp_path


@asynccontextmanager
async def opened(
    folder: Path, *, clock: Any = now, name: str = "syndicate.toml", **environ: str
) -> AsyncIterator[App]:
    """The shipped sample, with its data in the folder."""
    config = load(folder / "config" / name, environ={"SYNDICATE_DATA_DIR": str(folder / "var")} | environ)
    async with open_app(config, now=clock, sends=True) as app:
        join(app)
        yield app


async def people(app: App) -> None:
    await import_csv(app.people, (ROOT / "config/samples/subscribers.csv").read_bytes(), consent="sample")


def at_once(source: str) -> Job:
    return Job(name="source.refresh", args={"source": source, "at_once": True})


def mails(folder: Path) -> int:
    return len(list((folder / "var/mailbox").glob("*.eml")))


async def until(condition: Callable[[], object]) -> None:
    """Wait for what the service brings about."""
    async with asyncio.timeout(90):
        while not condition():  # noqa: ASYNC110 - no event of ours tells it
            await asyncio.sleep(0.05)


async def test_a_pass_repeated_does_nothing_again(folder: Path) -> None:
    async with opened(folder) as app:
        await people(app)
        first = await run_once(app, owner="one")
        again = await run_once(app, owner="two")
    assert (len(first.compiled), len(first.delivered), first.whole) == (2, 2, True)
    assert (again.collected, again.compiled, again.delivered, again.whole) == ([], [], [], True)
    assert mails(folder) == 4


async def stop_at_once(app: App) -> None:
    """Begin with the first issue, and pause it before anybody was written to."""
    await send.start_issue(app.sending, 1)
    await send.pause(app.sending, 1, reason="the desk has a question")


async def test_a_pass_tells_of_an_issue_that_waits_until_it_does_not(folder: Path) -> None:
    async with opened(folder) as app:
        await run_jobs(app, [at_once("old-courier"), at_once("old-peyk")], owner="x")
        frozen = Job(name="issue.compile", args={"newsletter": "daily", "number": 1, "send_it": False})
        await run_jobs(app, [frozen], owner="x")
        await people(app)
        compiled = (await run_once(app, owner="one")).waiting
        await stop_at_once(app)
        paused = (await run_once(app, owner="two")).waiting
        await send.cancel(app.sending, 1)
        assert (await run_once(app, owner="three")).waiting == []
    assert [(one.name, one.command) for one in compiled] == [("daily/1", "syndicate issue send daily/1")]
    assert [(one.why, one.people, one.command) for one in paused] == [
        ("the desk has a question", 2, "syndicate issue resume daily/1")
    ]


async def test_postgresql_does_the_same(folder: Path, postgres: Cluster) -> None:
    name = postgres.create()
    async with opened(folder, SYNDICATE_DATABASE=postgres.url(name)) as app:
        await people(app)
        first = await run_once(app, owner="one")
        again = await run_once(app, owner="two")
    postgres.drop(name)
    assert (len(first.compiled), first.failed, again.compiled) == (2, [], [])
    assert mails(folder) == 4


async def test_the_service_collects_publishes_and_sends_by_itself(folder: Path) -> None:
    async with opened(folder) as app:
        await people(app)
        stop = asyncio.Event()
        serving = asyncio.create_task(Service(app, owner="me").run_until(stop))
        await until(lambda: mails(folder) == 4)
        assert await app.db.read(live_service, now()) == "me"
        stop.set()
        await serving
        assert await app.db.read(live_service, now()) is None
        assert (folder / "var/public/feeds/english.rss").is_file()


async def test_a_service_writes_the_feeds_at_start_though_nothing_is_new(folder: Path) -> None:
    path = folder / "var/public/feeds/english.rss"
    async with opened(folder) as app:
        await run_once(app, owner="one")
    config = folder / "config/syndicate.toml"
    config.write_text(
        config.read_text("utf-8").replace('"Harbour Courier: from the archive"', '"Renamed"'), "utf-8"
    )
    async with opened(folder) as app:
        stop = asyncio.Event()
        serving = asyncio.create_task(Service(app, owner="me").run_until(stop))
        await until(lambda: b"<title>Renamed</title>" in path.read_bytes())
        stop.set()
        await serving


async def test_a_command_beside_a_service_hands_its_work_over(folder: Path) -> None:
    async with opened(folder) as app, opened(folder) as beside:
        stop = asyncio.Event()
        serving = asyncio.create_task(Service(app, owner="service").run_until(stop))
        await until(lambda: beside.db.read_now(live_service, now()))
        job = Job(name="source.refresh", args={"source": "old-courier", "at_once": True})
        [ended] = await run_jobs(beside, [job], owner="command")
        stop.set()
        await serving
    assert (ended.error, ended.result["source"]) == ("", "old-courier")


async def test_an_issue_asked_for_by_hand_is_sent_once_though_its_job_died_after_freezing(
    folder: Path,
) -> None:
    async with opened(folder) as app:
        await people(app)
        await run_jobs(app, [at_once("old-courier")], owner="command")
        frozen = await compile_issue(app.compiling, "daily", number=1)
        assert frozen is not None
        [again] = await run_jobs(app, [compile_number("daily", 1)], owner="next")
        assert again.result["issue"] == frozen.id
        assert [one.state for one in await list_issues(app.db)] == [IssueState.FINISHED]
    assert mails(folder) == 2


async def test_a_pass_beside_a_service_is_done_there_and_told_as_if_it_were_ours(folder: Path) -> None:
    async with opened(folder) as app, opened(folder) as beside:
        await people(app)
        stop = asyncio.Event()
        serving = asyncio.create_task(Service(app, owner="service").run_until(stop))
        await until(lambda: beside.db.read_now(live_service, now()))
        told = await run_once(beside, owner="command")
        assert "command" not in await beside.db.read(owners)
        stop.set()
        await serving
    assert sorted(one["feed"] for one in told.published) == ["briefs", "english", "persian"]
    assert told.failed == []
    assert mails(folder) == 4


def owners(conn: Any) -> list[str]:
    return list(conn.exec_driver_sql("SELECT DISTINCT owner FROM jobs").scalars())


async def test_a_pass_whose_service_ends_says_that_not_everything_was_done(folder: Path) -> None:
    clock = [datetime(2026, 3, 1, 12, 0, tzinfo=UTC)]
    async with opened(folder, clock=lambda: clock[0]) as app:
        await app.db.write(beat, "dying", now=clock[0])
        following = asyncio.create_task(run_once(app, owner="command"))
        await until(lambda: not app.db.read_now(is_idle, clock[0]))
        clock[0] += timedelta(minutes=1)
        with pytest.raises(TryLater, match="before everything was done"):
            await following


async def test_a_followed_job_whose_service_dies_is_not_told_as_done(folder: Path) -> None:
    clock = [datetime(2026, 3, 1, 12, 0, tzinfo=UTC)]
    async with opened(folder, clock=lambda: clock[0]) as app:
        await app.db.write(beat, "dying", now=clock[0])
        following = asyncio.create_task(run_jobs(app, [at_once("old-courier")], owner="command"))
        await until(lambda: not app.db.read_now(is_idle, clock[0]))
        clock[0] += timedelta(minutes=1)
        [ended] = await following
    assert (ended.state, "not done" in ended.error) == ("waiting", True)


async def test_a_pass_in_which_a_job_crashes_is_not_whole(folder: Path) -> None:
    async with opened(folder) as app:
        await app.db.write(app.enqueue, Job(name="no.such.job"))
        told = await run_once(app, owner="x")
    assert not told.whole
    assert [(one.job, one.error) for one in told.failed] == [("no.such.job", "KeyError: 'no.such.job'")]


async def test_a_command_with_another_configuration_retires_nothing(folder: Path) -> None:
    """Whether it only looks, or does its work in the service beside it."""
    async with opened(folder) as app:
        stop = asyncio.Event()
        serving = asyncio.create_task(Service(app, owner="service").run_until(stop))
        await until(lambda: app.db.read_now(live_service, now()))
        before = await app.db.read(list_schedules)
        text = (folder / "config/syndicate.toml").read_text("utf-8")
        rest = text[: text.index("[newsletters.weekly]")] + text[text.index("# --- mail") :]
        (folder / "config/other.toml").write_text(rest.replace("newsletters.daily", "newsletters.hourly"))
        async with opened(folder, name="other.toml") as beside:
            [ended] = await run_jobs(beside, [at_once("old-courier")], owner="command")
            assert await beside.db.write(fire_schedules, beside) == 0
            await run_once(beside, owner="command")
        assert await app.db.read(list_schedules) == before
        stop.set()
        await serving
    assert ended.error == ""


@embedded
async def test_an_interrupted_restore_is_finished_before_anything_is_made(folder: Path) -> None:
    """The plan stands in the data folder, and the database may be elsewhere."""
    var = folder / "var"
    var.mkdir()
    (var / "new-key").write_text((folder / "config/syndicate.toml").read_text("utf-8"))
    move = {"new": str(var / "new-key"), "place": str(var / "moved"), "aside": str(var / "moved.aside")}
    (var / PLAN).write_text(json.dumps({"staging": str(var / "staging"), "moves": [move]}))
    async with opened(folder, SYNDICATE_DATABASE=str(folder / "elsewhere/syndicate.db")):
        assert (var / "moved").exists()
        assert not (var / PLAN).exists()


async def test_without_a_service_a_command_does_its_work_itself(folder: Path) -> None:
    async with opened(folder) as app:
        await app.db.write(beat, "long ago", now=datetime(2020, 1, 1, tzinfo=UTC))
        job = Job(name="source.refresh", args={"source": "old-courier", "at_once": True})
        [ended] = await run_jobs(app, [job], owner="command")
    assert ended.result["new"] >= 7


@embedded
async def test_a_command_does_what_the_workers_beside_it_are_not_there_for(folder: Path) -> None:
    async with opened(folder) as app:
        await app.db.write(beat, "mail", role=Role.WORKER, queues=("deliver",), now=now())
        [ended] = await run_jobs(app, [at_once("old-courier")], owner="command")
        mailing = await app.db.write(app.post.many, [Job(name="outbox.send")])
        assert (await app.db.read(list_jobs, mailing))[0].state == "waiting"
    assert (ended.error, ended.result["source"]) == ("", "old-courier")


async def test_what_fails_comes_back_as_an_error(folder: Path) -> None:
    async with opened(folder) as app:
        [ended] = await run_jobs(app, [Job(name="feed.publish", args={"feed": "none"})], owner="command")
    assert "there is no feed 'none'" in ended.error


async def test_first_issues_wait_until_every_source_was_looked_at(folder: Path) -> None:
    async with opened(folder) as app:
        assert await app.db.write(enqueue_first_issues, app) == 0
        for source in ("old-courier", "old-peyk"):
            await run_jobs(
                app, [Job(name="source.refresh", args={"source": source, "at_once": True})], owner="x"
            )
        assert await app.db.write(enqueue_first_issues, app) == 2


async def test_a_newsletter_that_waits_for_its_cadence_has_no_first_issue_at_once(folder: Path) -> None:
    environ = {"SYNDICATE_NEWSLETTERS__DAILY__FIRST_ISSUE": FirstIssue.AT_CADENCE.value}
    async with opened(folder, **environ) as app:
        await run_once(app, owner="x")
        assert [one.newsletter for one in await list_issues(app.db)] == ["weekly"]


async def test_a_first_issue_that_is_being_made_is_not_asked_for_again_after_a_restart(folder: Path) -> None:
    """Killed while it compiled, restarted a minute later; then cancelled by the operator, restarted again."""
    clock = [datetime(2026, 3, 1, 12, 0, tzinfo=UTC)]
    async with opened(folder, clock=lambda: clock[0]) as app:
        await run_jobs(app, [at_once("old-courier"), at_once("old-peyk")], owner="x")
        assert await app.db.write(enqueue_first_issues, app) == 2
        clock[0] += timedelta(minutes=1)
        assert await app.db.write(enqueue_first_issues, app) == 0
        await run_jobs(app, [], owner="x")
        first = await latest_issue(app.db, "daily")
        assert first is not None
        await app.db.write(lambda conn: conn.exec_driver_sql("UPDATE issues SET state = 'cancelled'"))
        clock[0] += timedelta(minutes=1)
        assert await app.db.write(enqueue_first_issues, app) == 0


async def test_a_failed_issue_goes_out_once_its_template_is_mended(folder: Path) -> None:
    clock = [datetime(2026, 3, 1, 12, 0, tzinfo=UTC)]
    templates = folder / "templates"
    (templates / "email").mkdir(parents=True)
    (templates / "email/digest.html").write_text("{{ nothing.of.this.name }}", "utf-8")
    async with opened(folder, clock=lambda: clock[0], SYNDICATE_TEMPLATES=str(templates)) as app:
        await people(app)
        assert len((await run_once(app, owner="x")).failed) == 2
        clock[0] += timedelta(minutes=10)
        (templates / "email/digest.html").unlink()
    async with opened(folder, clock=lambda: clock[0]) as app:
        mended = await run_once(app, owner="x")
    assert sorted(one["newsletter"] for one in mended.compiled) == ["daily", "weekly"]
    assert mails(folder) == 4


async def test_the_issue_of_the_cadence_comes_at_its_moment_and_once(folder: Path) -> None:
    """A given clock: collected at noon; at seven in Berlin the next day the second issue goes out."""
    clock = [datetime(2026, 3, 1, 12, 0, tzinfo=UTC)]
    async with opened(folder, clock=lambda: clock[0]) as app:
        await people(app)
        await run_once(app, owner="x")
        for at, number in (("2026-03-02T05:59", 1), ("2026-03-02T06:00", 2), ("2026-03-02T06:01", 2)):
            clock[0] = datetime.fromisoformat(at).replace(tzinfo=UTC)
            await run_once(app, owner="x")
            issue = await latest_issue(app.db, "daily")
            assert issue is not None
            assert issue.number == number


async def test_an_issue_without_news_is_recorded_as_empty_and_takes_no_number(folder: Path) -> None:
    clock = [datetime(2026, 3, 1, 12, 0, tzinfo=UTC)]
    async with opened(folder, clock=lambda: clock[0]) as app:
        await run_once(app, owner="x")
        for day in range(2, 9):
            clock[0] = datetime(2026, 3, day, 6, 0, tzinfo=UTC)
            await run_once(app, owner="x")
        occurrence = await app.db.read(last_occurrence, "daily", now=clock[0])
        assert occurrence is not None
        assert (occurrence.local_date, occurrence.outcome) == ("2026-03-08", "empty")
        numbers = sorted(one.number for one in await list_issues(app.db, "daily"))
    assert numbers == list(range(1, len(numbers) + 1))


async def test_two_weeks_away_bring_one_late_issue(folder: Path) -> None:
    clock = [datetime(2026, 3, 1, 12, 0, tzinfo=UTC)]
    async with opened(folder, clock=lambda: clock[0]) as app:
        await run_once(app, owner="x")
        clock[0] = datetime(2026, 3, 15, 20, 0, tzinfo=UTC)
        told = await run_once(app, owner="x")
    assert sorted(one["newsletter"] for one in told.compiled) == ["daily", "weekly"]


async def test_names_that_vanish_from_the_file_are_retired(folder: Path) -> None:
    async with opened(folder) as app:
        await make_known(app)
        assert [one.name for one in await app.db.read(list_schedules)] == ["daily", "weekly"]
    path = folder / "config/syndicate.toml"
    text = path.read_text("utf-8")
    path.write_text(text[: text.index("[newsletters.weekly]")] + text[text.index("# --- mail") :], "utf-8")
    async with opened(folder) as app:
        await make_known(app)
        stored = await app.db.read(list_schedules)
    assert [(one.name, one.cadence) for one in stored] == [
        ("daily", Cadence(cron="0 7 * * *", zone="Europe/Berlin"))
    ]


@embedded
async def test_a_database_of_a_newer_program_is_refused(folder: Path) -> None:
    async with opened(folder):
        pass
    db = Database(str(folder / "var/syndicate.db"))
    db.write_now(lambda conn: conn.exec_driver_sql("UPDATE schema_version SET version_num = '9999'"))
    db.close()
    with pytest.raises(SchemaMismatch, match="9999"):
        async with opened(folder):
            pass
