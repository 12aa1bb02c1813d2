"""SendGrid's event webhook. https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event"""

from collections.abc import Callable, Mapping
from typing import Any

from syndicate.deliver.bounce.report import Class, Reason, Report
from syndicate.deliver.hooks.posted import Event, Malformed, Posted, Told, Unsigned, parse, tables, text
from syndicate.deliver.hooks.signatures import is_ecdsa
from syndicate.model.bounces import SendgridWebhook

SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"
# A unique argument that may be set by X-SMTPAPI: {"unique_args": {"syndicate": "<envelope sender>"}}
OWN = "syndicate"
SUPPRESSED = {"bounced address": Reason.ADDRESS_GONE, "invalid": Reason.ADDRESS_GONE}


def read_sendgrid(settings: SendgridWebhook, posted: Posted) -> list[Event]:
    """The events of a request. Raises Unsigned, Malformed."""
    signed = posted.headers.get(TIMESTAMP, "").encode() + posted.body
    if not is_ecdsa(settings.public_key, signed, signature=posted.headers.get(SIGNATURE, "")):
        raise Unsigned("SendGrid's signature is not right")
    events = parse(posted.body)
    if not isinstance(events, list):
        raise Malformed("SendGrid posts a list of events")
    found = [(text(one.get("sg_event_id")), _report(one)) for one in tables(events)]
    return [Event(id=key, report=report) for key, report in found if key and report is not None]


def _report(event: Mapping[str, Any]) -> Report | None:
    told = Told(
        recipient=text(event.get("email")),
        message_id=text(event.get("smtp-id")),
        signed=(text(event.get(OWN)),),
    )
    reading = READINGS.get(text(event.get("event")))
    return reading(told, event) if reading else None


def _bounce(told: Told, event: Mapping[str, Any]) -> Report:
    return told.failed(text(event.get("status")), text(event.get("reason")))


def _dropped(told: Told, event: Mapping[str, Any]) -> Report:
    said = text(event.get("reason"))
    if said.lower() == "spam reporting address":
        return told.complaint(said)
    reason = SUPPRESSED.get(said.lower())
    return told.failed("", said, reason=reason, cls=Class.SUPPRESS if reason else Class.NONE)


def _deferred(told: Told, event: Mapping[str, Any]) -> Report:
    return told.delayed("", text(event.get("response")))


READINGS: dict[str, Callable[[Told, Mapping[str, Any]], Report]] = {
    "bounce": _bounce,
    "dropped": _dropped,
    "deferred": _deferred,
    "delivered": lambda told, _: told.delivered(),
    "spamreport": lambda told, _: told.complaint(),
}
