"""Findings → candidates, by the kind of source: pages are extracted, feeds are parsed."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from syndicate.collect.candidates import Claims, from_entry, from_page, without_shared_keys
from syndicate.collect.extraction import extract_all
from syndicate.collect.reading import Capture, Failed, Finding, Noted, PutOff, Same
from syndicate.collect.selector_matches import Matching, match_of
from syndicate.collect.site_lines import Recall, nothing_known, shown_lines, sites_of, without_site_lines
from syndicate.errors import ErrorPage, FetchFailed, FetchRefused, NoArticle, SyndicateError, Unreadable
from syndicate.extract.page import Page
from syndicate.formats.parse import parse_feed
from syndicate.formats.upstream import UpstreamEntry
from syndicate.model.item import Candidate
from syndicate.model.source import Source, SourceKind
from syndicate.store.host_lines import ShownLines

# All captures of a part are in memory at once.
PART_BYTES = 64_000_000
# What a source as a whole fails for.
FAULTS = (FetchFailed, FetchRefused, Unreadable)
# What they hold will not be another thing at the next check.
KEPT = frozenset({SourceKind.FILES, SourceKind.WARC, SourceKind.WAYBACK})
# Enough error pages to see what is wrong.
TOLD = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Barren:
    """A page that holds no article and no briefs; the same bytes will not hold any next time."""

    capture: Capture
    error: NoArticle


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What one run over a source brought. `read` are the captures whose candidates were found, `barren` those
    that hold none. `ttl` is how long a feed asks not to be fetched again; `matching` says how the source's
    selectors fared, `lines` are those that the pages show. A long run comes in parts; the last has `ended`.
    """

    candidates: tuple[Candidate, ...] = ()
    read: tuple[Capture, ...] = ()
    barren: tuple[Barren, ...] = ()
    same: tuple[Same, ...] = ()
    failed: tuple[Failed, ...] = ()
    put_off: tuple[PutOff, ...] = ()
    noted: tuple[Noted, ...] = ()
    ttl: timedelta = timedelta()
    warnings: tuple[str, ...] = ()
    matching: Matching = field(default_factory=Matching)
    lines: tuple[ShownLines, ...] = ()
    ended: bool = False

    @property
    def any_good(self) -> bool:
        """Whether the source as a whole works: a page was good, more are to come, or an archive was read."""
        to_come = any(put_off.unseen for put_off in self.put_off)
        pages = any(not finding.own for finding in self.good)
        return bool(self.candidates or pages or to_come or self.noted)

    @property
    def errors(self) -> tuple[SyndicateError, ...]:
        """Why pages were no good."""
        return (*(page.error for page in self.failed), *(page.error for page in self.barren))

    @property
    def is_worth_saving(self) -> bool:
        """Whether something would be read again if the run ended here."""
        return bool(self.candidates or self.barren or self.noted)

    @property
    def good(self) -> tuple[Capture | Same, ...]:
        """The pages that were read, and those that are as they were."""
        return (*self.read, *self.same)

    def joined(self, later: "Gathered") -> "Gathered":
        """This part and the one after it."""
        return Gathered(
            candidates=self.candidates + later.candidates,
            read=self.read + later.read,
            barren=self.barren + later.barren,
            same=self.same + later.same,
            failed=self.failed + later.failed,
            put_off=self.put_off + later.put_off,
            noted=self.noted + later.noted,
            ttl=max(self.ttl, later.ttl),
            warnings=self.warnings + later.warnings,
            lines=self.lines + later.lines,
            matching=self.matching.joined(later.matching),
            ended=later.ended,
        )

    def divided(self) -> tuple["Gathered", "Gathered"]:
        """What can be saved now, and what tells at the end how the run went."""
        own = tuple(capture for capture in self.read if capture.own)
        own_same = tuple(same for same in self.same if same.own)
        now = replace(
            self,
            read=tuple(capture for capture in self.read if not capture.own),
            same=tuple(same for same in self.same if not same.own),
            failed=(),
            put_off=(),
        )
        rest = Gathered(read=own, same=own_same, failed=self.failed, put_off=self.put_off, ttl=self.ttl)
        return now, replace(rest, matching=self.matching)


