"""Runs the extraction of pages away from the event loop: on a thread, or in processes when there are many."""

import asyncio
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor

from syndicate.collect.reading import Capture
from syndicate.errors import SyndicateError, Unreadable
from syndicate.extract.page import Page, extract
from syndicate.extract.prior import Prior
from syndicate.model.source import Source

# Below this, starting processes costs more than it saves.
MANY = 24


async def extract_all(
    captures: Sequence[Capture], *, source: Source, many: int = MANY
) -> list[Page | SyndicateError]:
    """Each capture's page, in order, or why there is none. One page's fault is no other's."""
    if len(captures) < many:
        return [await asyncio.to_thread(extract_one, capture, source) for capture in captures]
    workers = min(len(captures), os.cpu_count() or 1)
    pool = _pool(workers)
    try:
        found = await asyncio.gather(*(_in_process(pool, capture, source) for capture in captures))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    lost = [position for position, page in enumerate(found) if page is None]
    again = await _one_by_one([captures[position] for position in lost], source) if lost else []
    for position, page in zip(lost, again, strict=True):
        found[position] = page
    return [page or _killed(capture) for page, capture in zip(found, captures, strict=True)]


def extract_one(capture: Capture, source: Source) -> Page | SyndicateError:
    """One page, or why there is none. A parser's own fault counts as the page's."""
    where = capture.url or capture.key
    try:
        return extract(
            capture.data,
            url=capture.url,
            content_type=capture.content_type,
            prior=Prior(zone=source.timezone, language=source.language),
        )
    except SyndicateError as error:
        return error
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        return Unreadable(f"{where} could not be extracted: {type(error).__name__}: {error}")


async def _one_by_one(captures: Sequence[Capture], source: Source) -> list[Page | SyndicateError | None]:
    """A page that ends its process breaks the whole pool: alone, each shows whether it was the one."""
    found: list[Page | SyndicateError | None] = []
    pool = _pool(1)
    for capture in captures:
        found.append(await _in_process(pool, capture, source))
        if found[-1] is None:
            pool.shutdown(wait=False)
            pool = _pool(1)
    pool.shutdown(wait=False)
    return found


async def _in_process(
    pool: ProcessPoolExecutor, capture: Capture, source: Source
) -> Page | SyndicateError | None:
    """The page; None when the pool broke before it was done."""
    try:
        return await asyncio.get_running_loop().run_in_executor(pool, extract_one, capture, source)
    except BrokenExecutor:
        return None


def _pool(workers: int) -> ProcessPoolExecutor:
    # A fork would copy the database's threads in whatever state they are.
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))


def _killed(capture: Capture) -> SyndicateError:
    return Unreadable(f"{capture.url or capture.key} could not be extracted: it ends the process that tries")
