"""What was read → candidates: an article and its briefs from a page, an article from a feed's entry. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import escape
from urllib.parse import urlsplit

from syndicate.collect.bounds import within_bounds
from syndicate.collect.identity import (
    guid_key,
    keys_of,
    own_key,
    same_host,
    text_key,
    url_key,
    without_keys,
)
from syndicate.collect.reading import Capture
from syndicate.collect.story import headlines_fit, is_telling, sample
from syndicate.errors import ErrorPage, NoArticle
from syndicate.extract.briefs.take import Brief
from syndicate.extract.error_page import Told, is_error_page, told_by
from syndicate.extract.forms.replay import original_of
from syndicate.extract.language import canonical_tag, settle
from syndicate.extract.notice.take import is_notice
from syndicate.extract.page import Page
from syndicate.formats.html import text_of, truncate_words
from syndicate.formats.upstream import UpstreamEntry
from syndicate.model.item import Candidate, Content, ItemKind, Notice, Provenance
from syndicate.model.language import direction_of
from syndicate.model.source import Source, SourceKind

# Key → each different story that claims it.
Claims = dict[str, list["Claim"]]

SUMMARY_WORDS = 60
HEAD_WORDS = 12
# Of so many sampled grams, versions of one story share so many at least.
CLAIMED, AGREEING = 12, 2
# An archive's word for the time of a capture is good; a file's own time is that of its last copy.
ARCHIVES = frozenset({SourceKind.WARC, SourceKind.WAYBACK})
_PARAGRAPH = re.compile(r"<p\b[^>]*>(?:(?!</?p\b).)*</p>", re.DOTALL)
_LINK = re.compile(r'\bhref="(https?://[^"]*)"')


def from_page(page: Page, capture: Capture, *, source: Source) -> tuple[Candidate, ...]:
    """The article, if there is one, then the briefs. Raises NoArticle for a page that has neither, ErrorPage
    for one that says so.
    """
    _check(page, capture)
    page = _with_hints(page, capture)
    url = _address(page, capture, source)
    captured, dated = _capture_time(page, capture, source)
    provenance = Provenance(
        source=source.name, original_url=url, captured=captured, raw_hash=capture.content_hash
    )
    story = Candidate(
        kind=ItemKind.ARTICLE,
        keys=(),
        content=Content(),
        provenance=provenance,
        page_notice=page.notice,
        not_after=_not_after(page, capture, source),
        dated_capture=dated,
        address=_here(capture),
    )
    briefs = tuple(_brief(brief, page, story=story, source=source) for brief in page.briefs)
    if not page.body_text.strip() or not page.headline.strip():
        if briefs:
            return tuple(map(within_bounds, briefs))
        lacks = "headline" if page.body_text.strip() else "article"
        # What the operator's selectors did to the page is no fault of the page.
        why = "; ".join(said for said in page.warnings if said.startswith("selectors."))
        said = f"{url or capture.key} has no {lacks} that could be found, and no briefs"
        raise NoArticle(f"{said}: {why}" if why else said)
    article = replace(
        story,
        keys=_page_keys(page, capture, url=url, source=source),
        content=_article(page, url, source),
        warnings=(*capture.warnings, *page.warnings),
    )
    return within_bounds(article), *map(within_bounds, briefs)


def _check(page: Page, capture: Capture) -> None:
    if is_error_page(page):
        where, head = capture.url or capture.key, truncate_words(page.headline, HEAD_WORDS)
        said = f"{where} holds no story, but an error page" + (f": {head}" if head else "")
        raise ErrorPage(said, missing=told_by([page.headline], page.body_text) is Told.MISSING)


def _with_hints(page: Page, capture: Capture) -> Page:
    """The page with what its sitemap says of it where it says nothing itself."""
    if not capture.title and capture.published is None:
        return page
    return replace(
        page, headline=page.headline or capture.title, published=page.published or capture.published
    )


def from_entry(entry: UpstreamEntry, capture: Capture, *, source: Source) -> Candidate:
    """The article of a feed's entry; an archive notice in its body is taken as notice."""
    body, notice = (entry.body_html, entry.notice) if entry.notice else _without_notice(entry.body_html)
    text = text_of(body)
    language = settle(canonical_tag(entry.language) or source.language, f"{entry.title}\n{text}")
    url = entry.url or entry.original_url
    candidate = Candidate(
        kind=ItemKind.ARTICLE,
        keys=keys_of(
            guid_key(entry.guid, source=source.name),
            url_key(url),
            url_key(entry.original_url),
            text_key(text),
        ),
        content=Content(
            headline=entry.title,
            body_text=text,
            body_html=body,
            summary=entry.summary or truncate_words(text, SUMMARY_WORDS),
            authors=entry.authors,
            section=entry.section,
            language=language,
            direction=direction_of(language),
            url=url,
            published=entry.published,
            updated=entry.updated,
            image=entry.image,
        ),
        provenance=Provenance(
            source=source.name,
            original_url=entry.original_url or url,
            captured=capture.captured,
            raw_hash=capture.content_hash,
        ),
        page_notice=notice,
        archived=entry.archived,
        not_after=capture.captured,
    )
    return within_bounds(candidate)


