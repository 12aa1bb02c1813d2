"""Complaints: feedback reports (RFC 5965, 6591), and those of providers who write their own."""

import re
from dataclasses import dataclass

from syndicate.deliver.bounce.addresses import addresses_in, typed_address
from syndicate.deliver.bounce.mail import Fields, Mail, read_fields, value_of
from syndicate.deliver.bounce.notice import Notice, copied_fields, text_of
from syndicate.deliver.bounce.telling import plain

FEEDBACK = "message/feedback-report"
# RFC 5965 section 7.3 and 6591: what is no complaint about the message.
NO_COMPLAINTS = frozenset({"not-spam", "auth-failure", "dmarc", "dkim", "authfail", "virus-ok"})
RECIPIENT_FIELDS = (
    "original-rcpt-to",
    "removal-recipient",
    "original-recipient",
    "x-original-rcpt-to",
    "redacted-address",
)
COPIED_RECIPIENT_FIELDS = (
    "x-hmxmroriginalrecipient",
    "x-apparently-to",
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "to",
)
BARE = re.compile(r"^feedback-type\s*:", re.IGNORECASE | re.MULTILINE)
SUBJECTS = re.compile(
    r"^(?:email feedback report for|complaint about (?:message|email|mail) from|abuse report|\[?fbl\]?\b|"
    r"spam (?:report|complaint)|feedback (?:loop )?report|junk email report|client tos notification|"
    r".{0,40} abuse report$)"
)
SENDERS = re.compile(
    r"staff@hotmail|scomp@|arf@|@(?:fbl|feedback|complaints?)\.|"
    r"\b(?:fbl|feedback ?loop|feedback|abuse|complaints?|junkreport)\S{0,20}@"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What a complaint tells. `counts` is false for a report that blames nobody, as not-spam."""

    recipient: str
    counts: bool
    authentication: bool
    fields: Fields


def read_feedback(mail: Mail, notice: Notice) -> Feedback | None:
    """The complaint in a mail, or None."""
    fields = _fields(mail)
    if not fields and not _looks_like_one(mail):
        return None
    kind = value_of(fields, "feedback-type").strip().lower()
    return Feedback(
        recipient=_recipient(fields, copied_fields(mail, notice)),
        counts=kind not in NO_COMPLAINTS,
        authentication=kind.startswith(("auth", "dmarc", "dkim")),
        fields=fields,
    )


def _fields(mail: Mail) -> Fields:
    for part in mail.parts:
        if part.type == FEEDBACK:
            stray = tuple(each for each in part.fields if not each[0].startswith(("content-", "mime-")))
            return (*stray, *read_fields(part.text.strip().replace("\n\n", "\n")))
    for part in mail.parts:
        text = text_of(part) if part.type.startswith(("text/", "application/")) else ""
        # Mailing software flattens reports into text.
        if (found := BARE.search(text)) and "user-agent" in text.lower():
            return read_fields(text[found.start() :].partition("\n\n")[0])
    return ()


def _looks_like_one(mail: Mail) -> bool:
    if mail.report_type == "feedback-report":
        return True
    copied = any(part.type in {"message/rfc822", "text/rfc822-headers"} for part in mail.parts)
    subject = plain(mail.first("subject"))
    return bool(copied and SUBJECTS.search(subject) and SENDERS.search(mail.first("from").lower()))


def _recipient(fields: Fields, copied: Fields) -> str:
    named = (typed_address(value) for name in RECIPIENT_FIELDS for key, value in fields if key == name)
    if found := next((each for each in named if each), ""):
        return found
    held = (addresses_in(value) for name in COPIED_RECIPIENT_FIELDS for key, value in copied if key == name)
    return next((each[0] for each in held if each), "")
