"""Mail that came back, read: bytes → reports. Structure first, then words. Answers are none."""

import re
from collections.abc import Iterator
from dataclasses import replace

from syndicate.deliver.bounce.addresses import addresses_in, unique
from syndicate.deliver.bounce.answering import answers_itself, body_answers, disposition, subject_answers
from syndicate.deliver.bounce.complaint import Feedback, read_feedback
from syndicate.deliver.bounce.dsn import Entry, Notification, read_notification
from syndicate.deliver.bounce.evidence import Evidence, is_forward, weigh
from syndicate.deliver.bounce.judging import class_of, reason_in
from syndicate.deliver.bounce.mail import Fields, Mail, read_mail, value_of
from syndicate.deliver.bounce.notice import ORIGINAL_TYPES, Notice, divide, read_notice
from syndicate.deliver.bounce.report import Action, Class, Kind, Reason, Report
from syndicate.deliver.bounce.telling import code_in, replies_in, status_in, vague
from syndicate.deliver.bounce.textual import context, inferred_recipients, read_words
from syndicate.deliver.bounce.tracing import Traces, arrival_of, trace

DEEPEST = 3
LONGEST_DIAGNOSTIC = 500
NOTHING_FAILED = frozenset({Action.DELIVERED, Action.RELAYED, Action.EXPANDED})
SENDER_FIELDS = frozenset({"x-postfix-sender", "original-mail-from", "x-original-sender", "x-sender"})
INLINE = re.compile(
    r"^[> ]{0,4}(?:From|Von|De|Da|Van|От|差出人|发件人)\s?[:：].{0,200}"
    r"(?:mailer-daemon|postmaster|mail delivery)",
    re.IGNORECASE | re.MULTILINE,
)


def read_reports(data: bytes, *, envelope_to: str = "") -> tuple[Report, ...]:
    """What a mail says of each recipient, in its order; at least one report, `other` if it says nothing.

    `envelope_to` is the address for which a server of ours took the mail. Never raises; 4 MB are looked at.
    """
    try:
        return _read(data, envelope_to=envelope_to, depth=0)
    except (ValueError, LookupError, RecursionError, OverflowError):
        # Whatever a stranger writes must not stop the reader of the next mail.
        return (Report(kind=Kind.OTHER),)


def _read(data: bytes, *, envelope_to: str, depth: int) -> tuple[Report, ...]:
    mail = read_mail(data)
    notice = read_notice(mail)
    traces = trace(mail, notice, envelope_to=envelope_to)
    told = _told(mail, notice, traces)
    # Gateways wrap a report into another mail whose own words say nothing.
    wrapped = not any("@" in line for line in notice.lines) and not read_notification(mail)
    if depth < DEEPEST and (wrapped or told[0].kind == Kind.OTHER):
        inner = _forwarded(mail, notice, depth=depth)
        return tuple(_came_to(report, traces) for report in inner) or told
    return told


def _came_to(report: Report, outer: Traces) -> Report:
    """A report out of a mail within a mail: where the outer one came to counts first."""
    return replace(report, verp_candidates=unique((*outer.candidates, *report.verp_candidates)))


def _told(mail: Mail, notice: Notice, traces: Traces) -> tuple[Report, ...]:
    if feedback := read_feedback(mail, notice):
        return (_complaint(mail, feedback, traces),)
    evidence = weigh(mail, notice)
    notification = read_notification(mail)
    if notification and notification.entries:
        return tuple(_reports(mail, notice, traces, notification=notification, entries=notification.entries))
    if done := disposition(mail):
        if done == "seen" or not evidence.failure:
            return (_plain(mail, traces, Kind.AUTO_REPLY),)
    elif _is_answer(mail, notice, evidence, notified=notification is not None):
        return (_plain(mail, traces, Kind.AUTO_REPLY),)
    elif not notification and not evidence.is_report:
        return (_plain(mail, traces, Kind.OTHER),)
    entries = read_words(mail, notice, traces, evidence=evidence)
    return tuple(_reports(mail, notice, traces, notification=notification, entries=entries))


def _is_answer(mail: Mail, notice: Notice, evidence: Evidence, *, notified: bool) -> bool:
    if notified or evidence.machine:
        return False
    by_machine = evidence.daemon and evidence.failure
    if answers_itself(mail):
        return not (by_machine or (evidence.subject and evidence.failure and evidence.reply_line))
    if subject_answers(mail, notice):
        return not (by_machine and (evidence.subject or evidence.reply_line))
    return not by_machine and evidence.returned and body_answers(notice)


def _reports(
    mail: Mail,
    notice: Notice,
    traces: Traces,
    *,
    notification: Notification | None,
    entries: tuple[Entry, ...],
) -> Iterator[Report]:
    fields: Fields = notification.fields if notification else ()
    blank = Report(
        kind=Kind.BOUNCE,
        original_message_id=traces.message_id,
        envelope_id=value_of(fields, "original-envelope-id"),
        verp_candidates=_candidates(traces, fields),
        arrival=arrival_of(mail, fields),
    )
    seen: set[tuple[str, ...]] = set()
    for entry in entries:
        near = _near(notice, entry) if notification else ""
        recipient = entry.recipient or next(inferred_recipients(mail, traces), "")
        if (key := (recipient.casefold(), entry.action, entry.status)) not in seen:
            seen.add(key)
            texts = (replies_in(entry.diagnostic) or entry.diagnostic, entry.diagnostic, near, notice.text)
            yield _judged(replace(entry, recipient=recipient), blank, texts)


