"""Addresses as reports write them: in brackets, behind a type, in xtext, in prose."""

import re
from collections.abc import Iterable

LOCAL = r"(?:\"[^\"\s]{1,64}\"|[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,128})"
DOMAIN = r"(?:\[[0-9A-Fa-f.:IPv]{3,60}\]|(?:[A-Za-z0-9_-]{1,63}\.){1,9}[A-Za-z][A-Za-z0-9-]{1,62})"
BRACKETED = r"<(?:mailto:|smtp:|rfc822;)?(?P<inner>[^<>@\s]{1,128}@[^<>@\s]{1,255})>"
ANY = re.compile(rf"{BRACKETED}|(?P<bare>{LOCAL}@{DOMAIN})", re.IGNORECASE)
TYPED = re.compile(
    r"\s*(?:rfc ?822|utf-8|smtp|local|x-local|addr|x400|system|unknown|dns|x-[\w-]{1,30})\s*[;:]\s*(.*)",
    re.IGNORECASE,
)
# `SMTP=`, `dda:SMTP=`, `RCPT=` grow into the local part.
GROWN = re.compile(r"(?:.*[:;=])?(?:smtp|rcpt|to|addr|mailto|rfc822|utf-8)[=:;]", re.IGNORECASE)
CAPSULE = re.compile(r"IMCEA([A-Z]{2,12})-(.{1,250})@[^@]{1,250}", re.IGNORECASE)
XTEXT = re.compile(r"\+([0-9A-F]{2})")
UNICODE_XTEXT = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
LONGEST = 320


def clean(text: str) -> str:
    """An address without what reports put around it; "" if there is none in it."""
    bare = text.strip().strip("<>()[]{}'\"`,;: \t")
    # A quoted local part keeps its quotes.
    bare = f'"{bare}' if '"@' in bare and not bare.startswith('"') else bare
    grown = GROWN.match(bare)
    bare = bare[grown.end() :] if grown and "@" in bare[grown.end() :] else bare
    local, at, domain = bare.rpartition("@")
    domain = domain.rstrip(".>'\")]:;,") + ("]" if domain.startswith("[") else "")
    whole = f"{local}@{domain}"
    good = at and local and domain and len(whole) <= LONGEST and " " not in whole
    return _without_capsule(whole) if good else ""


def typed_address(value: str) -> str:
    """The address of a field like Final-Recipient: `rfc822; user@host`, with or without its type."""
    found = TYPED.fullmatch(value)
    rest = re.sub(r"\s+\([^()]{0,200}\)\s*$", "", found[1] if found else value).strip()
    rest = UNICODE_XTEXT.sub(_character, rest)
    if bracketed := re.search(BRACKETED, rest, re.IGNORECASE):
        return clean(bracketed["inner"])
    address = clean(rest)
    if not address and (inside := ANY.search(rest)):
        address = clean(inside[0])
    return address


def xtext(value: str) -> str:
    """A value in RFC 3461's xtext, decoded."""
    return XTEXT.sub(lambda found: chr(int(found[1], 16)), value)


def addresses_in(text: str) -> tuple[str, ...]:
    """Every address in a text, each once, in order."""
    return unique(clean(found["inner"] or found["bare"]) for found in ANY.finditer(text))


def unique(addresses: Iterable[str]) -> tuple[str, ...]:
    """Each address once, whatever its case, the empty ones left out."""
    seen: dict[str, str] = {}
    for address in addresses:
        if address:
            seen.setdefault(address.casefold(), address)
    return tuple(seen.values())


def _character(found: re.Match[str]) -> str:
    number = int(found[1], 16)
    return chr(number) if number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF else ""


def _without_capsule(address: str) -> str:
    """What Exchange put into an address of its own (IMCEASMTP-mina+40readers+2Eexample@…)."""
    found = CAPSULE.fullmatch(address)
    if not found:
        return address
    inside = xtext(found[2])
    return inside if found[1].upper() == "SMTP" and "@" in inside else ""
