"""Our own rules for messages (docs/design: requirements M1 to M12), checked on the bytes that are sent."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import getaddresses
from functools import cached_property
from urllib.parse import urlsplit

from syndicate.deliver.dkim import OVERSIGNED
from syndicate.deliver.lint_parts import Broken, Parts, check_parts
from syndicate.deliver.lint_rules import MAIL_RULES
from syndicate.formats.lint import Finding, Severity
from syndicate.model.hosts import LOOPBACK

ONCE = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version")
OF_ISSUES = (
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Archive",
    "Archived-At",
    "Feedback-ID",
)
COVERED = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type")
HEADER_LINE = 78
BODY_LINE = 900
MESSAGE_ID = re.compile(r"<[0-9a-f]{32,64}@(?P<domain>[^<>@\s]+)>")
# What marks a mail to many, whoever wrote it.
OF_LISTS = ("List-Id", "List-Unsubscribe", "Precedence", "List-Post")


@dataclass(frozen=True)
class Letterhead:
    """A message's bytes with its header, as the rules look at it."""

    data: bytes
    message: Message

    @cached_property
    def is_issue(self) -> bool:
        """Whether it claims to be list mail; a notice mail says that a machine wrote it."""
        return "Auto-Submitted" not in self.message

    @cached_property
    def domain(self) -> str:
        """From's domain."""
        return _domain(self.one("From"))

    def one(self, name: str) -> str:
        """A field's value on one line, empty where it is missing."""
        return " ".join(str(self.message.get(name, "")).split())


def lint_message(data: bytes) -> list[Finding]:
    """Every rule that a message breaks, M1 to M12, each an error; empty for one of ours."""
    head = _read(data)
    return [replace(MAIL_RULES[rule].finding(text), severity=Severity.ERROR) for rule, text in _broken(head)]


def lint_mail(data: bytes) -> list[Finding]:
    """The same for anyone's mail: what ours alone have to keep is a hint there. Never raises.

    One of ours is known by its Message-ID. What lists have to keep is a hint for a mail that is of none.
    """
    head = _read(data)
    broken = list(_broken(head))
    if "M2" not in {rule for rule, _ in broken}:
        return lint_message(data)
    to_many = any(name in head.message for name in OF_LISTS)
    found = [MAIL_RULES[rule].finding(text) for rule, text in broken]
    return [each if to_many or each.rule != "M4" else replace(each, severity=Severity.HINT) for each in found]


def _read(data: bytes) -> Letterhead:
    return Letterhead(data=data, message=BytesParser(policy=compat32).parsebytes(data))


def _broken(head: Letterhead) -> Broken:
    parts = Parts(
        message=head.message, archive=head.one("List-Archive").strip("<>"), one_click=_one_click(head)
    )
    for check in (_once, _identity, _lines, _unsubscribing, _signatures, _kinds, _return_path):
        yield from check(head)
    yield from check_parts(parts)


def _once(head: Letterhead) -> Broken:
    for name in ONCE:
        if (count := len(head.message.get_all(name, []))) != 1:
            yield "M1", f"has {count} {name} fields, needs one"
    for name in ("From", "To"):
        if (count := len(getaddresses([head.one(name)]))) != 1:
            yield "M1", f"{name} holds {count} mailboxes, needs one"


def _identity(head: Letterhead) -> Broken:
    found = MESSAGE_ID.fullmatch(head.one("Message-ID"))
    if not found or found["domain"].lower() != head.domain:
        yield "M2", f"Message-ID {head.one('Message-ID')} is not <keyed hash@{head.domain}>"


