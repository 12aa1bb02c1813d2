"""Whether SPF lets an address send for a domain, and what finding out costs (RFC 7208, sections 4 and 5).

The walk asks nobody: it yields questions and is sent answers, so that it is the same over DNS and in a test.
"""

import ipaddress
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from syndicate.deliver.domain.spf import COUNTED, SpfRecord, Term, is_spf, read_spf
from syndicate.deliver.domain.spf_macros import Address, Session, expand, needs_address
from syndicate.errors import Unreadable

# Section 4.6.4: terms that ask DNS, names of one mx or ptr, and look-ups that find nothing.
MOST_LOOKUPS = 10
MOST_NAMES = 10
MOST_VOIDS = 2
# Where all are to be counted, nobody walks further than this.
COUNT_AT_MOST = 60


class Kind(StrEnum):
    """What is asked of DNS."""

    TXT = "TXT"
    MX = "MX"
    ADDRESSES = "A"
    PTR = "PTR"


@dataclass(frozen=True, slots=True)
class Question:
    """A name (for PTR an address), and what is asked about it."""

    kind: Kind
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What DNS said. `failed` tells why nobody could; else no values may also mean that there is no name."""

    values: tuple[str, ...] = ()
    exists: bool = True
    failed: str = ""


Walk = Generator[Question, Answer, "SpfResult"]
Steps = Generator[Question, Answer, "Result"]


class Result(StrEnum):
    """Section 2.6."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


OF_QUALIFIER = {"+": Result.PASS, "-": Result.FAIL, "~": Result.SOFTFAIL, "?": Result.NEUTRAL}


@dataclass(frozen=True, slots=True, kw_only=True)
class SpfResult:
    """The result and why; what was counted, by the domain's own terms, and the names where nothing was."""

    result: Result
    why: str
    lookups: int
    cost: tuple[tuple[str, int], ...]
    voids: tuple[str, ...]


class _Stop(Exception):
    def __init__(self, result: Result, why: str) -> None:
        super().__init__(why)
        self.result = result
        self.why = why


@dataclass(slots=True)
class _Tally:
    """What one evaluation has asked so far; `chain` are the domains whose records it stands in."""

    session: Session
    most: int
    most_voids: int
    lookups: int = 0
    cost: dict[str, int] = field(default_factory=dict)
    voids: list[str] = field(default_factory=list)
    chain: list[str] = field(default_factory=list)
    own_term: str = ""
    why: str = ""

    def count(self) -> None:
        self.lookups += 1
        self.cost[self.own_term] = self.cost.get(self.own_term, 0) + 1
        if self.lookups > self.most:
            raise _Stop(Result.PERMERROR, f"more than {self.most} look-ups")

    def ask(self, kind: Kind, name: str) -> Generator[Question, Answer, Answer]:
        answer = yield Question(kind, name)
        if answer.failed:
            raise _Stop(Result.TEMPERROR, answer.failed)
        if not answer.values and kind is not Kind.PTR:
            self.voids.append(name)
            if len(self.voids) > self.most_voids:
                raise _Stop(Result.PERMERROR, f"more than {self.most_voids} look-ups find nothing")
        return answer


def check_host(domain: str, ip: str, *, sender: str, helo: str) -> Walk:
    """What a receiver would find for mail of `sender` that comes from `ip`, by its limits."""
    address = ipaddress.ip_address(ip)
    # Section 5: an IPv4 address is one, in whatever form it comes.
    mapped = address.ipv4_mapped if address.version == 6 else None
    session = Session(sender=sender, helo=helo, ip=mapped or address)
    return _result(domain, _Tally(session, MOST_LOOKUPS, MOST_VOIDS))


def count_lookups(domain: str, *, sender: str, helo: str) -> Walk:
    """The same for somebody whom nothing lets in, past the limits: what the whole record costs."""
    session = Session(sender=sender, helo=helo, ip=None)
    return _result(domain, _Tally(session, COUNT_AT_MOST, COUNT_AT_MOST))


def _result(domain: str, tally: _Tally) -> Walk:
    try:
        result = yield from _check(domain, tally)
    except _Stop as stop:
        result, tally.why = stop.result, stop.why
    return SpfResult(
        result=result,
        why=tally.why,
        lookups=tally.lookups,
        cost=tuple(tally.cost.items()),
        voids=tuple(tally.voids),
    )