async def gather(
    findings: AsyncIterator[Finding], *, source: Source, size: int, recall: Recall = nothing_known
) -> AsyncIterator[Gathered]:
    """Run a reader to its end and interpret what it finds, in parts of `size` captures, or fewer large ones.

    `recall` tells which lines stand on several stories of a site. The last part has `ended`, and may be
    empty. Raises Unreadable where a feed is none, and what the reader raises, once all before it is a part.
    """
    claims: Claims = {}
    part: list[Finding] = []
    captures = weight = 0
    async for finding in _to_the_fault(findings):
        if isinstance(finding, SyndicateError):
            yield await _interpreted(part, source, claims=claims, recall=recall)
            raise finding
        part.append(finding)
        captures += isinstance(finding, Capture)
        weight += len(finding.data) if isinstance(finding, Capture) else 0
        if captures == size or weight >= PART_BYTES:
            yield await _interpreted(part, source, claims=claims, recall=recall)
            part, captures, weight = [], 0, 0
    yield replace(await _interpreted(part, source, claims=claims, recall=recall), ended=True)


async def _to_the_fault(findings: AsyncIterator[Finding]) -> AsyncIterator[Finding | SyndicateError]:
    """What a reader finds, and at the end what it fails for."""
    try:
        async for finding in findings:
            yield finding
    except FAULTS as error:
        yield error


async def _interpreted(
    found: Sequence[Finding], source: Source, *, claims: Claims, recall: Recall
) -> Gathered:
    captures = [finding for finding in found if isinstance(finding, Capture)]
    pages = [] if source.kind is SourceKind.FEED else await _extracted(captures, source, recall=recall)

    def work() -> Gathered:
        is_feed = source.kind is SourceKind.FEED
        gathered = _from_feed(captures, source) if is_feed else _from_pages(captures, pages, source=source)
        return _with_the_rest(gathered, found, claims=claims)

    # Hundreds of long stories take seconds, for which nothing else may wait.
    return await asyncio.to_thread(work)


