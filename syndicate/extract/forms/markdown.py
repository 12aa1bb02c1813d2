"""Markdown pages: what their front matter says, and their text as it was written."""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml.html import HtmlElement

from syndicate.extract import tree as page_tree
from syndicate.extract.body.paragraphs import paragraphs, serialise, tidy
from syndicate.extract.briefs.take import Brief, take_briefs
from syndicate.extract.language import canonical_tag
from syndicate.extract.metadata.credit import find_credit
from syndicate.extract.notice.take import take_notice
from syndicate.formats.dates import read_date
from syndicate.formats.front_matter import FrontMatter, FrontMatterFault, split_front_matter
from syndicate.formats.html import absolute, plain, sanitize, text_of
from syndicate.formats.markdown import MAX_CHARACTERS, render_markdown
from syndicate.model.item import Image, Notice, Timestamp

PUBLISHED = ("date", "published_at", "pubdate", "published")
UPDATED = ("lastmod", "updated", "modified", "last_modified_at")
# `published` says in some generators whether, in others when.
NO_DATE = frozenset({"true", "false", "yes", "no"})


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkdownPage:
    """What a Markdown page holds; an empty field is not in it. `url` is the address that it states, or the
    given one.
    """

    url: str = ""
    headline: str = ""
    authors: tuple[str, ...] = ()
    credit: str = ""
    published: Timestamp | None = None
    updated: Timestamp | None = None
    section: str = ""
    summary: str = ""
    language: str = ""
    image: Image | None = None
    body_html: str = ""
    body_text: str = ""
    briefs: tuple[Brief, ...] = ()
    notice: Notice | None = None
    warnings: tuple[str, ...] = ()


def read_markdown(text: str, *, url: str, zone: str = "", language: str = "") -> MarkdownPage:
    """Read a page and its front matter. Never raises; front matter with a fault is a warning."""
    warnings: tuple[str, ...] = ()
    try:
        front = split_front_matter(text)
    except FrontMatterFault as fault:
        front, warnings = FrontMatter(text=text), (f"line {fault.line}: {fault}",)
    warnings += tuple(_unread_dates(front, zone))
    if len(front.text) > MAX_CHARACTERS:
        warnings += (f"only the first {MAX_CHARACTERS:,} characters were read",)
    here = _address(front, url)
    language = canonical_tag(front.first("lang", "language", "locale").replace("_", "-")) or language
    html = render_markdown(front.text, base_url=here)
    return _with_text(front, html, here=here, zone=zone, language=language, warnings=warnings)


def _unread_dates(front: FrontMatter, zone: str) -> Iterator[str]:
    for names in (PUBLISHED, UPDATED):
        name = next((one for one in names if front.texts(one)), "")
        text = front.first(name)
        if text and text.lower() not in NO_DATE and read_date(text, zone=zone) is None:
            line = f"line {front.lines[name]}: " if name in front.lines else ""
            yield f'{line}{name} "{text[:60]}" is no date that exists or can be read; it is left out'


def _with_text(
    front: FrontMatter, html: str, *, here: str, zone: str, language: str, warnings: tuple[str, ...]
) -> MarkdownPage:
    tree = page_tree.parse(f"<html><body>{html}</body></html>")
    if tree is None:
        return MarkdownPage(url=here, headline=_line(front.first("title")), warnings=warnings)
    headline = _headline(front, tree)
    notice = take_notice(tree, base=here)
    briefs = take_briefs(tree, base=here)
    credit = find_credit(tree)
    if credit is not None:
        page_tree.remove_with_shell(credit[1])
    body = sanitize(_inside(tree), base_url=here)
    return MarkdownPage(
        url=here,
        headline=headline,
        authors=tuple(dict.fromkeys(_line(name) for name in front.texts("authors", "author", "byline"))),
        credit=_line(front.first("credit")) or (credit[0] if credit else ""),
        published=read_date(front.first(*PUBLISHED), zone=zone),
        updated=read_date(front.first(*UPDATED), zone=zone),
        section=_line(front.first("section", "categories", "category", "tags")),
        summary=_line(front.first("description", "summary", "excerpt")),
        language=language,
        image=_image(front, tree, here),
        body_html=body,
        body_text=text_of(body),
        briefs=briefs,
        notice=notice,
        warnings=warnings,
    )


def _address(front: FrontMatter, url: str) -> str:
    """The address that the page states, below the one at which it would stand."""
    stated = front.first("permalink", "url", "canonical_url", "canonical")
    # A pattern such as /:year/:title/ is the generator's, and says nothing here.
    if stated and "/:" not in stated:
        return absolute(stated, base_url=url)
    return absolute(front.first("slug"), base_url=url) or url


def _headline(front: FrontMatter, tree: HtmlElement) -> str:
    """The title; a first heading that says it, or says it instead, is no part of the text."""
    title = _line(front.first("title", "headline"))
    first = next(iter(page_tree.blocks(tree)), None)
    if first is not None and first.tag == "h1":
        said = page_tree.text_of(first)
        if not title or said == title:
            page_tree.remove(first)
            return said
    return title


def _image(front: FrontMatter, tree: HtmlElement, here: str) -> Image | None:
    stated = front.first("image", "images", "featured_image", "cover", "thumbnail")
    if found := absolute(stated, base_url=here):
        return Image(url=found)
    shown = next((one for one in tree.iter("img") if one.get("src")), None)
    return None if shown is None else Image(url=shown.get("src"), alt=shown.get("alt") or "")


def _inside(tree: HtmlElement) -> str:
    body = tree.find("body")
    blocks = [] if body is None else paragraphs(body)
    for block in blocks:
        tidy(block)
    return "\n".join(map(serialise, blocks))


def _line(text: str) -> str:
    return " ".join(plain(text).split())
