"""What the operator sees and does: who is subscribed, what could not be delivered, trying that again."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from syndicate.errors import NotFound
from syndicate.partner.hub.hubbing import DELIVER, Hubbing, job
from syndicate.partner.hub.sweeping import NO_LONGER
from syndicate.partner.hub.verifying import deny
from syndicate.store import hub_deliveries
from syndicate.store.hub_requests import HubRequest, Mode
from syndicate.store.hub_subscriptions import HubSubscription, delete_subscriptions, list_subscriptions

__all__ = ["HubSubscription", "drop", "list_all", "list_dead", "retry"]


async def list_all(hubbing: Hubbing) -> Sequence[HubSubscription]:
    """Every subscription, the oldest first."""
    return _shown(await hubbing.db.read(list_subscriptions))


async def list_dead(hubbing: Hubbing) -> Sequence[HubSubscription]:
    """Those whose last delivery was given up."""
    return _shown(await hubbing.db.read(list_subscriptions, state=hub_deliveries.State.DEAD))


async def retry(hubbing: Hubbing, ids: Collection[int] = ()) -> int:
    """Try again what was given up, for these subscriptions or for all; how many. Raises NotFound."""
    dead = {one.id for one in await list_dead(hubbing)}
    _refuse_unknown(ids, dead, "has no dead letter; list them with: syndicate hub dead")
    return await hubbing.db.write(_retry, hubbing, ids)


async def drop(hubbing: Hubbing, ids: Collection[int]) -> int:
    """End subscriptions, and let their callbacks be told; how many. Raises NotFound."""
    known = {one.id for one in await list_all(hubbing)}
    _refuse_unknown(ids, known, "is no subscription; list them with: syndicate hub list")
    return await hubbing.db.write(_drop, hubbing, set(ids))


def _shown(found: Sequence[HubSubscription]) -> Sequence[HubSubscription]:
    # The query of a partner's topic is what opens it.
    return [replace(one, topic=one.topic.partition("?")[0]) for one in found]


def _retry(conn: Any, hubbing: Hubbing, ids: Collection[int]) -> int:
    queued = hub_deliveries.retry_dead(conn, ids, now=hubbing.now())
    if queued:
        hubbing.enqueue(conn, job(DELIVER))
    return queued


def _drop(conn: Any, hubbing: Hubbing, ids: Collection[int]) -> int:
    dropped = list_subscriptions(conn, ids=ids)
    delete_subscriptions(conn, ids)
    for one in dropped:
        request = HubRequest(id=0, mode=Mode.DENIED, topic=one.topic, callback=one.callback, host=one.host)
        deny(conn, hubbing, request, NO_LONGER)
    return len(dropped)


def _refuse_unknown(ids: Collection[int], known: Collection[int], right: str) -> None:
    unknown = sorted(set(ids) - set(known))
    if unknown:
        raise NotFound(f"{', '.join(map(str, unknown))} {right}")
