"""The rules of the pre-flight. Pure: facts in, findings out, the holds first."""

import re
from collections import defaultdict
from collections.abc import Iterator
from statistics import median

from syndicate.deliver.lint import lint_message
from syndicate.deliver.preflight.facts import Facts, Finding, Gravity
from syndicate.formats.lint import Finding as Broken

# Below, a drift of the audience is the coming and going of a few.
FEW = 50
# What most inboxes show of a subject, in characters, with room to spare; RFC 5322 sets no end.
LONG_SUBJECT = 150
# So much of what is named is told; the rest is a number.
NAMED = 5
LEFTOVER = re.compile(r"\{\{|\}\}|\{%|%\}|\{[a-z_]+\}|\bNone\b|\bundefined\b")


def judge(facts: Facts) -> tuple[Finding, ...]:
    """Every rule that the issue breaks, those that hold it back first."""
    found = [finding for rule in RULES for finding in rule(facts)]
    return tuple(sorted(found, key=lambda one: one.gravity is not Gravity.HOLD))


def _messages(facts: Facts) -> Iterator[Finding]:
    """M1 to M12 on each sample."""
    if facts.broken:
        yield Finding(
            rule="message",
            gravity=Gravity.HOLD,
            said=f"no message can be made of it: {facts.broken}",
            remedy=f"mend that, then syndicate issue check {facts.called}",
        )
    alike: dict[Broken, list[str]] = defaultdict(list)
    for sample in facts.samples:
        for broken in lint_message(sample.data):
            alike[broken].append(sample.about)
    for broken, about in alike.items():
        yield Finding(
            rule=f"message-{broken.rule}",
            gravity=Gravity.HOLD,
            said=f"{_some(about)}: {broken.message}",
            remedy=broken.mend or "see syndicate lint on the message of syndicate issue preview --eml",
        )


def _emptiness(facts: Facts) -> Iterator[Finding]:
    if not facts.headlines:
        yield Finding(
            rule="empty",
            gravity=Gravity.HOLD,
            said="it holds nothing",
            remedy=f"syndicate issue cancel {facts.name} ends it",
        )
    elif not facts.recipients:
        yield Finding(
            rule="nobody",
            gravity=Gravity.WARNING,
            said="nobody is subscribed, so that nobody gets it",
            remedy="syndicate subscribers import, or the sign-up page",
        )


def _repetition(facts: Facts) -> Iterator[Finding]:
    mine = frozenset(facts.headlines)
    for former in facts.former:
        if mine and mine == former.headlines:
            yield Finding(
                rule="same-again",
                gravity=Gravity.HOLD,
                said=f"it holds the same {len(mine)} headlines as issue {former.number}",
                remedy=f"syndicate issue cancel {facts.name}, unless readers are to get it again",
            )
            return


def _subject(facts: Facts) -> Iterator[Finding]:
    def finding(gravity: Gravity, said: str) -> Finding:
        return Finding(
            rule="subject",
            gravity=gravity,
            said=said,
            remedy="see the newsletter's title and template, then syndicate issue recompile",
        )

    subject = facts.subject.strip()
    if not subject:
        yield finding(Gravity.HOLD, "the subject is empty")
    elif left := _leftover(facts):
        yield finding(Gravity.HOLD, f"the subject holds {left!r}, which a template should have filled")
    elif len(subject) > LONG_SUBJECT:
        yield finding(
            Gravity.WARNING, f"the subject has {len(subject)} characters; inboxes show about {LONG_SUBJECT}"
        )
    elif facts.former and subject == facts.former[0].subject.strip():
        yield finding(Gravity.WARNING, f"the subject is that of issue {facts.former[0].number}")


def _leftover(facts: Facts) -> str:
    """What a template left in the subject and no headline brought there: `None of the ferries sails`."""
    found = LEFTOVER.findall(facts.subject)
    return next((one for one in found if not any(one in title for title in facts.headlines)), "")


def _audience(facts: Facts) -> Iterator[Finding]:
    usual = usual_audience(facts)
    if drifted(facts.recipients, usual, drift=facts.drift):
        verb = "fell" if facts.recipients < usual else "grew"
        yield Finding(
            rule="audience",
            gravity=Gravity.HOLD,
            said=f"it would go to {facts.recipients}; the last {len(facts.former)} went to {usual:g} "
            f"(median): the audience {verb} by more than {facts.drift} %",
            remedy="look at syndicate subscribers list: an import, a mass unsubscription or a lost database? "
            f"If it is right: syndicate issue send {facts.called} --accept",
        )


def usual_audience(facts: Facts) -> float:
    """To how many the last issues went: their median, 0 without any."""
    return median([one.recipients for one in facts.former]) if facts.former else 0.0


def drifted(now: int, usual: float, *, drift: int) -> bool:
    """Whether an audience is further from the usual one than `drift` per cent.

    Downwards that is a share of the usual one, upwards of what it is now: halved and doubled are as far.
    """
    if not drift or max(now, usual) < FEW or not usual:
        return False
    left = 1 - drift / 100
    return now < usual * left or now * left > usual


def _breaking(facts: Facts) -> Iterator[Finding]:
    if facts.breaking and facts.archived:
        yield Finding(
            rule="archived-in-breaking",
            gravity=Gravity.HOLD,
            said=f"it is breaking news, and holds what comes from an archived site: {_some(facts.archived)}",
            remedy="take the archived source out of the newsletter's sections, or withdraw the item; "
            f"then syndicate issue recompile {facts.name}",
        )


def _links(facts: Facts) -> Iterator[Finding]:
    linked = facts.linked
    if linked.broken:
        told = [f"{url} ({said})" for url, said in linked.broken]
        yield Finding(
            rule="links",
            gravity=Gravity.WARNING,
            said=f"{len(linked.broken)} of {linked.asked} links do not resolve: {_some(told)}",
            remedy="correct the item's address, or leave it: readers have the web version",
        )
    if linked.asked < linked.links:
        yield Finding(
            rule="links",
            gravity=Gravity.WARNING,
            said=f"{linked.links - linked.asked} of {linked.links} links were not asked in time",
            remedy="syndicate issue check asks once more",
        )
    if linked.lost:
        yield Finding(
            rule="images",
            gravity=Gravity.WARNING,
            said=f"the media store lacks {len(linked.lost)} of its images: {_some(linked.lost)}",
            remedy="restore var/media from a backup, or collect the source again and recompile",
        )


def _some(names: tuple[str, ...] | list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


RULES = (_messages, _emptiness, _repetition, _subject, _audience, _breaking, _links)
