"""The local mailbox as pages, for a person on this very machine: others learn not even that it is there."""

import asyncio
import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from syndicate.errors import NotFound
from syndicate.templating import words
from syndicate.web.answers import PRIVATE, Head, page
from syndicate.web.guard import is_own_machine
from syndicate.web.serving import Serving, serving

SHOWN = 200
NAME = re.compile(r"\w[\w.@+-]*\.eml")
URL = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")
# The mail runs nothing, loads nothing from others, and counts as a stranger to our own pages.
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'self'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail as the page shows it; `linked_text` is safe HTML."""

    name: str
    subject: str
    sender: str
    to: str
    date: str
    has_html: bool = False
    linked_text: str = ""


async def mailbox(request: Request) -> Response:
    """The newest mails."""
    here = serving(request)
    folder = _folder(request, here)
    mails = await asyncio.to_thread(_list, folder)
    language = here.catalogue.site.language
    head = Head(title=words(language)["web_mailbox_title"], language=language, noindex=True)
    return page(here, "mailbox", {"mails": mails}, head=head, headers=PRIVATE)


async def mail(request: Request) -> Response:
    """One mail: its text part, and its HTML part in a sandboxed frame."""
    here = serving(request)
    path = _file(request, here)
    shown = await asyncio.to_thread(_read, path)
    head = Head(title=shown.subject, language=here.catalogue.site.language, noindex=True)
    return page(here, "mail", {"mail": shown}, head=head, headers=PRIVATE)


async def mail_html(request: Request) -> Response:
    """The HTML part alone, for the frame."""
    found = _part(await asyncio.to_thread(_parse, _file(request, serving(request))), "html")
    # Links of a mail open in a tab of their own, as our pages refuse to be shown in a frame.
    html = re.sub("(<head[^>]*>)", r'\1<base target="_blank">', found, count=1, flags=re.IGNORECASE)
    return HTMLResponse(html, headers={**PRIVATE, "content-security-policy": MAIL_POLICY})


async def mail_source(request: Request) -> Response:
    """The bytes as they were received."""
    path = _file(request, serving(request))
    return PlainTextResponse(await asyncio.to_thread(path.read_bytes), headers=PRIVATE)


def _folder(request: Request, here: Serving) -> Path:
    if here.mailbox_dir is None or not is_own_machine(request):
        raise NotFound("no mailbox here")
    return here.mailbox_dir


def _file(request: Request, here: Serving) -> Path:
    name: str = request.path_params["name"]
    path = _folder(request, here) / name
    if not NAME.fullmatch(name) or not path.is_file():
        raise NotFound("no such mail")
    return path


def _list(folder: Path) -> list[Mail]:
    files = sorted(folder.glob("*.eml"), key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)
    return [_summary(path.name, _parse(path)) for path in files[:SHOWN]]


def _read(path: Path) -> Mail:
    message = _parse(path)
    summary = _summary(path.name, message)
    return Mail(
        name=summary.name,
        subject=summary.subject,
        sender=summary.sender,
        to=summary.to,
        date=summary.date,
        has_html=bool(_part(message, "html")),
        linked_text=link_urls(_part(message, "plain")),
    )


def link_urls(text: str) -> str:
    """Plain text as HTML, its URLs as links."""
    parts, end = [], 0
    for match in URL.finditer(text):
        url = escape(match[0])
        parts += [escape(text[end : match.start()], quote=False), f'<a href="{url}">{url}</a>']
        end = match.end()
    return "".join([*parts, escape(text[end:], quote=False)])


def _parse(path: Path) -> EmailMessage:
    return message_from_bytes(path.read_bytes(), policy=policy.default)


def _summary(name: str, message: EmailMessage) -> Mail:
    return Mail(
        name=name,
        subject=str(message["subject"] or name),
        sender=str(message["from"] or ""),
        to=str(message["to"] or ""),
        date=str(message["date"] or ""),
    )


def _part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    return str(found.get_content()) if isinstance(found, EmailMessage) else ""
