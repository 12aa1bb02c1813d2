"""SPF records (RFC 7208, sections 4.5, 4.6 and 5): their terms, read strictly."""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from syndicate.errors import Unreadable

VERSION = "v=spf1"
TERM = re.compile(r"(?P<qualifier>[+?~-]?)(?P<name>[A-Za-z][A-Za-z0-9_.-]*)(?P<rest>[:/].*)?")
MODIFIER = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9_.-]*)=(?P<value>.*)")
LENGTHS = re.compile(r"(?P<domain>.*?)(/(?P<four>0|[1-9]\d?))?(//(?P<six>0|[1-9]\d{0,2}))?")
# A macro, or any visible character but the percent sign (section 7.1); c, r and t are for explanations.
MACRO_STRING = re.compile(r"(%\{[slodiphvSLODIPHV]\d*[rR]?[-.+,/_=]*\}|%%|%_|%-|[\x21-\x24\x26-\x7e])*")
# A name of at least two labels, the last not a number; or one that ends in a macro.
DOMAIN_END = re.compile(r".*(\.(?!\d+\.?$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.?|%\{[^}]*\})")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
NEED_DOMAIN = {"include", "exists"}
MAY_HAVE_DOMAIN = {"a", "mx", "ptr"}
WITH_LENGTHS = {"a", "mx"}
NETWORKS: dict[str, type[Network]] = {"ip4": ipaddress.IPv4Network, "ip6": ipaddress.IPv6Network}
# What is asked of DNS, and therefore counted (section 4.6.4).
COUNTED = NEED_DOMAIN | MAY_HAVE_DOMAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One mechanism. `four` and `six` are prefix lengths for `a` and `mx`."""

    text: str
    qualifier: str
    name: str
    domain: str = ""
    network: Network | None = None
    four: int = 32
    six: int = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class SpfRecord:
    """A record's mechanisms in order, and where it is redirected; empty for nowhere."""

    terms: tuple[Term, ...]
    redirect: str = ""

    @property
    def last(self) -> Term | None:
        """The `all` that ends it."""
        return next((term for term in self.terms if term.name == "all"), None)


def is_spf(text: str) -> bool:
    """Whether a TXT record is one of SPF (section 4.5)."""
    lower = text.lower()
    return lower == VERSION or lower.startswith(f"{VERSION} ")


def read_spf(text: str) -> SpfRecord:
    """The record's terms. Raises Unreadable with the first that is none: receivers then take none at all."""
    terms: list[Term] = []
    modifiers: dict[str, str] = {}
    for part in _parts(text):
        found = MODIFIER.fullmatch(part)
        if found is None:
            terms.append(read_term(part))
            continue
        name, value = found["name"].lower(), found["value"]
        if name in {"redirect", "exp"}:
            if name in modifiers:
                raise Unreadable(f"{name}= stands there twice")
            _check_domain(value, part)
        elif not MACRO_STRING.fullmatch(value):
            raise Unreadable(f"{part!r} holds a sign that may not stand there")
        modifiers.setdefault(name, value)
    return SpfRecord(terms=tuple(terms), redirect=modifiers.get("redirect", ""))


def read_term(text: str) -> Term:
    """One mechanism. Raises Unreadable."""
    found = TERM.fullmatch(text)
    name = found["name"].lower() if found else ""
    if not found or name not in {"all", *COUNTED, *NETWORKS}:
        raise Unreadable(f"{text!r} is no term of SPF")
    qualifier, rest = found["qualifier"] or "+", found["rest"] or ""
    if name == "all" and rest:
        raise Unreadable(f"{text!r}: nothing may follow all")
    if name in NETWORKS:
        return Term(text=text, qualifier=qualifier, name=name, network=_network(text, name, rest))
    lengths = LENGTHS.fullmatch(rest)
    domain = (lengths["domain"] if lengths else rest) if name in WITH_LENGTHS else rest
    if domain and not domain.startswith(":"):
        raise Unreadable(f"{text!r}: {domain!r} cannot follow {name}")
    if domain or name in NEED_DOMAIN:
        _check_domain(domain.removeprefix(":"), text)
    four, six = (lengths["four"], lengths["six"]) if lengths and name in WITH_LENGTHS else (None, None)
    if int(four or 32) > 32 or int(six or 128) > 128:
        raise Unreadable(f"{text!r}: the length of the network is too great")
    return Term(
        text=text,
        qualifier=qualifier,
        name=name,
        domain=domain.removeprefix(":"),
        four=int(four or 32) if four != "0" else 0,
        six=int(six or 128) if six != "0" else 0,
    )


def with_terms(records: Sequence[str], new: Iterable[str]) -> str:
    """One record of what may stand in these, with `new` terms in front; unreadable ones are left out."""
    kept: list[str] = []
    end = ""
    for part in (part for text in records for part in _parts(text)):
        if re.fullmatch(r"[+?~-]?all|redirect=.*", part, re.IGNORECASE):
            end = end or part
        elif part not in kept and _is_readable(part):
            kept.append(part)
    # New networks stand first: whoever is let in by them costs no look-up.
    own = [term for term in new if term not in kept]
    return " ".join([VERSION, *own, *kept, end if end.lower() not in {"", "all", "+all", "?all"} else "~all"])


def network_term(address: str) -> str:
    """The mechanism for one address."""
    return f"ip{ipaddress.ip_address(address).version}:{address}"


def _parts(text: str) -> list[str]:
    return [part for part in text.split(" ")[1:] if part]


def _is_readable(part: str) -> bool:
    try:
        read_spf(f"{VERSION} {part}")
    except Unreadable:
        return False
    return True


def _network(text: str, name: str, rest: str) -> Network:
    kind: type[Network] = NETWORKS[name]
    if rest.startswith(":") and re.fullmatch(r"[0-9A-Fa-f:.]+(/(0|[1-9]\d{0,2}))?", rest[1:]):
        try:
            return kind(rest[1:], strict=False)
        except ValueError:
            pass
    raise Unreadable(f"{text!r}: after {name}: stands an address or a network")


def _check_domain(value: str, text: str) -> None:
    if not value:
        raise Unreadable(f"{text!r} names no domain")
    if not MACRO_STRING.fullmatch(value) or not DOMAIN_END.fullmatch(value):
        raise Unreadable(f"{text!r}: {value!r} is no domain")
