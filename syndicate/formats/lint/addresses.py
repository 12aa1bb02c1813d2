"""What is wrong with an address, a mailbox, a media type or a language tag, in words; or empty."""

import re
from urllib.parse import urlsplit

from syndicate.formats.lint.names import names

# RFC 3986, section 2: what may stand in an address.
PLAIN = re.compile(
    r"https?://[A-Za-z0-9.-]+(?::\d+)?(?:[/?#](?:[\w;/?:@&=+$.\-!~*'(),#]|%[0-9A-Fa-f]{2})*)?", re.ASCII
)
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
OUTSIDE = re.compile(r"%(?![0-9A-Fa-f]{2})|[^\w;/?:@&=+$.\-!~*'(),#%]", re.ASCII)
UUID = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
URN = re.compile(r"urn:[a-z0-9][a-z0-9-]{0,30}[a-z0-9]:\S+", re.IGNORECASE)
# RFC 4151, section 2.1
TAG = re.compile(r"tag:(?:[\w.+-]+@)?[a-z0-9.-]+,\d{4}(?:-\d\d(?:-\d\d)?)?:\S*", re.IGNORECASE)
MEDIA_TYPE = re.compile(
    r"[\w.+*!#$&^-]+/[\w.+*!#$&^-]+(?:\s*;\s*[\w.-]+=(?:\"[^\"]*\"|[\w.+:-]+))*", re.ASCII
)
MAILBOX = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@(?:[\w-]+\.)+[\w-]+")
TAGGED = re.compile(
    r"[a-z]{2,3}(?:-[a-z]{3}){0,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?"
    r"|x(?:-[a-z0-9]{1,8})+|i-[a-z]{2,8}|zh-[a-z]+",
    re.IGNORECASE,
)
# ISO 639-1; longer codes are taken as they are.
TWO_LETTERS = names(
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da "
    "de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz "
    "ia id ie ig ii ik in io is it iu iw ja ji jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb "
    "lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om "
    "or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw "
    "ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
# https://www.iana.org/assignments/uri-schemes: those that feeds have a use for.
SCHEMES = names(
    "about acct bitcoin cid data did dns doi feed file ftp geo go gopher http https im imap info ipfs "
    "ipp irc jabber ldap magnet mailto mid mms news nfs nntp opaquelocktoken pkcs11 pop rtmp rtsp "
    "service sftp sip sips sms snmp ssh stun tag tel telnet tftp tv urn view-source ws wss xmpp"
)
WEB = frozenset({"http", "https"})


def url_fault(value: str) -> str:
    """Why this is no absolute address."""
    if PLAIN.fullmatch(value):
        return ""
    if not value.strip():
        return "is empty"
    if not (scheme := SCHEME.match(value)):
        return "is relative, so readers elsewhere cannot follow it"
    if re.search(r"\s", value):
        return "holds a blank or a line break"
    name = scheme[1].lower()
    if name == "urn" and not (UUID if value[:9].lower() == "urn:uuid:" else URN).fullmatch(value):
        return "is no URN as RFC 8141 wants it"
    if name == "tag" and not TAG.fullmatch(value):
        return "is no tag as RFC 4151 wants it"
    return "names no host" if name in WEB and not _host(value) else ""


def url_characters(value: str) -> str:
    """What in an address has to be percent-encoded, or to stand in punycode."""
    if PLAIN.fullmatch(value):
        return ""
    rest = re.sub(r"//\[[0-9A-Fa-f:.]+\]", "//", value, count=1)
    found = OUTSIDE.search(rest)
    return f"holds {found[0]!r} unencoded" if found else ""


def unknown_scheme(value: str) -> str:
    """The scheme of an address, where nobody registered it."""
    found = SCHEME.match(value)
    return found[1] if found and found[1].lower() not in SCHEMES else ""


def is_web(value: str) -> bool:
    """Whether it is an http or https address with a host."""
    return bool(PLAIN.fullmatch(value)) or (value[:4].lower() == "http" and not url_fault(value))


def is_relative(value: str) -> bool:
    """Whether a reference has no scheme. An anchor in the same text is none of these."""
    return not SCHEME.match(value)


def canonical_fault(value: str) -> str:
    """Why two readers may spell this id differently (RFC 3986, section 6.2)."""
    scheme = SCHEME.match(value)
    if scheme and scheme[1] != scheme[1].lower():
        return f"has the scheme {scheme[1]!r} in capitals"
    host = _host(value)
    if host != host.lower():
        return f"has the host {host!r} in capitals"
    if re.match(r"http://[^/?#]+:80(?:[/?#]|$)|https://[^/?#]+:443(?:[/?#]|$)", value):
        return "names the port that its scheme implies"
    if re.match(r"https?://[^/?#]*(?:[?#]|$)", value):
        return "has no / behind the host"
    return "holds . or .. in its path" if re.search(r"/\.\.?(?:/|$)", value) else ""


def media_type_fault(value: str) -> str:
    """Why this is no media type."""
    return "" if MEDIA_TYPE.fullmatch(value.strip()) else f"{value[:80]!r} is no media type"


def language_fault(value: str) -> str:
    """Why this is no language tag."""
    code = value.strip()
    if not TAGGED.fullmatch(code):
        return f"{value[:80]!r} is no language tag"
    first = code.split("-")[0].lower()
    return "" if len(first) != 2 or first in TWO_LETTERS else f"{first!r} is the code of no language"


def is_mailbox(value: str) -> bool:
    """Whether it is an e-mail address."""
    return bool(MAILBOX.fullmatch(value.strip()))


def _host(value: str) -> str:
    try:
        parts = urlsplit(value)
        return (parts.netloc.rpartition("@")[2]) if parts.hostname else ""
    except ValueError:
        return ""
