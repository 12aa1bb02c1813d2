"""The local mailbox as pages, for a person on this very machine: others learn not even that it is there."""

import asyncio
import re
from datetime import datetime
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from syndicate.deliver.mailbox import Mail, list_mails, read_mail
from syndicate.errors import NotFound
from syndicate.formats.dates import for_people
from syndicate.model.hosts import is_loopback_url
from syndicate.model.item import Timestamp
from syndicate.templating import words
from syndicate.web.answers import PRIVATE, Head, page
from syndicate.web.guard import is_own_machine
from syndicate.web.serving import Serving, serving

URL = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)\]]")
# The mail runs nothing, loads nothing from others, and counts as a stranger to our own pages.
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'self'"
)


async def mailbox(request: Request) -> Response:
    """The newest mails."""
    here = serving(request)
    mails = await asyncio.to_thread(list_mails, _folder(request, here))
    site = here.catalogue.site
    language = site.language
    dates = {mail.name: _received(mail.received, language, site.timezone) for mail in mails}
    head = Head(title=words(language)["web_mailbox_title"], language=language, noindex=True)
    return page(here, "mailbox", {"mails": mails, "dates": dates}, head=head, headers=PRIVATE)


async def mail(request: Request) -> Response:
    """One mail: its text part, and its HTML part in a sandboxed frame."""
    here = serving(request)
    found = await _read(request, here)
    headers = {name.lower(): value for name, value in found.headers}
    subject = found.heading.subject or found.heading.name
    view = {
        "mail": found,
        "subject": subject,
        "headers": {name: headers.get(name, "") for name in ("from", "to", "date")},
        "linked_text": link_urls(found.text),
    }
    head = Head(title=subject, language=here.catalogue.site.language, noindex=True)
    return page(here, "mail", view, head=head, headers=PRIVATE)


async def mail_html(request: Request) -> Response:
    """The HTML part alone, for the frame."""
    found = await _read(request, serving(request))
    # Links of a mail open in a tab of their own, as our pages refuse to be shown in a frame.
    html = re.sub("(<head[^>]*>)", r'\1<base target="_blank">', found.html, count=1, flags=re.IGNORECASE)
    return HTMLResponse(html, headers={**PRIVATE, "content-security-policy": MAIL_POLICY})


async def mail_source(request: Request) -> Response:
    """The bytes as they were received."""
    here = serving(request)
    found = await _read(request, here)
    path = _folder(request, here) / f"{found.heading.name}.eml"
    return PlainTextResponse(await asyncio.to_thread(path.read_bytes), headers=PRIVATE)


def _received(stated: str, language: str, zone: str) -> str:
    try:
        return for_people(Timestamp(instant=datetime.fromisoformat(stated)), language, zone=zone)
    except ValueError:
        return stated


def link_urls(text: str) -> str:
    """Plain text as HTML, its URLs as links."""
    parts, end = [], 0
    for match in URL.finditer(text):
        url = escape(match[0])
        parts += [escape(text[end : match.start()], quote=False), f'<a href="{url}">{url}</a>']
        end = match.end()
    return "".join([*parts, escape(text[end:], quote=False)])


async def _read(request: Request, here: Serving) -> Mail:
    return await asyncio.to_thread(read_mail, _folder(request, here), request.path_params["name"])


def _folder(request: Request, here: Serving) -> Path:
    # Where the site is public, a proxy that names itself in no header may stand before us.
    public = not is_loopback_url(here.catalogue.site.base_url)
    if here.mailbox_dir is None or public or not is_own_machine(request):
        raise NotFound("no mailbox here")
    return here.mailbox_dir
