"""What everybody works with who takes in what came back."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from syndicate.deliver.sending import Sending
from syndicate.model.bounces import BounceSettings

# The HTTP client takes 6 MB, and a sender needs only to know of it.
if TYPE_CHECKING:
    from syndicate.net.client import Client

MAIL = "mail"
RELAY = "relay"


class Intake(StrEnum):
    """Which way a report came in."""

    SMTP_REPLY = "smtp-reply"
    LISTENER = "listener"
    MAILBOX = "mailbox"
    PIPE = "pipe"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True, kw_only=True)
class Returning:
    """Database, keys and clock of the sender; where mails that came back are kept, and the settings.

    `left` are mails that this process has seen in the mailbox and that are no reports, `withheld` those that
    the server did not give out, and how often; `certificates` those that it has fetched, by their addresses.
    """

    sending: Sending
    folder: Path
    client: "Client"
    settings: BounceSettings = field(default_factory=BounceSettings)
    left: set[str] = field(default_factory=set, compare=False)
    withheld: Counter[str] = field(default_factory=Counter, compare=False)
    certificates: dict[str, bytes] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """How a report came in. `event_id` with its provider makes the same one, come twice, count once.

    `recipients` are the envelope's. `trusted`: nobody but the relay or the provider can have sent it.
    """

    intake: Intake
    event_id: str
    provider: str = MAIL
    recipients: tuple[str, ...] = ()
    trusted: bool = False
    raw: str = ""