def _judged(entry: Entry, blank: Report, texts: tuple[str, ...]) -> Report:
    # The first is the reply; without one, no boilerplate in its place may overrule a code.
    said = [texts[0], *(text for text in texts[1:] if text.strip())]
    status = entry.status if not vague(entry.status) else _telling_status(entry.status, said)
    reason = reason_in(said, code=code_in(entry.diagnostic), status=status)
    action = entry.action
    if action == Action.NONE:
        action = Action.DELAYED if status.startswith("4") else Action.FAILED
        action = Action.DELIVERED if status.startswith("2") else action
    waits = action == Action.DELAYED
    cls = class_of(status, reason, entry.diagnostic)
    told = replace(
        blank,
        kind=Kind.OTHER if action in NOTHING_FAILED else Kind.BOUNCE,
        recipient=entry.recipient,
        action=action,
        status=status,
        reason=Reason.OTHER if action in NOTHING_FAILED or (waits and reason == Reason.EXPIRED) else reason,
        cls=cls if action == Action.FAILED else Class.NONE,
    )
    line = " ".join(entry.diagnostic.split())[:LONGEST_DIAGNOSTIC]
    return replace(told, diagnostic=line, original_recipient=entry.original, remote_mta=entry.remote_mta)


def _telling_status(status: str, texts: list[str]) -> str:
    # Better than X.0.0 is whatever names a subject.
    if status.endswith(".0.0"):
        status = next(
            (code for text in texts[:2] if (code := status_in(text)) and code[0] == status[0]), status
        )
    found = next((code for text in texts[:2] if (code := status_in(text)) and not vague(code)), "")
    if found and (not status or found[0] == status[0] or status.startswith("5.0")):
        return found
    return status or next((code for text in texts if (code := status_in(text))), "")


def _near(notice: Notice, entry: Entry) -> str:
    for address in filter(None, (entry.recipient, entry.original)):
        for n, line in enumerate(notice.lines):
            if address.casefold() in line.casefold():
                return context(notice.lines, n, len(notice.lines))
    return ""


def _candidates(traces: Traces, fields: Fields) -> tuple[str, ...]:
    """Where the mail came to, and what its report calls our envelope sender (Postfix, feedback reports)."""
    senders = (value for key, value in fields if key in SENDER_FIELDS)
    return unique((*traces.candidates, *(each for value in senders for each in addresses_in(value))))


def _complaint(mail: Mail, feedback: Feedback, traces: Traces) -> Report:
    kind = Kind.COMPLAINT if feedback.counts else Kind.OTHER
    reason = Reason.AUTH if feedback.authentication else Reason.SPAM if feedback.counts else Reason.OTHER
    return Report(
        kind=kind,
        recipient=feedback.recipient or traces.folded,
        reason=reason,
        cls=class_of("", reason, kind=kind),
        original_message_id=traces.message_id,
        original_recipient=feedback.recipient,
        envelope_id=value_of(feedback.fields, "original-envelope-id"),
        verp_candidates=_candidates(traces, feedback.fields),
        arrival=arrival_of(mail, feedback.fields),
        remote_mta=value_of(feedback.fields, "reporting-mta"),
    )


def _plain(mail: Mail, traces: Traces, kind: Kind) -> Report:
    # Who answers by a machine is whom the message was for.
    answering = addresses_in(mail.first("from")) if kind == Kind.AUTO_REPLY else ()
    return Report(
        kind=kind,
        recipient=next(iter(answering), ""),
        original_message_id=traces.message_id if kind == Kind.AUTO_REPLY else "",
        verp_candidates=traces.candidates,
        arrival=arrival_of(mail, ()),
    )


def _forwarded(mail: Mail, notice: Notice, *, depth: int) -> tuple[Report, ...]:
    """The reports in a mail that somebody passed on, or none."""
    for part in mail.parts:
        if part.type in ORIGINAL_TYPES and part.type != "text/rfc822-headers":
            inner = _read(part.raw, envelope_to="", depth=depth + 1)
            return inner if inner[0].kind in {Kind.BOUNCE, Kind.COMPLAINT} else ()
    text = "\n".join((*notice.lines, notice.copy))
    if is_forward(mail) and (found := INLINE.search(text)):
        flat = text[found.start() :]
        head, _, body = flat.partition("\n\n")
        return _read_flat(head, body, depth=depth)
    return ()


def _read_flat(head: str, body: str, *, depth: int) -> tuple[Report, ...]:
    flat = f"{head.lstrip('> ')}\n\n{divide(body).text}\n\n{divide(body).copy}"
    inner = _read(flat.encode("utf-8", "replace"), envelope_to="", depth=depth + 1)
    return inner if inner[0].kind == Kind.BOUNCE else ()
