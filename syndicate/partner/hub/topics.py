"""Topics: our feeds' documents by their own addresses, and partners' by signed ones. There are no others."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from syndicate.model import links
from syndicate.model.feed import Format, content_type
from syndicate.partner.gate import document_path, open_topic
from syndicate.partner.hub.hubbing import Hubbing
from syndicate.partner.signing import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A document that can be subscribed to. `url` is the one it is served from; `address` a partner's."""

    url: str
    path: Path
    content_type: str
    feed: str
    address: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A document's bytes, and their SHA-256 in hex."""

    data: bytes
    digest: str


async def find_topic(hubbing: Hubbing, url: str) -> Topic | None:
    """The topic of exactly this URL, as it is now; None for what is not, or no longer, ours to distribute."""
    public = public_topics(hubbing).get(url)
    if public is not None or hubbing.gate is None:
        return public
    address = await open_topic(hubbing.gate, url)
    if address is None or address.form is None:
        return None
    return Topic(
        url=url,
        path=document_path(hubbing.gate, address),
        content_type=content_type(address.form),
        feed=address.feed,
        address=address,
    )


def public_topics(hubbing: Hubbing) -> dict[str, Topic]:
    """Every feed's documents that anybody may have, by their URLs."""
    found = (_public(hubbing, feed, form) for feed in hubbing.catalogue.feeds for form in Format)
    return {topic.url: topic for topic in found}


def read_content(topic: Topic) -> Content | None:
    """What stands at the topic's address now; None while there is nothing. Raises nothing else."""
    try:
        data = topic.path.read_bytes()
    except OSError:
        return None
    return Content(data=data, digest=hashlib.sha256(data).hexdigest())


def _public(hubbing: Hubbing, feed: str, form: Format) -> Topic:
    path = links.feed_path(feed, form)
    return Topic(
        url=links.absolute(hubbing.catalogue.site.base_url, path),
        path=hubbing.public_dir / path.removeprefix("/"),
        content_type=content_type(form),
        feed=feed,
    )
