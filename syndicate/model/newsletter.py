"""Newsletters and their issues."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from syndicate.model.cadence import Cadence
from syndicate.model.feed import Selection
from syndicate.model.pacing import WarmUp
from syndicate.model.segment import Segment


class Missed(StrEnum):
    """What to do with an occurrence that nobody was there to fire."""

    SEND_LATE = "send-late"
    SKIP = "skip"


class Uncertain(StrEnum):
    """What to do with a delivery that a crash left unknown."""

    RESEND = "resend"
    HOLD = "hold"


class FirstIssue(StrEnum):
    """When a newsletter's first issue is compiled."""

    AT_CADENCE = "at-cadence"
    AT_ONCE = "at-once"


class IssueState(StrEnum):
    """Compiled means frozen, and not yet released for sending."""

    COMPILED = "compiled"
    SENDING = "sending"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who a newsletter comes from: one mailbox (RFC 5322, section 3.4), and an optional Reply-To."""

    name: str
    address: str
    reply_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of a digest: a title and what goes into it; `drip` is how many backlog items it takes."""

    title: str
    selection: Selection
    drip: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Newsletter:
    """What people subscribe to.

    `list_id` is the List-Id's identifier (RFC 2919), stable for ever; empty for one of the sender's domain.
    Mail leaves in the hours of `window`, in the cadence's zone; `warm_up` is for a new sender's domain.
    `sections_choice` lets readers choose its sections. `subject` and `preheader` are texts with {blanks};
    empty for the usual ones.
    """

    name: str
    title: str
    sender: Sender
    sections: tuple[Section, ...]
    cadence: Cadence
    description: str = ""
    language: str = "en"
    list_id: str = ""
    template: str = "digest"
    accent: str = "#9b1c1c"
    postal_address: str = ""
    missed: Missed = Missed.SEND_LATE
    unknown: Uncertain = Uncertain.RESEND
    first_issue: FirstIssue = FirstIssue.AT_CADENCE
    time_to_live: timedelta = timedelta(days=2)
    window: str = ""
    warm_up: WarmUp = field(default_factory=WarmUp)
    sections_choice: bool = False
    subject: str = ""
    preheader: str = ""
    breaking: bool = False
    audience_drift: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueItem:
    """A frozen place in an issue: which revision of which item, in which section, in what order."""

    item_id: str
    revision: int
    section: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueRendering:
    """An issue as the readers of one segment get it; `subject` may hold slots, as both texts do.

    Without `html`, none of the sections that they chose has anything: they get no mail.
    """

    segment: Segment
    subject: str = ""
    html: str = ""
    text: str = ""
    slot_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One numbered instance of a newsletter. The renderings are kept, so that a retry equals a first try.

    `html` and `text` hold slots for what differs per recipient, named by `slot_key` (model/slots.py). `notes`
    are the ids of the operator's notes on earlier items that it tells of. `letter_subject` is the subject
    with slots, empty where letters have the same one as pages. `renderings` are those of segments, as far as
    they were asked for.
    """

    id: int
    newsletter: str
    number: int
    state: IssueState
    compiled: datetime
    subject: str = ""
    html: str = ""
    text: str = ""
    web_html: str = ""
    slot_key: str = ""
    candidates: int = 0
    started: datetime | None = None
    finished: datetime | None = None
    paused_reason: str = ""
    items: tuple[IssueItem, ...] = field(default_factory=tuple)
    notes: tuple[int, ...] = ()
    letter_subject: str = ""
    renderings: tuple[IssueRendering, ...] = ()
