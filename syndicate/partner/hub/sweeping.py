"""What is left: leases that are over, topics that are no more, and what a killed process had in hand."""

from typing import Any

from syndicate.partner.hub.hubbing import DELIVER, VERIFY, Hubbing, job
from syndicate.partner.hub.topics import find_topic
from syndicate.partner.hub.verifying import deny
from syndicate.store.hub_deliveries import next_delivery_due
from syndicate.store.hub_requests import HubRequest, Mode, drop_requests_before, next_request_due
from syndicate.store.hub_subscriptions import (
    delete_expired_subscriptions,
    delete_subscriptions,
    list_of_topic,
    list_topics,
)

# So many subscriptions end in one transaction: others write, too.
AT_ONCE = 500
NO_LONGER = "this topic is distributed no longer"


async def sweep(hubbing: Hubbing) -> dict[str, int]:
    """End what is over, tell those who lose a topic, and take up what waits; how much of each."""
    now = hubbing.now()
    expired = await hubbing.db.write(delete_expired_subscriptions, now)
    unanswered = await hubbing.db.write(drop_requests_before, now - hubbing.hub.give_up)
    topics = await hubbing.db.read(list_topics)
    lost = [url for url in topics if not await is_distributed(hubbing, url)]
    denied = sum([await _deny_all(hubbing, url) for url in lost])
    await hubbing.db.write(_take_up, hubbing)
    return {"expired": expired, "unanswered": unanswered, "denied": denied}


async def is_distributed(hubbing: Hubbing, url: str) -> bool:
    """Whether news of this topic go out from here."""
    return hubbing.hub.is_own and await find_topic(hubbing, url) is not None


async def _deny_all(hubbing: Hubbing, url: str) -> int:
    denied = 0
    while some := await hubbing.db.write(_deny_some, hubbing, url):
        denied += some
    return denied


def _deny_some(conn: Any, hubbing: Hubbing, url: str) -> int:
    lost = list_of_topic(conn, url, limit=AT_ONCE)
    delete_subscriptions(conn, [one.id for one in lost])
    for one in lost:
        request = HubRequest(id=0, mode=Mode.DENIED, topic=one.topic, callback=one.callback, host=one.host)
        deny(conn, hubbing, request, NO_LONGER)
    return len(lost)


def _take_up(conn: Any, hubbing: Hubbing) -> None:
    now = hubbing.now()
    due = {VERIFY: next_request_due(conn), DELIVER: next_delivery_due(conn, now)}
    for name, at in due.items():
        if at is not None and at <= now:
            hubbing.enqueue(conn, job(name))
