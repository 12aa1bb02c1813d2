"""Mails that come back, for tests: reports, delivery status notifications, and who takes them in."""

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, update

from syndicate.deliver.bounce.report import Action, Class, Kind, Reason, Report
from syndicate.deliver.bounce.returning import Arrival, Intake, Returning
from syndicate.deliver.compose import verp
from syndicate.deliver.sending import Sending
from syndicate.model.bounces import BounceSettings
from syndicate.model.delivery import DeliveryState
from syndicate.model.site import FetchSettings, Relay
from syndicate.net.client import Client
from syndicate.store.database import Database
from syndicate.store.deliveries import create_deliveries
from syndicate.store.schema import deliveries, issues
from tests.builders import NOON
from tests.deliver.sender import KEYRING, a_sending, add_issue, address

DOMAIN = "courier.example"


def a_report(**change: Any) -> Report:
    """The address of reader 1 is gone."""
    base: dict[str, Any] = {
        "kind": Kind.BOUNCE,
        "recipient": address(1),
        "action": Action.FAILED,
        "status": "5.1.1",
        "reason": Reason.ADDRESS_GONE,
        "cls": Class.SUPPRESS,
        "diagnostic": f"550 5.1.1 <{address(1)}>: no such user",
    }
    return Report(**base | change)


def a_full_mailbox(**change: Any) -> Report:
    full = {
        "status": "5.2.2",
        "reason": Reason.MAILBOX_FULL,
        "cls": Class.COUNT,
        "diagnostic": "552 over quota",
    }
    return a_report(**full | change)


def a_policy_refusal(**change: Any) -> Report:
    ours = {
        "status": "5.7.1",
        "reason": Reason.POLICY,
        "cls": Class.SENDER_FAULT,
        "diagnostic": "550 not you",
    }
    return a_report(**ours | change)


def a_complaint(**change: Any) -> Report:
    return a_report(**{"kind": Kind.COMPLAINT, "action": Action.NONE, "status": ""} | change)


def signed(issue_id: int, subscriber_id: int = 1) -> str:
    """The envelope sender that vouches for a delivery."""
    return verp(KEYRING, DOMAIN, issue_id=issue_id, subscriber_id=subscriber_id)


def an_arrival(*recipients: str, **change: Any) -> Arrival:
    """A mail that came to these addresses, by the listener."""
    base: dict[str, Any] = {"intake": Intake.LISTENER, "event_id": "one", "recipients": recipients}
    return Arrival(**base | change)


def add_sent(
    conn: Connection,
    *,
    readers: int = 1,
    state: DeliveryState = DeliveryState.SENT,
    at: datetime = NOON,
    more: bool = False,
) -> int:
    """An issue that was sent to so many readers; its id. `more`: the same readers' next issue."""
    if more:
        last = conn.execute(issues.select().order_by(issues.c.id.desc())).first()
        assert last is not None
        row = {"newsletter": "daily", "number": last.number + 1, "state": "compiled", "compiled": NOON}
        issue_id = conn.scalars(issues.insert().values(**row, subject="Tide").returning(issues.c.id)).one()
    else:
        issue_id = add_issue(conn, readers=readers)
    create_deliveries(conn, issue_id, newsletter="daily", batch=500)
    mine = update(deliveries).where(deliveries.c.issue_id == issue_id)
    conn.execute(mine.values(state=state.value, attempt=1, changed=at))
    conn.execute(update(issues).where(issues.c.id == issue_id).values(state="sending"))
    return issue_id


def a_returning(db: Database, folder: Path, **change: Any) -> Returning:
    """Who takes mail in; `sending` as keyword, everything else as settings."""
    sending: Sending = change.pop("sending", None) or a_sending(db, Relay(), folder)
    client = change.pop("client", None) or Client(FetchSettings())
    return Returning(
        sending=sending, folder=folder / "bounces", client=client, settings=BounceSettings(**change)
    )


def a_dsn(
    recipient: str, *, status: str = "5.1.1", said: str = "550 5.1.1 no such user", to: str = ""
) -> bytes:
    """A delivery status notification (RFC 3464) as Postfix words it."""
    lines = f"""From: MAILER-DAEMON@mx.readers.example (Mail Delivery System)
To: {to or "bounces@courier.example"}
Subject: Undelivered Mail Returned to Sender
Date: Sun, 1 Mar 2026 12:00:00 +0000
Message-ID: <20260301120000.{abs(hash((recipient, status)))}@mx.readers.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="cut"

--cut
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.readers.example.

<{recipient}>: {said}

--cut
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.readers.example
Arrival-Date: Sun, 1 Mar 2026 11:59:00 +0000

Final-Recipient: rfc822; {recipient}
Original-Recipient: rfc822;{recipient}
Action: failed
Status: {status}
Diagnostic-Code: smtp; {said}

--cut
Content-Type: text/rfc822-headers

From: Harbour Courier <news@courier.example>
To: {recipient}
Subject: The Daily Tide

--cut--
"""
    return lines.replace("\n", "\r\n").encode()
