"""A hub to test: its real web address, a real subscriber, and a clock and jobs in the test's hands."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from syndicate.model.hub import Hub
from syndicate.model.job import Job
from syndicate.model.partner import Partner
from syndicate.model.site import FetchSettings
from syndicate.net.client import Client
from syndicate.partner.gate import Gate
from syndicate.partner.hub.distributing import deliver_due, distribute
from syndicate.partner.hub.hubbing import Hubbing
from syndicate.partner.hub.listing import HubSubscription, list_all
from syndicate.partner.hub.sweeping import sweep
from syndicate.partner.hub.verifying import verify_due
from syndicate.partner.log import DeliveryLog
from syndicate.store.database import Database
from syndicate.web.serving import Serving
from tests.builders import NOON
from tests.neighbours.subscriber import Subscriber, a_subscriber
from tests.web.conftest import Answer, Running, a_site

KEYS = (b"k" * 32,)
RSS = b"<rss><channel><title>The Daily Tide</title></channel></rss>"
SECRET = "the tide turns at nine"


@dataclass
class Time:
    """A clock that stands until it is moved."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, **spans: float) -> None:
        self.at += timedelta(**spans)


@dataclass
class Desk:
    """`jobs` are those enqueued and not done; `work` does them, and what they lead to."""

    site: Running
    hubbing: Hubbing
    subscriber: Subscriber
    time: Time
    jobs: list[Job] = field(default_factory=list)

    @property
    def topic(self) -> str:
        return self.topic_of("rss")

    @property
    def taken(self) -> list[bytes]:
        """The bodies that the subscriber was sent."""
        return [one.body for one in self.subscriber.taken]

    def topic_of(self, form: str) -> str:
        return f"{self.site.base_url}/feeds/all.{form}"

    def write(self, data: bytes, form: str = "rss") -> None:
        """Put a document of the feed in its place, as a publication does."""
        path = self.hubbing.public_dir / "feeds" / f"all.{form}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    async def ask(self, **fields: Any) -> Answer:
        """POST to the hub; a subscription to the RSS unless the fields say otherwise, None leaves one out."""
        base = {"mode": "subscribe", "topic": self.topic, "callback": self.subscriber.callback()}
        named = {f"hub.{name}": str(value) for name, value in (base | fields).items() if value is not None}
        return await self.site.post("/hub", named)

    async def subscribe(self, **fields: Any) -> None:
        """Subscribe, and be verified."""
        answer = await self.ask(**fields)
        assert answer.status == 202, answer.text
        await self.work()

    async def publish(self, data: bytes, form: str = "rss") -> None:
        """Publish other bytes, and let them be distributed."""
        self.write(data, form)
        await distribute(self.hubbing, "all")
        await self.work()

    async def work(self) -> None:
        """Do the jobs that are enqueued."""
        does = {"hub.verify": verify_due, "hub.deliver": deliver_due}
        while self.jobs:
            job = self.jobs.pop(0)
            if job.name == "hub.distribute":
                await distribute(self.hubbing, str(job.args["feed"]))
            else:
                await does[job.name](self.hubbing)

    async def sweep(self) -> dict[str, int]:
        found = await sweep(self.hubbing)
        await self.work()
        return found

    async def list(self) -> list[HubSubscription]:
        return list(await list_all(self.hubbing))


def gate_of(serving: Serving, folder: Path, time: Time) -> Gate:
    """What opens partners' documents, which stand in the folder."""
    db = serving.people.db
    return Gate(
        db=db,
        catalogue=serving.catalogue,
        partners_dir=folder / "partners",
        keys=KEYS,
        log=DeliveryLog(db),
        now=time,
    )


@asynccontextmanager
async def a_desk(
    db: Database, folder: Path, *, partners: tuple[Partner, ...] = (), **change: Any
) -> AsyncIterator[Desk]:
    """A site with its hub, partners and a subscriber; `change` are settings of the hub."""
    time, jobs, numbers = Time(), [], count(1)
    timeout = change.pop("timeout", 1.0)
    async with a_subscriber() as subscriber:
        settings = FetchSettings(allow_hosts=(subscriber.host,), timeout=timeout)
        async with Client(settings, connections=0) as client:

            def hubbing(serving: Serving) -> Hubbing:
                return Hubbing(
                    db=db,
                    catalogue=serving.catalogue,
                    public_dir=serving.public_dir,
                    client=client,
                    now=time,
                    mint=lambda: f"challenge-{next(numbers)}",
                    chance=lambda: 1.0,
                    enqueue=lambda _conn, job: jobs.append(job),
                    gate=gate_of(serving, folder, time),
                )

            catalogue = {"hub": Hub(**change), "partners": {one.name: one for one in partners}}
            async with a_site(db, folder, now=time, catalogue=catalogue, hubbing=hubbing) as site:
                assert site.serving.hubbing is not None
                desk = Desk(
                    site=site, hubbing=site.serving.hubbing, subscriber=subscriber, time=time, jobs=jobs
                )
                desk.write(RSS)
                yield desk
