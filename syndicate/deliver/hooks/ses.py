"""Amazon SES: notifications and published events, which come as messages of SNS.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from syndicate.deliver.bounce.report import Class, Reason, Report
from syndicate.deliver.hooks.posted import (
    Event,
    Malformed,
    Posted,
    Told,
    Unsigned,
    parse,
    table,
    tables,
    text,
)
from syndicate.deliver.hooks.signatures import is_sns
from syndicate.model.bounces import SesWebhook

# Whoever has an account there can publish under other names of amazonaws.com, but not under SNS's own.
HOST = r"https://sns\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com(?:\.cn)?"
CERTIFICATE = re.compile(HOST + r"/SimpleNotificationService-[A-Za-z0-9]+\.pem")
CONFIRMATION = re.compile(HOST + r"/\?[A-Za-z0-9=&_%:.~+-]+")
NOTIFIED = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
ASKED = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
# Sub-types that say more than a code does; SES lists addresses on its own that were gone before.
KNOWN = {
    "NoEmail": (Reason.ADDRESS_GONE, Class.SUPPRESS),
    "Suppressed": (Reason.ADDRESS_GONE, Class.SUPPRESS),
    "OnAccountSuppressionList": (Reason.ADDRESS_GONE, Class.SUPPRESS),
    "MailboxFull": (Reason.MAILBOX_FULL, Class.COUNT),
    "MessageTooLarge": (Reason.SIZE, Class.SENDER_FAULT),
    "ContentRejected": (Reason.SPAM, Class.SENDER_FAULT),
    "AttachmentRejected": (Reason.POLICY, Class.SENDER_FAULT),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SnsMessage:
    """A message of SNS whose topic is one of ours, and whose certificate is at an address of Amazon's."""

    fields: Mapping[str, str]

    @property
    def certificate_url(self) -> str:
        """Where the certificate is that it was signed with."""
        return self.fields["SigningCertURL"]

    @property
    def asks(self) -> str:
        """The address to ask so that messages begin to come; empty for a message."""
        return self.fields.get("SubscribeURL", "") if self._type == "SubscriptionConfirmation" else ""

    @property
    def _type(self) -> str:
        return self.fields.get("Type", "")

    def canonical(self) -> bytes:
        """What was signed."""
        names = NOTIFIED if self._type == "Notification" else ASKED
        return "".join(f"{name}\n{self.fields[name]}\n" for name in names if name in self.fields).encode(
            "utf-8", "replace"
        )

    def is_signed(self, certificate: bytes) -> bool:
        """Whether the certificate's key signed it."""
        signature, version = self.fields.get("Signature", ""), self.fields.get("SignatureVersion", "")
        return is_sns(certificate, self.canonical(), signature=signature, version=version)

    def events(self) -> list[Event]:
        """What SES says in it. Raises Malformed."""
        if self._type != "Notification":
            return []
        # SES writes a plain sentence when a topic is connected.
        body = table(parse(self.fields["Message"])) if self.fields["Message"].startswith("{") else {}
        key = self.fields["MessageId"]
        reports = _reports(body)
        return [Event(id=f"{key}:{n}" if n else key, report=one) for n, one in enumerate(reports)]


def read_sns(settings: SesWebhook, posted: Posted) -> SnsMessage:
    """The message of a request, whose signature has yet to be verified. Raises Unsigned, Malformed."""
    fields = {key: value for key, value in table(parse(posted.body)).items() if isinstance(value, str)}
    missing = [name for name in ("Type", "Message", "MessageId", "Timestamp") if name not in fields]
    if missing:
        raise Malformed(f"this is no message of SNS: it has no {', '.join(missing)}")
    if fields.get("TopicArn") not in settings.topics:
        raise Unsigned("the topic is none of bounces.ses.topics")
    message = SnsMessage(fields=fields)
    region = fields["TopicArn"].split(":")[3]
    if not _is_there(CERTIFICATE, fields.get("SigningCertURL", ""), region):
        raise Unsigned("the certificate is not at an address of Amazon SNS in the topic's region")
    if message.asks and not _is_there(CONFIRMATION, message.asks, region):
        raise Unsigned("the confirmation is not at an address of Amazon SNS in the topic's region")
    return message


def _is_there(pattern: re.Pattern[str], url: str, region: str) -> bool:
    found = pattern.fullmatch(url)
    return found is not None and found[1] == region


def _reports(body: Mapping[str, Any]) -> Iterator[Report]:
    mail = table(body.get("mail"))
    common = table(mail.get("commonHeaders"))
    told = Told(recipient="", message_id=text(common.get("messageId")), signed=(text(mail.get("source")),))
    reading = READINGS.get(text(body.get("eventType")) or text(body.get("notificationType")))
    yield from reading(told, body) if reading else ()


def _bounces(told: Told, body: Mapping[str, Any]) -> Iterator[Report]:
    bounce = table(body.get("bounce"))
    known = KNOWN.get(text(bounce.get("bounceSubType")))
    for one in tables(bounce.get("bouncedRecipients")):
        named = replace(told, recipient=text(one.get("emailAddress")))
        status, said = text(one.get("status")), text(one.get("diagnosticCode"))
        if known:
            yield named.failed(status, said, reason=known[0], cls=known[1])
        elif text(bounce.get("bounceType")) == "Transient" and not said:
            # SES calls absence notes so, too.
            yield named.automatic(text(bounce.get("bounceSubType")))
        else:
            yield named.failed(status, said)


def _complaints(told: Told, body: Mapping[str, Any]) -> Iterator[Report]:
    complaint = table(body.get("complaint"))
    if text(complaint.get("complaintFeedbackType")) == "not-spam":
        return
    for one in tables(complaint.get("complainedRecipients")):
        yield replace(told, recipient=text(one.get("emailAddress"))).complaint()


def _delays(told: Told, body: Mapping[str, Any]) -> Iterator[Report]:
    for one in tables(table(body.get("deliveryDelay")).get("delayedRecipients")):
        named = replace(told, recipient=text(one.get("emailAddress")))
        yield named.delayed(text(one.get("status")), text(one.get("diagnosticCode")))


def _deliveries(told: Told, body: Mapping[str, Any]) -> Iterator[Report]:
    recipients = table(body.get("delivery")).get("recipients")
    for address in recipients if isinstance(recipients, list) else ():
        yield replace(told, recipient=text(address)).delivered()


READINGS: dict[str, Callable[[Told, Mapping[str, Any]], Iterator[Report]]] = {
    "Bounce": _bounces,
    "Complaint": _complaints,
    "DeliveryDelay": _delays,
    "Delivery": _deliveries,
}
