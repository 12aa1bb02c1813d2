"""What an issue says of items that earlier ones carried: corrected since, or withdrawn."""

from collections.abc import Iterable

from syndicate.formats.dates import for_people
from syndicate.model import links
from syndicate.model.catalogue import Catalogue
from syndicate.model.item import NoteKind, Timestamp
from syndicate.model.newsletter import Newsletter
from syndicate.publish.digest_view import HEADLINE_LETTERS, Correction, fill, numeral
from syndicate.publish.views import entry_view
from syndicate.store.issue_notes import Told


def corrections_of(
    told: Iterable[Told], newsletter: Newsletter, *, catalogue: Catalogue
) -> tuple[Correction, ...]:
    """The notes as an issue tells them, in the items' own languages, which are the notes' too."""
    return tuple(_correction(one, newsletter, catalogue) for one in told)


def _correction(told: Told, newsletter: Newsletter, catalogue: Catalogue) -> Correction:
    entry = entry_view(told.item, catalogue)
    headline = entry.title[:HEADLINE_LETTERS]
    if told.note.kind is NoteKind.WITHDRAWN:
        moment, zone = Timestamp(instant=told.compiled), newsletter.cadence.zone
        date = for_people(moment, entry.language, zone=zone, with_time=False)
        number = numeral(told.number, entry.language)
        headline = fill("withdrawn_since", entry.language, number=number, date=date)
    return Correction(
        headline=headline,
        text=" ".join(told.note.note.split()),
        url=links.absolute(catalogue.site.base_url, links.item_path(told.item.id)),
        language=entry.language,
        direction=entry.direction,
        item_id=told.item.id,
    )
