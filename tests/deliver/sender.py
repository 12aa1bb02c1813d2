"""Senders for tests: a database with an issue and people, and a `Sending` over a given relay."""

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from syndicate.audience.tokens import Keyring
from syndicate.deliver.envelope import Letter
from syndicate.deliver.fleet import Fleet
from syndicate.deliver.sending import Compose, Sending
from syndicate.deliver.smtp import Pool
from syndicate.model.catalogue import Catalogue
from syndicate.model.delivery import NoticeMail, Recipient
from syndicate.model.newsletter import Issue, IssueState, Newsletter
from syndicate.model.site import DeliverySettings, Relay
from syndicate.store.database import Database
from syndicate.store.schema import issues, newsletters, subscribers, subscriptions
from tests.builders import NOON, a_newsletter

KEYRING = Keyring(current=b"k" * 32)
BODY = "The ferry sailed at dawn.\r\n.\r\n..\r\nIt carried forty passengers.\r\n"


class Plain:
    """Letters of a few lines whose Message-ID tells issue and subscriber."""

    def __init__(self, size: int = 0) -> None:
        self._filling = ("x" * 76 + "\r\n") * (size // 78)

    def issue(self, issue: Issue) -> Compose:
        """Compose for one issue."""
        return lambda recipient: self._letter(issue, recipient)

    def notice(self, mail: NoticeMail, *, at: datetime) -> Letter:
        """A notice mail."""
        text = f"Message-ID: <notice.{mail.id}@courier.example>\r\nTo: {mail.address}\r\n\r\n{BODY}"
        return Letter(sender="b-0@courier.example", recipient=mail.address, data=text.encode())

    def _letter(self, issue: Issue, recipient: Recipient) -> Letter:
        head = f"Message-ID: {message_id(issue.id, recipient.subscriber_id)}\r\nTo: {recipient.address}\r\n"
        text = f"{head}Subject: {issue.subject}\r\n\r\n{BODY}{self._filling}"
        sender = f"b-{recipient.subscriber_id}@courier.example"
        return Letter(sender=sender, recipient=recipient.address, data=text.encode())


class Hands:
    """A clock that moves only when told."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **delta: float) -> None:
        """Later by so much."""
        self.now += timedelta(**delta)


def message_id(issue_id: int, subscriber_id: int) -> str:
    """The Message-ID that `Plain` gives."""
    return f"<{issue_id}.{subscriber_id}@courier.example>"


def address(subscriber_id: int) -> str:
    """The address of the n-th subscriber."""
    return f"reader{subscriber_id}@readers.example"


def add_issue(conn: Connection, *, readers: int, newsletter: str = "daily", first: int = 1) -> int:
    """A compiled issue, and `readers` people with active subscriptions; the issue's id."""
    people = range(first, first + readers)
    conn.execute(insert(newsletters).values(name=newsletter, last_number=1))
    if readers:
        conn.execute(
            insert(subscribers),
            [{"id": n, "address": address(n), "address_key": address(n), "created": NOON} for n in people],
        )
        rows = [
            {"subscriber_id": n, "newsletter": newsletter, "state": "active", "since": NOON} for n in people
        ]
        conn.execute(insert(subscriptions), rows)
    issue = {"newsletter": newsletter, "number": 1, "state": IssueState.COMPILED.value, "compiled": NOON}
    return conn.scalars(insert(issues).values(**issue, subject="Tide").returning(issues.c.id)).one()


def a_sending(db: Database, relay: Relay, folder: Path, **change: Any) -> Sending:
    """A sender; `newsletter` and `settings` as keywords, everything else as fields of Sending."""
    newsletter: Newsletter = change.pop("newsletter", a_newsletter())
    names = itertools.count(1)
    base: dict[str, Any] = {
        "db": db,
        "catalogue": Catalogue(newsletters={newsletter.name: newsletter}),
        "keyring": KEYRING,
        "fleet": Fleet([Pool(relay, helo="sender.example")]),
        "compositor": Plain(),
        "journal_dir": folder / "journal",
        "now": Hands(),
        "chance": lambda: 0.5,
        "mint": lambda: f"owner-{next(names)}",
        "settings": DeliverySettings(),
    }
    return Sending(**base | change)


def real_clock() -> datetime:
    """The machine's time."""
    return datetime.now(UTC)
