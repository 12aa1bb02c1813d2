"""What a list of mails shows of an issue, subject and preheader: texts with gaps for the reader's name."""

from collections.abc import Sequence

from syndicate.formats.html import truncate_words
from syndicate.model.feed import EntryView
from syndicate.model.item import ItemKind
from syndicate.model.newsletter import Newsletter
from syndicate.templating import words

SUBJECT_WORDS = 14
PREHEADER_HEADLINES = 3
NAME = "{name}"

# The texts between the places where the name goes: one alone where it is not said.
Parts = tuple[str, ...]


def subject_parts(entries: Sequence[EntryView], newsletter: Newsletter, *, all_archived: bool) -> Parts:
    """The newsletter's own subject, or the usual one; an issue from an archive says so in any case.

    Without entries it only corrects something, and says that.
    """
    said = words(newsletter.language)
    lead = truncate_words(led(entries)[0].title, SUBJECT_WORDS) if entries else said["corrections"]
    # No isolates here: mail lists show a subject alone, and some show the marks as boxes.
    if all_archived or not newsletter.subject:
        word = said["subject_archived" if all_archived else "subject"]
        return (word.format(title=newsletter.title, lead=lead),)
    return _parts(newsletter.subject, title=newsletter.title, lead=lead)


def preheader_parts(entries: Sequence[EntryView], newsletter: Newsletter) -> Parts:
    """The newsletter's own preheader, or the headlines that the subject does not have."""
    others = led(entries)[1 : 1 + PREHEADER_HEADLINES]
    headlines = " · ".join(entry.title for entry in others)
    if not headlines and entries:
        headlines = truncate_words(entries[0].summary, SUBJECT_WORDS)
    if not newsletter.preheader:
        return (headlines,)
    return _parts(newsletter.preheader, title=newsletter.title, headlines=headlines)


def led(entries: Sequence[EntryView]) -> list[EntryView]:
    """The entries, articles first: the first of them leads."""
    return sorted(entries, key=lambda entry: entry.kind is not ItemKind.ARTICLE)


def _parts(text: str, **values: str) -> Parts:
    return tuple(part.format_map(values) for part in text.split(NAME))
