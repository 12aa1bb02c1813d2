"""What somebody asks of the hub: read from a form, judged, kept to be verified (W3C WebSub, section 5.1)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from syndicate.errors import FetchRefused
from syndicate.model.hub import Hub
from syndicate.net.addresses import exact
from syndicate.net.guard import Guard, refusal
from syndicate.partner.hub.hubbing import DISTRIBUTE, VERIFY, Hubbing, job
from syndicate.partner.hub.topics import Topic, find_topic, read_content
from syndicate.store.caps import count_up
from syndicate.store.hub_requests import HubRequest, Mode, count_pending, count_waiting, save_request
from syndicate.store.hub_subscriptions import count_host, find_subscription

MAX_URL = 2_048
# Less than 200 bytes (section 5.1).
MAX_SECRET = 199
MAX_PENDING = 4
HOUR = timedelta(hours=1)
PUBLISH = "publish"
KNOWN = ("hub.mode", "hub.topic", "hub.callback", "hub.lease_seconds", "hub.secret")


class Said(StrEnum):
    """How the hub answers."""

    ACCEPTED = "accepted"
    MALFORMED = "malformed"
    UNKNOWN = "unknown"
    TOO_MANY = "too many"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The hub's answer, with a sentence for whoever develops the subscriber; `retry_after` in seconds."""

    said: Said
    text: str
    retry_after: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A request to subscribe or unsubscribe, well formed."""

    mode: Mode
    topic: str
    callback: str
    host: str
    secret: str = field(repr=False)
    lease_seconds: int


async def ask(hubbing: Hubbing, fields: Sequence[tuple[str, str]], *, caller: str) -> Answer:
    """Take a request. What is accepted is verified later, and that changes nothing of this answer."""
    if answer := await hubbing.db.write(_count_caller, hubbing, caller):
        return answer
    if ("hub.mode", PUBLISH) in fields:
        return await _take_ping(hubbing, fields)
    wish = read_wish(fields, hubbing.hub, guard=Guard(hubbing.client.settings.allow_hosts))
    if isinstance(wish, Answer):
        return wish
    if is_own(wish.callback, hubbing.catalogue.hub_url):
        return _wrong("hub.callback is this hub itself; name the address where the subscriber listens")
    topic = await find_topic(hubbing, wish.topic)
    # Who leaves may do so though the topic is no more.
    if topic is None and wish.mode is Mode.SUBSCRIBE:
        return unknown_topic(hubbing, wish.topic)
    answer = await hubbing.db.write(_keep, hubbing, wish, _digest(topic))
    hubbing.asked.set()
    return answer


def read_wish(fields: Iterable[tuple[str, str]], hub: Hub, *, guard: Guard) -> Wish | Answer:
    """A form's fields as a wish, or what is wrong with them. Unknown ones are passed over (section 5.1)."""
    given, twice = _sorted(fields)
    if twice:
        return _wrong(f"{twice} is there twice; give it once")
    mode, topic, callback = (given.get(name, "") for name in KNOWN[:3])
    if mode not in (Mode.SUBSCRIBE, Mode.UNSUBSCRIBE):
        return _wrong('hub.mode must be "subscribe", "unsubscribe" or "publish"')
    if fault := _url_fault("hub.topic", topic) or callback_fault(callback, guard):
        return _wrong(fault)
    secret = given.get("hub.secret", "")
    if len(secret.encode("utf-8", "replace")) > MAX_SECRET or "\0" in secret:
        return _wrong("hub.secret must be less than 200 bytes long, and without NUL")
    lease = lease_of(given.get("hub.lease_seconds", ""), hub)
    # The lease is not looked at where somebody leaves (section 5.1).
    if lease is None and mode == Mode.SUBSCRIBE:
        return _wrong("hub.lease_seconds must be a positive whole number of seconds: 864000 is ten days")
    host = (urlsplit(callback).hostname or "").rstrip(".")
    return Wish(
        mode=Mode(mode), topic=topic, callback=callback, host=host, secret=secret, lease_seconds=lease or 0
    )


def lease_of(asked: str, hub: Hub) -> int | None:
    """How many seconds a subscription lasts that was asked for so; None where that is no number."""
    if not asked:
        return int(hub.lease.total_seconds())
    if not (asked.isascii() and asked.isdecimal()) or not asked.strip("0"):
        return None
    # A number beyond all bounds need not be read to its end.
    seconds = int(asked[:12]) if len(asked.lstrip("0")) <= 12 else 10**12
    least, most = (int(one.total_seconds()) for one in (hub.lease_least, hub.lease_most))
    return max(least, min(seconds, most))


