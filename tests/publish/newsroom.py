"""A newsroom for tests of corrections: items, issues that are compiled and begun, jobs that wait."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Selection
from syndicate.model.item import Image, Item, Timestamp
from syndicate.model.newsletter import Issue, IssueState
from syndicate.model.partner import Partner
from syndicate.model.site import Site
from syndicate.model.source import Publish, Rights
from syndicate.publish.compile import Compiling, compile_issue
from syndicate.publish.corrections import Editing
from syndicate.store import issues, items, jobs, schema
from syndicate.store.database import Database
from syndicate.store.partitions import prepare_partitions
from syndicate.templating import Templates
from tests.builders import NOON, a_feed, a_newsletter, a_source, an_item
from tests.digests import an_id

HOUR = timedelta(hours=1)


class Newsroom:
    """A database with one source, two feeds, one newsletter; `now` is an hour later at each move."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.now = NOON
        self.catalogue = Catalogue(
            site=Site(base_url="https://courier.example"),
            sources={"harbour": a_source(rights=Rights(publish=Publish.FULL))},
            feeds={
                "all": a_feed(),
                "elsewhere": a_feed(name="elsewhere", selection=Selection(sources=("other",))),
            },
            newsletters={"daily": a_newsletter()},
            partners={
                "quay": Partner(name="quay", title="Quay Radio", feeds=("all",)),
                "hill": Partner(name="hill", title="Hill Post", feeds=("elsewhere",)),
            },
        )

    def move(self) -> None:
        """An hour later."""
        self.now += HOUR

    @property
    def editing(self) -> Editing:
        return Editing(db=self.db, catalogue=self.catalogue, now=self._now, enqueue=self._enqueue)

    @property
    def compiling(self) -> Compiling:
        return Compiling(db=self.db, catalogue=self.catalogue, templates=Templates(), now=self._now)

    def save(self, number: int, **change: Any) -> Item:
        """The n-th story, newer than those before."""
        published = Timestamp(instant=NOON + HOUR * number)
        base: dict[str, Any] = {"id": an_id(number), "headline": f"Story {number} of the old quay"}
        item = an_item(**base | {"published": published, "url": f"https://courier.example/{number}"} | change)
        self.db.write_now(items.save_item, item, keys=[f"url:{number}"])
        return item

    def item(self, number: int) -> Item:
        found = self.db.read_now(items.find_item, an_id(number))
        assert found is not None
        return found

    async def compile(self) -> Issue:
        issue = await compile_issue(self.compiling, "daily")
        assert issue is not None
        return issue

    def begin(self, issue: Issue, *, state: IssueState = IssueState.SENDING, sent: bool = True) -> None:
        """Let it be sent, and, if `sent`, to somebody."""

        def write(conn: Any) -> None:
            table = schema.issues
            row = table.update().where(table.c.id == issue.id)
            conn.execute(row.values(state=state, started=self.now, candidates=2))
            if sent:
                values = {"issue_id": issue.id, "subscriber_id": 1, "batch": 0, "state": "sent", "attempt": 1}
                prepare_partitions(conn, [issue.id])
                conn.execute(schema.deliveries.insert().values(values))

        self.db.write_now(write)

    def issue(self, issue: Issue) -> Issue:
        found = self.db.read_now(issues.find_issue, issue.id)
        assert found is not None
        return found

    def waiting(self) -> list[str]:
        """The keys of the jobs that wait."""
        return self.db.read_now(lambda conn: sorted(conn.scalars(select(schema.jobs.c.key))))

    def forget_jobs(self) -> None:
        self.db.write_now(lambda conn: conn.execute(schema.jobs.delete()))

    def _now(self) -> datetime:
        return self.now

    def _enqueue(self, conn: Any, job: Any) -> None:
        jobs.enqueue(conn, job, now=self.now)


def an_image(name: str = "ferry.png") -> Image:
    """A lead image in the media store."""
    return Image(url=f"https://courier.example/{name}", alt="A ferry", width=40, height=20, media=name)


def with_newsletter(room: Newsroom, name: str) -> None:
    """A second newsletter of the same items."""
    letters = {**room.catalogue.newsletters, name: a_newsletter(name=name, title="The Weekly Tide")}
    room.catalogue = replace(room.catalogue, newsletters=letters)
