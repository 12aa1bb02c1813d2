"""What a single setting's value must be like: each rule gives the sentence for what is wrong, or nothing."""

import ipaddress
import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from syndicate.config.returns import RULES as RETURN_RULES
from syndicate.config.returns import place
from syndicate.config.selectors import removal, selector
from syndicate.config.spelling import closest
from syndicate.model.cadence import parse_cron
from syndicate.model.hub import NO_HUB, OWN
from syndicate.model.language import is_tag
from syndicate.model.pacing import parse_rate, parse_window
from syndicate.model.site import FILE, UNIX

# RFC 5321, section 4.1.2 (dot-string) with SMTPUTF8's letters; quoted local parts are not for senders.
MAILBOX = re.compile(r"[^\s@\"<>(),;:\\\[\]]{1,64}@(?=.{4,253}$)([^\W_]([\w-]*[^\W_])?\.)+[^\W\d_][\w-]*")
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
PATH = re.compile(r"/[^\s?#<>\"\x00-\x1f\x7f]+")
# Bucket names: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^\s?#\x00-\x1f\x7f]*)?")
HOST = re.compile(r"(?=.{1,253}$)[^\W_]([\w-]*[^\W_])?(\.[^\W_]([\w-]*[^\W_])?)*\.?")
# What no web address holds (RFC 3986, section 2), and what would break out of an attribute or a header.
NEVER_IN_URL = re.compile(r"[\s\x00-\x1f\x7f<>\"]")
# RFC 6750, section 2.1.
TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{20,}=*")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
# WCAG 2.2, success criterion 1.4.3: text against its background.
ENOUGH_CONTRAST = 4.5


def name(value: str) -> str:
    """The key of a named table: it becomes a file name, a path and a List-Id."""
    return "" if NAME.fullmatch(value) else "is no name; use a-z, 0-9, - and _, at most 63 characters"


def cron(value: str) -> str:
    """Five cron fields."""
    return _raised(parse_cron, value)


def rate(value: str) -> str:
    """So many messages in a time, or empty."""
    return _raised(parse_rate, value)


def window(value: str) -> str:
    """Hours of the day, or empty."""
    return _raised(parse_window, value)


def _raised(parse: Callable[[str], object], value: str) -> str:
    try:
        parse(value)
    except ValueError as error:
        return str(error)
    return ""


def zone(value: str) -> str:
    """An IANA time zone, or empty."""
    try:
        if value:
            ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return f'is no time zone{closest(value, available_timezones())}. An IANA name: "Europe/Berlin"'
    return ""


def url(value: str) -> str:
    """An http or https address, or empty."""
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        good = parts.scheme in {"http", "https"} and _is_host(parts.hostname or "") and parts.port != 0
        plain = not parts.username and not NEVER_IN_URL.search(value)
    except ValueError:
        good = plain = False
    return "" if good and plain else 'is no web address; it looks like "https://courier.example/news"'


def _is_host(value: str) -> bool:
    try:
        return bool(ipaddress.ip_address(value))
    except ValueError:
        return bool(HOST.fullmatch(value))


def base_url(value: str) -> str:
    """A web address that paths are joined to."""
    if fault := url(value) or ("is empty; it is the address that readers see" if not value else ""):
        return fault
    parts = urlsplit(value)
    if parts.query or parts.fragment:
        return 'may not have a query or fragment: "https://news.courier.example"'
    return ""


def mailbox(value: str) -> str:
    """One plain address (RFC 5322, section 3.4.1), or empty."""
    if not value or (MAILBOX.fullmatch(value) and ".." not in value and not value.startswith(".")):
        return ""
    return 'is no e-mail address; it looks like "news@courier.example", without a name or brackets'


def contact(value: str) -> str:
    """An e-mail address or a web address, or empty."""
    return "" if not mailbox(value) or not url(value) else "is neither an e-mail address nor a web address"


def language(value: str) -> str:
    """A BCP 47 tag, or empty."""
    if not value or is_tag(value):
        return ""
    return 'is no language tag; use BCP 47: "en", "fa", "de-AT"'


def host(value: str) -> str:
    """A host name without port."""
    return "" if HOST.fullmatch(value) else 'is no host name; it looks like "old.courier.example"'


def selector_name(value: str) -> str:
    """What stands before `._domainkey` (RFC 6376, section 3.1), or empty."""
    if not value or (value.isascii() and HOST.fullmatch(value)):
        return ""
    return 'is no selector; letters, digits and hyphens: "s2026"'


def helo(value: str) -> str:
    """What we greet a relay with (RFC 5321, section 4.1.4): a name, or an address in brackets; or empty."""
    try:
        literal = value[:1] + value[-1:] == "[]" and ipaddress.ip_address(value[1:-1].removeprefix("IPv6:"))
    except ValueError:
        literal = False
    if not value or literal or HOST.fullmatch(value):
        return ""
    return 'is no host name; it looks like "news.courier.example", or "[192.0.2.7]"'


