"""A backup holds everything, restores into either database, and a restore loses nothing."""

import os
import shutil
import subprocess
import sys
import tarfile
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import zstandard
from sqlalchemy import Connection, select

from syndicate.errors import DatabaseBusy, RestoreRefused, SchemaMismatch, StorageFull
from syndicate.model.job import Job
from syndicate.model.newsletter import IssueState, Missed
from syndicate.model.schedule import Schedule
from syndicate.store import issues, items, jobs, pages, schedules, schema, services, sources
from syndicate.store.archive import Manifest, packing
from syndicate.store.backup import BackupReport, Origin, backup
from syndicate.store.database import Database
from syndicate.store.migrations import HEAD
from syndicate.store.pages import PageStatus
from syndicate.store.restore import RestoreReport, Target, restore
from syndicate.store.schema import metadata, subscribers
from syndicate.store.upgrade import require_current
from tests.builders import NOON, a_newsletter, a_notice, a_source, an_item
from tests.neighbours.postgres import TEMPLATE, Cluster
from tests.store.restorer import KILLED

ROOT = Path(__file__).parents[2]
DAY = timedelta(days=1)
PERSON = {"address": "ada@people.example", "address_key": "ada@people.example", "created": NOON}


def fill(db: Database) -> None:
    """Some rows of many kinds; the last subscriber is gone again."""

    def rows(conn: Connection) -> None:
        items.save_item(conn, an_item(headline="می‌روم 👩‍👩‍👧", page_notice=a_notice()), keys=["guid:1"])
        items.save_revision(conn, replace(an_item(), revision=2, changed=NOON), keys=[])
        sources.upsert_sources(conn, [a_source()], now=NOON)
        pages.save_page(conn, PageStatus(source="harbour", url="https://x.example/", captured=NOON))
        job_id = jobs.enqueue(conn, Job(name="sweep", key="sweep"), now=NOON)
        jobs.lease_jobs(conn, owner="me", now=NOON, limit=1, lease=DAY)
        jobs.finish_job(conn, job_id, owner="me", now=NOON, result={"found": [1, None, "é"]})
        for number in range(3):
            conn.execute(subscribers.insert().values(PERSON | {"address_key": f"{number}@people.example"}))
        conn.execute(subscribers.delete().where(subscribers.c.id == 3))

    db.write_now(rows)


