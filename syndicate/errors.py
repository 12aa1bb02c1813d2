"""The whole error tree, divided by what the caller does next. Errors carry facts and keep their cause."""

from collections.abc import Sequence
from dataclasses import dataclass


class SyndicateError(Exception):
    """Base of everything we raise on purpose. `str()` is the text for a person."""


# --- try later: the same call may succeed without anybody doing anything ---------------------------


class TryLater(SyndicateError):
    """A passing fault. `retry_after` is in seconds, None where the other side named no time."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class FetchFailed(TryLater):
    """An HTTP request that got no usable answer: connection, timeout, 5xx, 429."""

    def __init__(
        self, message: str, *, url: str, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, retry_after=retry_after)
        self.url = url
        self.status = status


class HostPaused(FetchFailed):
    """The host asked to be left alone for a while; `retry_after` is what is left of it."""


class RelayUnavailable(TryLater):
    """The relay cannot be reached or answered 421: nothing is known to be wrong with any recipient."""


class DnsTryLater(TryLater):
    """DNS could not be asked, or nobody there could tell: no verdict about the name."""


class UploadFailed(TryLater):
    """The storage that files are uploaded to cannot be reached, or could not take one of them."""


class DatabaseBusy(TryLater):
    """The database is locked or unreachable."""


class LeaseLost(TryLater):
    """Somebody else holds what we had leased: stop at once, and leave the record to them."""


class SenderLost(TryLater):
    """A process that sent for us has ended; what it had begun is to be settled first."""


# --- give up on this one: repeating is pointless, the rest goes on ----------------------------------


class GiveUp(SyndicateError):
    """This page, address or item cannot work; others may."""


class FetchRefused(GiveUp):
    """The answer is definite: 4xx, too large, or the wrong kind of document."""

    def __init__(self, message: str, *, url: str, status: int | None = None) -> None:
        super().__init__(message)
        self.url = url
        self.status = status


class ClosedToUs(FetchRefused):
    """The host's robots.txt forbids the address (requirement C2)."""


class AddressForbidden(FetchRefused):
    """The address guard refused the address about to be dialled (requirement C3).

    `why` it did and which `host`, with its port, for whoever knows a nearer remedy than the configuration.
    """

    def __init__(self, message: str, *, url: str, why: str = "", host: str = "") -> None:
        super().__init__(message, url=url)
        self.why = why
        self.host = host


class NoSuchName(GiveUp):
    """The name does not exist in DNS, nor anything below it (RFC 8020)."""

    def __init__(self, message: str, *, name: str) -> None:
        super().__init__(message)
        self.name = name


class Unreadable(GiveUp):
    """Bytes that are not what was promised: an HTML page where a feed was expected, a broken file."""


class NoArticle(Unreadable):
    """A page with neither an article nor briefs, such as one about the site itself."""


class ErrorPage(NoArticle):
    """A page that says of itself that it is missing (`missing`), or that its server failed."""

    def __init__(self, message: str, *, missing: bool) -> None:
        super().__init__(message)
        self.missing = missing


class BadAddress(GiveUp):
    """Not an e-mail address that we can write to."""


class TokenRefused(GiveUp):
    """A link's token is forged, for another purpose, or past its time (`expired`)."""

    def __init__(self, message: str, *, expired: bool = False) -> None:
        super().__init__(message)
        self.expired = expired


# --- our own fault: somebody has to change something here -------------------------------------------


class OwnFault(SyndicateError):
    """Needs the operator: exit code 2, or the issue pauses."""


class NotFound(OwnFault):
    """A name or number that does not exist; the message names what does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault of the configuration: the dotted key, the value found, and what would be right."""

    key: str
    value: str
    right: str

    def __str__(self) -> str:
        key = f"{self.key}:" if self.key else ""
        return " ".join(part for part in (key, self.value, self.right) if part)


class ConfigError(OwnFault):
    """All faults of the configuration, told at once."""

    def __init__(self, where: str, faults: Sequence[Fault]) -> None:
        self.where = where
        self.faults = tuple(faults)
        super().__init__("\n".join(f"{where}: {fault}" for fault in self.faults))


class SchemaMismatch(OwnFault):
    """The database's schema is newer than this program, or not upgraded yet."""


class TemplateFault(OwnFault):
    """A template that fails or uses a missing name."""


class ComposeFault(OwnFault):
    """A message that would break one of our own rules (requirements M)."""


class SenderFault(OwnFault):
    """The relay refuses us, not the recipient: authentication, policy, 5.7.x (requirement B2)."""


class UploadRefused(OwnFault):
    """The storage refuses us: no such bucket, a wrong key, an address that is not public."""


class PurgeRefused(OwnFault):
    """The cache in front of us does not let us tell it what changed: a wrong token, a method it forbids."""


class StorageFull(OwnFault):
    """A file could not be written: disk full, no permission."""


class DatabaseFault(OwnFault):
    """The database cannot be used as configured: no such database, login refused, not a database file."""


class DatabaseRefused(DatabaseFault):
    """The database's server does not let us in: no such database or user, a wrong password."""


class RestoreRefused(OwnFault):
    """A restore would overwrite what is there, or its archive is damaged or foreign. Nothing was changed."""


class MoveRefused(OwnFault):
    """A move to another database that cannot begin or go on; the source is as it was."""
