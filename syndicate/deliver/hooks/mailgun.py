"""Mailgun's webhooks. https://documentation.mailgun.com/docs/mailgun/user-manual/events/webhooks

The signature covers a timestamp and a token, not the event: whoever saw one could say anything with it. So
each token counts once, and an old one not at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from syndicate.deliver.bounce.report import Class, Reason, Report
from syndicate.deliver.hooks.posted import Event, Malformed, Posted, Told, Unsigned, parse, table, text
from syndicate.deliver.hooks.signatures import is_hmac
from syndicate.model.bounces import MailgunWebhook

# Mailgun tries for 8 hours.
OLDEST = timedelta(hours=12)
OWN = "syndicate"
# What Mailgun has on lists of its own, and does not try.
SUPPRESSED = {"suppress-bounce": Reason.ADDRESS_GONE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamped:
    """An event, and the token that it may be told with once."""

    token: str
    event: Event | None


def read_mailgun(settings: MailgunWebhook, posted: Posted, *, now: datetime) -> Stamped:
    """The event of a request. Raises Unsigned, Malformed."""
    body = table(parse(posted.body))
    stamp, data = table(body.get("signature")), table(body.get("event-data"))
    timestamp, token = text(stamp.get("timestamp")), text(stamp.get("token"))
    if not is_hmac(settings.secret, f"{timestamp}{token}".encode(), signature=text(stamp.get("signature"))):
        raise Unsigned("Mailgun's signature is not right")
    if not timestamp.isdecimal() or abs(now.timestamp() - int(timestamp)) > OLDEST.total_seconds():
        raise Unsigned("Mailgun's signature is too old")
    key, report = text(data.get("id")), _report(data)
    if not key:
        raise Malformed("Mailgun's event has no id")
    return Stamped(token=token, event=Event(id=key, report=report) if report else None)


def _report(data: Mapping[str, Any]) -> Report | None:
    headers = table(table(data.get("message")).get("headers"))
    own = table(data.get("user-variables")).get(OWN)
    told = Told(
        recipient=text(data.get("recipient")),
        message_id=text(headers.get("message-id")),
        signed=(text(table(data.get("envelope")).get("sender")), text(own)),
    )
    name = text(data.get("event"))
    if name == "failed":
        return _failed(told, data)
    simple = {"delivered": told.delivered, "complained": told.complaint}.get(name)
    return simple() if simple else None


def _failed(told: Told, data: Mapping[str, Any]) -> Report:
    status, why = table(data.get("delivery-status")), text(data.get("reason"))
    code, enhanced = text(status.get("code")), text(status.get("enhanced-code"))
    said = text(status.get("message")) or text(status.get("description")) or why
    if text(data.get("severity")) == "temporary":
        return told.delayed(enhanced, said)
    if why == "suppress-complaint":
        return told.complaint(said)
    if why.startswith("suppress-"):
        reason = SUPPRESSED.get(why)
        return told.failed("", said, reason=reason, cls=Class.SUPPRESS if reason else Class.NONE)
    # "old": it was tried until Mailgun gave up.
    reason = Reason.EXPIRED if why == "old" else None
    return told.failed(enhanced, said, code=int(code) if code.isdecimal() else 0, reason=reason)
