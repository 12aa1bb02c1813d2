"""Who did not get it, by the words of a report that has no fields for it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from syndicate.deliver.bounce.addresses import ANY, BRACKETED, DOMAIN, LOCAL, addresses_in, clean
from syndicate.deliver.bounce.notice import words
from syndicate.deliver.bounce.telling import plain

ADDRESS = rf"(?:{BRACKETED}|(?P<bare>{LOCAL}@{DOMAIN}))"
# An address at the beginning of a line, alone or with what happened behind it.
LEADING = re.compile(
    rf"[\s*•·\-–—>#\"'(\[=]{{0,40}}(?:\d{{1,3}}[.)]\s+)?(?:\"[^\"\n]{{0,80}}\"\s+)?(?:\[?(?:SMTP|RFC822|e-?mail|mailto)\s?[:;=]\s?)?"
    rf"{ADDRESS}[\"')\]>]{{0,3}}(?P<after>.*)",
    re.IGNORECASE,
)
AFTER = re.compile(
    r"\s*$|"
    r"\s*(?:[:;\-–—=]|\.{2,3}|\.\s*$|\s{2,}|\t|\(|\[|<| on |[45]\d\d\b|\s?(?:は|へ|宛|不|无|無|已|로|님))",
    re.IGNORECASE,
)
# Only where the line is no prose that was broken before the address.
SAID_AFTER = re.compile(
    r"\s*,|\s+(?:\w+[ ,]+){0,3}(?:unknown|invalid|not|fail|does|did|was|is|has|no such|user|over|exceed|"
    r"reject|undeliver|could|couldn)",
    re.IGNORECASE,
)
LABELLED = re.compile(r"[\s*•\-–#>\[]{0,40}([^:=<@\n：]{2,60}?)\s*[:=：]\s*(.*@.*)")
X400 = re.compile(
    r"dda:smtp=([^;\s]{3,200})|\[smtp:([^\]\s]{3,200})\]|\bsmtp[=:;]\s?([^;\s\]]{3,200}@[^;\s\]]{3,200})",
    re.IGNORECASE,
)
LOCAL_NAME = re.compile(r"\s{0,20}<?([A-Za-z0-9][\w.-]{0,63})>?(?:\s{2,}\S.*|\s*[:\t].*|\s*)")
HEADING = re.compile(r"recipients?|address(?:es)?|users?|message not delivered to|following", re.IGNORECASE)


class Tier(IntEnum):
    """How surely an address is a recipient's, the surest last."""

    ANYWHERE = 1
    MEANT = 2
    OWN_LINE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An address that a line names: where, how surely, and the one it stands for."""

    address: str
    line: int
    tier: Tier
    original: str = ""


def named_recipients(lines: Sequence[str], *, ours: Iterable[str]) -> list[Named]:
    """The recipients, each once, by the surest way that names any; `ours`: of sender and reporter."""
    not_meant = {address.casefold() for address in ours}
    found: list[Named] = []
    for n, line in enumerate(lines):
        if "@" not in line:
            continue
        if words("originals").search(plain(line)) and (of := addresses_in(line)):
            _stands_for(found, of[-1], n)
            continue
        before = lines[n - 1].rstrip() if n else ""
        found.extend(_in_line(line, n, wrapped=bool(before) and before[-1] not in ":.;)>-="))
    meant = [each for each in found if each.address.casefold() not in not_meant]
    if all(each.tier < Tier.OWN_LINE for each in meant):
        # Who writes to himself is told so on a line of its own.
        meant = [each for each in found if each.tier == Tier.OWN_LINE] or meant
    surest = max((each.tier for each in meant), default=Tier.ANYWHERE)
    if surest <= Tier.ANYWHERE:
        meant = [each for each in meant if not words("others").search(plain(lines[each.line]))]
    once: dict[str, Named] = {}
    for each in meant:
        if each.tier == surest:
            once.setdefault((each.original or each.address).casefold(), each)
    return list(once.values())


def local_names(lines: Sequence[str], *, reporter: str) -> list[str]:
    """A name without a domain behind a heading about recipients, in the domains that the reporter uses."""
    for n, line in enumerate(lines):
        if not (line.rstrip().endswith(":") and HEADING.search(line)):
            continue
        following = next((each for each in lines[n + 1 : n + 6] if each.strip()), "")
        if named := LOCAL_NAME.fullmatch(following):
            own = ".".join(reporter.split(".")[-2:])
            spoken = (each.rpartition("@")[2] for each in addresses_in("\n".join(lines)))
            domains = [each for each in dict.fromkeys(spoken) if f".{each}".endswith(f".{own}")]
            return [f"{named[1]}@{domain}" for domain in domains or [reporter]]
    return []


def _in_line(line: str, at: int, *, wrapped: bool) -> list[Named]:
    if x400 := X400.search(line):
        return [Named(address=clean(x400[1] or x400[2] or x400[3]), line=at, tier=Tier.OWN_LINE)]
    leading = LEADING.fullmatch(line)
    if leading and (AFTER.match(leading["after"]) or (not wrapped and SAID_AFTER.match(leading["after"]))):
        first = clean(leading["inner"] or leading["bare"])
        more = addresses_in(leading["after"]) if re.fullmatch(r"[\s,;]+\S+@\S+.*", leading["after"]) else ()
        return [Named(address=each, line=at, tier=Tier.OWN_LINE) for each in (first, *more)]
    if (labelled := LABELLED.fullmatch(line)) and _is_label(labelled[1]):
        return [Named(address=each, line=at, tier=Tier.OWN_LINE) for each in addresses_in(labelled[2])]
    return [_in_sentence(line, found, at) for found in ANY.finditer(line)]


def _is_label(text: str) -> bool:
    label = plain(text)
    return bool(words("labels").fullmatch(label)) and label != "to"


def _in_sentence(line: str, found: re.Match[str], at: int) -> Named:
    address = clean(found["inner"] or found["bare"])
    before = plain(line[max(0, found.start() - 80) : found.start()])
    if re.search(r"(?:mail from|return path|from|by|contact|sender|id|an admin\w*) ?[<(\[]*$", before):
        return Named(address=address, line=at, tier=Tier.ANYWHERE)
    if re.search(r"rcpt to|(?:^|\W)[45]\d\d[ -]|\b[45]\.\d\.\d", before):
        return Named(address=address, line=at, tier=Tier.MEANT)
    cued = words("cues").search(before) and not words("others").search(plain(line))
    return Named(address=address, line=at, tier=Tier.MEANT if cued else Tier.ANYWHERE)


def _stands_for(found: list[Named], original: str, at: int) -> None:
    previous = found[-1] if found else None
    if previous and previous.tier == Tier.OWN_LINE and at - previous.line <= 3:
        found[-1] = Named(address=previous.address, line=previous.line, tier=previous.tier, original=original)
    else:
        found.append(Named(address=original, line=at, tier=Tier.OWN_LINE))
