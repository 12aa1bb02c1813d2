"""Mailboxes that bounces come to, by IMAP (RFC 3501) and POP3 (RFC 1939). Blocking: they run on threads.

Both are the same few verbs. A mail is taken out only after it was applied, so that a kill in between makes it
come twice, which counts once.
"""

import imaplib
import poplib
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Protocol
from urllib.parse import urlsplit

from syndicate.errors import OwnFault, TryLater
from syndicate.model.bounces import After, BounceMailbox

FLAGS = r"(\Seen)"
DELETED = r"(\Deleted)"
SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
# POP3 answers in lines; the library refuses longer ones than this, and mails that came back have some.
LONGEST_LINE = 1_000_000


class Mailbox(Protocol):
    """An open mailbox."""

    def list_new(self) -> list[str]:
        """The names of the mails that nobody has read, oldest first."""
        ...

    def read(self, name: str, *, limit: int) -> bytes:
        """A mail's bytes, at most about `limit` of them; empty when it is gone."""
        ...

    def put_away(self, name: str) -> None:
        """A report that was applied: delete, mark or move it, as the settings say."""
        ...

    def leave(self, name: str) -> None:
        """Mail that is no report: it stays, and is not looked at again."""
        ...


@contextmanager
def opened(settings: BounceMailbox, *, tls: ssl.SSLContext | None = None) -> Iterator[Mailbox]:
    """The mailbox of the settings. Raises TryLater where it cannot be reached, OwnFault where it lets us not in."""
    try:
        with _open(settings, tls or ssl.create_default_context()) as box:
            yield box
    except ssl.SSLCertVerificationError as error:
        raise OwnFault(
            f"{settings.url}: the certificate is not right ({error.verify_message}); "
            "bounces.mailbox.url has to name the host that it is for"
        ) from error
    except (OSError, EOFError, imaplib.IMAP4.abort) as error:
        raise TryLater(f"{settings.url} cannot be reached: {error}") from error
    except (imaplib.IMAP4.error, poplib.error_proto) as error:
        raise TryLater(f"{settings.url} does not do what is asked: {_said(error)}") from error


def _open(settings: BounceMailbox, tls: ssl.SSLContext) -> "Imap | Pop":
    parts = urlsplit(settings.url)
    kind = Imap if parts.scheme.startswith("imap") else Pop
    return kind(settings, parts.hostname or "", parts.port, tls if parts.scheme.endswith("s") else None)


class Imap:
    """A folder of an IMAP server. What somebody has read is left alone."""

    def __init__(
        self, settings: BounceMailbox, host: str, port: int | None, tls: ssl.SSLContext | None
    ) -> None:
        self._settings = settings
        wait = settings.timeout
        self._server = (
            imaplib.IMAP4_SSL(host, port or imaplib.IMAP4_SSL_PORT, ssl_context=tls, timeout=wait)
            if tls
            else imaplib.IMAP4(host, port or imaplib.IMAP4_PORT, timeout=wait)
        )

    def __enter__(self) -> "Imap":
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
        return self

    def __exit__(self, *exit_: object) -> None:
        # The mails are settled by now; a server that hangs up first has done so too.
        with suppress(OSError, imaplib.IMAP4.error):
            self._server.logout()

    def list_new(self) -> list[str]:
        """The UIDs of what nobody has read."""
        found = self._ask("SEARCH", "UNSEEN", "UNDELETED")
        return [uid.decode() for part in found if isinstance(part, bytes) for uid in part.split()]

    def read(self, name: str, *, limit: int) -> bytes:
        """Its first `limit` bytes; it stays unread."""
        for part in self._ask("FETCH", name, f"(BODY.PEEK[]<0.{limit}>)"):
            if isinstance(part, tuple):
                return bytes(part[1])
        return b""

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
        self._ask("STORE", name, "+FLAGS.SILENT", FLAGS)

    def _ask(self, verb: str, *words: str) -> list[bytes | tuple[bytes, bytes] | None]:
        answer, said = self._server.uid(verb, *words)
        if answer != "OK":
            raise imaplib.IMAP4.error(f"{verb}: {_text(said)}")
        return list(said)


class Pop:
    """A POP3 mailbox. What is no report stays, and is read again when the process starts anew."""

    _left: Mapping[str, set[str]] = {}

    def __init__(
        self, settings: BounceMailbox, host: str, port: int | None, tls: ssl.SSLContext | None
    ) -> None:
        self._settings = settings
        wait = settings.timeout
        self._server = (
            poplib.POP3_SSL(host, port or poplib.POP3_SSL_PORT, context=tls, timeout=wait)
            if tls
            else poplib.POP3(host, port or poplib.POP3_PORT, timeout=wait)
        )
        self._numbers: dict[str, int] = {}

    def __enter__(self) -> "Pop":
        try:
            self._server.user(self._settings.username)
            self._server.pass_(self._settings.password)
        except poplib.error_proto as error:
            raise _refused(self._settings, error) from error
        return self

    def __exit__(self, *exit_: object) -> None:
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
        return b"\r\n".join([*self._server.retr(self._numbers[name])[1], b""])[:limit]

    def put_away(self, name: str) -> None:
        """Delete it."""
        self._server.dele(self._numbers[name])

    def leave(self, name: str) -> None:
        """POP3 knows no marks."""


def _refused(settings: BounceMailbox, error: Exception) -> OwnFault:
    return OwnFault(
        f"{settings.url} does not let {settings.username} in: {_said(error)}; "
        "see bounces.mailbox.username and its password"
    )


def _said(error: Exception) -> str:
    return _text(error.args)


def _text(parts: object) -> str:
    first = parts[0] if isinstance(parts, tuple | list) and parts else parts
    return first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)


def _quoted(folder: str) -> str:
    # RFC 3501, section 5.1.3: letters beyond ASCII are written in a UTF-7 of IMAP's own.
    encoded = folder.encode("utf-7").decode() if not folder.isascii() else folder
    return '"' + encoded.replace("\\", "\\\\").replace('"', '\\"') + '"'
