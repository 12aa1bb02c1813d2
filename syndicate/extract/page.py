"""The door of extraction: bytes of a page in, everything that it says out. No network, no clock."""

import re
from dataclasses import dataclass, replace
from html import escape

from lxml.html import HtmlElement

from syndicate.extract import tree as page_tree
from syndicate.extract.body.blocks import read_blocks
from syndicate.extract.body.stated import stated_body
from syndicate.extract.body.trim import Around
from syndicate.extract.body.vote import extract_body
from syndicate.extract.briefs.take import Brief, take_briefs
from syndicate.extract.charset import decode
from syndicate.extract.chrome import lines_of, without_chrome
from syndicate.extract.error_page import is_error_page
from syndicate.extract.forms.markdown import read_markdown
from syndicate.extract.forms.mhtml import is_mhtml, read_mhtml
from syndicate.extract.forms.plain import read_plain
from syndicate.extract.forms.replay import clean
from syndicate.extract.forms.saved import read_saved, without_inlined
from syndicate.extract.language import settle, settle_direction
from syndicate.extract.metadata.credit import find_credit
from syndicate.extract.metadata.read import Metadata, read_metadata
from syndicate.extract.metadata.summary import summary_of
from syndicate.extract.notice.doubtful import Doubtful, doubtful_notices, doubtful_texts
from syndicate.extract.notice.take import take_notice
from syndicate.extract.prior import NOTHING, Prior
from syndicate.extract.related import Link, take_related
from syndicate.extract.selectors.find import choose
from syndicate.extract.selectors.overrides import Place, read_overrides
from syndicate.formats.html import text_of
from syndicate.model.item import Image, Notice, Timestamp

