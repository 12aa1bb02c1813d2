"""What would be read from saved pages and from addresses: nothing is stored."""

import asyncio
import os
import pickle
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

from syndicate.collect.extraction import FAULTS
from syndicate.collect.readers.files import media_type_of
from syndicate.collect.visits import Visits
from syndicate.collect.workers import WorkDied, Workers
from syndicate.errors import AddressForbidden, SyndicateError, Unreadable
from syndicate.extract.chrome import Lines, lines_of_page, shared_lines, site_of, without_chrome
from syndicate.extract.page import Page, extract
from syndicate.net.client import Response
from syndicate.net.limits import MAX_FILE, unpacked

# Below this, starting processes costs more than it saves.
HANDFUL = 8
# So many pages of a site show what is on all of them; the lines of more would only fill memory.
LEARNED_FROM = 300
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A page as it was asked for: a path (`-` is standard input) or an address; `url`: where it stood."""

    name: str
    url: str = ""

    @property
    def is_address(self) -> bool:
        """Whether it has to be fetched."""
        return self.name.lower().startswith(("http://", "https://"))

    @property
    def is_foreign(self) -> bool:
        """Whether it is an address that cannot be fetched."""
        return not self.is_address and bool(SCHEME.match(self.name)) and not Path(self.name).exists()


async def extract_given(
    given: Sequence[Given],
    *,
    visits: Visits | None = None,
    fast: bool = False,
    alone: bool = False,
    told: Callable[[], None] = lambda: None,
) -> AsyncIterator[Mapping[str, Any]]:
    """Each page as the keys of `extract --jsonl`, in order. One that cannot be read has an `error` instead.

    `fast` forgoes second opinions on the body. Unless each is to be read `alone`, what several pages of a
    host show is no part of any body. `told` is called as each page is done; `visits` fetches addresses.
    """
    found = _pages(given, visits=visits, fast=fast)
    if alone or len(given) < 2:
        async for one, page in found:
            told()
            yield as_keys(one, page)
        return
    # The pages wait in a file for what the last of them tells of the first, so that few are held at a time.
    with tempfile.TemporaryFile() as spool:
        async for one, page in found:
            told()
            pickle.dump((one, page), spool)
        chrome = _chrome(_spooled(spool))
        for one, page in _spooled(spool):
            freed = without_chrome(page, chrome[_site(one, page)]) if isinstance(page, Page) else page
            yield as_keys(one, freed)


def not_fetched(error: AddressForbidden) -> str:
    """What the guard refused, with the remedy of commands that need no configuration."""
    return f"{error.url} was not fetched: {error.why}. To allow it: --allow-host {error.host}"


def as_keys(one: Given, page: Page | str) -> dict[str, Any]:
    """A page as `extract --jsonl` shows it; a text says why there is none."""
    if isinstance(page, str):
        return {"file": one.name, "url": one.url, "error": page}
    image, notice = page.image, page.notice
    return {
        "file": one.name,
        "url": page.url,
        "kind": page.kind,
        "headline": page.headline,
        "authors": list(page.authors),
        "credit": page.credit,
        "published": str(page.published) if page.published else None,
        "updated": str(page.updated) if page.updated else None,
        "not_after": str(page.not_after) if page.not_after else None,
        "language": page.language,
        "direction": page.direction,
        "section": page.section,
        "image": image and {"url": image.url, "alt": image.alt, "width": image.width, "height": image.height},
        "body_text": page.body_text,
        "body_html": page.body_html,
        "briefs": [
            {"text": one.text, "url": one.url or None, "section": one.section, "fingerprint": one.fingerprint}
            for one in page.briefs
        ],
        "links": [{"text": link.text, "url": link.url} for link in page.links],
        "archive_notice": notice and {"text": notice.text, "successor_url": notice.successor_url},
        "warnings": list(page.warnings),
    }


def _spooled(spool: IO[bytes]) -> Iterator[tuple[Given, Page | str]]:
    spool.seek(0)
    while True:
        try:
            yield pickle.load(spool)  # noqa: S301 (written by ourselves, into a file without a name)
        except EOFError:
            return


def _chrome(found: Iterable[tuple[Given, Page | str]]) -> dict[str, frozenset[int]]:
    """The lines that different stories of a site show, by site."""
    lines: dict[str, list[Lines]] = defaultdict(list)
    for one, page in found:
        if isinstance(page, Page) and len(lines[_site(one, page)]) < LEARNED_FROM:
            lines[_site(one, page)].append(lines_of_page(page))
    return {site: shared_lines(pages) for site, pages in lines.items()}


def _site(one: Given, page: Page) -> str:
    """The page's host; where nothing tells it, what lies in one folder stood together."""
    return site_of(page) or f"folder {Path(one.name).parent}"


async def _pages(
    given: Sequence[Given], *, visits: Visits | None, fast: bool
) -> AsyncIterator[tuple[Given, Page | str]]:
    """The pages in order, so many at a time as there are processors."""
    if len(given) < HANDFUL:
        for one in given:
            yield one, await _read(one, visits=visits, fast=fast)
        return
    count = min(len(given), os.cpu_count() or 1)
    async with Workers(count) as workers:
        pending: list[tuple[Given, asyncio.Task[Page | str]]] = []
        for one in given:
            task = asyncio.create_task(_read(one, visits=visits, fast=fast, workers=workers))
            pending.append((one, task))
            if len(pending) > 4 * count:
                first, done = pending.pop(0)
                yield first, await done
        for first, done in pending:
            yield first, await done


async def _read(
    one: Given, *, visits: Visits | None, fast: bool, workers: Workers | None = None
) -> Page | str:
    if one.is_foreign:
        return f"{one.name}: only http and https addresses are fetched, or give a path"
    try:
        found = await visits.get(one.name) if one.is_address and visits is not None else None
        work = partial(_extracted, one, found, fast=fast)
        if workers is None or one.name == "-":
            return await asyncio.to_thread(work)
        return await workers.run(work)
    except WorkDied as died:
        return f"{one.name} could not be extracted: {died}"
    except AddressForbidden as error:
        return not_fetched(error)
    except SyndicateError as error:
        return str(error)
    except FAULTS as error:
        return f"{one.name} could not be extracted: {type(error).__name__}: {error}"


def _extracted(one: Given, found: Response | None, *, fast: bool) -> Page:
    if found is None:
        return extract(_bytes(Path(one.name)), url=one.url, content_type=media_type_of(one.name), fast=fast)
    content_type = found.content_type or media_type_of(one.name)
    return extract(found.body, url=found.url, content_type=content_type, fast=fast)


def _bytes(path: Path) -> bytes:
    """What a file, a device, a pipe or standard input holds, if that is no more than a page can be."""
    name = "standard input" if str(path) == "-" else str(path)
    try:
        if path.is_dir():
            raise Unreadable(f"{name} is a folder: give its files, {path / '*.html'}")
        with _opened(path) as file:
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        raise Unreadable(f"{name} cannot be read: {error.strerror or error}") from error
    if len(data) > MAX_FILE:
        raise Unreadable(f"{name} is over {MAX_FILE:,} bytes")
    return unpacked(data, name=name)


def _opened(path: Path) -> AbstractContextManager[IO[bytes]]:
    return nullcontext(sys.stdin.buffer) if str(path) == "-" else path.open("rb")
