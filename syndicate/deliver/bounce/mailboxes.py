"""Mailboxes that bounces come to, by IMAP (RFC 3501) and POP3 (RFC 1939). They block: use them on threads.

Both are the same few verbs. A mail is put away only after it was applied, so that a kill in between makes it
come twice, which counts once.
"""

import imaplib
import poplib
import re
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol
from urllib.parse import urlsplit

from syndicate.errors import OwnFault, TryLater
from syndicate.model.bounces import After, BounceMailbox

IMAPS_PORT, IMAP_PORT = 993, 143
SEEN = r"(\Seen)"
DELETED = r"(\Deleted)"
BEYOND_ASCII = re.compile("[^\x20-\x7e]+")
# Mails that came back have lines of any length, and the library refuses those over 2,048.
poplib._MAXLINE = 1_000_000  # type: ignore[attr-defined]


class Withheld(Exception):
    """The server does not give this mail out, in its own words; `closed`: it ended the connection instead."""

    def __init__(self, words: str, *, closed: bool) -> None:
        super().__init__(words)
        self.closed = closed


class Mailbox(Protocol):
    """An open mailbox."""

    def list_new(self) -> list[str]:
        """The names of the mails that nobody has read, oldest first."""
        ...

    def read(self, name: str, *, limit: int) -> bytes:
        """A mail's first `limit` bytes; empty when it is gone. Raises Withheld."""
        ...

    def put_away(self, name: str) -> None:
        """A report that was applied: delete, mark or move it, as the settings say."""
        ...

    def leave(self, name: str) -> None:
        """Mail that is no report: it stays."""
        ...

    def close(self) -> None:
        """End the session; what was put away is gone by then."""
        ...


def open_mailbox(settings: BounceMailbox) -> Mailbox:
    """The mailbox of the settings, logged in. Raises as `telling` says."""
    parts = urlsplit(settings.url)
    tls = ssl.create_default_context() if parts.scheme.endswith("s") else None
    kind = Imap if parts.scheme.startswith("imap") else Pop
    return kind(settings, host=parts.hostname or "", port=parts.port, tls=tls)


