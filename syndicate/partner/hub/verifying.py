"""Asking callbacks whether they meant it, and telling those that are denied (W3C WebSub, sections 5.2, 5.3).

Nothing changes until a callback has echoed its challenge.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

import structlog

from syndicate.errors import FetchFailed, FetchRefused
from syndicate.net.client import Response
from syndicate.partner.hub.hubbing import DISTRIBUTE, VERIFY, Hubbing, job
from syndicate.partner.hub.lane import Lane
from syndicate.partner.hub.later import LEASE, leased, wake_at
from syndicate.partner.hub.topics import find_topic
from syndicate.store.hub_deliveries import begin_deliveries
from syndicate.store.hub_requests import (
    HubRequest,
    Mode,
    drop_request,
    end_request,
    lease_requests,
    next_request_due,
    postpone_request,
    save_request,
)
from syndicate.store.hub_subscriptions import (
    count_host,
    delete_subscriptions,
    find_subscription,
    put_subscription,
)

log = structlog.get_logger()

# A callback that gives no answer may be starting just now; one that answers has answered.
ATTEMPTS = 3
AGAIN = timedelta(seconds=30)
# A challenge and some air; what is longer is none.
ENOUGH = 300


class Finding(StrEnum):
    """What an attempt to verify comes to."""

    CONFIRMED = "confirmed"
    TOLD = "told"
    REFUSED = "refused"
    LATER = "later"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A request and what its callback said to it; `asked` is when, `feed` whose document the topic is."""

    request: HubRequest
    finding: Finding
    asked: datetime
    feed: str = ""


async def verify_due(hubbing: Hubbing) -> dict[str, int]:
    """Ask every callback that waits; how many were asked."""
    return {"asked": await _lane(hubbing).run()}


def question(request: HubRequest, challenge: str) -> str:
    """The callback with what it is asked or told, behind whatever its own query says (section 5.1.1)."""
    parameters = {"hub.mode": request.mode.value, "hub.topic": request.topic}
    if request.mode is Mode.DENIED:
        parameters |= {"hub.reason": request.reason}
    else:
        parameters |= {"hub.challenge": challenge}
    if request.mode is Mode.SUBSCRIBE:
        parameters |= {"hub.lease_seconds": str(request.lease_seconds)}
    joint = "&" if "?" in request.callback else "?"
    return f"{request.callback}{joint}{urlencode(parameters)}"


def judge(request: HubRequest, challenge: str, answer: Response | None) -> Finding:
    """What an answer means; None is none (section 5.3.1)."""
    if answer is None:
        return Finding.LATER if request.attempt < ATTEMPTS else Finding.REFUSED
    if request.mode is Mode.DENIED:
        return Finding.TOLD
    echoed = hmac.compare_digest(answer.body, challenge.encode())
    return Finding.CONFIRMED if 200 <= answer.status < 300 and echoed else Finding.REFUSED


def _lane(hubbing: Hubbing) -> Lane[HubRequest, Verified]:
    async def take(room: int, busy: Mapping[str, int]) -> Sequence[HubRequest]:
        now, hub = hubbing.now(), hubbing.hub
        per_host = min(hub.connections_per_host, hub.verifications_per_host_minute)
        counts = _counted(hubbing, busy, per_host, now)
        due = await hubbing.db.read(next_request_due, [h for h, count in counts.items() if count >= per_host])
        if due is None or due > now:
            return ()
        until = now + timedelta(seconds=hub.timeout) + LEASE
        taken = await hubbing.db.write(
            leased(hubbing, VERIFY, lease_requests),
            now=now,
            until=until,
            room=room,
            busy=counts,
            per_host=per_host,
        )
        for request in taken:
            hubbing.hosts.note_asked(request.host, now)
        return taken

    async def do(request: HubRequest) -> Verified:
        return await _verify(hubbing, request)

    async def settle(found: Sequence[Verified]) -> None:
        await hubbing.db.write(_settle, hubbing, found)

    return Lane(take=take, do=do, settle=settle, woken=hubbing.asked, width=hubbing.hub.connections)


def _counted(hubbing: Hubbing, busy: Mapping[str, int], per_host: int, now: datetime) -> dict[str, int]:
    """What counts as under way by host: all of `per_host` where one rests, or was asked often enough."""
    counts = dict(busy)
    for host, lately in hubbing.hosts.asked_lately(now).items():
        left = hubbing.hub.verifications_per_host_minute - lately
        counts[host] = max(counts.get(host, 0), per_host - left)
    return counts | dict.fromkeys(hubbing.hosts.resting(now), per_host)


async def _verify(hubbing: Hubbing, request: HubRequest) -> Verified:
    asked = hubbing.now()
    topic = await find_topic(hubbing, request.topic)
    if topic is None and request.mode is Mode.SUBSCRIBE:
        return Verified(request=request, finding=Finding.GONE, asked=asked)
    challenge = hubbing.mint()
    try:
        answer = await hubbing.client.peek(question(request, challenge), enough=ENOUGH)
        hubbing.hosts.answered(request.host)
    except FetchFailed:
        hubbing.hosts.failed(request.host, hubbing.now())
        answer = None
    except FetchRefused:
        # The guard, or no URL after all: it will be no better later.
        return Verified(request=request, finding=Finding.REFUSED, asked=asked)
    finding = judge(request, challenge, answer)
    return Verified(request=request, finding=finding, asked=asked, feed=topic.feed if topic else "")


def _settle(conn: Any, hubbing: Hubbing, found: Sequence[Verified]) -> None:
    for one in found:
        request = one.request
        log.info("hub.asked", mode=request.mode, host=request.host, finding=one.finding)
        if one.finding is Finding.LATER:
            postpone_request(conn, request, until=hubbing.now() + AGAIN * request.attempt)
            wake_at(conn, hubbing, VERIFY, hubbing.now() + AGAIN * request.attempt)
        elif one.finding is Finding.CONFIRMED:
            _confirm(conn, hubbing, one)
        else:
            drop_request(conn, request)
        if one.finding is Finding.GONE:
            deny(conn, hubbing, request, "this topic is distributed no longer")


def _confirm(conn: Any, hubbing: Hubbing, one: Verified) -> None:
    request = one.request
    if not end_request(conn, request):
        return
    if request.mode is Mode.UNSUBSCRIBE:
        ended = find_subscription(conn, request.topic, request.callback)
        delete_subscriptions(conn, [] if ended is None else [ended])
        return
    known = find_subscription(conn, request.topic, request.callback)
    if known is None and count_host(conn, request.host) >= hubbing.hub.subscriptions_per_host:
        deny(conn, hubbing, request, "callbacks on this host have too many subscriptions")
        return
    # Measured from the moment at which the callback was asked (section 5.3).
    until = one.asked + timedelta(seconds=request.lease_seconds)
    subscription = put_subscription(conn, request, now=hubbing.now(), until=until)
    begin_deliveries(conn, subscription, topic=request.topic, content=request.content, now=hubbing.now())
    # What came while it subscribed, it would miss otherwise: it has what stood there when it asked.
    hubbing.enqueue(conn, job(DISTRIBUTE, one.feed))


def deny(conn: Any, hubbing: Hubbing, request: HubRequest, reason: str) -> None:
    """Let the callback be told that it is not, or no longer, subscribed (section 5.2)."""
    notice = HubRequest(
        id=0,
        mode=Mode.DENIED,
        topic=request.topic,
        callback=request.callback,
        host=request.host,
        reason=reason,
    )
    save_request(conn, notice, now=hubbing.now())
    hubbing.enqueue(conn, job(VERIFY))
