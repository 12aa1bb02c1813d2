"""An issue as its templates get it: every word, date and order decided."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from syndicate.formats.dates import for_people
from syndicate.formats.html import truncate_words
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import EntryView, NoticeView
from syndicate.model.item import Item, ItemKind, Timestamp
from syndicate.model.language import direction_of, enumerated
from syndicate.model.links import absolute, issue_path, newsletter_path
from syndicate.model.newsletter import Newsletter
from syndicate.publish.colours import DARK_PAPER, LIGHT_PAPER, readable
from syndicate.publish.notice import notice_html, notice_text
from syndicate.publish.subjects import Parts, led, preheader_parts, subject_parts
from syndicate.publish.views import entry_view
from syndicate.templating import words

IMAGE_WIDTH = 552
HEADLINE_LETTERS = 300
BRIEF_LETTERS = 1500
CLAUSE = re.compile(r"(?:[^\s]+\s+){1,7}?[^\s]*[,;:،؛.](?=\s)")
OPENING_WORDS = 4
STRONGLY_LEFT = re.compile("[A-Za-z]")
STRONGLY_RIGHT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """An item chosen for a section of an issue."""

    item: Item
    section: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A lead image from our own media store, at the size that it is shown in."""

    url: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """An article in a digest. `date` is never empty; `archive` names the old site, empty for live items."""

    url: str
    headline: str
    teaser: str
    label: str
    byline: str
    date: str
    language: str
    direction: str
    archive: str = ""
    picture: Picture | None = None
    item_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """A brief in a digest: its first clause, the rest, and for archived ones the original date."""

    url: str
    opening: str
    rest: str
    date: str
    language: str
    direction: str
    item_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefBlock:
    """The briefs of one section; `archive` holds the lines that name their old sites.

    `date` is what all its briefs would say, told once above them; else each archived one has its own.
    """

    title: str
    briefs: tuple[Brief, ...]
    date: str = ""
    archive: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What was wrong and what is right, about an item that an earlier issue carried.

    Of a withdrawn item `headline` says which issue carried it, and not what it was called.
    """

    headline: str
    text: str
    url: str
    language: str
    direction: str
    item_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FooterNotice:
    """An archive notice in full, for both parts; `about` says whose stories it means."""

    about: str
    html: str
    text: str
    language: str
    direction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestView:
    """One issue, finished. Colours are `#rrggbb`, legible on the paper that they stand on.

    `subject_parts` and `preheader_parts` are what letters say there, round the reader's name.
    """

    title: str
    site: str
    subject: str
    preheader: str
    number: str
    date: str
    language: str
    direction: str
    accent: str
    accent_dark: str
    web_url: str
    newsletter_url: str
    sender: str
    postal_address: str
    all_archived: bool
    lead: Story | None
    stories: tuple[Story, ...]
    blocks: tuple[BriefBlock, ...]
    corrections: tuple[Correction, ...] = ()
    notices: tuple[FooterNotice, ...] = ()
    shortened: bool = False
    cut: str = ""
    subject_parts: Parts = ()
    preheader_parts: Parts = ()

    @property
    def count(self) -> int:
        """How many items it holds."""
        return (self.lead is not None) + len(self.stories) + sum(len(block.briefs) for block in self.blocks)


def digest_view(
    picks: Sequence[Pick], newsletter: Newsletter, *, catalogue: Catalogue, number: int, at: datetime
) -> DigestView:
    """The view of an issue; articles keep their order, the first of them leads.

    Without items, it is for those who are only told of corrections.
    """
    # Who never read what was wrong is not told that it was.
    entries = [entry_view(replace(pick.item, correction=None), catalogue) for pick in picks]
    stories = [
        _story(entry, pick, newsletter)
        for entry, pick in zip(entries, picks, strict=True)
        if entry.kind is ItemKind.ARTICLE
    ]
    language, site = newsletter.language, catalogue.site
    all_archived = bool(entries) and all(entry.notice is not None for entry in entries)
    subject = subject_parts(entries, newsletter, all_archived=all_archived)
    preheader = preheader_parts(entries, newsletter)
    reader = words(language)["reader"]
    date = for_people(Timestamp(instant=at), language, zone=newsletter.cadence.zone, with_time=False)
    return DigestView(
        title=newsletter.title,
        site=site.name,
        subject=reader.join(subject),
        preheader=reader.join(preheader),
        number=fill("issue_number", language, number=numeral(number, language)),
        date=date,
        language=language,
        direction=direction_of(language),
        accent=readable(newsletter.accent, on=LIGHT_PAPER),
        accent_dark=readable(newsletter.accent, on=DARK_PAPER),
        web_url=absolute(site.base_url, issue_path(newsletter.name, number)),
        newsletter_url=absolute(site.base_url, newsletter_path(newsletter.name)),
        sender=newsletter.sender.name or site.name,
        postal_address=newsletter.postal_address or site.postal_address,
        all_archived=all_archived,
        lead=_pictured(stories[0], entries) if stories else None,
        stories=tuple(stories[1:]),
        blocks=_blocks(entries, picks, newsletter),
        notices=_notices(entries, newsletter.language),
        subject_parts=subject,
        preheader_parts=preheader,
    )


def with_teasers(view: DigestView, limit: int) -> DigestView:
    """The view with teasers of at most so many words, saying that they were shortened."""
    return replace(
        view,
        lead=view.lead and _shorter(view.lead, limit),
        stories=tuple(_shorter(story, limit) for story in view.stories),
        shortened=True,
    )


def cut_to(view: DigestView, count: int) -> DigestView:
    """The view's first items, saying how many more the web version has."""
    left = count - (view.lead is not None)
    stories = view.stories[: max(0, left)]
    left -= len(stories)
    blocks = []
    for block in view.blocks:
        briefs = block.briefs[: max(0, left)]
        left -= len(briefs)
        blocks += [replace(block, briefs=briefs)] if briefs else []
    shown, total = numeral(count, view.language), numeral(view.count, view.language)
    note = fill("mail_cut", view.language, shown=shown, total=total)
    return replace(view, stories=stories, blocks=tuple(blocks), cut=note)