def _check(domain: str, tally: _Tally) -> Steps:
    if domain.lower() in tally.chain:
        raise _Stop(Result.PERMERROR, f"the record of {domain} leads back to itself")
    record = yield from _record(domain, tally)
    if record is None:
        return Result.NONE
    tally.chain.append(domain.lower())
    for term in record.terms:
        if len(tally.chain) == 1:
            tally.own_term = term.text
        if (yield from _matches(term, domain, tally)):
            tally.why = f"{term.text} of {domain}"
            tally.chain.pop()
            return OF_QUALIFIER[term.qualifier]
    result = yield from _redirected(record, domain, tally)
    tally.chain.pop()
    return result


def _redirected(record: SpfRecord, domain: str, tally: _Tally) -> Steps:
    if not record.redirect:
        tally.why = f"nothing in the record of {domain} matches"
        return Result.NEUTRAL
    if len(tally.chain) == 1:
        tally.own_term = f"redirect={record.redirect}"
    tally.count()
    target = expand(record.redirect, domain, tally.session)
    result = yield from _check(target, tally)
    if result is Result.NONE:
        raise _Stop(Result.PERMERROR, f"redirect={target}: there is no SPF record")
    return result


def _record(domain: str, tally: _Tally) -> Generator[Question, Answer, SpfRecord | None]:
    # The domain's own look-up is none of those counted; where it finds nothing, that is the answer.
    if tally.chain:
        answer = yield from tally.ask(Kind.TXT, domain)
    else:
        answer = yield Question(Kind.TXT, domain)
        if answer.failed:
            raise _Stop(Result.TEMPERROR, answer.failed)
    found = [text for text in answer.values if is_spf(text)]
    if len(found) > 1:
        raise _Stop(Result.PERMERROR, f"{domain} has {len(found)} SPF records")
    try:
        return read_spf(found[0]) if found else None
    except Unreadable as error:
        raise _Stop(Result.PERMERROR, f"the record of {domain}: {error}") from error


def _matches(term: Term, domain: str, tally: _Tally) -> Generator[Question, Answer, bool]:
    if term.name in COUNTED:
        tally.count()
    if term.name == "all":
        return True
    ip = tally.session.ip
    if term.network is not None:
        return ip is not None and ip.version == term.network.version and ip in term.network
    if term.name == "ptr":
        return (yield from _is_named(term, domain, tally))
    if ip is None and needs_address(term.domain):
        return False
    target = expand(term.domain, domain, tally.session) if term.domain else domain
    match term.name:
        case "include":
            return (yield from _is_included(target, tally))
        case "exists":
            found = (yield from tally.ask(Kind.ADDRESSES, target)).values
            # Section 5.7: of IPv4, whoever asks.
            return ip is not None and any(ipaddress.ip_address(one).version == 4 for one in found)
        case "a":
            return (yield from _is_at(target, term, tally))
        case _:
            return (yield from _is_mail_server(target, term, tally))


def _is_included(target: str, tally: _Tally) -> Generator[Question, Answer, bool]:
    result = yield from _check(target, tally)
    if result is Result.NONE:
        raise _Stop(Result.PERMERROR, f"include:{target}: there is no SPF record")
    return result is Result.PASS and tally.session.ip is not None


def _is_at(name: str, term: Term, tally: _Tally) -> Generator[Question, Answer, bool]:
    answer = yield from tally.ask(Kind.ADDRESSES, name)
    return _is_among(answer.values, term, tally.session.ip)


def _is_mail_server(name: str, term: Term, tally: _Tally) -> Generator[Question, Answer, bool]:
    hosts = (yield from tally.ask(Kind.MX, name)).values
    if len(hosts) > MOST_NAMES:
        raise _Stop(Result.PERMERROR, f"{name} has more than {MOST_NAMES} mail servers")
    for host in hosts:
        if host != "." and (yield from _is_at(host, term, tally)):
            return True
    return False


def _is_named(term: Term, domain: str, tally: _Tally) -> Generator[Question, Answer, bool]:
    """Section 5.5: a name of the address that leads back to it and is of the domain; faults are no match."""
    ip = tally.session.ip
    if ip is None:
        return False
    target = (expand(term.domain, domain, tally.session) if term.domain else domain).lower()
    names = (yield Question(Kind.PTR, str(ip))).values[:MOST_NAMES]
    for name in names:
        back = yield Question(Kind.ADDRESSES, name)
        if str(ip) in back.values and (name == target or name.endswith(f".{target}")):
            return True
    return False


def _is_among(addresses: Iterable[str], term: Term, ip: Address | None) -> bool:
    if ip is None:
        return False
    length = term.four if ip.version == 4 else term.six
    return any(
        ip in ipaddress.ip_network(f"{one}/{length}", strict=False)
        for one in addresses
        if ipaddress.ip_address(one).version == ip.version
    )