MARKUP = re.compile(
    r"<(?:!doctype\s+html|html|head|body|title|meta|script|div|p|h[12]|article|section|table|ul|a\s|span|br|img)\b",
    re.IGNORECASE,
)
NO_TEXT = re.compile("[\x00-\x08\x0e-\x1a\x7f\ufffd]")
ERROR = "this reads like an error page"
LOOKED_AT = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a page says. `kind` is `html` or `text`; an empty field was not found.

    `body_text` has one paragraph a line and a blank line between, without headline, credit, notice and
    briefs; `body_html` is the same, sanitised, with absolute URLs. `url` is as given, or where that is
    empty what the page says of itself. `links` are cards of
    other stories, `not_after` is when the page says that it was captured. `lines` are hashes of the page's
    lines, by which pages of one host are compared; `agreement` (0 to 1) is how far those that sought the body
    agree on it; `unmatched` names the operator's selectors that matched nothing.
    `doubtful` are lines, by their hashes, that would be the archive notice if other stories showed them too.
    """

    kind: str
    url: str
    headline: str = ""
    authors: tuple[str, ...] = ()
    credit: str = ""
    published: Timestamp | None = None
    updated: Timestamp | None = None
    language: str = ""
    direction: str = "ltr"
    section: str = ""
    image: Image | None = None
    body_text: str = ""
    body_html: str = ""
    summary: str = ""
    briefs: tuple[Brief, ...] = ()
    notice: Notice | None = None
    canonical_url: str = ""
    warnings: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    not_after: Timestamp | None = None
    lines: tuple[int, ...] = ()
    agreement: float = 1.0
    unmatched: tuple[str, ...] = ()
    doubtful: Doubtful = ()


def extract(
    data: bytes, *, url: str, content_type: str = "", prior: Prior = NOTHING, fast: bool = False
) -> Page:
    """Read a page: HTML, plain text, MHTML, or Markdown where `content_type` says so.

    `content_type` is the HTTP header, `prior` what is known before; `fast` forgoes second opinions on the
    body. Never raises, whatever the bytes: `warnings` tell what was wrong.
    """
    message = read_mhtml(data) if is_mhtml(data) else None
    if message is None:
        return _warned(_extract(data, url=url, content_type=content_type, prior=prior, fast=fast))
    here = url or message.url
    page = _extract(message.data, url=here, content_type=message.content_type, prior=prior, fast=fast)
    return _warned(replace(page, not_after=_earlier(page.not_after, message.captured)))


def _warned(page: Page) -> Page:
    return replace(page, warnings=(*page.warnings, ERROR)) if is_error_page(page) else page


def _extract(data: bytes, *, url: str, content_type: str, prior: Prior, fast: bool) -> Page:
    text, warnings = decode(data, content_type)
    text = without_inlined(text)
    if is_binary(text):
        return Page(kind="text", url=url, canonical_url=url, warnings=(*warnings, "these bytes are not text"))
    if len(text) > page_tree.MAX_CHARACTERS:
        warnings = (*warnings, f"only the first {page_tree.MAX_CHARACTERS} characters were read")
        text = text[: page_tree.MAX_CHARACTERS]
    if content_type.lower().startswith("text/markdown"):
        return _from_markdown(text, url=url, prior=prior, warnings=warnings)
    if is_plain(text, url=url, content_type=content_type):
        return _from_text(text, url=url, prior=prior, warnings=warnings)
    parsed = page_tree.parse(text)
    if parsed is None:
        return _from_text(text_of(text), url=url, prior=prior, warnings=(*warnings, "the page is empty"))
    warnings = (*warnings, *page_tree.warnings_of(parsed))
    saved = read_saved(text)
    here = url or saved.url
    replayed = clean(parsed, text=text, url=here)
    page = _from_tree(parsed, url=replayed.original_url or here, prior=prior, warnings=warnings, fast=fast)
    return replace(page, url=url or page.url, not_after=_earlier(replayed.captured, saved.captured))


def _earlier(*told: Timestamp | None) -> Timestamp | None:
    return min(filter(None, told), key=lambda when: when.utc, default=None)


def is_binary(text: str) -> bool:
    """Whether what was decoded is no text: a picture, a PDF, a compressed file."""
    beginning = text[:LOOKED_AT]
    return beginning.startswith("%PDF-") or len(NO_TEXT.findall(beginning)) * 20 > len(beginning)


def is_plain(text: str, *, url: str = "", content_type: str = "") -> bool:
    """Whether a page is plain text: declared so, named so, or without any markup."""
    if "html" in content_type.lower():
        return False
    if MARKUP.search(text[:LOOKED_AT]):
        return content_type.lower().startswith("text/plain")
    return True


def _from_text(text: str, *, url: str, prior: Prior, warnings: tuple[str, ...]) -> Page:
    found = read_plain(text, zone=prior.zone, language=prior.language)
    body = "\n\n".join(found.paragraphs)
    settled = settle(prior.language, f"{found.headline}\n{body}")
    page = Page(
        kind="text",
        url=url,
        headline=found.headline,
        authors=found.authors,
        credit=found.credit,
        published=found.published,
        language=settled,
        direction=settle_direction("", settled),
        body_text=body,
        body_html="\n".join(f"<p>{escape(paragraph, quote=False)}</p>" for paragraph in found.paragraphs),
        summary=summary_of(body),
        briefs=found.briefs,
        notice=found.notice,
        canonical_url=url,
        warnings=(
            *warnings,
            *found.warnings,
            *_missing(found.headline, body),
            *_unread(found.ambiguous),
        ),
        lines=lines_of(found.paragraphs, body_text=body),
        doubtful=() if found.notice else doubtful_texts([*found.paragraphs[:3], *found.paragraphs[-3:]]),
    )
    return without_chrome(page, prior.chrome)


def _from_markdown(text: str, *, url: str, prior: Prior, warnings: tuple[str, ...]) -> Page:
    found = read_markdown(text, url=url, zone=prior.zone, language=prior.language)
    settled = settle(found.language, f"{found.headline}\n{found.body_text}")
    return Page(
        kind="text",
        url=url or found.url,
        headline=found.headline,
        authors=found.authors,
        credit=found.credit,
        published=found.published,
        updated=found.updated,
        language=settled,
        direction=settle_direction("", settled),
        section=found.section,
        image=found.image,
        body_text=found.body_text,
        body_html=found.body_html,
        summary=found.summary or summary_of(found.body_text),
        briefs=found.briefs,
        notice=found.notice,
        canonical_url=found.url,
        warnings=(*warnings, *found.warnings, *_missing(found.headline, found.body_text)),
    )


def _from_tree(parsed: HtmlElement, *, url: str, prior: Prior, warnings: tuple[str, ...], fast: bool) -> Page:
    # As long as all are held, none of their proxies is made again: a twentieth of the time.
    elements = list(parsed.iter())
    fast = fast or len(elements) > page_tree.MAX_ELEMENTS
    base = page_tree.base_of(parsed, url)
    # What the operator has taken out misleads metadata too, and what he names may be unseen.
    chosen = choose(parsed, prior.selectors)
    stated = read_metadata(parsed, url=url, base=base, zone=prior.zone)
    stated_text = stated_body(parsed)
    shown = page_tree.visible(parsed)
    place = Place(base=base, zone=prior.zone, language=stated.language or prior.language)
    told = read_overrides(chosen, place)
    stated = told.over(stated)
    # Left in, notice and briefs leak into the body or pull it apart: they go before it is sought.
    notice = told.notice or take_notice(shown, base=base, chrome=prior.chrome)
    briefs = told.briefs or take_briefs(shown, base=base)
    links = () if fast else take_related(shown, base=base)
    credit = None if told.credit else find_credit(shown)
    if credit is not None:
        page_tree.remove_with_shell(credit[1])
    blocks = read_blocks(shown)
    around = _around(stated, stated_text)
    doubtful = doubtful_notices(blocks, base=base) if notice is None else ()
    own = told.read_body(base=base, around=around)
    found = own if own.text else extract_body(shown, blocks, base=base, around=around, fast=fast)
    # In the fast mode what a host shares is told from its pages' bodies alone.
    lines = [] if fast else [*(block.text for block in blocks), notice.text if notice else ""]
    page = replace(
        _headed(
            stated, url=url, language=settle(stated.language or prior.language, found.text or stated.headline)
        ),
        credit=credit[0] if credit else told.credit,
        body_text=found.text,
        body_html=found.html,
        summary=stated.summary or summary_of(found.text),
        briefs=briefs,
        notice=notice,
        warnings=(
            *warnings,
            *_missing(stated.headline, found.text),
            *_unread(stated.ambiguous),
            *told.warnings_beside(found),
        ),
        links=links,
        lines=lines_of(lines, body_text=found.text),
        agreement=found.agreement,
        unmatched=told.unmatched_beside(own),
        doubtful=doubtful,
    )
    return without_chrome(page, prior.chrome)


def _headed(stated: Metadata, *, url: str, language: str) -> Page:
    """The page with what its metadata say, and no body yet."""
    return Page(
        kind="html",
        url=url,
        headline=stated.headline,
        authors=stated.authors,
        published=stated.published,
        updated=stated.updated,
        language=language,
        direction=settle_direction(stated.direction, language),
        section=stated.section,
        image=stated.image,
        canonical_url=stated.canonical_url,
    )


def _around(stated: Metadata, body: str) -> Around:
    return Around(
        headline=stated.headline,
        section=stated.section,
        authors=stated.authors,
        image_url=stated.image.url if stated.image else "",
        stated=body,
    )


def _missing(headline: str, body: str) -> tuple[str, ...]:
    told = (("no headline was found", headline), ("no article was found", body))
    return tuple(warning for warning, found in told if not found)


def _unread(date: str) -> tuple[str, ...]:
    told = f'date "{date}" is ambiguous: nothing says which is the day and which the month; left out'
    return (told,) if date else ()
