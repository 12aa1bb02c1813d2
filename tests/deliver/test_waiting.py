"""Whoever leaves while their message waits for the pace gets nothing when its turn comes (requirement E4)."""

from pathlib import Path
from typing import Any

import pytest

from syndicate.audience.suppression import address_hash
from syndicate.deliver import send
from syndicate.deliver.pace import Answer
from syndicate.deliver.sending import Free
from syndicate.model.delivery import DeliveryState
from syndicate.model.newsletter import IssueState
from syndicate.model.subscriber import SuppressionReason
from syndicate.store import deliveries, subscribers, subscriptions, suppressions
from syndicate.store.database import Database
from tests.builders import NOON
from tests.deliver.sender import KEYRING, Hands, a_sending, add_issue, address
from tests.neighbours.smtp_server import SmtpServer, running

STATES = DeliveryState


class Slow(Free):
    """Lets nobody go in the first minute of the clock."""

    limited = True

    def claim(self, domain: str, relay: str, now: float) -> float:
        """Seconds to wait, more than a worker waits."""
        return max(0.0, NOON.timestamp() + 60 - now)

    def settle(self, domain: str, relay: str, answer: Answer | None, now: float) -> None:
        """Nothing is learnt."""


def unsubscribe(conn: Any) -> None:
    subscriptions.end_subscription(conn, 2, "daily", now=NOON, reason="one-click")


def complain(conn: Any) -> None:
    digest = address_hash(KEYRING, address(2))
    suppressions.save_suppression(conn, digest, reason=SuppressionReason.COMPLAINT, now=NOON)


def wipe(conn: Any) -> None:
    subscribers.delete_subscriber(conn, 2)


@pytest.mark.parametrize(
    ("leave", "state"),
    [(unsubscribe, STATES.SKIPPED), (complain, STATES.SUPPRESSED), (wipe, STATES.SKIPPED)],
)
async def test_whoever_leaves_while_the_pace_holds_them_back_gets_nothing(
    db: Database, tmp_path: Path, leave: Any, state: DeliveryState
) -> None:
    issue_id, clock = db.write_now(add_issue, readers=3), Hands()
    async with running(SmtpServer()) as server:
        sending = a_sending(db, server.relay(), tmp_path, now=clock, pacer=Slow())
        waiting = await send.send_issue(sending, issue_id)
        attempts = [row.attempt for row in db.read_now(deliveries.list_deliveries, issue_id)]
        db.write_now(leave)
        clock.now = await send.next_due(sending) or clock.now
        report = await send.send_issue(sending, issue_id)
        await sending.fleet.close()
    assert (waiting.tally, attempts) == ({STATES.QUEUED: 3}, [0, 0, 0])
    assert (report.state, report.tally) == (IssueState.FINISHED, {STATES.SENT: 2, state: 1})
    assert server.recipients == [address(1), address(3)]
