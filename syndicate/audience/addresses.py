"""E-mail addresses: what we accept, and the key under which two spellings are one person."""

import re
import unicodedata
from dataclasses import dataclass

import idna

from syndicate.errors import BadAddress

# dot-atom of RFC 5322 (section 3.2.3); a quoted local part is legal, and in practice always a typing error.
LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.IGNORECASE)
MAX_LOCAL = 64
MAX_LENGTH = 254


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """`written` keeps the person's own case before the @; `key` is lower-case; the domain is in punycode."""

    written: str
    key: str
    domain: str


def read_address(text: str) -> Address:
    """Check the syntax (RFC 5321, section 4.1.2) and normalise. Raises BadAddress with what is wrong."""
    bare = _strip(text)
    if not bare:
        raise BadAddress("the address is empty")
    if bare.count("@") != 1:
        raise BadAddress("an address has one @, as in name@example.org")
    local, domain = bare.split("@")
    _check_local(local)
    ascii_domain = _read_domain(domain)
    written = f"{local}@{ascii_domain}"
    if len(written) > MAX_LENGTH:
        raise BadAddress(f"the address is longer than {MAX_LENGTH} characters")
    return Address(written=written, key=written.lower(), domain=ascii_domain)


def _strip(text: str) -> str:
    # Pasted addresses often bring bidi marks and a BOM along; inside the address they are faults.
    start, end = 0, len(text)
    while start < end and _invisible(text[start]):
        start += 1
    while end > start and _invisible(text[end - 1]):
        end -= 1
    return text[start:end].removeprefix("mailto:")


def _invisible(letter: str) -> bool:
    return letter.isspace() or unicodedata.category(letter) == "Cf"


def _check_local(local: str) -> None:
    if not local:
        raise BadAddress("there is nothing before the @")
    if len(local) > MAX_LOCAL:
        raise BadAddress(f"the part before the @ is longer than {MAX_LOCAL} characters")
    if not local.isascii():
        raise BadAddress("the part before the @ may only have unaccented Latin letters, digits and signs")
    if not LOCAL.fullmatch(local):
        raise BadAddress(
            "the part before the @ has a space, a misplaced dot or another sign that cannot be there"
        )


def _read_domain(domain: str) -> str:
    if not domain:
        raise BadAddress("there is nothing after the @")
    try:
        ascii_domain = idna.encode(domain, uts46=True).decode().lower()
    except idna.IDNAError as error:
        raise BadAddress("the part after the @ is no domain name") from error
    labels = ascii_domain.split(".")
    if len(labels) < 2:
        raise BadAddress("the part after the @ has no dot, as example.org has")
    if labels[-1].isdigit():
        raise BadAddress("the part after the @ is a number, not a domain name")
    return ascii_domain
