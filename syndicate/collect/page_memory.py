"""Decides what to remember after a run: pages as they are, refusals, what is still to come. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from syndicate.collect.interpret import Gathered
from syndicate.collect.reading import Capture, Failed, Noted, Reading, Same
from syndicate.errors import AddressForbidden, FetchRefused, TryLater, Unreadable
from syndicate.model.source import Source
from syndicate.store.pages import PageStatus
from syndicate.store.sources import FirstRun, SourceStatus

# How many checks more may bring the first run's pages that failed for the moment.
FIRST_RETRIES = 2
LONGEST_WAIT = timedelta(days=30)
# For what may be back at any time.
LONGEST_HOPE = timedelta(days=1)


def judge_first_run(gathered: Gathered, reading: Reading, *, status: SourceStatus) -> FirstRun:
    """Whether old pages are still to come, which must not pass for news when they do.

    After the first run it says whether the next check has to look further than where nothing is new.
    """
    if any(put_off.unseen for put_off in gathered.put_off):
        return FirstRun.TO_COME
    missed = [failed for failed in gathered.failed if isinstance(failed.error, TryLater)]
    if status.first_run is not None:
        return FirstRun.RETRY if any(failed.own for failed in missed) else FirstRun.OVER
    open_again = any(failed.own for failed in missed) or reading.unseen(failed.key for failed in missed)
    return FirstRun.RETRY if status.first_retries < FIRST_RETRIES and open_again else FirstRun.OVER


def page_rows(gathered: Gathered, reading: Reading) -> list[PageStatus]:
    """What to remember. A document that lists pages still to come must be read again, so it is forgotten."""
    lists_pages = reading.source.kind.lists_pages
    refused = [failed for failed in gathered.failed if lists_pages and _waits_alone(failed, reading)]
    to_come = len(refused) < len(gathered.failed) or any(put_off.unseen for put_off in gathered.put_off)
    kept = [one for one in gathered.read if not (one.own and lists_pages and to_come) or one.exhausted]
    rows = [_row(capture, reading.source) for capture in (*kept, *(page.capture for page in gathered.barren))]
    rows += [_refused(failed, reading) for failed in refused]
    rows += [_noted(noted, reading.source, now=reading.visits.now()) for noted in gathered.noted]
    rows += filter(None, (_again(same, reading.pages.get(same.key)) for same in gathered.same))
    return rows


def image_rows(refused: Iterable[Failed], reading: Reading) -> list[PageStatus]:
    """What to remember of images that could not be had: they wait like listed pages that refuse us."""
    return [_refused(failed, reading) for failed in refused]


def _waits_alone(failed: Failed, reading: Reading) -> bool:
    """Whether the page is asked for again by itself, without reading what lists it once more."""
    if _is_definite(failed):
        return True
    known = reading.pages.get(failed.key)
    is_new = known is None or not known.content_hash
    return isinstance(failed.error, TryLater) and is_new and not failed.own and not reading.thorough


def _is_definite(failed: Failed) -> bool:
    """Whether asking again soon is pointless; what the operator may allow is asked again all the same."""
    if isinstance(failed.error, Unreadable):
        return not failed.own
    return isinstance(failed.error, FetchRefused) and not isinstance(failed.error, AddressForbidden)


def _row(capture: Capture, source: Source) -> PageStatus:
    return PageStatus(
        source=source.name,
        url=capture.key,
        captured=capture.captured,
        etag=capture.headers.get("etag", ""),
        last_modified=capture.headers.get("last-modified", ""),
        content_hash=capture.content_hash,
        own=capture.own and source.kind.lists_pages,
    )


def _refused(failed: Failed, reading: Reading) -> PageStatus:
    """Asked again at the next check, as a link often stands before its page does; then ever more seldom."""
    known, now = reading.pages.get(failed.key), reading.visits.now()
    failures = min((known.failures if known else 0) + 1, 20)
    longest = LONGEST_HOPE if isinstance(failed.error, TryLater) else LONGEST_WAIT
    wait = min(reading.source.interval * (2**failures - 2), longest)
    return PageStatus(
        source=reading.source.name,
        url=failed.key,
        captured=known.captured if known else now,
        etag=known.etag if known else "",
        last_modified=known.last_modified if known else "",
        content_hash=known.content_hash if known else "",
        own=failed.own,
        failures=failures,
        not_before=now + wait,
    )


def _noted(noted: Noted, source: Source, *, now: datetime) -> PageStatus:
    return PageStatus(source=source.name, url=noted.key, captured=noted.captured or now, etag=noted.etag)


def _again(same: Same, known: PageStatus | None) -> PageStatus | None:
    """A page that is as it was, where something about it is new."""
    if known is None:
        return None
    etag = same.headers.get("etag", "") or known.etag
    if etag == known.etag and not known.failures and same.seen is None:
        return None
    return PageStatus(
        source=known.source,
        url=same.key,
        captured=same.seen or known.captured,
        etag=etag,
        last_modified=same.headers.get("last-modified", known.last_modified),
        content_hash=known.content_hash,
        own=known.own,
    )
