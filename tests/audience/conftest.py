from typing import Any

import pytest

from syndicate.audience.people import People
from syndicate.audience.tokens import Keyring
from syndicate.model.catalogue import Catalogue
from syndicate.model.job import Job
from syndicate.store.database import Database
from tests.builders import a_clock, a_newsletter

DAILY = a_newsletter()
WEEKLY = a_newsletter(name="weekly", title="هفته‌نامهٔ بندر", language="fa", list_id="weekly.courier.example")


def some_people(db: Database, **change: Any) -> People:
    base: dict[str, Any] = {
        "db": db,
        "catalogue": Catalogue(newsletters={"daily": DAILY, "weekly": WEEKLY}),
        "keyring": Keyring(current=b"k" * 32),
        "now": a_clock(),
    }
    return People(**base | change)


class Enqueued(list[Job]):
    """Records the jobs made due."""

    def __call__(self, conn: Any, job: Job) -> None:
        self.append(job)


@pytest.fixture
def people(db: Database) -> People:
    return some_people(db)
