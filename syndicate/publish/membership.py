"""Who is in a feed: what the items that changed mean for it. Pure."""

from bisect import insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from syndicate.store.feed_entries import Change, Member

RANK = attrgetter("rank")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What changes in a feed: entries that `enter` and `leave` the subscription document, whose `members` are
    then these, oldest first; archive documents that are to be written again; and the marks that are seen to.

    `shut_out` counts items that match a frozen feed.
    """

    members: tuple[Member, ...]
    enter: tuple[Member, ...] = ()
    leave: tuple[Member, ...] = ()
    rewritten: frozenset[int] = frozenset()
    seen: Mapping[str, int]
    shut_out: int = 0


def step(
    members: Sequence[Member],
    changes: Sequence[Change],
    *,
    last_position: int,
    takes_new: bool = True,
    by_rule: bool = True,
) -> Step:
    """Decide for the subscription document's members and the items that are marked, as these are now.

    The members come oldest first, and stay so. An item that the rule takes enters, at the next position; one
    that it takes no more leaves, but for archive documents: who stands in them stays. Without `by_rule`
    nobody enters or leaves by itself, as in a feed of replays.
    """
    enter: list[Member] = []
    leaving: set[str] = set()
    rewritten: set[int] = set()
    shut_out = 0
    for change in changes:
        held = change.held
        rewritten |= {document for _, document in held if document}
        if by_rule and held and change.live and not change.takes:
            leaving |= {entry_id for entry_id, document in held if not document}
        elif by_rule and not held and change.takes:
            shut_out += not takes_new
            if takes_new:
                enter.append(change.member(position=last_position + len(enter) + 1))
    now = {change.item_id: change for change in changes if change.held}
    kept = list(members)
    if now:
        seen = (now[one.item_id].seen_in(one) if one.item_id in now else one for one in members)
        kept = sorted((one for one in seen if one.entry_id not in leaving), key=RANK)
    for one in enter:
        insort(kept, one, key=RANK)
    return Step(
        members=tuple(kept),
        enter=tuple(enter),
        leave=tuple(one for one in members if one.entry_id in leaving),
        rewritten=frozenset(rewritten),
        seen={change.item_id: change.mark for change in changes},
        shut_out=shut_out,
    )


def without_losses(changes: Sequence[Change]) -> list[Change]:
    """The changes that a held feed still shows: items that the operator withdrew."""
    return [change for change in changes if not change.live]
