"""Issues that are not over when a pass ends: why each one waits, and for what."""

from dataclasses import dataclass
from datetime import datetime

from syndicate.deliver.send import report_now
from syndicate.model.delivery import DeliveryState
from syndicate.model.newsletter import IssueState
from syndicate.store.connection import Connection
from syndicate.store.issue_stops import list_unfinished
from syndicate.store.ledger import next_try

YET_TO_COME = (DeliveryState.QUEUED, DeliveryState.LEASED, DeliveryState.DEFERRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An unfinished issue. `people` have yet to be written to, none before it is begun. `until` is when it
    goes on by itself: None while it waits for the operator, or goes on at this moment.
    """

    newsletter: str
    number: int
    state: IssueState
    people: int
    why: str = ""
    until: datetime | None = None

    @property
    def name(self) -> str:
        """What people call it: `daily/3`."""
        return f"{self.newsletter}/{self.number}"

    @property
    def command(self) -> str:
        """What lets it go on where the operator's word is wanted, empty where it is not."""
        commands = {IssueState.PAUSED: "resume", IssueState.COMPILED: "check" if self.why else "send"}
        return f"syndicate issue {commands[self.state]} {self.name}" if self.state in commands else ""


def list_waiting(conn: Connection) -> list[Waiting]:
    """Every issue that some have yet to get, the oldest first."""
    return [_waiting(conn, one.id) for one in list_unfinished(conn)]


def _waiting(conn: Connection, issue_id: int) -> Waiting:
    found = report_now(conn, issue_id)
    sends = found.state is IssueState.SENDING
    return Waiting(
        newsletter=found.newsletter,
        number=found.number,
        state=found.state,
        people=sum(found.tally.get(state, 0) for state in YET_TO_COME),
        why=found.trouble,
        until=(found.again or next_try(conn, issue_id)) if sends else None,
    )
