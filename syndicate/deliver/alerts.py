"""Alerts: mails to the operator about what nobody else can mend. They go through the outbox."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from syndicate.audience.addresses import read_address
from syndicate.audience.tokens import keyed_hash
from syndicate.deliver.fleet import Trouble
from syndicate.deliver.pace import without_addresses
from syndicate.deliver.pacing.trouble import Kind
from syndicate.deliver.sending import Sending
from syndicate.errors import BadAddress
from syndicate.model import links
from syndicate.model.delivery import NoticeKind, NoticeMail
from syndicate.model.feed import Format
from syndicate.model.job import Job
from syndicate.model.pacing import Pace
from syndicate.store import messages
from syndicate.store.alarms import Alarm, forget_ended, take_untold
from syndicate.store.batches import Progress
from syndicate.store.feeds import FeedStatus, take_untold_feeds
from syndicate.store.paces import take_untold_paces

# Commands and logs speak English, and the reason is quoted from them.
LANGUAGE = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueAlert:
    """What to tell of an issue: once for each `key`. `fate` goes on after its name: `is paused`."""

    key: str
    fate: str
    what: str
    remedy: str


def add_pause_alert(conn: Any, sending: Sending, progress: Progress, *, reason: str) -> bool:
    """Tell site.contact that an issue is paused for a fault of ours, once for each reason.

    False, as of the other alerts about issues, when it has been told, and when there is nobody to tell: the
    contact is no address, or the newsletter in whose name we would write is gone.
    """
    alert = IssueAlert(
        key=keyed_hash(sending.keyring, "pause", reason),
        fate="is paused",
        what=f"Nothing more of it is sent. The reason: {reason}",
        remedy=f"mend that, then run: syndicate issue resume {progress.name}",
    )
    return _add_issue_alert(conn, sending, progress, alert)


def add_fault_alert(conn: Any, sending: Sending, progress: Progress, *, reason: str) -> bool:
    """Tell site.contact that a finished issue came back to many for a fault of ours, once for each issue."""
    alert = IssueAlert(
        key="came-back",
        fate="comes back",
        what=f"It has been sent, but {reason}",
        remedy=f"mend that before the next issue; see: syndicate bounces list --issue {progress.name}",
    )
    return _add_issue_alert(conn, sending, progress, alert)


def add_expiry_alert(conn: Any, sending: Sending, progress: Progress, *, count: int) -> bool:
    """Tell site.contact that an issue's time ended before it was sent to so many, once for each end of it."""
    people = "1 reader has" if count == 1 else f"{count} readers have"
    why = (
        f"It was paused: {progress.paused_reason}" if progress.paused_reason else "Nothing sent it meanwhile"
    )
    alert = IssueAlert(
        key=f"expired:{progress.expires:%Y-%m-%dT%H:%M:%S}",
        fate="was not sent to all in time",
        what=f"{people} not got it, and its time to live is over. {why}",
        remedy=f"to send it to them all the same, run: syndicate issue send {progress.name} --missed",
    )
    return _add_issue_alert(conn, sending, progress, alert)


def add_late_alert(conn: Any, sending: Sending, progress: Progress, *, reason: str) -> bool:
    """Tell site.contact that an issue waits for longer than it lives, once for each end of it."""
    alert = IssueAlert(
        key=f"late:{progress.expires:%Y-%m-%dT%H:%M:%S}",
        fate="waits for longer than it lives",
        what=f"Nothing of it is sent: {reason}",
        remedy=f"change its settings and start anew, then run: syndicate issue resume {progress.name}",
    )
    return _add_issue_alert(conn, sending, progress, alert)


def add_preflight_alert(
    conn: Any, sending: Sending, progress: Progress, *, rules: Iterable[str], reason: str
) -> bool:
    """Tell site.contact that an issue waits for their word before it leaves, once for what it breaks.

    The reason's words may differ each time that it is looked at, as where they count readers.
    """
    alert = IssueAlert(
        key=keyed_hash(sending.keyring, "preflight", *sorted(set(rules))),
        fate="waits for you",
        what=f"Nobody has got it yet. The reason: {reason}",
        remedy=f"look at it: syndicate issue check {progress.name}; to send it all the same: "
        f"syndicate issue send {progress.name} --accept",
    )
    return _add_issue_alert(conn, sending, progress, alert)


def _add_issue_alert(conn: Any, sending: Sending, progress: Progress, alert: IssueAlert) -> bool:
    newsletter = sending.catalogue.newsletters.get(progress.newsletter)
    if newsletter is None or not _operator(sending):
        return False
    path = links.issue_path(newsletter.name, progress.number)
    mail = _mail(
        sending,
        newsletter.name,
        key=f"alert:{progress.id}:{alert.key}",
        data={
            "matter": f"issue {progress.number} of {newsletter.title} {alert.fate}",
            "what": alert.what,
            "remedy": alert.remedy,
            "url": links.absolute(sending.catalogue.site.base_url, path),
        },
    )
    return _add_mails(conn, sending, [mail]) > 0


def _add_mails(conn: Any, sending: Sending, mails: Iterable[NoticeMail]) -> int:
    """Put mails into the outbox; how many are new."""
    added = sum(messages.add_message(conn, mail) for mail in mails)
    if added:
        sending.enqueue(conn, Job(name="outbox.send", key="outbox.send"))
    return added


