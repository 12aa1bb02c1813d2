"""A text brought into the form in which the tables of words meet it, and the codes that stand in it."""

import re
import unicodedata

LONGEST = 4000
ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:\[[^\]\s]{1,60}\]|[\w.-]{1,255})")
# `p=` tells in Gmail's help address what its sentence leaves out.
URL = re.compile(r"\bhttps?://[^\s<>\"]{1,400}")
TOPIC = re.compile(r"[?&](p=\w{1,40})")
LISTS = re.compile(
    r"\b[\w.-]{0,60}(?:spamhaus|spamcop|sorbs|barracudacentral|uceprotect|abuseat|spamrats|mailspike|nixspam|"
    r"surbl|uribl|invaluement|senderbase|senderscore|dnsbl|njabl|backscatterer|rfc-ignorant|manitu)\b[\w./?=&-]{0,60}",
    re.IGNORECASE,
)
NUMBER = re.compile(
    r"\[?\b\d{1,3}(?:\.\d{1,3}){3}\b\]?(?::\d{1,5})?|\[?\b(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{1,4}\b\]?"
)
HOST = re.compile(r"\b[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\.[a-z]{2,24}\b(?!\()")
REPLY = re.compile(r"(?<![\d.])[245]\d\d(?=[ -]|$)-?|\(?#?(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.]*\d)\)?")
STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
CODE = re.compile(
    r"(?<![\d.\[/:-])([45]\d\d)(?=[ -](?!bytes|kb|mb|octets|messages|days))(?![ -]\d\d\b)", re.IGNORECASE
)
SEPARATING = re.compile(r"(?<=\w)[-_](?=[^\W\d])|[\s,;:\"<>|*]+")
APOSTROPHES = dict.fromkeys(map(ord, "'’‘´`ʼ＇"))
LATIN = {
    code: unicodedata.normalize("NFD", chr(code))[0]
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))
    if unicodedata.normalize("NFD", chr(code)) != chr(code)
} | {ord("ł"): "l", ord("ø"): "o", ord("ı"): "i", ord("đ"): "d", ord("æ"): "ae", ord("œ"): "oe", 0x307: None}


def plain(text: str) -> str:
    """Lower case, no accents on Latin letters, no apostrophes, hyphens and blanks alike."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(LATIN).translate(APOSTROPHES)
    return SEPARATING.sub(" ", folded).replace("e mail", "email").replace("mail box", "mailbox").strip()


def told(text: str) -> str:
    """What a reply or a report says, without the names in it: `@` for an address, `#` for a host."""
    cut = text[:LONGEST]
    without = URL.sub(lambda url: " ".join(TOPIC.findall(url[0])), cut)
    without = LISTS.sub(" dnsbl ", ADDRESS.sub("@", without))
    return plain(REPLY.sub(" ", HOST.sub("#", NUMBER.sub("#", without))))


def status_in(text: str) -> str:
    """The most telling enhanced status code in a text (RFC 3463), or ""."""
    found = [code for code in STATUS.findall(text[:LONGEST]) if code[0] != "2"]
    telling = (code for code in found if not vague(code))
    return next(telling, found[0] if found else "")


def code_in(text: str) -> int:
    """The first SMTP reply code of a refusal in a text, or 0."""
    found = CODE.search(text[:LONGEST])
    return int(found[1]) if found else 0


def replies_in(text: str) -> str:
    """The lines of a text that quote a server's refusal, each with the line that goes on from it."""
    lines = text[:LONGEST].split("\n")
    kept = [n for n, line in enumerate(lines) if CODE.search(line)]
    return "\n".join(lines[n] for n in sorted({m for n in kept for m in (n, n + 1) if m < len(lines)}))


def vague(status: str) -> bool:
    """Whether a status code says nothing: none, `other` (X.n.0), or 5.7.1, which relays put on anything."""
    return not status or status.endswith((".0", ".7.1"))