def contents(db: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""

    def rows(conn: Connection) -> dict[str, list[tuple[object, ...]]]:
        return {t.name: sorted(map(tuple, conn.execute(select(t))), key=repr) for t in metadata.sorted_tables}

    return db.read_now(rows)


def folder_of(path: Path) -> dict[str, bytes]:
    return {str(p.relative_to(path)): p.read_bytes() for p in path.rglob("*") if p.is_file()}


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data folder with a key and two images."""
    folder = tmp_path / "var"
    (folder / "media" / "ab").mkdir(parents=True)
    (folder / "secret.key").write_bytes(b"the key")
    (folder / "media" / "ferry.jpg").write_bytes(b"\xff\xd8 ferry")
    (folder / "media" / "ab" / "پیک.png").write_bytes(b"")
    return folder


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "syndicate.toml"
    path.write_text("[site]\nname = 'Harbour Courier'\n")
    return path


@pytest.fixture
def full(db: Database) -> Database:
    fill(db)
    return db


def keep(db: Database, data_dir: Path, config: Path | None = None, *, named: tuple[Path, ...] = ()) -> Path:
    target = data_dir.parent / "backup.tar.zst"
    backup(db, target, origin=Origin(data_dir=data_dir, config=config, named=named), now=NOON)
    return target


def put_back(archive: Path, database: str | Path, data_dir: Path, **more) -> RestoreReport:
    config = more.pop("config", None)
    target = Target(database=str(database), data_dir=data_dir, config=config)
    return restore(archive, target, **{"now": NOON} | more)


def test_a_backup_says_what_it_holds_and_is_private(full: Database, data_dir: Path, config: Path) -> None:
    target = data_dir.parent / "backup.tar.zst"
    report = backup(full, target, origin=Origin(data_dir=data_dir, config=config), now=NOON)
    size = target.stat().st_size
    assert report == BackupReport(file=target, size=size, schema=HEAD, media=2, key=True, config=True)
    assert target.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in data_dir.parent.iterdir() if p.name.startswith(".")] == []


def test_images_of_a_shared_folder_are_in_the_backup_too(full: Database, data_dir: Path) -> None:
    shared = data_dir.parent / "shared"
    shared.mkdir()
    (data_dir / "media").rename(shared / "media")
    target = data_dir.parent / "backup.tar.zst"
    backup(full, target, origin=Origin(data_dir=data_dir, media=shared / "media"), now=NOON)
    report = restore(target, Target(database=str(data_dir / "new.db"), data_dir=data_dir / "new"), now=NOON)
    assert report.aside == ()
    assert folder_of(data_dir / "new" / "media") == folder_of(shared / "media") != {}


def test_deliveries_that_left_the_database_are_in_the_backup_too(full: Database, data_dir: Path) -> None:
    (data_dir / "archive").mkdir()
    (data_dir / "archive" / "deliveries-1.jsonl.zst").write_bytes(b"whole")
    (data_dir / "archive" / "deliveries-2.jsonl.zst.part").write_bytes(b"half")
    archive = keep(full, data_dir)
    put_back(archive, data_dir.parent / "new.db", data_dir.parent / "new")
    assert folder_of(data_dir.parent / "new" / "archive") == {"deliveries-1.jsonl.zst": b"whole"}
    (data_dir / "archive" / "deliveries-1.jsonl.zst").write_bytes(b"newer")
    with pytest.raises(RestoreRefused, match="archive"):
        put_back(archive, data_dir / "other.db", data_dir)


def test_a_backup_is_an_archive_that_any_tar_reads(full: Database, data_dir: Path, config: Path) -> None:
    archive = keep(full, data_dir, config)
    with zstandard.open(archive, "rb") as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
        names = tar.getnames()
    assert {"secret.key", "media/ferry.jpg", "media/ab/پیک.png", "config/syndicate.toml"} < set(names)
    assert names[-1] == "manifest.json"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_backup_restores_into_either_database(
    full: Database, data_dir: Path, config: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    archive = keep(full, data_dir, config)
    elsewhere = data_dir.parent / "elsewhere"
    cluster: Cluster | None = request.getfixturevalue("postgres") if kind == "postgresql" else None
    name = cluster.create() if cluster else ""
    url = cluster.url(name) if cluster else str(elsewhere / "syndicate.db")
    report = put_back(archive, url, elsewhere)
    assert (report.created, report.schema, report.aside) == (NOON, HEAD, ())
    restored = Database(url)
    require_current(restored)
    assert contents(restored) == contents(full)
    restored.write_now(lambda conn: conn.execute(subscribers.insert().values(PERSON)))
    ids = restored.read_now(lambda conn: list(conn.scalars(select(subscribers.c.id).order_by("id"))))
    assert ids[:2] == [1, 2]
    assert ids[2] > 1000, "an id that was given out since the backup is never given again"
    restored.close()
    if cluster:
        cluster.drop(name)
    assert folder_of(elsewhere / "media") == folder_of(data_dir / "media")
    assert (elsewhere / "secret.key").read_bytes() == b"the key"
    assert (elsewhere / "secret.key").stat().st_mode & 0o777 == 0o600
    assert (elsewhere / "syndicate.toml").read_bytes() == config.read_bytes()


def a_signing_key(data_dir: Path) -> Path:
    key = data_dir / "dkim" / "courier.example.s202603.pem"
    key.parent.mkdir()
    key.write_bytes(b"the key that signs")
    return key


def test_files_of_ours_that_the_configuration_names_come_back(sqlite_db: Database, data_dir: Path) -> None:
    key, foreign = a_signing_key(data_dir), data_dir.parent / "relay.pem"
    foreign.write_bytes(b"another's")
    archive = keep(sqlite_db, data_dir, named=(key, foreign, data_dir / "dkim" / "gone.pem"))
    elsewhere = data_dir.parent / "elsewhere"
    put_back(archive, elsewhere / "syndicate.db", elsewhere)
    assert folder_of(elsewhere / "dkim") == folder_of(data_dir / "dkim")
    assert (elsewhere / "dkim" / key.name).stat().st_mode & 0o777 == 0o600
    assert not list(elsewhere.rglob("relay.pem"))


def test_a_signing_key_is_replaced_only_when_told_and_kept_aside(sqlite_db: Database, data_dir: Path) -> None:
    key = a_signing_key(data_dir)
    archive = keep(sqlite_db, data_dir, named=(key,))
    elsewhere = data_dir.parent / "elsewhere"
    other = elsewhere / "dkim" / key.name
    other.parent.mkdir(parents=True)
    other.write_bytes(b"another key")
    with pytest.raises(RestoreRefused, match=r"would replace .*s202603\.pem"):
        put_back(archive, elsewhere / "syndicate.db", elsewhere)
    assert other.read_bytes() == b"another key"
    report = put_back(archive, elsewhere / "syndicate.db", elsewhere, overwrite=True)
    assert other.read_bytes() == b"the key that signs"
    assert [path.read_bytes() for path in report.aside if path.parent == other.parent] == [b"another key"]


def test_a_backup_of_a_database_in_use_is_one_moment_of_it(full: Database, data_dir: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            full.write_now(
                lambda conn, n=number: [services.beat(conn, f"{side}{n}", now=NOON) for side in "ab"]
            )

    writer = threading.Thread(target=write)
    writer.start()
    try:
        archive = keep(full, data_dir)
    finally:
        stop.set()
        writer.join()
    elsewhere = data_dir.parent / "elsewhere"
    put_back(archive, elsewhere / "syndicate.db", elsewhere)
    restored = Database(str(elsewhere / "syndicate.db"))
    owners = {row[0] for row in contents(restored)["services"]}
    restored.close()
    assert {o[1:] for o in owners if o[0] == "a"} == {o[1:] for o in owners if o[0] == "b"}


def test_a_backup_overwrites_no_file_unless_told(sqlite_db: Database, data_dir: Path) -> None:
    archive = keep(sqlite_db, data_dir)
    with pytest.raises(StorageFull, match="is there already"):
        keep(sqlite_db, data_dir)
    backup(sqlite_db, archive, origin=Origin(data_dir=data_dir), now=NOON, overwrite=True)


def test_a_backup_into_a_missing_folder_is_told(sqlite_db: Database, data_dir: Path) -> None:
    with pytest.raises(StorageFull, match="No such file"):
        backup(sqlite_db, data_dir / "no" / "b.tar.zst", origin=Origin(data_dir=data_dir), now=NOON)


def test_an_empty_database_is_not_backed_up(tmp_path: Path, data_dir: Path) -> None:
    db = Database(str(tmp_path / "empty.db"))
    with pytest.raises(SchemaMismatch, match="nothing to back up"):
        keep(db, data_dir)
    db.close()


def test_a_restore_refuses_to_overwrite_and_changes_nothing(full: Database, data_dir: Path) -> None:
    archive = keep(full, data_dir)
    before = contents(full)
    with pytest.raises(RestoreRefused, match=r"would replace .*secret\.key"):
        put_back(archive, full.address.render_as_string(hide_password=False), data_dir)
    assert contents(full) == before


def test_a_restore_over_a_database_puts_the_old_one_aside(sqlite_url: str, data_dir: Path) -> None:
    db = Database(sqlite_url)
    fill(db)
    archive, before = keep(db, data_dir), contents(db)
    db.write_now(items.restate, replace(an_item(), archived=True))
    after = contents(db)
    db.close()
    (data_dir / "secret.key").write_bytes(b"another key")
    (data_dir / "journal").mkdir()
    report = put_back(archive, sqlite_url, data_dir, overwrite=True)
    stamp = "before-restore-20260301T120000Z"
    assert {path.name for path in report.aside} == {
        f"{name}.{stamp}" for name in ("syndicate.db", "secret.key", "media", "journal")
    }
    assert (data_dir / f"secret.key.{stamp}").read_bytes() == b"another key"
    assert (data_dir / "secret.key").read_bytes() == b"the key"
    assert not (data_dir / "journal").exists()
    for path, expected in ((sqlite_url, before), (f"{sqlite_url}.{stamp}", after)):
        found = Database(path)
        assert contents(found) == expected
        found.close()


def test_a_restore_over_postgresql_replaces_every_row(postgres_url: str, data_dir: Path) -> None:
    db = Database(postgres_url)
    fill(db)
    archive, before = keep(db, data_dir), contents(db)
    db.write_now(services.beat, "host:1", now=NOON - timedelta(days=1))
    put_back(archive, postgres_url, data_dir, overwrite=True)
    assert contents(db) == before
    db.close()


def test_a_running_service_is_not_restored_under(full: Database, data_dir: Path) -> None:
    archive = keep(full, data_dir)
    full.write_now(services.beat, "host:1", now=NOON)
    url = full.address.render_as_string(hide_password=False)
    with pytest.raises(RestoreRefused, match="host:1 is running"):
        put_back(archive, url, data_dir, overwrite=True)
    put_back(archive, url, data_dir, overwrite=True, now=NOON + timedelta(hours=1))


def test_a_command_that_does_a_job_is_not_restored_under(full: Database, data_dir: Path) -> None:
    """It has no heartbeat."""
    archive = keep(full, data_dir)
    full.write_now(jobs.enqueue, Job(name="feed.publish"), now=NOON)
    lease = {"owner": "host:2", "now": NOON, "limit": 1, "lease": timedelta(minutes=1)}
    assert full.write_now(jobs.lease_jobs, **lease)
    url = full.address.render_as_string(hide_password=False)
    with pytest.raises(RestoreRefused, match=r"host:2 has a job of .* in hand"):
        put_back(archive, url, data_dir, overwrite=True)
    put_back(archive, url, data_dir, overwrite=True, now=NOON + timedelta(minutes=2))


def test_a_damaged_database_can_be_replaced(sqlite_db: Database, data_dir: Path) -> None:
    archive = keep(sqlite_db, data_dir)
    damaged = data_dir / "damaged.db"
    damaged.write_bytes(b"no database at all, " * 500)
    put_back(archive, damaged, data_dir, overwrite=True)
    db = Database(str(damaged))
    assert contents(db) == contents(sqlite_db)
    db.close()


def test_the_configuration_in_use_is_never_overwritten(
    sqlite_db: Database, data_dir: Path, config: Path
) -> None:
    archive = keep(sqlite_db, data_dir, config)
    elsewhere = data_dir.parent / "elsewhere"
    same = put_back(archive, elsewhere / "one.db", elsewhere, config=config)
    assert same.config == config
    kept = config.read_text()
    config.write_text("[site]\nname = 'Now'\n")
    other = put_back(archive, elsewhere / "two.db", elsewhere, config=config, overwrite=True)
    assert config.read_text() == "[site]\nname = 'Now'\n"
    assert other.config is not None
    assert (other.config.name, other.config.read_text()) == ("syndicate.restored.toml", kept)


def test_a_restored_configuration_is_private(sqlite_db: Database, data_dir: Path, config: Path) -> None:
    archive = keep(sqlite_db, data_dir, config)
    elsewhere = data_dir.parent / "elsewhere"
    before = os.umask(0)
    try:
        fresh = put_back(archive, elsewhere / "one.db", elsewhere).config
        config.write_text("[site]\nname = 'Now'\n")
        config.with_name("syndicate.restored.toml").write_text("of an earlier restore")
        beside = put_back(archive, data_dir.parent / "two.db", data_dir.parent / "two", config=config).config
    finally:
        os.umask(before)
    assert [path and path.stat().st_mode & 0o777 for path in (fresh, beside)] == [0o600, 0o600]


def under_way(conn: Connection) -> None:
    """A newsletter that is due daily, with one issue that is being sent and one that is compiled."""
    cadence = Schedule(name="daily", cadence=a_newsletter().cadence, missed=Missed.SEND_LATE)
    schedules.upsert_schedules(conn, [cadence], now=NOON - DAY)
    for number, state in ((1, IssueState.SENDING), (2, IssueState.COMPILED)):
        row = {"newsletter": "daily", "number": number, "state": state.value, "compiled": NOON}
        conn.execute(schema.issues.insert().values(row))
        occurrence = a_firing(conn, number)
        schedules.set_outcome(conn, occurrence, outcome="compiled", issue_id=number)
    jobs.enqueue(conn, Job(name="issue.send", args={"issue": 2}), now=NOON)
    jobs.enqueue(conn, Job(name="issue.compile", args={"occurrence": a_firing(conn, 3)}), now=NOON)
    jobs.enqueue(conn, Job(name="source.refresh", args={"source": "harbour"}), now=NOON)


def a_firing(conn: Connection, day: int) -> int:
    date, due = f"2026-02-0{day}", NOON - 20 * DAY + day * DAY
    found = schedules.record_occurrence(conn, "daily", local_date=date, local_time="07:00", due=due, now=NOON)
    assert found is not None
    return found


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_restored_database_sends_nothing_by_itself(
    sqlite_db: Database, data_dir: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    sqlite_db.write_now(under_way)
    archive = keep(sqlite_db, data_dir)
    elsewhere = data_dir.parent / "elsewhere"
    url = request.getfixturevalue("postgres_url") if kind == "postgresql" else str(elsewhere / "s.db")
    put_back(archive, url, elsewhere, now=NOON + 3 * DAY, overwrite=True)
    restored = Database(url)
    sending, compiled = (restored.read_now(issues.find_issue, number) for number in (1, 2))
    assert sending is not None
    assert (sending.state, sending.paused_reason) == (
        IssueState.PAUSED,
        "restored from a backup of 2026-03-01 12:00 UTC: what was sent later is not known here",
    )
    assert compiled is not None
    assert compiled.state is IssueState.COMPILED
    assert [one.since for one in restored.read_now(schedules.list_schedules)] == [NOON + 3 * DAY]
    told = contents(restored)
    assert [row[6] for row in told["occurrences"]] == [1, None, None]
    assert [row[1] for row in told["jobs"]] == ["source.refresh"]
    assert not restored.read_now(schedules.has_unmade, "daily")
    restored.close()


def spoilt(how: str, archive: Path) -> None:
    data = archive.read_bytes()
    if how == "truncated":
        archive.write_bytes(data[: len(data) * 2 // 3])
    elif how == "flipped":
        archive.write_bytes(data[:2000] + bytes([data[2000] ^ 1]) + data[2001:])
    elif how == "other":
        archive.write_bytes(b"PK\x03\x04 and so on")
    elif how == "empty":
        archive.write_bytes(b"")
    elif how == "missing":
        archive.unlink()


@pytest.mark.parametrize("how", ["truncated", "flipped", "other", "empty", "missing"])
def test_a_spoilt_archive_is_refused_and_changes_nothing(
    sqlite_db: Database, data_dir: Path, how: str
) -> None:
    archive = keep(sqlite_db, data_dir)
    spoilt(how, archive)
    before = folder_of(data_dir)
    with pytest.raises(RestoreRefused, match=r"backup\.tar\.zst"):
        put_back(archive, data_dir / "syndicate.db", data_dir, overwrite=True)
    assert {name: data for name, data in folder_of(data_dir).items() if ".restore" not in name} == before


@pytest.mark.parametrize("name", ["media/../../etc/cron", "/etc/passwd", "syndicate/app.py", "media/a/../b"])
def test_a_member_that_would_leave_its_folder_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "x").write_text("x")
    with packing(tmp_path / "evil.tar.zst") as archive:
        archive.add(name, tmp_path / "x")
        archive.finish(Manifest(created=NOON.isoformat(), program="0", kind="sqlite", schema=HEAD))
    with pytest.raises(RestoreRefused, match="unexpected member"):
        put_back(tmp_path / "evil.tar.zst", tmp_path / "var" / "s.db", tmp_path / "var")


def test_a_backup_of_a_newer_schema_is_refused(tmp_path: Path) -> None:
    with packing(tmp_path / "newer.tar.zst") as archive:
        archive.finish(Manifest(created=NOON.isoformat(), program="9.0.0", kind="sqlite", schema="0999"))
    with pytest.raises(SchemaMismatch, match=r"restore it with Syndicate 9\.0\.0 or newer"):
        put_back(tmp_path / "newer.tar.zst", tmp_path / "var" / "s.db", tmp_path / "var")
    assert not (tmp_path / "var" / "s.db").exists()


def test_a_restore_killed_at_any_step_loses_neither_the_old_nor_the_new(
    sqlite_template: Path, data_dir: Path, tmp_path: Path
) -> None:
    old = state_of(sqlite_template, data_dir, key=b"the old key")
    db = Database(str(data_dir / "syndicate.db"))
    fill(db)
    new_rows = contents(db)
    (data_dir / "secret.key").write_bytes(b"the key")
    archive = keep(db, data_dir)
    db.close()
    seen = set()
    for step in range(1000):
        shutil.rmtree(data_dir)
        state_of(sqlite_template, data_dir, key=b"the old key")
        ended = run_restorer(step, archive, data_dir)
        # Whoever opens the database next finishes what the kill left.
        found = Database(str(data_dir / "syndicate.db"))
        rows, key = contents(found), (data_dir / "secret.key").read_bytes()
        found.close()
        assert (rows, key) in ((old, b"the old key"), (new_rows, b"the key")), f"killed before step {step}"
        seen.add(key)
        if ended == 0:
            break
        assert ended == KILLED
    assert seen == {b"the old key", b"the key"}
    assert ended == 0
    assert not (data_dir / ".restore").exists()


def state_of(template: Path, data_dir: Path, *, key: bytes) -> dict[str, list[tuple[object, ...]]]:
    """A data folder with an empty database and this key; what the database holds."""
    data_dir.mkdir(exist_ok=True)
    shutil.copy(template, data_dir / "syndicate.db")
    (data_dir / "secret.key").write_bytes(key)
    db = Database(str(data_dir / "syndicate.db"))
    found = contents(db)
    db.close()
    return found


def run_restorer(step: int, archive: Path, data_dir: Path) -> int:
    command = [sys.executable, "-m", "tests.store.restorer", str(step), str(archive)]
    return subprocess.run(
        [*command, str(data_dir / "syndicate.db"), str(data_dir)], cwd=ROOT, check=False
    ).returncode


def test_a_restore_into_a_locked_database_is_busy(
    postgres: Cluster, sqlite_db: Database, data_dir: Path
) -> None:
    archive = keep(sqlite_db, data_dir)
    name = postgres.create(template=TEMPLATE)
    postgres.run(f'ALTER DATABASE "{name}" CONNECTION LIMIT 0')
    postgres.run("DROP ROLE IF EXISTS guest")
    postgres.run("CREATE ROLE guest LOGIN")
    url = postgres.url(name).replace("postgres@", "guest@")
    with pytest.raises(DatabaseBusy):
        put_back(archive, url, data_dir, overwrite=True)
    postgres.drop(name)
