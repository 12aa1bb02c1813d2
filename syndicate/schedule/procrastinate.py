"""Procrastinate on PostgreSQL: carries the rows of jobs to workers, of which there may be any number.

Our row stays the record of a job, and its lease says who does it. Procrastinate's job is how it gets there:
deferred in the transaction in which the row begins to wait, ended when its task has looked at the row.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import structlog
from procrastinate import App, PsycopgConnector, SyncPsycopgConnector, sql
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from procrastinate.schema import SchemaManager

from syndicate.errors import DatabaseBusy, StorageFull, TryLater
from syndicate.model.job import QUEUE_OF, QUEUES, Parcel, queue_of
from syndicate.schedule.doing import Doing
from syndicate.schedule.runner import Pace
from syndicate.store import carried
from syndicate.store.connection import Connection
from syndicate.store.database import Database
from syndicate.store.jobs import LeasedJob, find_parcel, next_due, requeue_stale

log = structlog.get_logger()

TASK = "syndicate.job"
# What takes minutes, or asks strangers, has a lane beside its queue's, so that nothing short waits for it.
LANES: Mapping[str, str] = MappingProxyType({
    "delivery.batch": "deliver.batches",
    "files.purge": "publish.outside",
    "files.upload": "publish.outside",
    "hub.deliver": "publish.outside",
    "hub.ping": "publish.outside",
    "hub.verify": "publish.outside",
    "source.reprocess": "collect.kept",
})  # fmt: skip
# A worker that says nothing for so long is dead; it says something every ten seconds.
SILENCE = 30
# An emptied table makes Procrastinate slow (its plans expect rows), and people ask what was yesterday.
KEPT_HOURS = 24
RESCUE = timedelta(seconds=60)
# What is due at once is notified: a worker that listens looks less often, for what is due later.
NOTIFIED = 3
RETRY = 1.0
AWAY = (ConnectorException, carried.DriverError)
# What a crash of the server makes Procrastinate forget, our leases and a rescue make good. And PostgreSQL,
# which knows nothing of a table that filled a moment ago, would sort all that wait for each that is taken.
SESSION = "-c synchronous_commit=off -c enable_sort=off"
TRIES = 30
LOOK = 0.05
MANY_LOOKS = 20
# Of one process, besides one for each lane that listens.
CONNECTIONS = 4
# What a worker could not tell at once it tells within minutes, or never.
UNSAID = timedelta(minutes=5)
MOST_RESCUED = 2_000


def lane_of(name: str) -> str:
    """Procrastinate's queue for the jobs of this name."""
    return LANES.get(name, queue_of(name))


def apportion(pace: Pace, queues: Sequence[str]) -> dict[str, int]:
    """How many jobs each lane of these queues does at a time: one at least, and all `concurrency` together.

    What is bounded gets no more than its bound; the rest is for the queues' own lanes.
    """
    bounds = {"collect": pace.most.get("source.refresh", 1), "collect.kept": 1}
    bounds |= {"publish.outside": 4, "deliver.batches": pace.most.get("delivery.batch", 1)}
    every = [*QUEUES, *sorted(set(LANES.values()))]
    lanes = dict.fromkeys((lane for lane in every if lane.partition(".")[0] in queues), 1)
    while sum(lanes.values()) < pace.concurrency:
        open_ = [lane for lane in lanes if lanes[lane] < bounds.get(lane, pace.concurrency)]
        if not open_:
            break
        least = min(open_, key=lambda lane: lanes[lane])
        lanes[least] += 1
    return lanes


def bring_up(conn: Connection) -> tuple[str, str]:
    """Make Procrastinate's tables, or bring them up to date; which step they had, and which they have.

    Raises SchemaMismatch for tables that somebody else made.
    """
    found = files("procrastinate.sql") / "migrations"
    names = sorted(one.name for one in found.iterdir() if one.name.endswith(".sql"))
    steps = [(name, (found / name).read_text("utf-8")) for name in names]
    return carried.bring_up(conn, whole=SchemaManager.get_schema(), steps=steps)