def tell_alarms(conn: Any, sending: Sending) -> int:
    """Tell site.contact of sources that need a person, once for each incident, and when they are well again.

    How many mails. Where there is nobody to tell, or no newsletter to write in the name of, it stays with the
    log and the list of sources until there is.
    """
    author = _author(sending)
    if not author:
        forget_ended(conn)
        return 0
    untold = take_untold(conn)
    mails = [_alarm_mail(alarm, sending, author) for alarm in untold]
    return _add_mails(conn, sending, mails)


def tell_held_feeds(conn: Any, sending: Sending) -> int:
    """Tell site.contact of feeds that wait for a word of the operator, once for each reason. How many mails.

    Where there is nobody to tell, it stays with the log and what `syndicate publish` says until there is.
    """
    author = _author(sending)
    if not author:
        return 0
    mails = [_hold_mail(one, sending, author) for one in take_untold_feeds(conn)]
    return _add_mails(conn, sending, mails)


def tell_troubles(conn: Any, sending: Sending, troubles: Sequence[Trouble]) -> int:
    """Tell site.contact of relays that cannot be used, each once a day. How many mails.

    Several processes may find the same; where there is nobody to tell, it stays with the log.
    """
    author = _author(sending)
    if not author:
        return 0
    mails = [_trouble_mail(one, sending, author) for one in troubles]
    return _add_mails(conn, sending, mails)


def _trouble_mail(trouble: Trouble, sending: Sending, author: str) -> NoticeMail:
    return _mail(
        sending,
        author,
        key=f"relay:{trouble.relay}:{sending.now():%Y-%m-%d}",
        data={
            "matter": f"relay {trouble.relay} cannot be used",
            "what": "The other relays have taken over; it is tried again by itself, ever more seldom. "
            f"The reason: {without_addresses(trouble.reason)}",
            "remedy": "look at that relay, then run: syndicate check",
            "url": sending.catalogue.site.base_url,
        },
    )


def tell_paces(conn: Any, sending: Sending) -> int:
    """Tell site.contact of domains and relays that are paused, once for each trouble. How many mails.

    Where there is nobody to tell, it stays with the log and `syndicate domains` until there is.
    """
    author = _author(sending)
    if not author:
        return 0
    found = take_untold_paces(conn)
    mails = [_pace_mail(one, sending, author) for one in found]
    return _add_mails(conn, sending, mails)


def _pace_mail(pace: Pace, sending: Sending, author: str) -> NoticeMail:
    refuses = pace.kind == Kind.REFUSED
    who = pace.domain or f"the relay {pace.relay}"
    look = "find out why (a blocked address, SPF, DKIM, complaints), mend that"
    remedy = f"{look}, then run: syndicate domains resume {pace.name}"
    patience = f"nothing; it is tried again by itself. At once with: syndicate domains resume {pace.name}"
    return _mail(
        sending,
        author,
        key=f"pace:{pace.name}:{pace.relay}:{pace.since:%Y-%m-%dT%H:%M:%S}"[:200],
        data={
            "matter": f"mail to {who} is paused",
            "what": f"{who} {'refuses our mail' if refuses else 'asks for patience again and again'}. "
            f'Nothing is sent there until {pace.until:%Y-%m-%d %H:%M} UTC. It said: "{pace.why}"',
            "remedy": remedy if refuses else patience,
            "url": "",
        },
    )


def _hold_mail(held: FeedStatus, sending: Sending, author: str) -> NoticeMail:
    site, moment = sending.catalogue.site, f"{sending.now():%Y-%m-%dT%H:%M:%S}"
    return _mail(
        sending,
        author,
        key=f"held:{held.name}:{moment}",
        data={
            "matter": f"feed {held.name} is held",
            "what": f"Its files stay as they are. The reason: {held.held}",
            "remedy": f"look at what would change: syndicate publish {held.name} --dry-run",
            "url": links.absolute(site.base_url, links.feed_path(held.name, Format.HTML)),
        },
    )


def _alarm_mail(alarm: Alarm, sending: Sending, author: str) -> NoticeMail:
    source = sending.catalogue.sources.get(alarm.source)
    since, over = f"{alarm.since:%Y-%m-%dT%H:%M:%S}", alarm.ended is not None
    again = (
        f"The source {alarm.source} is well again. What was wrong since {alarm.since:%Y-%m-%d %H:%M} UTC: "
    )
    return _mail(
        sending,
        author,
        key=f"alarm:{alarm.source}:{alarm.what}:{since}{':over' if over else ''}",
        data={
            "matter": f"source {alarm.source}: {'well again' if over else alarm.what}",
            "what": again + alarm.said if over else alarm.said,
            "remedy": "nothing; this is only to tell you" if over else alarm.remedy,
            "url": source.url if source else "",
        },
    )


def _mail(sending: Sending, author: str, *, key: str, data: Mapping[str, str]) -> NoticeMail:
    return NoticeMail(
        kind=NoticeKind.ALERT,
        dedupe_key=key,
        address=_operator(sending),
        newsletter=author,
        language=LANGUAGE,
        data=data,
        created=sending.now(),
    )


def _author(sending: Sending) -> str:
    """The newsletter in whose name we write; empty where there is none, or nobody to tell."""
    return next(iter(sending.catalogue.newsletters), "") if _operator(sending) else ""


def _operator(sending: Sending) -> str:
    """The address of site.contact, empty where that is none."""
    try:
        return read_address(sending.catalogue.site.contact).written
    except BadAddress:
        return ""