def _with_the_rest(gathered: Gathered, found: Sequence[Finding], *, claims: Claims) -> Gathered:
    """What the captures gave, and what else was found."""
    failed = (finding for finding in found if isinstance(finding, Failed))
    noted = tuple(finding for finding in found if isinstance(finding, Noted))
    return replace(
        gathered,
        candidates=tuple(without_shared_keys(gathered.candidates, claims)),
        same=tuple(finding for finding in found if isinstance(finding, Same)),
        failed=(*failed, *gathered.failed),
        put_off=tuple(finding for finding in found if isinstance(finding, PutOff)),
        noted=noted,
        warnings=(*gathered.warnings, *(said for one in noted for said in one.warnings)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Extracted:
    """A capture's page as it was extracted, and `freed` of what its site shows on other stories."""

    capture: Capture
    page: Page | SyndicateError
    freed: Page | SyndicateError


async def _extracted(captures: Sequence[Capture], source: Source, *, recall: Recall) -> list[_Extracted]:
    articles = [capture for capture in captures if not _only_lists(capture, source)]
    known = await recall(sites_of(articles, source=source.name))
    chrome = frozenset[int]().union(*known.values())
    pages = await extract_all(articles, source=source, chrome=chrome)
    freed = await without_site_lines(pages, source=source.name, recall=recall)
    return [
        _Extracted(capture=capture, page=page, freed=bare)
        for capture, page, bare in zip(articles, pages, freed, strict=True)
    ]


def _only_lists(capture: Capture, source: Source) -> bool:
    return capture.own and source.kind.lists_pages


def _from_pages(captures: Sequence[Capture], pages: Sequence[_Extracted], *, source: Source) -> Gathered:
    own = [capture for capture in captures if _only_lists(capture, source)]
    candidates: list[Candidate] = []
    read, barren, failed = list(own), [], []
    errors: list[Barren] = []
    for one in pages:
        capture = one.capture
        try:
            if isinstance(one.freed, SyndicateError):
                raise one.freed
            candidates += from_page(one.freed, capture, source=source)
            read.append(capture)
        except ErrorPage as error:
            errors.append(Barren(capture=capture, error=error))
        except NoArticle as error:
            barren.append(Barren(capture=capture, error=error))
        except SyndicateError as error:
            failed.append(Failed(key=capture.key, error=error))
    gathered = Gathered(
        candidates=tuple(candidates),
        read=tuple(read),
        barren=tuple(barren),
        failed=tuple(failed),
        warnings=(
            *(said for capture in own for said in capture.warnings),
            *(f"{page.error}; it is left out until it changes" for page in barren),
        ),
        matching=match_of(_named(pages, source), source=source),
        lines=shown_lines([one.capture for one in pages], [one.page for one in pages], source=source.name),
    )
    return gathered.joined(_without_stories(errors, source)) if errors else gathered


def _without_stories(found: Sequence[Barren], source: Source) -> Gathered:
    """What becomes of error pages: what a site answers is asked for again like any page that failed, what
    an archive or a folder holds stays as it is.
    """
    if source.kind not in KEPT:
        return Gathered(failed=tuple(_as_refused(page.capture, page.error) for page in found))
    some = ", ".join(page.capture.key for page in found[:TOLD]) + (", …" if len(found) > TOLD else "")
    said = f"{len(found)} pages left out, which hold no story but an error that their server sent: {some}"
    # Nothing is remembered of a WARC's, since other captures of that address may be older.
    barren = () if source.kind is SourceKind.WARC else tuple(found)
    return Gathered(barren=barren, warnings=(said,))


def _as_refused(capture: Capture, error: NoArticle) -> Failed:
    is_missing = isinstance(error, ErrorPage) and error.missing
    refusal = FetchRefused if is_missing else FetchFailed
    return Failed(key=capture.key, error=refusal(str(error), url=capture.url))


def _named(pages: Sequence[_Extracted], source: Source) -> Iterator[tuple[str, Page]]:
    for one in pages:
        if not isinstance(one.page, SyndicateError):
            is_file = source.kind is SourceKind.FILES
            yield one.capture.key if is_file else one.capture.url or one.capture.key, one.page


def _from_feed(captures: Sequence[Capture], source: Source) -> Gathered:
    if not captures:
        return Gathered()
    (capture,) = captures
    feed = parse_feed(capture.data, url=capture.url, content_type=capture.content_type, zone=source.timezone)
    entries = [entry for entry in feed.entries if entry.title or entry.body_html]
    if feed.entries and not entries:
        raise Unreadable(f"{capture.url}: none of its {len(feed.entries)} entries has a title or a text")
    return Gathered(
        candidates=tuple(
            from_entry(entry, capture, source=source) for entry in newest(entries, limit=source.limit)
        ),
        read=(capture,),
        ttl=feed.ttl,
        warnings=_left_out(len(feed.entries), len(entries), limit=source.limit),
    )


def newest(entries: Sequence[UpstreamEntry], *, limit: int) -> list[UpstreamEntry]:
    """So many entries: of a longer feed the newest, in any order. One without a date keeps its place."""
    if len(entries) <= limit:
        return list(entries)
    dated = iter(sorted(filter(_moment, entries), key=_moment, reverse=True))
    return [next(dated) if _moment(entry) else entry for entry in entries][:limit]


def _moment(entry: UpstreamEntry) -> float:
    """When it was written or changed, in seconds; 0 where nothing says."""
    stated = (entry.published, entry.updated)
    return max((when.utc.timestamp() for when in stated if when), default=0.0)


def _left_out(there: int, usable: int, *, limit: int) -> tuple[str, ...]:
    said = []
    if usable < there:
        said.append(f"{there - usable} entries without title and text were left out")
    if usable > limit:
        said.append(f"the feed has {usable} entries; the source's limit is {limit}")
    return tuple(said)