def relay_host(value: str) -> str:
    """A host name, a socket or a folder."""
    if value.startswith(UNIX):
        right = 'needs the whole path of a socket: "unix:/run/dovecot/lmtp"'
        return "" if value.startswith(f"{UNIX}/") and "\x00" not in value else right
    if value.startswith(FILE):
        right = 'needs the path of a folder: "file:var/archive"'
        return "" if value.removeprefix(FILE).strip("/ ") and "\x00" not in value else right
    return "" if _is_host(value) else 'is no host name; it looks like "smtp.courier.example"'


def allowed_host(value: str) -> str:
    """HOST or HOST:PORT, an IPv6 address in brackets."""
    bare, _, port = value.rpartition(":") if re.search(r":\d+$", value) else (value, "", "1")
    return (
        ""
        if _is_host(bare.strip("[]")) and 0 < int(port) < 65536
        else 'is no host; it looks like "127.0.0.1:8000" or "intranet.example"'
    )


def ip_address(value: str) -> str:
    """An IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return 'is no address; it looks like "192.0.2.10" or "2001:db8::10"'
    return ""


def nameserver(value: str) -> str:
    """IP or IP:PORT, an IPv6 address in brackets where a port follows."""
    bare, _, port = value.rpartition(":") if re.search(r"(\]|^[^:]*):\d+$", value) else (value, "", "53")
    try:
        ipaddress.ip_address(bare.strip("[]"))
        good = 0 < int(port) < 65536
    except ValueError:
        good = False
    return "" if good else 'is no address of a name server; it looks like "192.0.2.53" or "127.0.0.1:5353"'


def network(value: str) -> str:
    """An address or a network in CIDR form."""
    try:
        ipaddress.ip_network(value)
    except ValueError:
        return 'is no address or network; it looks like "10.0.0.1" or "10.0.0.0/8"'
    return ""


def accent(value: str) -> str:
    """A colour that can be read on white."""
    if not COLOUR.fullmatch(value):
        return 'is no colour; it looks like "#9b1c1c"'
    ratio = 1.05 / (luminance(value) + 0.05)
    if ratio < ENOUGH_CONTRAST:
        return f"is too pale for text on white ({ratio:.1f}:1, needs 4.5:1); take a darker shade"
    return ""


def luminance(colour: str) -> float:
    """WCAG's relative luminance of `#rrggbb`, 0 black to 1 white."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def database(value: str) -> str:
    """A PostgreSQL URL, an SQLite file, or empty."""
    scheme = value.split("://")[0] if "://" in value else ""
    if scheme in {"", "sqlite", "postgresql", "postgres", "postgresql+psycopg"}:
        return ""
    return 'is no database we know; leave it out for SQLite, or "postgresql://user@host/name"'


def postgresql(value: str) -> str:
    """A PostgreSQL URL, or empty."""
    if not value or value.startswith(("postgresql://", "postgres://", "postgresql+psycopg://")):
        return ""
    return 'is no address of a PostgreSQL; it looks like "postgresql://user@host/name"'


def not_empty(value: str) -> str:
    """Any text."""
    return "" if value.strip() else "is empty"


def one_line(value: str) -> str:
    """What stands in a mail header."""
    return "may not have line breaks" if re.search(r"[\x00-\x1f\x7f]", value) else ""


def title(value: str) -> str:
    """Text in one line."""
    return not_empty(value) or one_line(value)


def hub(value: str) -> str:
    """Whose hub: a word, or an address."""
    if value in {OWN, NO_HUB} or (value.startswith("https://") and not url(value)):
        return ""
    return 'is no hub; "own" for the one in here, "none", or another one\'s address: "https://hub.example/"'


def former(value: str) -> str:
    """A feed's former name, or a path of ours."""
    if PATH.fullmatch(value) or not name(value):
        return ""
    return 'is neither a former name ("harbour") nor a path that begins with a slash ("/rss.xml")'


def token(value: str) -> str:
    """What only who may know it can guess, and what a header can hold; or empty."""
    if not value or TOKEN.fullmatch(value):
        return ""
    return "is no token; 20 characters or more without blanks, as from: openssl rand -hex 20"


def storage(value: str) -> str:
    """A bucket and a prefix in it, or empty."""
    if not value or BUCKET.fullmatch(value):
        return ""
    return 'is no place in S3-compatible storage; it looks like "s3://bucket/prefix"'


def blanks(*known: str) -> Callable[[str], str]:
    """A text in one line whose {blanks} are among the known ones."""
    named = ", ".join(f"{{{one}}}" for one in known)

    def rule(value: str) -> str:
        rest = value
        for one in known:
            rest = rest.replace(f"{{{one}}}", "")
        if "{" in rest or "}" in rest:
            return f"has braces round something else; what is filled in is {named}"
        return one_line(value)

    return rule


