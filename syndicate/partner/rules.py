"""What a rule of a contract is: a name, what it demands, where that stands, and a pure check of one item."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from syndicate.model.feed import EntryView, Feed
from syndicate.model.item import Item
from syndicate.model.partner import Partner
from syndicate.model.source import Publish

# Where a demand stands that no contract can lift, for people.
EVERY_CONTRACT = "every contract"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One item under one contract at one moment. `view` is how it would go out.

    `allowed` is the most of it that the source's rights and the contract let out. `held_until` is what the
    operator said of this item; None for nothing.
    """

    item: Item
    partner: Partner
    feed: Feed
    view: EntryView
    allowed: Publish
    now: datetime
    held_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """Why an item stays out, and what would let it go. `until` is when time alone will, None for never."""

    why: str
    remedy: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`spec` is where the demand stands, for people: in the contract, or at a specification's address."""

    name: str
    demands: str
    spec: str
    check: Callable[[Case], Objection | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A rule that keeps an item out."""

    rule: str
    why: str
    remedy: str
    spec: str
    until: datetime | None = None


def reasons(rules: tuple[Rule, ...], case: Case) -> tuple[Reason, ...]:
    """What the rules have against the item, all at once."""
    return tuple(
        Reason(rule=rule.name, spec=rule.spec, why=found.why, remedy=found.remedy, until=found.until)
        for rule in rules
        if (found := rule.check(case))
    )
