"""The local mailbox: an SMTP server on loopback that keeps every mail as a file, for trying things out.

`mailbox/*.eml` hold the bytes as received, `mailbox/envelopes/*.json` who they came from and went to.
"""

import asyncio
import contextlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from pathlib import Path
from types import TracebackType
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from syndicate.deliver.filing import keep_mail, ready_folder
from syndicate.errors import NotFound
from syndicate.model.site import Relay, Security

NAME = re.compile(r"\d{8}T\d{12}-\d+")
MAX_BYTES = 50_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class MailHeading:
    """One line of the mailbox. `sender` and `recipients` are the envelope's."""

    name: str
    received: str
    sender: str
    recipients: tuple[str, ...]
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail as read. `html` is as it was sent: show it in a sandbox only."""

    heading: MailHeading
    headers: tuple[tuple[str, str], ...]
    html: str
    text: str
    size: int


class LocalMailbox:
    """Serves while its context is open; `relay` is how to reach it."""

    def __init__(self, folder: Path, *, now: Callable[[], datetime]) -> None:
        self.folder = folder
        self._now = now
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> "LocalMailbox":
        ready_folder(self.folder)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def relay(self, settings: Relay) -> Relay:
        """The relay's settings with the mailbox as the relay."""
        return replace(
            settings,
            host="127.0.0.1",
            port=self.port,
            security=Security.NONE,
            username="",
            password="",
        )

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep a mail; 250 means that it is on the disk. The name is aiosmtpd's."""
        try:
            name = await asyncio.to_thread(
                keep_mail,
                self.folder,
                bytes(envelope.original_content or b""),
                sender=envelope.mail_from or "",
                recipients=envelope.rcpt_tos,
                now=self._now(),
            )
        except OSError as error:
            return f"452 4.3.1 the mail cannot be kept: {error.strerror}"
        return f"250 2.0.0 kept as {name}"

    def _protocol(self) -> SMTP:
        return SMTP(
            self, hostname="localhost", ident="Syndicate", data_size_limit=MAX_BYTES, enable_SMTPUTF8=True
        )


def list_mails(folder: Path, *, limit: int = 200) -> list[MailHeading]:
    """The newest mails first, at most `limit`."""
    paths = sorted(folder.glob("*.eml"), reverse=True) if folder.is_dir() else []
    return [_heading(path) for path in paths[:limit]]


def read_mail(folder: Path, name: str) -> Mail:
    """One mail by its name. Raises NotFound, on names that are none too."""
    path = folder / f"{name}.eml"
    if not NAME.fullmatch(name) or not path.is_file():
        raise NotFound(f"there is no mail {name!r} in the mailbox")
    data = path.read_bytes()
    message = BytesParser(policy=policy.default).parsebytes(data)
    assert isinstance(message, EmailMessage)
    return Mail(
        heading=_heading(path),
        headers=tuple((key, str(value)) for key, value in message.items()),
        html=_part(message, "html"),
        text=_part(message, "plain"),
        size=len(data),
    )


def _heading(path: Path) -> MailHeading:
    with path.open("rb") as file:
        headers = BytesHeaderParser(policy=policy.default).parse(file)
    about = _envelope(path)
    return MailHeading(
        name=path.stem,
        received=about["received"],
        sender=about["sender"],
        recipients=tuple(about["recipients"]),
        subject=str(headers.get("Subject", "")),
    )


def _envelope(path: Path) -> dict[str, Any]:
    try:
        about: dict[str, Any] = json.loads((path.parent / "envelopes" / f"{path.stem}.json").read_bytes())
    except (OSError, ValueError):
        return {"received": "", "sender": "", "recipients": ()}
    return about


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    if part is None:
        return ""
    with contextlib.suppress(LookupError, UnicodeError):
        return str(part.get_content()).replace("\r\n", "\n")
    return str(part.get_payload())
