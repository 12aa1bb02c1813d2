"""Rules for the entries of a document together: ids that occur twice, and dates that cannot all be true."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from syndicate.formats.lint import specs
from syndicate.formats.lint.finding import ERROR, HINT, WARNING, Broken, rule
from syndicate.formats.lint.moments import rfc_822, rfc_3339, w3c
from syndicate.formats.lint.parts import ATOM, DC, RDF, Around, Kind, Part, text_of

FEW = 3


def id_of(entry: Any) -> str:
    """What an entry calls itself, for ever."""
    if isinstance(entry, Part):
        return entry.text("guid") or entry.text(f"{ATOM}id") or entry.element.get(f"{RDF}about", "")
    value = entry.get("id", entry.get("uri", ""))
    return value if isinstance(value, str) else ""


def moments_of(entry: Any) -> Iterator[datetime]:
    """When it was published and changed, as far as that can be read."""
    if isinstance(entry, Part):
        found = [rfc_822(text_of(each)).when for each in entry.all("pubDate")]
        found += [rfc_3339(text_of(each)).when for each in entry.all(f"{ATOM}updated", f"{ATOM}published")]
        found += [w3c(text_of(each)).when for each in entry.all(f"{DC}date")]
    else:
        names = ("date_published", "date_modified", "versionCreated")
        found = [rfc_3339(str(entry.get(name, ""))).when for name in names]
    return (when for when in found if when)


def _twice(around: Around) -> Broken:
    told: Counter[str] = Counter()
    for at, entry in enumerate(around.entries):
        name = id_of(entry)
        told[name] += 1
        if name and told[name] == 2:
            place = (at,) if around.kind is Kind.NINJS else ("items", at)
            yield entry.element if isinstance(entry, Part) else place, name


@rule(
    "id-twice",
    ERROR,
    f"{specs.PROFILE}element-channel-item-guid",
    demands="No two entries of a feed have one id.",
    mend="Give each its own; an update keeps the id and takes the place of the older one.",
)
def twice(part: Any, around: Around) -> Broken:
    """Readers show one of them, or the same story again and again."""
    if around.kind is not Kind.ATOM or around.ours:
        for where, name in _twice(around):
            yield where, f"the id {name[:200]!r} occurs more than once"
    told = Counter(around.ids)
    told.update(id_of(entry) for entry in around.entries if around.ids)
    for name, count in told.items():
        if name and count > 1:
            yield None, f"the id {name[:200]!r} occurs more than once"


@rule(
    "atom-id-twice",
    WARNING,
    f"{specs.ATOM}4.1.1",
    demands="No two entries of an Atom feed have one id, unless they are versions of one story.",
    mend="Give each its own; an update takes the place of the older one.",
)
def atom_twice(part: Any, around: Around) -> Broken:
    """Readers show one of them."""
    if around.kind is Kind.ATOM and not around.ours:
        for where, name in _twice(around):
            yield where, f"the id {name[:200]!r} occurs more than once"


@rule(
    "dates-equal",
    HINT,
    "https://validator.w3.org/feed/docs/warning/DuplicateUpdated.html",
    demands="Entries have dates of their own.",
    mend="Write when each was published, not when the feed was made.",
)
def dates_equal(part: Any, around: Around) -> Broken:
    """Readers cannot tell what is new."""
    moments = {when for entry in around.entries for when in moments_of(entry)}
    if len(around.entries) >= FEW and len(moments) == 1:
        yield None, f"all {len(around.entries)} entries have the date {min(moments).isoformat()}"


@rule(
    "dates-none",
    HINT,
    f"{specs.PROFILE}element-channel-item-pubdate",
    demands="Entries have dates.",
    mend="Write when each was published, where that is known.",
)
def dates_none(part: Any, around: Around) -> Broken:
    """Readers sort by when they found them."""
    if len(around.entries) >= FEW and not any(True for entry in around.entries for _ in moments_of(entry)):
        yield None, f"none of {len(around.entries)} entries has a date"


@rule(
    "feed-older",
    HINT,
    f"{specs.ATOM}4.2.15",
    demands="The feed is as new as its newest entry.",
    mend="Write the newest entry's date as the feed's.",
)
def feed_older(part: Any, around: Around) -> Broken:
    """A reader that looks at the feed's date alone misses the entry."""
    if not isinstance(part, Part):
        return
    own = [rfc_3339(text_of(each)).when for each in part.all(f"{ATOM}updated")]
    own += [rfc_822(text_of(each)).when for each in part.all("lastBuildDate")]
    newest = max((when for entry in around.entries for when in moments_of(entry)), default=None)
    told = max((when for when in own if when), default=None)
    if newest and told and newest > told:
        yield None, f"the feed is of {told.isoformat()}, its newest entry of {newest.isoformat()}"


@rule(
    "entries-none",
    HINT,
    f"{specs.RSS}hrelementsOfLtitemgt",
    demands="There are entries.",
    mend="Nothing, if there is no news yet.",
)
def empty(part: Any, around: Around) -> Broken:
    """Often a sign that what makes the feed has failed."""
    if not around.entries:
        yield None, "there are no entries"


ACROSS = (twice, atom_twice, dates_equal, dates_none, feed_older, empty)
