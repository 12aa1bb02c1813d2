"""Whether a mail is a report at all: who sent it, what its subject and its words say."""

import re
from dataclasses import dataclass

from syndicate.deliver.bounce.mail import Mail
from syndicate.deliver.bounce.notice import ORIGINAL_TYPES, STATUS_TYPES, Notice, words
from syndicate.deliver.bounce.recipients import Tier, named_recipients
from syndicate.deliver.bounce.telling import plain

REPLY_SUBJECT = re.compile(
    r"\s*(?:re|aw|sv|vs|antw|odp|res|rif|回复|答复|回覆)\s*(?:\[\d+\])?\s*[:：]", re.IGNORECASE
)
FORWARD_SUBJECT = re.compile(
    r"\s*(?:fwd?|wg|tr|rv|enc|doorst|vs|转发|轉寄|пер|vl|i)\s*[:：]|\[fwd:", re.IGNORECASE
)
OPENING = 1500
# Fields that only mail systems write, into what they return.
MACHINE_FIELDS = ("x-failed-recipients", "x-ms-embedded-report", "x-dsncontext", "x-report-type")
REPLY_LINE = re.compile(
    r"(?<![\d.])[45]\d\d[ -]#?[45]\.\d{1,3}\.\d{1,3}|<<< ?[45]\d\d|\(#[45]\.\d\.\d\)|RCPT TO:\s?<",
    re.IGNORECASE,
)


# How much each kind of evidence counts; together it takes ENOUGH, and words that say what happened.
ENOUGH = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What speaks for a report.

    `daemon`: a mail system sent it. `returned`: it has no way back (RFC 5321, 4.5.5). `machine`: fields or
    parts that nothing but a report has. `named`: 2 for an address on a line of its own, 1 for one in a
    sentence. `copied`: our message came with it. `somebody`: it came from an address that takes answers.
    `answering`: its subject is a person's reply.
    """

    daemon: bool
    returned: bool
    subject: bool
    failure: bool
    delay: bool
    machine: bool
    named: int
    copied: bool
    somebody: bool
    reply_line: bool
    answering: bool

    @property
    def is_report(self) -> bool:
        """Whether it is a report, in whatever format."""
        weight = 3 * (self.daemon or self.returned) + 2 * self.subject + 2 * (self.failure or self.delay)
        weight += self.named + self.copied + self.reply_line - self.answering - 2 * self.somebody
        says = (
            self.failure or self.delay or self.reply_line or (self.daemon and self.subject and self.named > 1)
        )
        return self.machine or (weight >= ENOUGH and says)


def weigh(mail: Mail, notice: Notice) -> Evidence:
    """The evidence in a mail."""
    subject = mail.first("subject")
    spoken = plain(notice.text[: OPENING * 2])[:OPENING]
    said_subject = plain(subject)
    daemon = from_daemon(mail)
    returned = "<>" in mail.all("return-path") or mail.first("from").strip() in {"<>", ""}
    report_part = any(part.type in STATUS_TYPES for part in mail.parts)
    failure = bool(words("failures").search(spoken) or words("failures").search(said_subject))
    return Evidence(
        daemon=daemon,
        returned=returned,
        somebody=not returned and not daemon and bool(mail.first("return-path")),
        subject=bool(words("subjects").search(said_subject)),
        failure=failure,
        delay=bool(words("delays").search(spoken) or words("delays").search(said_subject)),
        named=max((each.tier - Tier.ANYWHERE for each in named_recipients(notice.lines, ours=())), default=0),
        copied=bool(notice.copy) or any(part.type in ORIGINAL_TYPES for part in mail.parts),
        machine=any(mail.first(name) for name in MACHINE_FIELDS) or report_part,
        reply_line=bool(REPLY_LINE.search(notice.text)),
        answering=bool(REPLY_SUBJECT.match(subject)) and not daemon,
    )


def from_daemon(mail: Mail) -> bool:
    """Whether a mail system sent it, by its own name."""
    back = " ".join(mail.all("return-path", "x-return-path")).lower()
    sender = plain(mail.first("from")).replace("@", " @")
    return "mailer-daemon" in back or bool(words("daemons").search(sender))


def is_forward(mail: Mail) -> bool:
    """Whether somebody passed another mail on."""
    return bool(FORWARD_SUBJECT.match(mail.first("subject"))) or bool(mail.first("resent-from"))
