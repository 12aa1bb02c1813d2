"""Macros of SPF (RFC 7208, section 7)."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote

MACRO = re.compile(r"%(?:\{([a-zA-Z])(\d*)([rR]?)([-.+,/_=]*)\}|([%_-]))")
SIGNS = {"%": "%", "_": " ", "-": "%20"}
LONGEST = 253

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a receiver knows of the mail: its sender, who is there, and what it called itself."""

    sender: str
    helo: str
    ip: Address | None


def expand(text: str, domain: str, session: Session) -> str:
    """The domain name that stands there for this mail; `domain` is the current one."""

    def value(found: re.Match[str]) -> str:
        if found[5]:
            return SIGNS[found[5]]
        letter, count, reverse, signs = found[1], found[2], found[3], found[4]
        parts = re.split(f"[{re.escape(signs or '.')}]", _letter(letter.lower(), domain, session))
        parts = parts[::-1] if reverse else parts
        joined = ".".join(parts[-int(count) :] if count and int(count) else parts)
        return quote(joined, safe="") if letter.isupper() else joined

    return _shortened(MACRO.sub(value, text))


def needs_address(text: str) -> bool:
    """Whether the name differs by who is there, so that nobody can tell it beforehand."""
    return any((found[1] or "").lower() in {"i", "p", "v", "l", "s"} for found in MACRO.finditer(text))


def _letter(letter: str, domain: str, session: Session) -> str:
    local, _, host = session.sender.rpartition("@")
    local = local or "postmaster"
    ip = session.ip
    # A validated name is looked up by hardly anyone any more; "unknown" is what to say without (section 7.3).
    values = {
        "s": f"{local}@{host}",
        "l": local,
        "o": host,
        "d": domain,
        "i": _dotted(ip),
        "p": "unknown",
        "v": "ip6" if ip and ip.version == 6 else "in-addr",
        "h": session.helo,
    }
    return values.get(letter, "")


def _dotted(ip: Address | None) -> str:
    if ip is None:
        return ""
    return ".".join(ip.exploded.replace(":", "")) if ip.version == 6 else str(ip)


def _shortened(name: str) -> str:
    while len(name) > LONGEST and "." in name:
        name = name.partition(".")[2]
    return name
