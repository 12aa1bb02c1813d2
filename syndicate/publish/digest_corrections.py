"""What an issue says of items that were corrected or withdrawn, above all of what earlier issues carried."""

from collections.abc import Iterable
from dataclasses import replace

from syndicate.formats.dates import for_people
from syndicate.model import links
from syndicate.model.catalogue import Catalogue
from syndicate.model.item import Item, NoteKind, Timestamp
from syndicate.model.newsletter import Newsletter
from syndicate.publish.digest_view import HEADLINE_LETTERS, Correction, Pick, fill, numeral
from syndicate.publish.views import entry_view
from syndicate.store.issue_notes import Told


def corrections_of(
    told: Iterable[Told], newsletter: Newsletter, *, catalogue: Catalogue
) -> tuple[Correction, ...]:
    """The notes as an issue tells them, in the items' own languages, which are the notes' too."""
    return tuple(_told(one, newsletter, catalogue) for one in told)


def corrections_within(picks: Iterable[Pick], *, catalogue: Catalogue) -> tuple[Correction, ...]:
    """The notes on what the issue itself carries, where the note alone corrects: the words are the page's."""
    return tuple(
        _correction(pick.item, pick.item.correction.note, catalogue)
        for pick in picks
        if pick.item.correction is not None and pick.item.page_words is None
    )


def _told(told: Told, newsletter: Newsletter, catalogue: Catalogue) -> Correction:
    found = _correction(told.item, told.note.note, catalogue)
    if told.note.kind is not NoteKind.WITHDRAWN:
        return found
    moment, zone = Timestamp(instant=told.compiled), newsletter.cadence.zone
    date = for_people(moment, found.language, zone=zone, with_time=False)
    number = numeral(told.number, found.language)
    return replace(found, headline=fill("withdrawn_since", found.language, number=number, date=date))


def _correction(item: Item, note: str, catalogue: Catalogue) -> Correction:
    entry = entry_view(item, catalogue)
    return Correction(
        headline=entry.title[:HEADLINE_LETTERS],
        text=" ".join(note.split()),
        url=links.absolute(catalogue.site.base_url, links.item_path(item.id)),
        language=entry.language,
        direction=entry.direction,
        item_id=item.id,
    )
