"""What every use case that sends works with."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

import structlog

from syndicate.audience.tokens import Keyring
from syndicate.deliver.envelope import Letter
from syndicate.deliver.fleet import Fleet
from syndicate.deliver.pace import Answer
from syndicate.errors import ComposeFault, NotFound, SyndicateError
from syndicate.model.catalogue import Catalogue
from syndicate.model.delivery import NoticeMail, Recipient
from syndicate.model.job import Enqueue, nobody_waits
from syndicate.model.newsletter import Issue, Newsletter
from syndicate.model.site import DeliverySettings
from syndicate.store.database import Database

Compose = Callable[[Recipient], Letter]

# Less than the runner gives a cancelled job (schedule/runner: settle): the outcomes have yet to be recorded.
GRACE = 5.0

log = structlog.get_logger()


class Compositor(Protocol):
    """Makes letters: built once for an issue, then one for each recipient; notice mails one by one."""

    def issue(self, issue: Issue) -> Compose:
        """What composes this issue's letters. Raises ComposeFault or BadAddress; so does what it returns."""
        ...

    def notice(self, mail: NoticeMail, *, at: datetime) -> Letter:
        """A notice mail's letter. Raises ComposeFault, TemplateFault, BadAddress or NotFound."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """Until when (seconds since 1970) nothing of a newsletter may leave, and why."""

    until: float
    why: str


class Pacer(Protocol):
    """Who may be written to now, over which relay. Times are seconds since 1970; it never waits itself.

    While `limited` is False nothing is limited, and nobody is asked.
    """

    limited: bool

    async def begin(self, newsletter: Newsletter) -> "Pacer":
        """The pace of one newsletter's mails, after a look at what other processes found out."""
        ...

    def closed(self, relays: Sequence[str], now: float) -> Closed | None:
        """Until when nothing may leave over any of these relays; None when something may."""
        ...

    def refuses(self, domain: str) -> bool:
        """Whether a domain wants nothing from us: then its refusals are not meant for single readers."""
        ...

    def claim(self, domain: str, relay: str, now: float) -> float:
        """0 when a place is taken, for which `settle` is called once; else seconds to wait at least.

        Claims at one moment are those of one look over a queue: each of a domain has to wait longer.
        """
        ...

    def settle(self, domain: str, relay: str, answer: Answer | None, now: float) -> None:
        """Give the place back, and learn from the answer; None says that nothing was sent.

        Also called without a claim, while nothing is limited, for each answer that is no acceptance.
        """
        ...


class Free:
    """Nothing is limited."""

    limited = False

    async def begin(self, newsletter: Newsletter) -> "Pacer":
        """Nothing is known."""
        return self

    def closed(self, relays: Sequence[str], now: float) -> Closed | None:
        """Never."""
        return None

    def refuses(self, domain: str) -> bool:
        """None does."""
        return False

    def claim(self, domain: str, relay: str, now: float) -> float:
        """Anybody, at any time."""
        return 0.0

    def settle(self, domain: str, relay: str, answer: Answer | None, now: float) -> None:
        """Nothing is learnt."""


@contextmanager
def composing() -> Iterator[None]:
    """Within it, a failure that nobody foresaw is a ComposeFault: tried again, it would fail for ever."""
    try:
        yield
    except SyndicateError:
        raise
    except Exception as error:
        raise _broken(error) from error


def composed(compose: Compose, recipient: Recipient) -> Letter:
    """One letter, as within `composing`, which would cost more than composing does."""
    try:
        return compose(recipient)
    except SyndicateError:
        raise
    except Exception as error:
        raise _broken(error) from error


def _broken(error: Exception) -> ComposeFault:
    log.exception("delivery.compose_broken")
    return ComposeFault(f"composing a message failed: {type(error).__name__}: {error}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """Database, relay, letters and clock.

    `chance` gives numbers in [0, 1) for the jitter of retries; `mint` gives names for leases, each new;
    `grace` is how long (seconds) a cancelled sender waits for replies that are due.
    """

    db: Database
    catalogue: Catalogue
    keyring: Keyring
    fleet: Fleet
    compositor: Compositor
    journal_dir: Path
    now: Callable[[], datetime]
    chance: Callable[[], float]
    mint: Callable[[], str]
    settings: DeliverySettings = field(default_factory=DeliverySettings)
    enqueue: Enqueue = nobody_waits
    grace: float = GRACE
    pacer: Pacer = field(default_factory=Free)

    def newsletter(self, name: str) -> Newsletter:
        """The newsletter of this name. Raises NotFound."""
        found = self.catalogue.newsletters.get(name)
        if found is None:
            raise NotFound(f"the newsletter {name!r} is no longer configured, so that it cannot be sent")
        return found
