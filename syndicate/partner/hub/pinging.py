"""Telling somebody else's hub that documents of ours changed (W3C WebSub, section 6)."""

from urllib.parse import urlencode

from syndicate.errors import FetchFailed, FetchRefused
from syndicate.net.headers import retry_after_seconds
from syndicate.partner.hub.hubbing import Hubbing
from syndicate.partner.hub.topics import topics_of

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def ping(hubbing: Hubbing, feed: str) -> dict[str, int | str]:
    """Ping the hub for each document of a feed; how many. Raises FetchFailed (try later), FetchRefused."""
    if not hubbing.hub.is_outside:
        return {"feed": feed, "told": 0}
    urls = [topic.url for topic in topics_of(hubbing, feed)]
    for url in urls:
        await _tell(hubbing, url)
    return {"feed": feed, "told": len(urls)}


async def _tell(hubbing: Hubbing, url: str) -> None:
    # Hubs differ in which of the two they read; both name the same document.
    body = urlencode({"hub.mode": "publish", "hub.url": url, "hub.topic": url}).encode()
    hub = hubbing.hub.url
    answer = await hubbing.client.post(hub, body, headers=FORM)
    if 200 <= answer.status < 300:
        return
    text = f"the hub {hub} answered {answer.status} when it was told of {url}"
    if answer.status >= 500 or answer.status == 429:
        pause = retry_after_seconds(
            answer.headers.get("retry-after", ""), date=answer.headers.get("date", "")
        )
        raise FetchFailed(text, url=hub, status=answer.status, retry_after=pause)
    raise FetchRefused(f"{text}; see hub.url in the configuration", url=hub, status=answer.status)