# By the last part of the dotted key; an entry with dots is more exact and wins.
TEXT_RULES: dict[str, Callable[[str], str]] = {
    "accent": accent,
    "address": mailbox,
    "bounces.addresses": mailbox,
    "archive": lambda value: base_url(value) and 'is no address of a web archive: "https://web.archive.org"',
    "allow_hosts": allowed_host,
    "base_url": url,
    "bounce_domain": lambda value: host(value) if value else "",
    "cadence": cron,
    "contact": contact,
    "database": database,
    "domain": lambda value: host(value) if value else "",
    "helo": helo,
    "hosts": host,
    "hub.url": hub,
    "language": language,
    "languages": language,
    "health.listen": place,
    "metrics.token": token,
    "postgresql.direct": postgresql,
    "postgresql.replica": postgresql,
    "moved_from": former,
    "moved_to": url,
    "storage.endpoint": url,
    "storage.url": storage,
    "telemetry.endpoint": url,
    "list_id": lambda value: host(value) if value else "",
    "name": title,
    "nameservers": nameserver,
    "preheader": blanks("headlines", "title", "name"),
    "rate": rate,
    "reply_to": mailbox,
    "sends_from": ip_address,
    "site.base_url": base_url,
    "subject": blanks("title", "lead", "name"),
    "successor_url": url,
    "selector": selector_name,
    "template": name,
    "timezone": zone,
    "title": title,
    "trusted_proxies": network,
    "url": url,
    **RETURN_RULES,
    "window": window,
}
MAY_BE_ZERO = {"wait", "audience_drift", "repeats", "drip", "delay", "max_redirects", "first_day", "weight"}
LONGEST = timedelta(days=3650)
# By the last part of the dotted key: what a duration has to be at least and at most.
# A mail that waits for longer than a day would look as if the clock had run ahead.
DURATIONS = {
    "keep": (timedelta(days=7), timedelta.max),
    "keep_raw": (timedelta(0), timedelta.max),
    "give_up": (timedelta(minutes=1), timedelta(days=30)),
    "interval": (timedelta(seconds=1), LONGEST),
    "lease": (timedelta(minutes=1), timedelta(days=365)),
    "lease_least": (timedelta(seconds=1), timedelta(days=365)),
    "lease_most": (timedelta(minutes=1), timedelta(days=365)),
    "retry_cap": (timedelta(seconds=1), timedelta(hours=24)),
    "retry_first": (timedelta(seconds=1), timedelta(hours=24)),
    "time_to_live": (timedelta(minutes=1), LONGEST),
    "ttl": (timedelta(minutes=1), timedelta(days=365)),
}
# Words that stand for a duration.
SPANS = {
    "embargo": {"none": timedelta(0)},
    "keep": {"forever": timedelta.max},
    "keep_raw": {"forever": timedelta.max, "none": timedelta(0)},
    "keep_withdrawn": {"none": timedelta(0)},
}


def text_fault(key: str, value: str) -> str:
    """What is wrong with a text, by its dotted key."""
    parts = re.sub(r"\[\d+\]", "", key).split(".")
    if parts[0] == "sources" and parts[2:3] == ["selectors"]:
        return (removal(value) or not_empty(value)) if parts[-1] == "remove" else selector(value)
    rule = TEXT_RULES.get(".".join(parts[-2:])) or TEXT_RULES.get(parts[-1])
    if parts[-1] == "title" and parts[0] == "sources" and not value:
        return ""
    return rule(value) if rule else ""


def number_fault(key: str, value: float) -> str:
    """What is wrong with a number, by its dotted key."""
    last = key.split(".")[-1]
    # Of a domain, no number of connections is too many unless one is set.
    may_be_zero = last in MAY_BE_ZERO or key.startswith("domains.")
    if value < 0 or (value == 0 and not may_be_zero):
        return "may not be less than 0" if may_be_zero else "must be greater than 0"
    if last == "audience_drift" and value > 99:
        return "is in per cent: 99 at most, or 0 for any drift"
    return "is no port; ports go from 1 to 65535" if last == "port" and value > 65535 else ""


def duration_fault(key: str, value: timedelta) -> str:
    """What is wrong with a duration, by its dotted key."""
    least, most = DURATIONS.get(key.split(".")[-1], (timedelta(0), LONGEST))
    if value < least:
        return f"is too short; at least {_counted(least)}"
    return f"is too long; at most {_counted(most)}" if value > most else ""


def _counted(value: timedelta) -> str:
    count, unit = (value.days, "day") if value.days else (value.seconds, "second")
    return f"{count} {unit}" + ("s" if count != 1 else "")


def is_loopback(address: str) -> bool:
    """Whether a web address points at this very machine."""
    name = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
