"""Distributing news: who is subscribed to what changed gets the document itself (W3C WebSub, section 7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from syndicate.errors import FetchFailed, FetchRefused
from syndicate.partner.hub.hubbing import DELIVER, Hubbing, job
from syndicate.partner.hub.lane import Lane
from syndicate.partner.hub.later import LEASE, leased, wake_at
from syndicate.partner.hub.outcomes import Reply, outcome_of, reply_of, signed
from syndicate.partner.hub.topics import Content, Topic, find_topic, read_content, topics_of
from syndicate.partner.log import record_push
from syndicate.partner.signing import PATH
from syndicate.store.hub_deliveries import (
    Fate,
    HubDelivery,
    HubOutcome,
    lease_deliveries,
    next_delivery_due,
    queue_news,
    record_deliveries,
)
from syndicate.store.hub_subscriptions import list_topics
from syndicate.store.partner_log import Handed
from syndicate.telemetry.metrics import HUB_DELIVERIES

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """How a delivery ended, and of what topic; None for one that is no more."""

    outcome: HubOutcome
    topic: Topic | None
    size: int = 0


async def distribute(hubbing: Hubbing, feed: str) -> dict[str, Any]:
    """Queue a feed's news for whoever is subscribed to one of its documents; how many that are."""
    topics = await _subscribed(hubbing, feed)
    found = {topic.url: content for topic in topics if (content := read_content(topic))}
    queued = await hubbing.db.write(_queue, hubbing, {url: one.digest for url, one in found.items()})
    hubbing.news.set()
    return {"feed": feed, "queued": queued}


async def deliver_due(hubbing: Hubbing) -> dict[str, int]:
    """Deliver all that is due, and what comes while it lasts; how many attempts that took."""
    return {"attempts": await _lane(hubbing).run()}


async def _subscribed(hubbing: Hubbing, feed: str) -> list[Topic]:
    """The feed's topics that have subscribers; partners' are known by their subscriptions alone."""
    live = await hubbing.db.read(list_topics)
    public = [topic for topic in topics_of(hubbing, feed) if topic.url in live]
    if hubbing.gate is None:
        return public
    private = [await find_topic(hubbing, url) for url in live if PATH in url]
    return [*public, *(topic for topic in private if topic and topic.address and topic.feed == feed)]


def _queue(conn: Any, hubbing: Hubbing, news: Mapping[str, str]) -> int:
    now = hubbing.now()
    queued = sum(queue_news(conn, url, content=digest, now=now) for url, digest in news.items())
    if queued:
        hubbing.enqueue(conn, job(DELIVER))
    return queued


def _lane(hubbing: Hubbing) -> Lane[HubDelivery, Delivered]:
    async def take(room: int, busy: Mapping[str, int]) -> Sequence[HubDelivery]:
        now, hub = hubbing.now(), hubbing.hub
        resting = hubbing.hosts.resting(now)
        due = await hubbing.db.read(next_delivery_due, now, resting)
        if due is None or due > now:
            return ()
        return await hubbing.db.write(
            leased(hubbing, DELIVER, lease_deliveries),
            now=now,
            until=now + timedelta(seconds=hub.timeout) + LEASE,
            room=room,
            busy={**busy, **dict.fromkeys(resting, hub.connections_per_host)},
            per_host=hub.connections_per_host,
        )

    async def do(delivery: HubDelivery) -> Delivered:
        return await _deliver(hubbing, delivery)

    async def settle(found: Sequence[Delivered]) -> None:
        await hubbing.db.write(_record, hubbing, found)
        for one in found:
            HUB_DELIVERIES.add(1, one.outcome.fate if one.topic else "nothing")

    return Lane(take=take, do=do, settle=settle, woken=hubbing.news, width=hubbing.hub.connections)


async def _deliver(hubbing: Hubbing, delivery: HubDelivery) -> Delivered:
    topic = await find_topic(hubbing, delivery.topic)
    content = read_content(topic) if topic else None
    if topic is None or content is None or content.digest == delivery.content:
        # Nothing to send: the sweep ends what has no topic.
        return Delivered(outcome=_nothing(hubbing, delivery), topic=None)
    reply = await _send(hubbing, delivery, topic, content)
    outcome = outcome_of(
        delivery,
        reply,
        hubbing.hub,
        now=hubbing.now(),
        chance=hubbing.chance(),
        content=content.digest,
    )
    return Delivered(outcome=outcome, topic=topic, size=len(content.data))


async def _send(hubbing: Hubbing, delivery: HubDelivery, topic: Topic, content: Content) -> Reply:
    try:
        answer = await hubbing.client.post(
            delivery.callback, content.data, headers=headers_of(hubbing, delivery, topic, content)
        )
    except FetchFailed as error:
        hubbing.hosts.failed(delivery.host, hubbing.now())
        return Reply(text=str(error).replace(delivery.callback, "the callback"))
    except FetchRefused as error:
        return Reply(text=str(error).replace(delivery.callback, "the callback"))
    hubbing.hosts.answered(delivery.host)
    return reply_of(answer)


def headers_of(hubbing: Hubbing, delivery: HubDelivery, topic: Topic, content: Content) -> dict[str, str]:
    """What a delivery says of itself: type, hub and topic (section 7), and the signature (section 7.1)."""
    link = f'<{hubbing.catalogue.hub_url}>; rel="hub", <{topic.url}>; rel="self"'
    found = {"Content-Type": topic.content_type, "Link": link}
    if delivery.secret:
        found["X-Hub-Signature"] = signed(content.data, delivery.secret, hubbing.hub.signature)
    return found


def _nothing(hubbing: Hubbing, delivery: HubDelivery) -> HubOutcome:
    now = hubbing.now()
    return HubOutcome(delivery=delivery, fate=Fate.TAKEN, at=now, next_attempt=now, content=delivery.content)


def _record(conn: Any, hubbing: Hubbing, found: Sequence[Delivered]) -> None:
    record_deliveries(conn, [one.outcome for one in found])
    later = [one.outcome.next_attempt for one in found if one.outcome.fate is Fate.LATER]
    for due in later:
        wake_at(conn, hubbing, DELIVER, due)
    for one in found:
        _tell(one)
        if handed := pushed(one):
            record_push(conn, handed)


def pushed(one: Delivered) -> Handed | None:
    """The line of the delivery log, where a partner took a document."""
    if one.topic is None or one.topic.address is None or one.outcome.fate is not Fate.TAKEN:
        return None
    address = one.topic.address
    return Handed(
        partner=address.partner,
        feed=address.feed,
        form=str(address.form),
        at=one.outcome.at,
        status=one.outcome.code,
        size=one.size,
        content=one.outcome.content,
    )


def _tell(one: Delivered) -> None:
    outcome = one.outcome
    if outcome.fate is not Fate.TAKEN:
        # Only the host: a callback's address is all that protects it (section 5.1.1).
        log.info(
            "hub.not_taken",
            host=outcome.delivery.host,
            fate=outcome.fate,
            attempt=outcome.delivery.attempt,
            code=outcome.code,
        )
