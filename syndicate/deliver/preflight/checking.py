"""The pre-flight of an issue: facts are gathered, judged and kept; a hold waits for the operator's word."""

import asyncio
import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from syndicate.deliver import send
from syndicate.deliver.alerts import add_preflight_alert
from syndicate.deliver.preflight.facts import Facts, Finding, Former, Gravity, Linked, Sample
from syndicate.deliver.preflight.links import ask_links, lost_images, outside_links
from syndicate.deliver.preflight.rules import judge
from syndicate.deliver.sending import Sending, composing
from syndicate.errors import BadAddress, ComposeFault, NotFound
from syndicate.model.delivery import Recipient
from syndicate.model.newsletter import Issue, IssueState, Newsletter
from syndicate.model.subscriber import SubscriptionState
from syndicate.net.client import Client
from syndicate.publish.corrections import title_of
from syndicate.store import batches, issue_stops, issues, items, preflights, renderings, subscriptions
from syndicate.store.preflights import Kept

# The last so many issues tell what is usual.
FORMER = 5
# So long the answers of other hosts are good for the same rendering.
FRESH = timedelta(hours=1)
# Readers whose names are hard for a header, each in its own way.
NAMES = ("", "Sample Reader", "خوانندهٔ نمونه", 'Sample "Harbour" Reader, Jr. ' + "of a very long name " * 6)
ADDRESS = "reader@readers.example"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflighting:
    """What looking at an issue needs: the sender's things, a client for its links, the media store."""

    sending: Sending
    client: Client
    media_dir: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """What was found in an issue. `accepted` is when the operator let it go in spite of its holds."""

    issue_id: int
    name: str
    recipients: int
    findings: tuple[Finding, ...]
    accepted: datetime | None = None

    @property
    def holds(self) -> tuple[Finding, ...]:
        """What keeps it from leaving; nothing once the operator accepted it."""
        found = tuple(one for one in self.findings if one.gravity is Gravity.HOLD)
        return () if self.accepted else found

    @property
    def reason(self) -> str:
        """Why it waits, in one line; empty when it does not."""
        return "; ".join(one.said for one in self.holds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came of the links, and when they were asked; `fingerprint` is of which they were."""

    linked: Linked
    at: datetime
    fingerprint: str


async def check_issue(preflighting: Preflighting, issue_id: int, *, again: bool = False) -> Preflight:
    """Look at a frozen issue. Its links are asked once an hour for one rendering, and `again` at once.

    Raises NotFound.
    """
    issue = await preflighting.sending.db.read(_issue, issue_id)
    found = await check_draft(preflighting, issue, again=again)
    return replace(found, accepted=await preflighting.sending.db.read(preflights.find_accepted, issue_id))


async def check_draft(preflighting: Preflighting, issue: Issue, *, again: bool = False) -> Preflight:
    """The same of an issue as it is given; one that is not stored (id 0) leaves no trace."""
    sending = preflighting.sending
    facts = await sending.db.read(_facts, sending, issue)
    try:
        samples = await sending.db.read(_samples, sending, issue)
        asked = await _asked(preflighting, issue, samples, again=again)
        found = await asyncio.to_thread(_found, preflighting, facts, samples, asked.linked)
    except (ComposeFault, BadAddress) as error:
        # A finding, since of that the operator is told: nobody hears of a job that failed.
        asked = Asked(linked=Linked(), at=sending.now(), fingerprint="")
        found = judge(replace(facts, broken=str(error)))
    if issue.id:
        record = Kept(
            issue_id=issue.id,
            checked=asked.at,
            fingerprint=asked.fingerprint,
            linked=asdict(asked.linked),
        )
        await sending.db.write(preflights.save_preflight, record)
    return Preflight(issue_id=issue.id, name=facts.name, recipients=facts.recipients, findings=found)


async def _asked(
    preflighting: Preflighting, issue: Issue, samples: tuple[Sample, ...], *, again: bool
) -> Asked:
    sending = preflighting.sending
    kept = await sending.db.read(preflights.find_preflight, issue.id)
    now = sending.now()
    # On a thread: it reads every sample.
    urls = await asyncio.to_thread(_outside, preflighting, samples)
    fingerprint = hashlib.sha256("\0".join(urls).encode("utf-8", "surrogatepass")).hexdigest()
    if kept and not again and kept.fingerprint == fingerprint and now - kept.checked <= FRESH:
        broken = tuple((url, said) for url, said in kept.linked["broken"])
        linked = Linked(links=kept.linked["links"], asked=kept.linked["asked"], broken=broken)
        return Asked(linked=linked, at=kept.checked, fingerprint=fingerprint)
    return Asked(linked=await ask_links(preflighting.client, urls), at=now, fingerprint=fingerprint)


async def release_issue(preflighting: Preflighting, issue_id: int, *, accept: bool = False) -> Preflight:
    """Start to send an issue, unless something in it waits for the operator; `accept` is their word.

    One that was started already is left alone. Raises NotFound, OwnFault.
    """
    sending = preflighting.sending
    progress = await sending.db.read(batches.find_progress, issue_id)
    if progress.state is not IssueState.COMPILED:
        name = progress.name
        return Preflight(issue_id=issue_id, name=name, recipients=progress.candidates, findings=())
    await send.refuse_stopped(sending, issue_id)
    if accept:
        await sending.db.write(preflights.accept_issue, issue_id, now=sending.now())
    found = await check_issue(preflighting, issue_id)
    for one in found.findings:
        log.warning("preflight.finding", issue=issue_id, rule=one.rule, gravity=one.gravity, said=one.said)
    await sending.db.write(_hold, sending, found)
    if not found.holds:
        await send.start_issue(sending, issue_id)
    return found


def _hold(conn: Any, sending: Sending, found: Preflight) -> None:
    """Say in the issue why it waits, or that it does not, and tell the operator once."""
    progress = batches.lock_progress(conn, found.issue_id)
    if progress.state is not IssueState.COMPILED:
        return
    preflights.note_hold(conn, found.issue_id, reason=found.reason)
    if found.holds:
        rules = [one.rule for one in found.holds]
        add_preflight_alert(conn, sending, progress, rules=rules, reason=found.reason)


def _issue(conn: Any, issue_id: int) -> Issue:
    issue = issues.find_issue(conn, issue_id)
    if issue is None:
        raise NotFound(f"there is no issue with the id {issue_id}")
    return issue


def _facts(conn: Any, sending: Sending, issue: Issue) -> Facts:
    newsletter, catalogue = sending.newsletter(issue.newsletter), sending.catalogue
    held = items.list_by_ids(conn, [place.item_id for place in issue.items])
    archived = [one for one in held if catalogue.is_archived(one.provenance, stated=one.archived)]
    counts = subscriptions.count_subscriptions(conn, newsletter.name)
    return Facts(
        name=f"{issue.newsletter}/{issue.number}",
        stored=bool(issue.id),
        subject=issue.subject,
        headlines=tuple(map(title_of, held)),
        recipients=counts.get(SubscriptionState.ACTIVE, 0),
        archived=tuple(map(title_of, archived)),
        former=tuple(_former(conn, newsletter, before=issue.number)),
        breaking=newsletter.breaking,
        drift=newsletter.audience_drift,
    )


def _samples(conn: Any, sending: Sending, issue: Issue) -> tuple[Sample, ...]:
    every = renderings.list_renderings(conn, issue.id) if issue.id else issue.renderings
    with composing():
        return tuple(_composed(sending, replace(issue, renderings=every)))


def _composed(sending: Sending, issue: Issue) -> Iterable[Sample]:
    compose = sending.compositor.issue(issue)
    for name in NAMES:
        reader = Recipient(subscriber_id=0, address=ADDRESS, name=name)
        yield Sample(about=f"a message to {name[:20] or 'nobody by name'}", data=compose(reader).data)
    for one in issue.renderings:
        if one.html:
            reader = Recipient(subscriber_id=0, address=ADDRESS, name=NAMES[1], segment=one.segment.key)
            yield Sample(about=f"readers of {one.segment.key}", data=compose(reader).data)


def _former(conn: Any, newsletter: Newsletter, *, before: int) -> Iterable[Former]:
    for issue in issues.list_released(conn, newsletter.name, take=FORMER, before=before):
        places = issue_stops.list_places(conn, issue.id)
        held = items.list_by_ids(conn, [place.item_id for place in places])
        yield Former(
            number=issue.number,
            recipients=issue.candidates,
            subject=issue.subject,
            headlines=frozenset(map(title_of, held)),
        )


def _outside(preflighting: Preflighting, samples: tuple[Sample, ...]) -> tuple[str, ...]:
    with composing():
        return outside_links(samples, base_url=preflighting.sending.catalogue.site.base_url)


def _found(
    preflighting: Preflighting, facts: Facts, samples: tuple[Sample, ...], linked: Linked
) -> tuple[Finding, ...]:
    base_url = preflighting.sending.catalogue.site.base_url
    with composing():
        lost = lost_images(samples, base_url=base_url, media_dir=preflighting.media_dir)
        return judge(replace(facts, samples=samples, linked=replace(linked, lost=lost)))