@contextmanager
def telling(settings: BounceMailbox) -> Iterator[None]:
    """Within it, faults of the mailbox are TryLater, or OwnFault where the settings are wrong."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise OwnFault(
            f"{settings.url}: its certificate is not right ({error.verify_message}); "
            "bounces.mailbox.url has to name the host that it is for"
        ) from error
    except (OSError, EOFError, imaplib.IMAP4.abort) as error:
        raise TryLater(f"{settings.url} cannot be reached: {error}") from error
    except (imaplib.IMAP4.error, poplib.error_proto) as error:
        raise TryLater(f"{settings.url} does not do what is asked: {_text(error.args)}") from error


class Imap:
    """A folder of an IMAP server. What somebody has read is left alone."""

    def __init__(
        self, settings: BounceMailbox, *, host: str, port: int | None, tls: ssl.SSLContext | None
    ) -> None:
        self._settings = settings
        wait = settings.timeout
        self._server = (
            imaplib.IMAP4_SSL(host, port or IMAPS_PORT, ssl_context=tls, timeout=wait)
            if tls
            else imaplib.IMAP4(host, port or IMAP_PORT, timeout=wait)
        )
        self._enter()

    def _enter(self) -> None:
        try:
            self._server.login(self._settings.username, self._settings.password)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise _refused(self._settings, error) from error
        answer, said = self._server.select(_quoted(self._settings.folder))
        if answer != "OK":
            raise OwnFault(
                f"{self._settings.url} has no folder {self._settings.folder!r}: {_text(said)}; "
                "set bounces.mailbox.folder to one that it has"
            )

    def close(self) -> None:
        """Log out."""
        # The mails are settled by now; a server that hangs up first has done so too.
        with suppress(OSError, imaplib.IMAP4.error):
            self._server.logout()

    def list_new(self) -> list[str]:
        """The UIDs of what nobody has read."""
        found = self._ask("SEARCH", "UNSEEN", "UNDELETED")
        return [uid.decode() for part in found if isinstance(part, bytes) for uid in part.split()]

    def read(self, name: str, *, limit: int) -> bytes:
        """Its first `limit` bytes; it stays unread."""
        try:
            found = self._ask("FETCH", name, f"(BODY.PEEK[]<0.{limit}>)")
        except (OSError, imaplib.IMAP4.error) as error:
            # Dovecot says BYE to whoever wants a file that it cannot read.
            closed = isinstance(error, OSError | imaplib.IMAP4.abort)
            raise Withheld(_text(error.args), closed=closed) from error
        return next((bytes(part[1]) for part in found if isinstance(part, tuple)), b"")

    def put_away(self, name: str) -> None:
        """As `after` says."""
        if self._settings.after is After.SEEN:
            self.leave(name)
            return
        if self._settings.after is After.MOVE:
            self._ask("COPY", name, _quoted(self._settings.move_to))
        self._ask("STORE", name, "+FLAGS.SILENT", DELETED)
        # With UIDPLUS (RFC 4315) only this one goes; without it, what else was marked as deleted goes too.
        if "UIDPLUS" in self._server.capabilities:
            self._ask("EXPUNGE", name)
        else:
            self._server.expunge()

    def leave(self, name: str) -> None:
        """Mark it as read."""
        self._ask("STORE", name, "+FLAGS.SILENT", SEEN)

    def _ask(self, verb: str, *words: str) -> list[bytes | tuple[bytes, bytes] | None]:
        answer, said = self._server.uid(verb, *words)
        if answer != "OK":
            raise imaplib.IMAP4.error(f"{verb}: {_text(said)}")
        return list(said)


class Pop:
    """A POP3 mailbox, which has neither folders nor marks."""

    def __init__(
        self, settings: BounceMailbox, *, host: str, port: int | None, tls: ssl.SSLContext | None
    ) -> None:
        self._settings = settings
        wait = settings.timeout
        self._server = (
            poplib.POP3_SSL(host, port or poplib.POP3_SSL_PORT, context=tls, timeout=wait)
            if tls
            else poplib.POP3(host, port or poplib.POP3_PORT, timeout=wait)
        )
        self._numbers: dict[str, int] = {}
        try:
            self._server.user(settings.username)
            self._server.pass_(settings.password)
        except poplib.error_proto as error:
            if not _is_answer(error):
                raise
            raise _refused(settings, error) from error

    def close(self) -> None:
        """Let what was put away be deleted."""
        # What is marked as deleted is deleted at this word, and not if the connection breaks before.
        with suppress(OSError, poplib.error_proto):
            self._server.quit()

    def list_new(self) -> list[str]:
        """The unique ids of all mails."""
        listed = [line.split(b" ", 1) for line in self._server.uidl()[1]]
        self._numbers = {name.decode("ascii", "replace"): int(number) for number, name in listed}
        return list(self._numbers)

    def read(self, name: str, *, limit: int) -> bytes:
        """Its first `limit` bytes."""
        try:
            lines = self._server.retr(self._numbers[name])[1]
        except (OSError, EOFError, poplib.error_proto) as error:
            # After anything but an answer of its own, what comes next is not what is asked for.
            raise Withheld(_text(error.args), closed=not _is_answer(error)) from error
        return b"\r\n".join([*lines, b""])[:limit]

    def put_away(self, name: str) -> None:
        """Delete it."""
        self._server.dele(self._numbers[name])

    def leave(self, name: str) -> None:
        """POP3 knows no marks."""


def _is_answer(error: Exception) -> bool:
    """Whether a POP3 server said so: what the library says itself (`-ERR EOF`) is text, not octets."""
    return isinstance(error, poplib.error_proto) and isinstance(error.args[0], bytes)


def _refused(settings: BounceMailbox, error: Exception) -> OwnFault:
    return OwnFault(
        f"{settings.url} does not let {settings.username} in: {_text(error.args)}; "
        "see bounces.mailbox.username and its password"
    )


def _text(parts: object) -> str:
    first = parts[0] if isinstance(parts, tuple | list) and parts else parts
    return first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)


def _quoted(folder: str) -> str:
    """A folder's name as IMAP writes it (RFC 3501, sections 4.3 and 5.1.3)."""
    plain = BEYOND_ASCII.sub(_modified, folder.replace("&", "&-"))
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _modified(found: re.Match[str]) -> str:
    encoded = b64encode(found[0].encode("utf-16-be")).decode().rstrip("=")
    return f"&{encoded.replace('/', ',')}-"