def callback_fault(callback: str, guard: Guard) -> str:
    """What is wrong with a callback, as far as its spelling tells; the guard sees what it resolves to."""
    if fault := _url_fault("hub.callback", callback):
        return fault
    try:
        parts = exact(callback)
    except FetchRefused as error:
        return f"hub.callback cannot be asked: {error}"
    if "#" in callback:
        return "hub.callback has a fragment; leave out the # and what follows"
    host = parts.raw_host or ""
    if guard.excepts(host, parts.port) or not _is_address(host) or not refusal(host):
        return ""
    return f"hub.callback: {refusal(host)}; it must be reachable from the internet"


def is_own(callback: str, hub_url: str) -> bool:
    """Whether a callback is the hub, which would then tell itself of news for ever."""
    here, there = urlsplit(hub_url), urlsplit(callback)
    same = (here.hostname, here.port) == (there.hostname, there.port)
    return same and there.path.rstrip("/") == here.path.rstrip("/")


def unknown_topic(hubbing: Hubbing, url: str) -> Answer:
    """What we say of a topic that is none."""
    base = hubbing.catalogue.site.base_url
    text = (
        f"hub.topic {url[:200]!r} is not distributed here. Topics are the feeds of {base} in each format, "
        "by the address in their link rel=self, exactly as it stands there"
    )
    return Answer(said=Said.UNKNOWN, text=text)


async def _take_ping(hubbing: Hubbing, fields: Sequence[tuple[str, str]]) -> Answer:
    """Somebody says that topics changed: they are looked at, nothing more."""
    urls = [value for name, value in fields if name in ("hub.url", "hub.topic")]
    if not urls:
        return _wrong("hub.url is missing: which topic changed")
    topics = [await find_topic(hubbing, url) for url in urls[:10]]
    known = {topic.feed for topic in topics if topic}
    if not known:
        return unknown_topic(hubbing, urls[0])
    await hubbing.db.write(_enqueue_all, hubbing, known)
    return Answer(said=Said.ACCEPTED, text="What changed is distributed.")


def _enqueue_all(conn: Any, hubbing: Hubbing, feeds: Iterable[str]) -> None:
    for feed in feeds:
        hubbing.enqueue(conn, job(DISTRIBUTE, feed))


def _count_caller(conn: Any, hubbing: Hubbing, caller: str) -> Answer | None:
    now, most = hubbing.now(), hubbing.hub.requests_per_ip_hour
    if count_up(conn, f"hub:{caller}", now=now, expires=now + HOUR) <= most:
        return None
    return _too_many(f"More than {most} requests within an hour. Please come back in an hour")


def _keep(conn: Any, hubbing: Hubbing, wish: Wish, content: str) -> Answer:
    if answer := _over(conn, wish, most=hubbing.hub.subscriptions_per_host):
        return answer
    request = HubRequest(
        id=0,
        mode=wish.mode,
        topic=wish.topic,
        callback=wish.callback,
        host=wish.host,
        secret=wish.secret if wish.mode is Mode.SUBSCRIBE else "",
        lease_seconds=wish.lease_seconds,
        content=content,
    )
    save_request(conn, request, now=hubbing.now())
    hubbing.enqueue(conn, job(VERIFY))
    return Answer(said=Said.ACCEPTED, text="Accepted. The callback is asked now whether it meant that.")


def _over(conn: Any, wish: Wish, *, most: int) -> Answer | None:
    if count_pending(conn, wish.topic, wish.callback) >= MAX_PENDING:
        return _too_many("Requests for this topic and callback wait to be verified already")
    waiting = count_waiting(conn, wish.host)
    if waiting >= most:
        return _too_many(f"Requests for callbacks on {wish.host} wait to be verified already, {most} of them")
    # Who is subscribed may always renew that (section 5.1), and leave.
    known = find_subscription(conn, wish.topic, wish.callback) is not None
    if wish.mode is Mode.SUBSCRIBE and not known and waiting + count_host(conn, wish.host) >= most:
        return _too_many(f"Callbacks on {wish.host} have {most} subscriptions; no more are taken")
    return None


def _digest(topic: Topic | None) -> str:
    content = read_content(topic) if topic else None
    return content.digest if content else ""


def _sorted(fields: Iterable[tuple[str, str]]) -> tuple[Mapping[str, str], str]:
    """The fields that we know, and the first that is there twice."""
    given: dict[str, str] = {}
    for name, value in fields:
        if name in given:
            return given, name
        if name in KNOWN:
            given[name] = value
    return given, ""


def _url_fault(name: str, url: str) -> str:
    if not url:
        return f"{name} is missing"
    if len(url) > MAX_URL:
        return f"{name} is longer than {MAX_URL} characters"
    if not url.lower().startswith(("http://", "https://")) or not url.isprintable():
        return f"{name} must be an http or https URL"
    return ""


def _is_address(host: str) -> bool:
    try:
        ip_address(host.split("%", 1)[0])
    except ValueError:
        return False
    return True


def _wrong(text: str) -> Answer:
    return Answer(said=Said.MALFORMED, text=text)


def _too_many(text: str) -> Answer:
    return Answer(said=Said.TOO_MANY, text=text, retry_after=int(HOUR.total_seconds()))
