"""Fetches candidates' lead images into the media store: once per URL, and a fault is only a warning."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from syndicate.collect.media import keep, shrink
from syndicate.collect.readers.captures import raw_address
from syndicate.collect.readers.files import read_image
from syndicate.collect.reading import Failed
from syndicate.collect.visits import Visits
from syndicate.errors import (
    AddressForbidden,
    ClosedToUs,
    FetchFailed,
    GiveUp,
    HostPaused,
    SyndicateError,
    Unreadable,
)
from syndicate.model.item import Candidate, Image
from syndicate.model.source import Source, SourceKind

Find = Callable[[str], Awaitable[Image | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaStore:
    """Where images lie; `find` tells what an address became when it was fetched before, `may_ask` whether it
    is time to ask again for one that refused us, by its `key_of`. `archived` are what may have its bytes,
    where the source's pages come out of archives.
    """

    folder: Path
    find: Find
    may_ask: Callable[[str], bool] = lambda _: True
    archived: Sequence[Callable[[str], bytes | None]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Illustrated:
    """The candidates with what is known of their images. `fetched` are those to remember, and `refused` those
    to leave alone for a while.
    """

    candidates: tuple[Candidate, ...]
    fetched: tuple[Image, ...] = ()
    refused: tuple[Failed, ...] = ()
    warnings: tuple[str, ...] = ()


async def illustrate(
    candidates: Iterable[Candidate], *, source: Source, visits: Visits, store: MediaStore
) -> Illustrated:
    """Fill in each candidate's image. Raises StorageFull; anything else about an image is a warning."""
    known: dict[str, Image | None] = {}
    tried: set[str] = set()
    fetched, refused, warnings, done = [], [], [], []
    for candidate in candidates:
        image = candidate.content.image
        if image is not None and image.url not in known:
            known[image.url] = await store.find(image.url)
        if image is not None and known[image.url] is None and image.url not in tried:
            tried.add(image.url)
            if not store.may_ask(key_of(image.url)):
                done.append(candidate)
                continue
            got = await _got(image.url, candidate, source=source, visits=visits, store=store)
            if isinstance(got, Image):
                known[image.url] = got
                fetched.append(got)
            else:
                warnings.append(f"{candidate.provenance.original_url}: image {image.url}: {got}")
                refused += _refusals(image.url, got, source=source)
        done.append(_with_image(candidate, known))
    return Illustrated(
        candidates=tuple(done), fetched=tuple(fetched), refused=tuple(refused), warnings=tuple(warnings)
    )


def key_of(url: str) -> str:
    """What an image that refused us is remembered by, among the source's pages."""
    return f"image {url}"


def _was_asked(error: SyndicateError, source: Source) -> bool:
    """Whether somebody else had the trouble of saying no."""
    return not source.kind.is_local and not isinstance(error, (HostPaused, AddressForbidden, ClosedToUs))


def _refusals(url: str, error: SyndicateError, *, source: Source) -> list[Failed]:
    return [Failed(key=key_of(url), error=error, own=True)] if _was_asked(error, source) else []


async def _got(
    url: str, candidate: Candidate, *, source: Source, visits: Visits, store: MediaStore
) -> Image | SyndicateError:
    """The image, kept; or why it is not to be had. Raises StorageFull."""
    try:
        data = await _data(url, candidate, source=source, visits=visits, store=store)
        return await _kept(url, data, folder=store.folder)
    except (FetchFailed, GiveUp) as error:
        return error


async def _kept(url: str, data: bytes, *, folder: Path) -> Image:
    shrunk = await asyncio.to_thread(shrink, data)
    return await asyncio.to_thread(keep, Image(url=url), shrunk, folder=folder)


async def _data(
    url: str, candidate: Candidate, *, source: Source, visits: Visits, store: MediaStore
) -> bytes:
    if source.kind is SourceKind.WARC:
        return await asyncio.to_thread(_from_archives, url, store)
    if source.kind is SourceKind.FILES:
        folder = Path(source.folder)
        saved = await asyncio.to_thread(read_image, url, folder=folder, base_url=source.base_url)
        if saved is not None:
            return saved
    if source.kind is SourceKind.WAYBACK:
        # The old site may be gone, and what stands at the address now another picture.
        url = raw_address(source, f"{candidate.provenance.captured:%Y%m%d%H%M%S}", url, form="im_")
    return (await visits.get(url)).body


def _from_archives(url: str, store: MediaStore) -> bytes:
    # What stands at the address now, if there is a site at all, may be another picture.
    for find in store.archived:
        if (data := find(url)) is not None:
            return data
    raise Unreadable("none of the archives has it")


def _with_image(candidate: Candidate, known: dict[str, Image | None]) -> Candidate:
    image = candidate.content.image
    kept = known.get(image.url) if image is not None else None
    if image is None or kept is None:
        return candidate
    return replace(candidate, content=replace(candidate.content, image=replace(kept, alt=image.alt)))
