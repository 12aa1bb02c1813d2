"""Taking in what providers post: verified first, then applied in one transaction, each event once."""

from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from hashlib import sha256
from typing import Any

import structlog

from syndicate.deliver.bounce.applying import apply_reports
from syndicate.deliver.bounce.returning import Arrival, Intake, Returning
from syndicate.deliver.hooks.mailgun import OLDEST, Stamped, read_mailgun
from syndicate.deliver.hooks.posted import Event, Malformed, Posted, Unsigned
from syndicate.deliver.hooks.postmark import read_postmark
from syndicate.deliver.hooks.sendgrid import read_sendgrid
from syndicate.deliver.hooks.ses import SnsMessage, read_sns
from syndicate.errors import GiveUp
from syndicate.store import bounces, caps

log = structlog.get_logger()

# Amazon changes its certificate about once a year.
MOST_CERTIFICATES = 20


class Provider(StrEnum):
    """Whose webhooks are understood."""

    SES = "ses"
    SENDGRID = "sendgrid"
    MAILGUN = "mailgun"
    POSTMARK = "postmark"


class Said(StrEnum):
    """What the provider is answered: TAKEN once everything is in the database."""

    TAKEN = "taken"
    OFF = "off"
    UNSIGNED = "unsigned"
    MALFORMED = "malformed"


async def take_posted(returning: Returning, provider: Provider, posted: Posted) -> Said:
    """Verify and apply one request. Raises TryLater where the database or a certificate cannot be had."""
    if not is_on(returning, provider):
        return Said.OFF
    try:
        await TAKING[provider](returning, posted)
    except Malformed as error:
        log.warning("webhook.malformed", provider=provider, error=str(error))
        return Said.MALFORMED
    except Unsigned as error:
        log.warning("webhook.unsigned", provider=provider, error=str(error))
        return Said.UNSIGNED
    return Said.TAKEN


def is_on(returning: Returning, provider: Provider) -> bool:
    """Whether the settings say how this provider proves who it is."""
    settings = returning.settings
    wanted = {
        Provider.SES: bool(settings.ses.topics),
        Provider.SENDGRID: bool(settings.sendgrid.public_key),
        Provider.MAILGUN: bool(settings.mailgun.secret),
        Provider.POSTMARK: bool(settings.postmark.password or settings.postmark.token),
    }
    return wanted[provider]


async def _take_ses(returning: Returning, posted: Posted) -> None:
    message = read_sns(returning.settings.ses, posted)
    if not message.is_signed(await _certificate(returning, message)):
        raise Unsigned("the signature of Amazon SNS is not right")
    if message.asks:
        await _get(returning, message.asks)
        log.info("webhook.subscribed", provider=Provider.SES, topic=message.fields["TopicArn"])
        return
    await _write(returning, Provider.SES, message.events())


async def _certificate(returning: Returning, message: SnsMessage) -> bytes:
    known, url = returning.certificates, message.certificate_url
    if url not in known:
        found = await _get(returning, url)
        if len(known) >= MOST_CERTIFICATES:
            known.clear()
        known[url] = found
    return known[url]


async def _get(returning: Returning, url: str) -> bytes:
    try:
        return (await returning.client.get(url)).body
    except GiveUp as error:
        raise Unsigned(f"what Amazon SNS names cannot be had: {error}") from error


async def _take_sendgrid(returning: Returning, posted: Posted) -> None:
    await _write(returning, Provider.SENDGRID, read_sendgrid(returning.settings.sendgrid, posted))


async def _take_postmark(returning: Returning, posted: Posted) -> None:
    await _write(returning, Provider.POSTMARK, read_postmark(returning.settings.postmark, posted))


async def _take_mailgun(returning: Returning, posted: Posted) -> None:
    stamped = read_mailgun(returning.settings.mailgun, posted, now=returning.sending.now())
    await returning.sending.db.write(_apply_stamped, returning, stamped)


async def _write(returning: Returning, provider: Provider, events: Sequence[Event]) -> None:
    if events:
        await returning.sending.db.write(_apply, returning, provider, events)


def _apply(conn: Any, returning: Returning, provider: Provider, events: Sequence[Event]) -> None:
    sending = returning.sending
    for event in events:
        arrival = Arrival(intake=Intake.WEBHOOK, provider=provider, event_id=event.id, trusted=True)
        apply_reports(conn, sending, [event.report], arrival=arrival, now=sending.now())


def _apply_stamped(conn: Any, returning: Returning, stamped: Stamped) -> None:
    now = returning.sending.now()
    key = f"mailgun:{sha256(stamped.token.encode()).hexdigest()}"
    events = [stamped.event] if stamped.event else []
    if caps.count_up(conn, key, now=now, expires=now + 2 * OLDEST) > 1:
        # The same event, come twice, is no forgery: the answer was lost on its way.
        if not all(bounces.is_known(conn, Provider.MAILGUN, event.id) for event in events):
            raise Unsigned("this token of Mailgun's was used already")
        return
    _apply(conn, returning, Provider.MAILGUN, events)


TAKING: dict[Provider, Callable[[Returning, Posted], Awaitable[None]]] = {
    Provider.SES: _take_ses,
    Provider.SENDGRID: _take_sendgrid,
    Provider.MAILGUN: _take_mailgun,
    Provider.POSTMARK: _take_postmark,
}
