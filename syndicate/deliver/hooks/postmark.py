"""Postmark's webhooks. https://postmarkapp.com/developer/webhooks/webhooks-overview

They are not signed: user and password of HTTP Basic, or a header of one's own, tell that they are Postmark's.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from syndicate.deliver.bounce.report import Class, Reason, Report
from syndicate.deliver.hooks.posted import Event, Malformed, Posted, Told, Unsigned, parse, table, text
from syndicate.deliver.hooks.signatures import is_same
from syndicate.model.bounces import PostmarkWebhook

OWN_HEADER = "x-syndicate-token"
# https://postmarkapp.com/developer/api/bounce-api#bounce-types; any other type is judged by its words.
REASONS = {
    "BadEmailAddress": (Reason.ADDRESS_GONE, Class.SUPPRESS),
    "HardBounce": (Reason.ADDRESS_GONE, Class.SUPPRESS),
    "DnsError": (Reason.NETWORK, Class.COUNT),
    "SpamNotification": (Reason.SPAM, Class.SENDER_FAULT),
    "Blocked": (Reason.POLICY, Class.SENDER_FAULT),
    "DMARCPolicy": (Reason.AUTH, Class.SENDER_FAULT),
    "VirusNotification": (Reason.SPAM, Class.SENDER_FAULT),
}
AUTOMATIC = {"AutoResponder", "ChallengeVerification", "AddressChange"}
# The receiving server said so for now, and Postmark goes on.
DELAYS = {"Transient"}


def read_postmark(settings: PostmarkWebhook, posted: Posted) -> list[Event]:
    """The event of a request. Raises Unsigned, Malformed."""
    if not (_is_user(settings, posted) | is_same(settings.token, posted.headers.get(OWN_HEADER, ""))):
        raise Unsigned("neither the password nor the token is right")
    body = table(parse(posted.body))
    kind = text(body.get("RecordType"))
    if not kind:
        raise Malformed("Postmark's event has no RecordType")
    report = _report(kind, body)
    key = text(body.get("ID")) or f"{text(body.get('MessageID'))}:{text(body.get('Recipient'))}"
    return [Event(id=f"{kind}:{key}", report=report)] if report else []


def _is_user(settings: PostmarkWebhook, posted: Posted) -> bool:
    scheme, _, encoded = posted.headers.get("authorization", "").partition(" ")
    try:
        given = base64.b64decode(encoded.strip(), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        given = ""
    right = f"{settings.username}:{settings.password}" if settings.password else ""
    return is_same(right, given) & (scheme.lower() == "basic")


def _report(kind: str, body: Mapping[str, Any]) -> Report | None:
    told = Told(
        recipient=text(body.get("Email")) or text(body.get("Recipient")),
        # X-PM-Metadata-Syndicate: the envelope sender, where a relay sets it.
        signed=tuple(text(value) for value in table(body.get("Metadata")).values()),
    )
    if kind == "Bounce":
        return _bounce(told, body)
    simple = {"Delivery": told.delivered, "SpamComplaint": told.complaint}.get(kind)
    return simple() if simple else None


def _bounce(told: Told, body: Mapping[str, Any]) -> Report:
    kind, said = text(body.get("Type")), text(body.get("Details")) or text(body.get("Description"))
    if kind == "SpamComplaint":
        return told.complaint(said)
    if kind in AUTOMATIC:
        return told.automatic(said)
    if kind in DELAYS:
        return told.delayed("", said)
    judged = told.failed("", said)
    # What the server said tells more than the type, as where a hard bounce was for reasons of policy.
    if judged.reason is not Reason.OTHER or kind not in REASONS:
        return judged
    reason, cls = REASONS[kind]
    return told.failed("", said, reason=reason, cls=cls)
