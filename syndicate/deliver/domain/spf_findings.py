"""What is wrong with a domain's SPF, and the record that would be right."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from syndicate.deliver.domain.finding import Finding, Record, State, unasked
from syndicate.deliver.domain.spf import is_spf, network_term, read_spf, with_terms
from syndicate.deliver.domain.spf_walk import MOST_LOOKUPS, MOST_VOIDS, Result, SpfResult
from syndicate.errors import Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class SpfFacts:
    """What was found out about one domain.

    `texts` are its TXT records, `whole` what its record costs, `by_address` what it says to each address that
    our relays send from: `known` to us, or taken from the name of a relay. `relays` are the names of those
    elsewhere. `envelope`: our envelope senders are of this domain, so that its record lets our mail in.
    """

    domain: str
    texts: tuple[str, ...]
    whole: SpfResult
    by_address: tuple[tuple[str, SpfResult], ...] = ()
    known: bool = False
    relays: tuple[str, ...] = ()
    envelope: bool = True

    @property
    def records(self) -> tuple[str, ...]:
        """Those of the TXT records that are of SPF."""
        return tuple(text for text in self.texts if is_spf(text))

    @property
    def our_terms(self) -> tuple[str, ...]:
        """The terms that let our relays in."""
        if self.known:
            return tuple(network_term(address) for address, _ in self.by_address)
        return tuple(f"a:{relay}" for relay in self.relays)


def judge_spf(facts: SpfFacts) -> list[Finding]:
    """Findings about the record, then about each address."""
    if facts.whole.result is Result.TEMPERROR:
        return [unasked(_what(facts), facts.whole.why)]
    if not facts.records:
        return [_missing(facts)]
    broken = _broken(facts)
    if broken is not None:
        return [broken]
    return [*_record(facts), *_addresses(facts)]


def _what(facts: SpfFacts) -> str:
    return f"SPF of {facts.domain}"


def _to_do(facts: SpfFacts, told: str, remedy: str, value: str) -> Finding:
    record = Record(name=facts.domain, type="TXT", value=value) if value else None
    return Finding(what=_what(facts), told=told, state=State.TO_DO, remedy=remedy, record=record)


def _missing(facts: SpfFacts) -> Finding:
    told = "there is no SPF record (RFC 7208)"
    if not facts.envelope:
        # Nobody looks it up for mail of ours: the envelope sender is of another domain.
        finding = _to_do(facts, told, "say that no server sends in its name, if so:", "v=spf1 -all")
        return replace(finding, state=State.HINT)
    remedy = "publish it"
    if not facts.known:
        remedy = "publish it; or with the include that your relay's provider names in place of a:"
    return _to_do(facts, told, remedy, with_terms([], facts.our_terms or ["mx"]))


def _broken(facts: SpfFacts) -> Finding | None:
    if len(facts.records) > 1:
        told = f"there are {len(facts.records)} SPF records: receivers then take none of them (section 4.5)"
        remedy = "publish one in place of them all:"
        return _to_do(facts, told, remedy, with_terms(facts.records, _wanted(facts)))
    try:
        read_spf(facts.records[0])
    except Unreadable as error:
        told = f"the record cannot be read, so that receivers take none of it: {error}"
        return _to_do(facts, told, "publish it without that:", with_terms(facts.records, _wanted(facts)))
    return None


def _wanted(facts: SpfFacts) -> tuple[str, ...]:
    return facts.our_terms if facts.envelope else ()


def _record(facts: SpfFacts) -> Iterator[Finding]:
    text, whole = facts.records[0], facts.whole
    record = read_spf(text)
    if whole.lookups > MOST_LOOKUPS:
        cost = ", ".join(f"{term} {count}" for term, count in whole.cost)
        told = f"it takes {whole.lookups} look-ups, and receivers stop after {MOST_LOOKUPS}: {cost}"
        remedy = "leave out whom you no longer send through, or put ip4: and ip6: in place of a and mx"
        yield _to_do(facts, told, remedy, "")
    elif len(whole.voids) > MOST_VOIDS:
        names = ", ".join(dict.fromkeys(whole.voids))
        told = f"{len(whole.voids)} look-ups find nothing, and receivers stop after {MOST_VOIDS}: {names}"
        yield _to_do(facts, told, "publish it without them:", _without(text, whole.voids))
    elif whole.result is Result.PERMERROR:
        yield _to_do(facts, f"receivers take it for broken: {whole.why}", "mend or leave out that term", "")
    elif record.last is not None and record.last.qualifier == "+":
        told = f"{record.last.text} lets everybody send in its name"
        yield _to_do(facts, told, "publish it with an end:", with_terms([text], ()))
    elif record.last is None and not record.redirect:
        value = with_terms([text], ())
        told = "it has no end, so that it says nothing of anybody else"
        yield replace(_to_do(facts, told, "publish it with one:", value), state=State.HINT)
    else:
        count = f"{whole.lookups} of {MOST_LOOKUPS} look-ups"
        yield Finding(what=_what(facts), told=f"{text} ({count})")


def _without(text: str, names: tuple[str, ...]) -> str:
    gone = tuple(f":{name}".lower() for name in names)
    kept = [part for part in text.split(" ") if not part.partition("/")[0].lower().endswith(gone)]
    return with_terms([" ".join(kept)], ())


def _addresses(facts: SpfFacts) -> Iterator[Finding]:
    if not facts.envelope:
        return
    if not facts.by_address:
        relays = ", ".join(facts.relays) or "your relay"
        told = f"nobody here knows from which address {relays} sends, so that it could not be asked for it"
        remedy = "say it: sends_from of the relay; or let the relay's provider tell what to include"
        yield Finding(what=_what(facts), told=told, state=State.HINT, remedy=remedy)
    for address, result in facts.by_address:
        yield _address(facts, address, result)


def _address(facts: SpfFacts, address: str, result: SpfResult) -> Finding:
    what = f"SPF of {facts.domain} for {address}"
    if result.result is Result.TEMPERROR:
        return unasked(what, result.why)
    if result.result is Result.PASS:
        return Finding(what=what, told=f"passes by {result.why}")
    told = f"{result.result}: {result.why}"
    record = Record(name=facts.domain, type="TXT", value=with_terms(facts.records, [network_term(address)]))
    if facts.known:
        return Finding(what=what, told=told, state=State.TO_DO, remedy="publish it with:", record=record)
    remedy = "if the relay sends from there (say it: sends_from of the relay), publish it with:"
    return Finding(what=what, told=told, state=State.HINT, remedy=remedy, record=record)
