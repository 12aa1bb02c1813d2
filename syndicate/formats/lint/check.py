"""Our own documents, checked before they become visible: whole, or entry by entry and their frame."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from syndicate.formats.lint.across import id_of
from syndicate.formats.lint.finding import HINT, Finding, Rule
from syndicate.formats.lint.parts import ATOM, RSS_1, Around, Kind, Part
from syndicate.formats.lint.reading import read_text, read_xml
from syndicate.formats.lint.tables import TABLES
from syndicate.formats.lint.xml_rules import KNOWN
from syndicate.model.feed import Format

KINDS = {Format.RSS: Kind.RSS, Format.ATOM: Kind.ATOM, Format.JSON: Kind.JSON, Format.NINJS: Kind.NINJS}
ENTRIES = {
    Kind.RSS: frozenset({"item"}),
    Kind.OLD_RSS: frozenset({"item"}),
    Kind.RDF: frozenset({f"{RSS_1}item"}),
    Kind.ATOM: frozenset({f"{ATOM}entry"}),
}
LONGEST_NAME = 120
TELLING = 9
PREFIXES = "".join(
    f' xmlns:{prefix}="{space}"' for space, prefix in KNOWN.items() if prefix not in ("", "xml")
)
WRAPS = {
    Kind.RSS: (f"<rss{PREFIXES}>".encode(), b"</rss>"),
    Kind.ATOM: (f'<feed xmlns="{ATOM[1:-1]}"{PREFIXES}>'.encode(), b"</feed>"),
}
Told = tuple[Rule, Any, str]


def check(data: bytes, form: Format, *, url: str, ids: Sequence[str] = ()) -> tuple[Finding, ...]:
    """Errors and warnings of a whole document served from `url`; one with an error may not be published.

    `ids` are those of further entries that will stand in it.
    """
    kind = KINDS.get(form)
    if kind is None:
        return ()
    whole, failures = _read(data, kind)
    if whole is None:
        return failures
    around = Around(kind=kind, data=data, url=url, ours=True, ids=tuple(ids))
    told = tell(whole, around)
    return (*failures, *(rule.finding(message) for rule, _, message in told if rule.severity is not HINT))


def check_entry(data: bytes, form: Format) -> tuple[Finding, ...]:
    """Errors and warnings of one entry, as its writer's `write_entry` gives it: without its xmlns."""
    kind = KINDS.get(form)
    if kind is None:
        return ()
    before, after = WRAPS.get(kind, (b"", b""))
    found, failures = _read(before + data + after, kind)
    if found is None:
        return failures
    entry = Part(found[0]) if kind in WRAPS else found
    around = Around(kind=kind, ours=True)
    told = tell_entry(entry, around)
    return (*failures, *(rule.finding(message) for rule, _, message in told if rule.severity is not HINT))


def check_frame(data: bytes, form: Format, *, url: str, ids: Sequence[str] = ()) -> tuple[Finding, ...]:
    """Errors and warnings of a document apart from its entries: `data` is the document without them.

    `ids` are those of the entries that will stand in it. With what `check_entry` finds in each of them, this
    is what `check` finds in the whole.
    """
    return check(data, form, url=url, ids=ids)


def tell(whole: Any, around: Around, *, most: int | None = None) -> Iterator[Told]:
    """Every broken rule of a parsed document: the rule, where, and what is wrong.

    With `most`, only so many entries are looked at one by one.
    """
    table = TABLES[around.kind]
    frame, entries = _divided(whole, around.kind)
    around = replace(around, root=whole, entries=entries)
    if around.kind is Kind.ATOM and not around.ours:
        around = replace(around, authored=whole.find(f"{ATOM}author") is not None)
    if frame is None:
        yield TABLES[Kind.RSS].frame[0], None, "<rss> holds no channel"
        return
    for rule in (*table.frame, *table.across):
        for where, message in rule.check(frame, around) if rule.check else ():
            # The same rules speak of feeds and of entries.
            yield rule, where, f"the feed {message[3:]}" if message.startswith("it ") else message
    for at, entry in enumerate(entries[:most]):
        for rule, where, message in tell_entry(entry, around, at=at):
            yield rule, where, message


def tell_entry(entry: Any, around: Around, *, at: int = 0) -> Iterator[Told]:
    """Every broken rule of one entry; `at` is its place among those of a JSON document."""
    name = ""
    for rule in TABLES[around.kind].entry:
        for where, message in rule.check(entry, around) if rule.check else ():
            name = name or name_of(entry)
            if isinstance(where, tuple):
                where = (at, *where) if around.kind is Kind.NINJS else ("items", at, *where)
            yield rule, where, f"{name}: {message}"


def name_of(entry: Any) -> str:
    """What people may know an entry by."""
    if isinstance(entry, Part):
        title = entry.text("title") or entry.text(f"{ATOM}title") or entry.text(f"{RSS_1}title")
        other = title or entry.text("link")
    else:
        other = str(entry.get("title", ""))
    own = id_of(entry)
    # A mere number tells people nothing.
    found = own if len(own) >= TELLING else other or own
    return " ".join(found.split())[:LONGEST_NAME] or "an entry"


def _read(data: bytes, kind: Kind) -> tuple[Any, tuple[Finding, ...]]:
    return read_text(data) if kind in (Kind.JSON, Kind.NINJS) else read_xml(data, huge=True)


def _divided(whole: Any, kind: Kind) -> tuple[Any, Sequence[Any]]:
    if kind is Kind.JSON:
        items = whole.get("items")
        return whole, [each for each in (items if isinstance(items, list) else ()) if isinstance(each, dict)]
    if kind is Kind.NINJS:
        return {}, [
            each for each in (whole if isinstance(whole, list) else [whole]) if isinstance(each, dict)
        ]
    if kind is Kind.ENTRY:
        return Part(whole), [Part(whole)]
    names = ENTRIES.get(kind, frozenset())
    if kind in (Kind.ATOM, Kind.OPML):
        return Part(whole, names), [Part(each) for each in whole if each.tag in names]
    if kind is Kind.RDF:
        channel = whole.find(f"{RSS_1}channel")
        frame = None if channel is None else Part(channel)
        return frame, [Part(each) for each in whole.iter(*names)]
    channel = whole.find("channel")
    # 0.90 and 1.0 had the items beside the channel, and some still do.
    return (None if channel is None else Part(channel, names)), [Part(each) for each in whole.iter("item")]