def _lines(head: Letterhead) -> Broken:
    bare = head.data.replace(b"\r\n", b"")
    for name, octet in (("CR", b"\r"), ("LF", b"\n"), ("NUL", b"\0")):
        if octet in bare:
            yield "M3", f"holds a bare {name}"
    header, _, body = head.data.partition(b"\r\n\r\n")
    if not head.data.isascii():
        yield "M3", "holds octets beyond ASCII, which some relay would have to convert"
    for line in header.split(b"\r\n"):
        # A URL cannot be folded: it may stand alone on a longer line.
        if len(line) > HEADER_LINE and b" " in line.strip().partition(b": ")[2]:
            yield "M3", f"the header line {line[:60]!r} has {len(line)} octets, more than {HEADER_LINE}"
    longest = max(map(len, body.split(b"\r\n")))
    if longest > BODY_LINE:
        yield "M3", f"a body line has {longest} octets, more than {BODY_LINE}"


def _unsubscribing(head: Letterhead) -> Broken:
    if not head.is_issue:
        return
    url = urlsplit(_one_click(head))
    if url.scheme != "https" and url.hostname not in LOOPBACK:
        yield "M4", f"List-Unsubscribe {head.one('List-Unsubscribe')!r} has no https URL"
    if head.one("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click":
        yield "M4", "List-Unsubscribe-Post is not List-Unsubscribe=One-Click"
    _, address = getaddresses([head.one("To")])[0] if head.one("To") else ("", "")
    if "@" in url.path + url.query or "%40" in url.path + url.query or (address and address in url.geturl()):
        yield "M4", "the unsubscribe URL tells the address"


def _signatures(head: Letterhead) -> Broken:
    signatures = [_tags(value) for value in head.message.get_all("DKIM-Signature", [])]
    if signatures and not any(tags.get("a") == "rsa-sha256" for tags in signatures):
        yield "M5", "no signature is rsa-sha256, which every verifier knows"
    wanted = [*COVERED, *(name for name in OF_ISSUES[:3] if head.is_issue)]
    for tags in signatures:
        names = tags.get("h", "").lower().split(":")
        if not _aligned(tags.get("d", ""), head.domain):
            yield "M5", f"d={tags.get('d')} is not aligned with From's {head.domain}"
        if "l" in tags:
            yield "M5", "l= leaves the end of the body unsigned"
        if missing := [name for name in wanted if name.lower() not in names]:
            yield "M5", f"h= does not cover {', '.join(missing)}"
        for name in OVERSIGNED:
            if names.count(name.lower()) <= len(head.message.get_all(name, [])):
                yield "M5", f"h= does not oversign {name}"


def _kinds(head: Letterhead) -> Broken:
    if not head.is_issue:
        if head.one("Auto-Submitted") != "auto-generated":
            yield "M6", f"Auto-Submitted is {head.one('Auto-Submitted')}, not auto-generated"
        for name in (*OF_ISSUES, "Precedence"):
            if name in head.message:
                yield "M6", f"a notice mail has no {name}"
        return
    for name in OF_ISSUES:
        if (count := len(head.message.get_all(name, []))) != 1:
            yield "M6", f"an issue has one {name}, not {count}"
    if head.one("Precedence") != "bulk":
        yield "M6", "an issue has Precedence: bulk"


def _return_path(head: Letterhead) -> Broken:
    domain = _domain(head.one("Return-Path"))
    if domain and not _aligned(domain, head.domain):
        yield "M7", f"the envelope sender's domain {domain} is not aligned with From's {head.domain}"


def _one_click(head: Letterhead) -> str:
    urls: Iterator[str] = (part.strip(" <>") for part in head.one("List-Unsubscribe").split(","))
    return next((url for url in urls if url.startswith("http")), "")


def _domain(value: str) -> str:
    mailboxes = getaddresses([value])
    return mailboxes[0][1].rpartition("@")[2].lower() if mailboxes else ""


def _aligned(one: str, other: str) -> bool:
    """Relaxed alignment: one is the other or lies below it."""
    one, other = one.lower(), other.lower()
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _tags(value: str) -> dict[str, str]:
    pairs = (tag.partition("=") for tag in "".join(str(value).split()).split(";") if tag)
    return {name: text for name, _, text in pairs}