def without_shared_keys(candidates: Sequence[Candidate], claims: Claims) -> list[Candidate]:
    """Drop guids, addresses and short texts that several different stories of one run claim, with a warning.

    Some sites give every page the same canonical link or a paywall's text, and some feeds every entry the
    same guid. `claims` holds what earlier parts of the run claimed, and takes up what these do.
    """
    for candidate in candidates:
        claim = _claim(candidate)
        for key in candidate.keys:
            known = claims.setdefault(key, [])
            if not any(claim.agrees(other, key) for other in known):
                known.append(claim)
    shared = {key for key, found in claims.items() if len(found) > 1}
    return [_without(candidate, shared) for candidate in candidates]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What is kept of a story that claims a key: its `own` key and headline, a hash of its text, some of its
    4-grams, whether the text is long enough to tell, and whether an archive dates it.
    """

    own: str
    headline: str
    text: int
    grams: tuple[int, ...]
    telling: bool
    dated: bool

    def agrees(self, other: "Claim", key: str) -> bool:
        """Whether both may be one story: equal, an edited version, or a later capture under its headline."""
        versions = len(set(self.grams) & set(other.grams)) >= AGREEING
        words = key.startswith("text:") or self.text == other.text or versions
        captures = self.dated and other.dated and self.headline == other.headline
        return captures or (words and self._tells(other))

    def _tells(self, other: "Claim") -> bool:
        """Whether common words mean one story: on one page they do."""
        one_page = bool(self.own) and self.own == other.own
        telling = self.telling and other.telling
        return one_page or telling or headlines_fit(self.headline, other.headline)


def _claim(candidate: Candidate) -> Claim:
    content = candidate.content
    return Claim(
        own=own_key(candidate),
        headline=content.headline,
        text=hash(content.body_text or content.headline),
        grams=sample(content.body_text)[:CLAIMED],
        telling=is_telling(content.body_text),
        dated=candidate.dated_capture,
    )


def _without(candidate: Candidate, shared: set[str]) -> Candidate:
    lost = [key for key in candidate.keys if key in shared]
    if not lost:
        return candidate
    named = next((key.partition(":")[2] for key in lost if not key.startswith("text:")), "")
    said = (
        f"several different stories call themselves {named}; it identifies none of them"
        if named
        else "stories under other headlines have the very same short text; it identifies none of them"
    )
    return without_keys(candidate, lost, said=said)


def _address(page: Page, capture: Capture, source: Source) -> str:
    """Where the page stands: its canonical link where that can be believed, else where we got it, or where an
    archive that replays it did.
    """
    here = _here(capture)
    canonical = page.canonical_url
    if not url_key(canonical):
        return here
    if source.kind is SourceKind.FILES:
        return canonical
    believed = same_host(canonical, here) and bool(urlsplit(canonical).path.strip("/"))
    return canonical if believed else here


def _here(capture: Capture) -> str:
    return original_of(capture.url) or capture.url


def _page_keys(page: Page, capture: Capture, *, url: str, source: Source) -> tuple[str, ...]:
    path = (
        guid_key(capture.key, source=source.name) if source.kind is SourceKind.FILES else url_key(capture.key)
    )
    return keys_of(url_key(url), url_key(capture.url), path, text_key(page.body_text))


def _article(page: Page, url: str, source: Source) -> Content:
    return Content(
        headline=page.headline,
        body_text=page.body_text,
        body_html=page.body_html,
        summary=page.summary or truncate_words(page.body_text, SUMMARY_WORDS),
        authors=tuple(page.authors),
        credit=page.credit,
        section=page.section,
        language=page.language or source.language,
        direction=page.direction or direction_of(page.language or source.language),
        url=url,
        published=page.published,
        updated=page.updated,
        image=page.image,
    )


def _capture_time(page: Page, capture: Capture, source: Source) -> tuple[datetime, bool]:
    """When the bytes were seen, and whether an archive or the saved page itself vouches for that."""
    told = page.not_after.utc if page.not_after is not None and not page.not_after.day_only else None
    if source.kind in ARCHIVES:
        return capture.captured, True
    if source.kind is SourceKind.FILES and told is not None and told <= capture.captured:
        return told, True
    return capture.captured, False


def _not_after(page: Page, capture: Capture, source: Source) -> datetime | None:
    """The earliest time at which the page is known to have been there; a file's time is its last copy's."""
    fetched = None if source.kind is SourceKind.FILES else capture.captured
    told = None
    if page.not_after is not None:
        told = page.not_after.utc + (timedelta(days=1) if page.not_after.day_only else timedelta())
    return min((at for at in (fetched, capture.not_after, told) if at is not None), default=None)


def _brief(brief: Brief, page: Page, *, story: Candidate, source: Source) -> Candidate:
    # A brief has no date of its own, and its page's would be invented for it.
    language = page.language or source.language
    return replace(
        story,
        kind=ItemKind.BRIEF,
        keys=(f"text:{brief.fingerprint}",),
        content=Content(
            body_text=brief.text,
            body_html=f"<p>{escape(brief.text, quote=False)}</p>",
            section=brief.section,
            language=language,
            direction=page.direction or direction_of(language),
            url=brief.url or story.provenance.original_url,
        ),
    )


def _without_notice(html: str) -> tuple[str, Notice | None]:
    """The body without a first or last paragraph that is an archive notice in upstream's own words."""
    paragraphs = list(_PARAGRAPH.finditer(html))
    for match in _ends(paragraphs):
        text = text_of(match[0])
        if is_notice(text):
            link = _LINK.search(match[0])
            rest = (html[: match.start()] + html[match.end() :]).strip()
            return rest, Notice(text=text, successor_url=link[1] if link else "")
    return html, None


def _ends(matches: Sequence[re.Match[str]]) -> Iterable[re.Match[str]]:
    return matches if len(matches) < 2 else (matches[-1], matches[0])