class Carrying:
    """Defers what waits in the caller's transaction, by an app without tasks and without connections."""

    def __init__(self) -> None:
        # The connector of a worker is asynchronous, and refuses to work on another's connection.
        self._connector = SyncPsycopgConnector()

    def carry(self, conn: Any, parcels: Sequence[Parcel]) -> None:
        """Take these along. What waited under one of their keys stands for no row, and is cancelled."""
        if not parcels:
            return
        for standing in carried.list_standing(conn, parcels):
            self._ask(conn, "cancel_job", job_id=standing, abort=False, delete_job=False)
        carried.defer(conn, parcels, task=TASK, lane_of=lane_of)

    def rescue(self, conn: Any, now: datetime) -> int:
        """End what dead workers had, and carry every row again that is due and that nobody carries."""
        requeue_stale(conn, now)
        silent = {"queue": None, "task_name": TASK, "seconds_since_heartbeat": SILENCE}
        stalled = [row["id"] for row in self._ask(conn, "select_stalled_jobs_by_heartbeat", **silent)]
        unsaid = carried.list_unsaid(conn, now - UNSAID)
        for job_id in carried.lock_doing(conn, {*stalled, *unsaid}):
            self._ask(conn, "finish_job", job_id=job_id, status=Status.FAILED.value, delete_job=False)
        lost = carried.list_uncarried(conn, now, most=MOST_RESCUED)
        self.carry(conn, lost)
        return len(lost)

    def prune(self, conn: Any) -> None:
        """Forget Procrastinate's jobs that ended a day ago."""
        ended = [one.value for one in (Status.SUCCEEDED, Status.FAILED, Status.CANCELLED, Status.ABORTED)]
        values = {"nb_hours": KEPT_HOURS, "queue": None, "statuses": ended}
        carried.run(conn, sql.queries["delete_old_jobs"], values)

    def _ask(self, conn: Any, name: str, **values: Any) -> list[dict[str, Any]]:
        try:
            return self._connector.execute_query_all_with_connection(
                carried.driver(conn), query=sql.queries[name], **values
            )
        except ConnectorException as error:
            raise carried.as_ours(conn, error) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How workers reach the database: its `url`, and whether by a `pooler`, which cannot listen."""

    url: str = field(repr=False)
    pooler: bool = False


class Workers:
    """One process's share of the jobs: a worker of Procrastinate for each lane.

    `doing` does what their one task leased in the name of `owner`.
    """

    def __init__(
        self, db: Database, doing: Doing, *, reach: Reach, pace: Pace, queues: Sequence[str] = QUEUES
    ) -> None:
        self._db, self._doing, self._reach, self._pace = db, doing, reach, pace
        self._lanes = apportion(pace, queues)
        self._others = [name for name, queue in QUEUE_OF.items() if queue not in queues]
        self._active: set[asyncio.Task[None]] = set()
        self._begun = 0
        self._ending = False

    def wake(self) -> None:
        """Nothing to do: PostgreSQL notifies workers as a job is committed."""

    async def run_until(self, stop: asyncio.Event) -> None:
        """Run jobs until `stop`, then drain: what does not end in time waits again, none is lost."""
        while not stop.is_set():
            try:
                async with self._working() as lanes:
                    await _until(stop, lanes)
            except (*AWAY, TryLater, StorageFull) as error:
                log.warning("runner.waits", error=str(error.__cause__ or error))
                await _rest(stop, RETRY)

    async def run_due(self) -> None:
        """Run jobs until none is due and none is running; for a single pass."""
        try:
            async with self._working():
                await self._end_due()
        except AWAY as error:
            raise DatabaseBusy(
                f"the database {self._db.where} went away: {error.__cause__ or error}"
            ) from error

    async def drain(self, *, patience: timedelta | None = None) -> None:
        """Let running jobs end; those that take longer are cancelled, and wait again."""
        if self._active:
            patience = self._pace.drain if patience is None else patience
            await asyncio.wait(self._active, timeout=patience.total_seconds())
        for task in self._active:
            task.cancel()
        if self._active:
            await asyncio.wait(self._active, timeout=self._pace.settle.total_seconds())

    @contextlib.asynccontextmanager
    async def _working(self) -> AsyncIterator[list[asyncio.Task[None]]]:
        patience = None
        self._ending = False
        await self._rescue()
        app, over = self._app(), asyncio.Event()
        async with app.open_async():
            lanes = [asyncio.create_task(self._work(app, lane, over=over), name=lane) for lane in self._lanes]
            rescuing = asyncio.create_task(self._keep_rescuing())
            try:
                yield lanes
            except asyncio.CancelledError:
                # Somebody waits at a terminal: what would go on is cancelled, and waits again.
                patience = timedelta(0)
                raise
            finally:
                self._ending = True
                over.set()
                for task in (rescuing, *lanes):
                    task.cancel()
                await self.drain(patience=patience)
                # What is left to say to a database that is away, nobody waits for.
                await asyncio.wait(lanes, timeout=RETRY)

    def _app(self) -> App:
        arguments = carried.connect_arguments(self._reach.url)
        if self._reach.pooler:
            arguments["prepare_threshold"] = None
        else:
            arguments["options"] = f"{arguments.get('options', '')} {SESSION}".lstrip()
        app = App(
            connector=PsycopgConnector(
                kwargs=arguments, configure=carried.commit_each, min_size=1, max_size=CONNECTIONS
            )
        )
        app.task(name=TASK)(self._take)
        # They tell of a server that is away in pages, for each lane again; we do in a line.
        for name in ("procrastinate", "psycopg.pool"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        return app

    async def _work(self, app: App, lane: str, *, over: asyncio.Event) -> None:
        """A worker for the lane, and another whenever one ends since the database was away.

        One that ends in its own way takes a cancellation for its end: only `over` tells.
        """
        looks = self._pace.poll.total_seconds() * (1 if self._reach.pooler else NOTIFIED)
        while not over.is_set():
            try:
                await app.run_worker_async(
                    queues=[lane],
                    name=lane,
                    concurrency=self._lanes[lane],
                    listen_notify=not self._reach.pooler,
                    fetch_job_polling_interval=looks,
                    install_signal_handlers=False,
                    stalled_worker_timeout=SILENCE,
                )
                if not over.is_set():
                    log.warning("runner.waits", lane=lane, error="its worker ended: the database was away")
            except AWAY as error:
                log.warning("runner.waits", lane=lane, error=str(error.__cause__ or error))
            await _rest(over, RETRY)

    async def _take(self, job: int, key: str) -> None:
        task = asyncio.ensure_future(self._do(job, key))
        self._active.add(task)
        self._begun += 1
        task.add_done_callback(self._active.discard)
        await task

    async def _do(self, job: int, key: str) -> None:
        if self._ending:
            # Fetched in the same moment: for another worker.
            await self._db.write(self._give_back, job)
            return
        leased = await self._lease(job, key)
        if leased is None:
            return
        try:
            await self._doing.do(leased)
        except (TryLater, StorageFull) as error:
            # Its end could not be recorded: the lease runs out, and the job is done again, which is safe.
            log.error("job.unrecorded", job=leased.name, error=str(error))
        except Exception:
            log.exception("job.unrecorded", job=leased.name)

    async def _lease(self, job: int, key: str) -> LeasedJob | None:
        for _ in range(TRIES):
            try:
                return await self._db.write(self._doing.lease_now, job, key)
            except (TryLater, StorageFull) as error:
                log.warning("runner.waits", error=str(error))
                await asyncio.sleep(RETRY)
        # A rescue carries it again.
        return None

    async def _end_due(self) -> None:
        looks = 0
        while await self._is_busy():
            await asyncio.sleep(LOOK)
            looks += 1
            if not looks % MANY_LOOKS and not self._active:
                await self._rescue()

    def _give_back(self, conn: Connection, job: int) -> None:
        waiting = find_parcel(conn, job)
        self._doing.carrier.carry(conn, [waiting] if waiting else [])

    async def _is_busy(self) -> bool:
        begun = self._begun
        if self._active or await self._is_due():
            return True
        # One may have begun and ended while the database answered, and made others due.
        return self._begun != begun

    async def _is_due(self) -> bool:
        due = await self._db.read(next_due, without=self._others)
        return due is not None and due <= self._doing.now()

    async def _keep_rescuing(self) -> None:
        # Whoever sweeps may itself be what was lost on the way.
        while True:
            await asyncio.sleep(RESCUE.total_seconds())
            try:
                await self._rescue()
            except (TryLater, StorageFull) as error:
                log.warning("runner.waits", error=str(error))
            except Exception:
                # As for a job: what is broken is told, and the others go on.
                log.exception("runner.rescue_broken")

    async def _rescue(self) -> int:
        return await self._db.write(self._doing.carrier.rescue, self._doing.now())


async def _until(stop: asyncio.Event, lanes: Collection["asyncio.Task[None]"]) -> None:
    """Wait for `stop`. Raises what ended a lane, each of which goes on for ever."""
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({stopping, *lanes}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
    for lane in lanes:
        if lane.done():
            lane.result()


async def _rest(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
