"""Whether the links of an issue lead somewhere, and whether its images are there."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from email import policy
from email.parser import BytesParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lxml import html as lxml_html

from syndicate.deliver.preflight.facts import Linked, Sample
from syndicate.errors import AddressForbidden, FetchFailed, SyndicateError
from syndicate.model.links import media_path
from syndicate.net.client import Client

# All links of an issue are asked within this time (seconds), of so many hosts at once, each one by one.
IN_TIME = 20.0
HOSTS = 10
# Of the answer, only its status counts.
ENOUGH = 1_000
GONE = {404: "not found", 410: "gone"}
# Names that never resolve (RFC 2606, section 2; RFC 6761): in samples and tests.
RESERVED = ("example", "test", "invalid", "localhost", "example.com", "example.net", "example.org")


def outside_links(samples: Iterable[Sample], *, base_url: str) -> tuple[str, ...]:
    """The addresses outside the site that readers are led to, each once, in their order."""
    own = urlsplit(base_url).netloc
    found = [url for sample in samples for url in _attributes(sample.data, "//a/@href")]
    return tuple(dict.fromkeys(url for url in found if _is_outside(url, own)))


def lost_images(samples: Iterable[Sample], *, base_url: str, media_dir: Path) -> tuple[str, ...]:
    """The images of our own media store that are not in it."""
    begins = base_url.rstrip("/") + media_path("")
    found = [url for sample in samples for url in _attributes(sample.data, "//img/@src")]
    names = [unquote(url.removeprefix(begins)) for url in dict.fromkeys(found) if url.startswith(begins)]
    return tuple(name for name in names if not _is_there(media_dir / Path(name).name))


async def ask_links(client: Client, urls: Sequence[str], *, in_time: float = IN_TIME) -> Linked:
    """Ask for each address; what is gone, or whose host is, is broken. Never raises for what a host does.

    A host that refuses us or is busy says nothing of its pages: readers come with browsers.
    """
    by_host: dict[str, list[str]] = defaultdict(list)
    for url in urls:
        by_host[urlsplit(url).netloc].append(url)
    said: dict[str, str] = {}
    places = asyncio.Semaphore(HOSTS)

    async def ask_host(mine: list[str]) -> None:
        async with places:
            for url in mine:
                said[url] = await _ask(client, url)

    tasks = [asyncio.create_task(ask_host(mine)) for mine in by_host.values()]
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=in_time)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    broken = tuple((url, said[url]) for url in urls if said.get(url))
    return Linked(links=len(urls), asked=len(said), broken=broken)


async def _ask(client: Client, url: str) -> str:
    """Why the address leads nowhere; empty where it does, or where nobody can tell."""
    try:
        answer = await client.peek(url, enough=ENOUGH)
    except AddressForbidden:
        return "it leads into a private network"
    except FetchFailed as error:
        return str(error).removeprefix(url).lstrip(": ")
    except SyndicateError:
        return ""
    return GONE.get(answer.status, "")


def _attributes(data: bytes, path: str) -> list[str]:
    part = BytesParser(policy=policy.default).parsebytes(data).get_body(("html",))
    content = part.get_content() if part is not None else ""
    found = lxml_html.document_fromstring(content).xpath(path) if content.strip() else []
    return [str(each) for each in found] if isinstance(found, list) else []


def _is_outside(url: str, own: str) -> bool:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return False
    reserved = any(host == name or host.endswith(f".{name}") for name in RESERVED)
    return parts.scheme in {"http", "https"} and parts.netloc != own and not reserved


def _is_there(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0
