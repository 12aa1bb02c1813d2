"""What a correction makes of an item's words. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from html import escape

from syndicate.errors import OwnFault
from syndicate.formats.html import plain, sanitize, text_of
from syndicate.model.item import Content, Correction, Item, ItemKind, PageWords

LONGEST_NOTE = 1000
LONGEST_HEADLINE = 500
LONGEST_SUMMARY = 5_000
LONGEST_BODY = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What a correction puts in the place of what stands there; None leaves a field as it is.

    A `body` that begins with `<` is HTML, any other is plain text with blank lines between its paragraphs.
    `silent` corrections move `updated`, and no reader is shown their note.
    """

    headline: str | None = None
    summary: str | None = None
    body: str | None = None
    silent: bool = False


def checked_note(note: str) -> str:
    """The note as it is kept. Raises OwnFault where it is empty, too long, or holds control characters."""
    return _checked(note, "the note", LONGEST_NOTE, empty="say what happened, for readers")


def corrected(item: Item, change: Wording, *, note: str, now: datetime) -> Item:
    """The item with that wording, its note and what the page says instead; as it was where nothing differs.

    Raises OwnFault for a wording that no output could show.
    """
    content = _content(item, change)
    correction = item.correction if change.silent else Correction(note=note, at=now)
    told_already = change.silent or (item.correction is not None and item.correction.note == note)
    if content == item.content and told_already:
        return item
    return replace(
        item,
        content=content,
        correction=correction,
        page_words=_page_words(item, content),
        revision=item.revision + 1,
        changed=now,
    )


def _content(item: Item, change: Wording) -> Content:
    content = item.content
    if change.headline is not None:
        if item.kind is ItemKind.BRIEF:
            raise OwnFault("a brief has no headline; --body FILE corrects its words")
        said = _checked(change.headline, "the headline", LONGEST_HEADLINE, empty="a story needs one")
        content = replace(content, headline=" ".join(said.split()))
    if change.summary is not None:
        if item.kind is ItemKind.BRIEF:
            raise OwnFault("a brief has no summary; --body FILE corrects its words")
        said = _checked(change.summary, "the summary", LONGEST_SUMMARY)
        content = replace(content, summary=" ".join(said.split()))
    return content if change.body is None else _with_body(content, change.body, item)


def _with_body(content: Content, body: str, item: Item) -> Content:
    said = _checked(body, "the body", LONGEST_BODY, empty="to take a story back, withdraw it")
    if said.startswith("<"):
        html = sanitize(said, base_url=content.url or item.provenance.original_url)
        text = text_of(html, sanitized=True)
    else:
        parts = [" ".join(part.split()) for part in said.split("\n\n")]
        text = "\n\n".join(part for part in parts if part)
        html = "".join(f"<p>{escape(part, quote=False)}</p>" for part in parts if part)
    if not text:
        raise OwnFault("the body holds no words; to take a story back, withdraw it")
    if item.kind is ItemKind.BRIEF:
        text = " ".join(text.split())
        html = f"<p>{escape(text, quote=False)}</p>"
    return replace(content, body_text=text, body_html=html)


def _page_words(item: Item, content: Content) -> PageWords | None:
    """What the page says where the content now says otherwise."""
    known = item.page_words or PageWords()
    page = {
        name: getattr(item.content, name) if getattr(known, name) is None else getattr(known, name)
        for name in PageWords.__dataclass_fields__
    }
    overridden = {name for name, said in page.items() if getattr(content, name) != said}
    if overridden & {"body_text", "body_html"}:
        overridden |= {"body_text", "body_html"}
    kept = {name: said for name, said in page.items() if name in overridden}
    return PageWords(**kept) if kept else None


def _checked(text: str, what: str, longest: int, *, empty: str = "") -> str:
    said = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if empty and not said:
        raise OwnFault(f"{what} is empty: {empty}")
    if len(said) > longest:
        raise OwnFault(f"{what} has {len(said):,} characters; at most {longest:,} will do")
    if plain(said) != said:
        raise OwnFault(f"{what} holds control characters or broken Unicode; write it as plain text, in UTF-8")
    return said
