"""One leased job from its beginning to its end, whatever carried it here: kept, done, finished or put off."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from syndicate.errors import StorageFull, SyndicateError, TryLater
from syndicate.model.job import Carrier, NoCarrier
from syndicate.store.connection import Connection
from syndicate.store.database import Database
from syndicate.store.jobs import LeasedJob, extend, find_parcel, finish_job, lease_job, postpone_job
from syndicate.telemetry import metrics
from syndicate.telemetry.about import about, ids_of
from syndicate.telemetry.tracing import span

log = structlog.get_logger()

Work = Callable[[str, Mapping[str, Any]], Awaitable[Any]]
FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(minutes=15)
MOST_ATTEMPTS = 10


def retry_delay(attempts: int, *, retry_after: float | None = None) -> timedelta:
    """How long to wait after the given number of attempts: doubled each time, or what the other side asks."""
    doubled = min(FIRST_RETRY * (1 << min(attempts - 1, 20)), LONGEST_RETRY)
    return max(doubled, timedelta(seconds=min(retry_after or 0.0, 86400.0)))


class Doing:
    """Does leased jobs in the name of their `owner`, whose `carrier` takes what is tried later."""

    def __init__(
        self, db: Database, work: Work, *, owner: str, now: Callable[[], datetime], lease: timedelta
    ) -> None:
        self._db, self._work, self._owner, self.now = db, work, owner, now
        self._lease = lease
        self.carrier: Carrier = NoCarrier()

    def lease_now(self, conn: Connection, job_id: int, key: str) -> LeasedJob | None:
        """Take this job, or the one that waits under its `key`; None when there is nothing to do."""
        return lease_job(conn, job_id, key=key, owner=self._owner, now=self.now(), lease=self._lease)

    async def do(self, job: LeasedJob) -> None:
        """Do the job and record its end; cancelled, it waits again."""
        ids = {"job": job.name, "job_id": job.id, **ids_of(job.args)}
        with about(**ids), span(job.name, **ids) as told, metrics.JOB_SECONDS.timed(job.name):
            outcome = await self._do(job)
            told.note(outcome=outcome, attempt=job.attempts)
        metrics.JOBS.add(1, job.name, outcome)

    async def _do(self, job: LeasedJob) -> str:
        """How it ended, in a word."""
        work = asyncio.ensure_future(self._work(job.name, job.args))
        keeping = asyncio.create_task(self._keep(job, work))
        try:
            await self._finish(job, result=await work)
            return "done"
        except TryLater as error:
            return await self._retry(job, error)
        except SyndicateError as error:
            log.warning("job.failed", job=job.name, **job.args, error=str(error))
            await self._finish(job, error=str(error))
            return "failed"
        except asyncio.CancelledError:
            log.info("job.interrupted", job=job.name, **job.args)
            # With the lease lost, the job is another runner's: nothing of it is ours to change.
            if not keeping.done():
                await self._postpone(job, timedelta(0), error="interrupted")
            return "interrupted"
        except Exception as error:
            log.exception("job.broken", job=job.name, **job.args)
            await self._finish(job, error=f"{type(error).__name__}: {error}")
            return "broken"
        finally:
            keeping.cancel()

    async def _keep(self, job: LeasedJob, work: "asyncio.Future[Any]") -> None:
        kept = True
        while kept:
            await asyncio.sleep(self._lease.total_seconds() / 3)
            try:
                until = self.now() + self._lease
                kept = await self._db.write(extend, job.id, owner=self._owner, until=until)
            except (TryLater, StorageFull) as error:
                log.warning("job.lease_waits", job=job.name, **job.args, error=str(error))
        log.warning("job.lease_lost", job=job.name, **job.args)
        work.cancel()

    async def _retry(self, job: LeasedJob, error: TryLater) -> str:
        if job.attempts >= MOST_ATTEMPTS:
            log.warning("job.gave_up", job=job.name, **job.args, error=str(error), attempts=job.attempts)
            await self._finish(job, error=str(error))
            return "gave_up"
        delay = retry_delay(job.attempts, retry_after=error.retry_after)
        log.info("job.later", job=job.name, **job.args, error=str(error), seconds=delay.total_seconds())
        await self._postpone(job, delay, error=str(error))
        return "later"

    async def _postpone(self, job: LeasedJob, delay: timedelta, *, error: str) -> None:
        await self._db.write(self._postpone_now, job, due=self.now() + delay, error=error)

    def _postpone_now(self, conn: Connection, job: LeasedJob, *, due: datetime, error: str) -> None:
        now = self.now()
        if postpone_job(conn, job.id, owner=self._owner, now=now, due=due, error=error):
            waiting = find_parcel(conn, job.id)
            self.carrier.carry(conn, [waiting] if waiting else [])

    async def _finish(self, job: LeasedJob, *, result: Any = None, error: str = "") -> None:
        ended = await self._db.write(
            finish_job, job.id, owner=self._owner, now=self.now(), result=result, error=error
        )
        if not ended:
            log.warning("job.not_ours", job=job.name, **job.args)
