"""Through a pooler that gives a connection for a transaction, everything works as without."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from syndicate.deliver import send
from syndicate.model.delivery import DeliveryState
from syndicate.model.site import DeliverySettings, PostgresqlSettings
from syndicate.store.database import Database
from syndicate.store.upgrade import require_current, upgrade
from tests.deliver.sender import a_sending, add_issue
from tests.neighbours.pgbouncer import running_pgbouncer
from tests.neighbours.postgres import TEMPLATE, Cluster
from tests.neighbours.smtp_server import SmtpServer, running

TIMES = 40


@pytest.fixture(scope="module")
def pooler(postgres: Cluster) -> Iterator[str]:
    with running_pgbouncer(postgres, connections=2) as where:
        yield where


@pytest.fixture
def pooled(pooler: str, postgres: Cluster) -> Iterator[Database]:
    name = postgres.create(template=TEMPLATE)
    url = f"postgresql://postgres@/{name}?{pooler}"
    db = Database(url, postgresql=PostgresqlSettings(pooler=True))
    yield db
    db.close()
    postgres.drop(name)


def backend(conn: Connection) -> int:
    return int(conn.scalars(text("SELECT pg_backend_pid()")).one())


def test_one_statement_runs_often_on_whatever_connection_it_gets(pooled: Database) -> None:
    with ThreadPoolExecutor(8) as threads:
        backends = set(threads.map(lambda _: pooled.read_now(backend), range(TIMES)))
    assert 1 <= len(backends) <= 2
    prepared = text("SELECT count(*) FROM pg_prepared_statements")
    assert pooled.read_now(lambda conn: conn.scalar(prepared)) == 0


def test_a_schema_is_made_through_it(pooler: str, postgres: Cluster) -> None:
    name = postgres.create()
    db = Database(f"postgresql://postgres@/{name}?{pooler}", postgresql=PostgresqlSettings(pooler=True))
    upgrade(db)
    require_current(db)
    db.close()
    postgres.drop(name)


async def test_an_issue_is_sent_through_it(pooled: Database, tmp_path: Path) -> None:
    issue_id = pooled.write_now(add_issue, readers=120)
    async with running(SmtpServer()) as server:
        settings = DeliverySettings(batch=20, group=4)
        sending = a_sending(pooled, server.relay(connections=3), tmp_path, settings=settings)
        report = await send.send_issue(sending, issue_id)
        await sending.fleet.close()
    assert report.tally == {DeliveryState.SENT: 120}
    assert len(set(server.recipients)) == len(server.recipients) == 120