def fill(word: str, language: str, **values: str) -> str:
    """A word of the catalogue with its blanks filled; a value of the other direction is isolated."""
    direction = direction_of(language)
    blanks = {name: isolated(text, direction) for name, text in values.items()}
    return words(language)[word].format_map(blanks)


def isolated(text: str, direction: str) -> str:
    """The text between FSI and PDI (Unicode UAX #9) where its letters run against the line."""
    against = STRONGLY_LEFT if direction == "rtl" else STRONGLY_RIGHT
    return f"\u2068{text}\u2069" if against.search(text) else text


def numeral(number: int, language: str) -> str:
    """A whole number in the language's digits."""
    return str(number).translate(DIGITS) if language.startswith("fa") else str(number)


def _story(entry: EntryView, pick: Pick, newsletter: Newsletter) -> Story:
    language = newsletter.language
    authors = enumerated(entry.authors, language)
    byline = fill("by_authors", language, authors=authors) if authors else ""
    return Story(
        url=entry.url,
        headline=_clipped(entry.title, HEADLINE_LETTERS),
        teaser=entry.summary,
        label=entry.section or pick.section,
        byline=" · ".join(part for part in (byline, isolated(entry.credit, direction_of(language))) if part),
        date=_date(entry, language),
        language=entry.language,
        direction=entry.direction,
        archive=_archive_line("archived_item", entry.notice, language),
        item_id=entry.item_id,
    )


def _brief(entry: EntryView, language: str) -> Brief:
    opening, rest = _opening(_clipped(entry.summary or entry.title, BRIEF_LETTERS))
    return Brief(
        url=entry.url,
        opening=opening,
        rest=rest,
        date=_date(entry, language) if entry.notice else "",
        language=entry.language,
        direction=entry.direction,
        item_id=entry.item_id,
    )


def _opening(text: str) -> tuple[str, str]:
    """A brief's first clause, or its first words where the clause is long, and the rest."""
    line = " ".join(text.split())
    clause = CLAUSE.match(line)
    end = clause.end() if clause else len(" ".join(line.split(" ")[:OPENING_WORDS]))
    return line[:end], line[end:].strip()


def _date(entry: EntryView, language: str) -> str:
    if entry.published:
        return for_people(entry.published, language, with_time=False)
    if entry.captured is None:
        return words(language)["undated"]
    captured = for_people(Timestamp(instant=entry.captured), language, with_time=False)
    return fill("undated_captured", language, date=captured)


def _archive_line(word: str, notice: NoticeView | None, language: str) -> str:
    if notice is None:
        return ""
    return fill(word, language, site=notice.site or words(language)["archived_site_unnamed"])


def _blocks(
    entries: Sequence[EntryView], picks: Sequence[Pick], newsletter: Newsletter
) -> tuple[BriefBlock, ...]:
    blocks = []
    mixed = {pick.section for pick in picks if pick.item.kind is ItemKind.ARTICLE}
    for section in dict.fromkeys(pick.section for pick in picks):
        inside = [
            entry
            for entry, pick in zip(entries, picks, strict=True)
            if pick.section == section and entry.kind is ItemKind.BRIEF
        ]
        if inside:
            blocks.append(_block(inside, section, newsletter.language, mixed=section in mixed))
    return tuple(blocks)


def _block(entries: Sequence[EntryView], section: str, language: str, *, mixed: bool) -> BriefBlock:
    lines = [_archive_line("archived_briefs", entry.notice, language) for entry in entries]
    briefs = [_brief(entry, language) for entry in entries]
    own = isolated(section, direction_of(language))
    date = briefs[0].date if len(briefs) > 1 and len({brief.date for brief in briefs}) == 1 else ""
    return BriefBlock(
        title=fill("section_in_brief", language, section=section) if mixed else own,
        briefs=tuple(replace(brief, date="") if date else brief for brief in briefs),
        date=date,
        archive=tuple(dict.fromkeys(line for line in lines if line)),
    )


def _notices(entries: Sequence[EntryView], language: str) -> tuple[FooterNotice, ...]:
    """Each notice in full, once per old site and language (requirement N7)."""
    found: dict[tuple[str, str], NoticeView] = {}
    for entry in entries:
        if entry.notice:
            found.setdefault((entry.notice.site, entry.notice.language), entry.notice)
    return tuple(
        FooterNotice(
            about=_archive_line("about_archived", notice, language),
            html=notice_html(notice),
            text=notice_text(notice),
            language=notice.language,
            direction=notice.direction,
        )
        for notice in found.values()
    )


def _pictured(lead: Story, entries: Sequence[EntryView]) -> Story:
    entry = led(entries)[0]
    image = entry.image
    if image is None or not entry.image_url or not image.width or not image.height:
        return lead
    width = min(IMAGE_WIDTH, image.width)
    height = round(image.height * width / image.width)
    return replace(lead, picture=Picture(url=entry.image_url, alt=image.alt, width=width, height=height))


def _shorter(story: Story, limit: int) -> Story:
    return replace(story, teaser=truncate_words(story.teaser, limit) if limit else "")


def _clipped(text: str, letters: int) -> str:
    # One absurd item may not push the others out of the mail.
    return text if len(text) <= letters else text[:letters].rstrip() + "…"
