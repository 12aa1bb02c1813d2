"""Messages: an issue's MIME is built once, then spliced per recipient; notice mails are built one by one."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from syndicate.audience.addresses import read_address
from syndicate.audience.tokens import Keyring, keyed_hash, read_verp_tag, verp_tag
from syndicate.deliver.bodies import Body, build_body
from syndicate.deliver.dkim import Signer
from syndicate.deliver.envelope import unstuffed
from syndicate.deliver.headers import Field, date_field, field, mailbox_tokens, phrase_tokens, text_field
from syndicate.deliver.pieces import piece_together
from syndicate.deliver.seal import seal_of
from syndicate.deliver.splice import OWN, MessageTemplate, Slots, splice
from syndicate.errors import ComposeFault, TokenRefused
from syndicate.model.hosts import LOOPBACK
from syndicate.model.links import absolute, issue_path, newsletter_path
from syndicate.model.newsletter import Issue, Newsletter, Sender
from syndicate.model.site import Site
from syndicate.model.slots import slot
from syndicate.templating import words

__all__ = ["Slots", "build_issue", "build_notice", "splice"]

ONE_CLICK = "List-Unsubscribe=One-Click"
VERP_PREFIX = "b-"
MESSAGE_ID = "message-id"
MESSAGE_ID_DIGITS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeText:
    """A rendered notice mail, both parts."""

    subject: str
    html: str
    text: str


def build_issue(
    issue: Issue, newsletter: Newsletter, *, site: Site, signers: Sequence[Signer] = (), language: str = ""
) -> MessageTemplate:
    """Build an issue's message once, in words of a `language` other than the newsletter's where it has one.

    Raises ComposeFault or BadAddress when a rule of ours is broken.
    """
    base = urlsplit(site.base_url)
    if base.scheme != "https" and base.hostname not in LOOPBACK:
        raise ComposeFault(
            f"site.base_url {site.base_url} has to be https, since mails link to it (RFC 8058)"
        )
    boundary = f"=_{issue.slot_key}"
    subject = issue.letter_subject or issue.subject
    called = slot(issue.slot_key, "name")
    fields = (*_shared_fields(newsletter.sender, boundary), *_list_fields(issue, newsletter, site))
    own: tuple[str, ...] = OWN
    if called not in subject:
        fields, own = (text_field("Subject", subject), *fields), OWN[:-1]
    return MessageTemplate(
        sender=_sender(newsletter.sender),
        fields=fields,
        rest=b"".join(one.raw for one in fields) + b"\r\n",
        body=piece_together(_bodies(issue.text, issue.html, issue.slot_key), boundary),
        seals=tuple(seal_of(signer, own, fields) for signer in signers),
        subject=_subject_for(subject, called) if called in subject else None,
        nameless=words(language or newsletter.language)["reader"],
    )


def build_notice(
    text: NoticeText,
    sender: Sender,
    *,
    address: str,
    message_id: str,
    date: datetime,
    signers: Sequence[Signer] = (),
) -> bytes:
    """One notice mail, signed. It has no list headers and says that a machine wrote it (RFC 3834)."""
    boundary = f"=_{message_id.partition('@')[0]}"
    fields = (
        _sender(sender),
        field("To", mailbox_tokens("", address)),
        date_field(date),
        field("Message-ID", [f"<{message_id}>"]),
        text_field("Subject", text.subject),
        *_shared_fields(sender, boundary),
        field("Auto-Submitted", ["auto-generated"]),
    )
    body = piece_together(_bodies(text.text, text.html, ""), boundary)
    digest = body.digest(body.fixed) if signers else b""
    signatures = [signer.sign(fields, digest) for signer in signers]
    head = b"".join(one.raw for one in (*signatures, *fields))
    return head + b"\r\n" + unstuffed(b"".join(body.fixed))


def message_id(keyring: Keyring, newsletter: Newsletter, *, issue_id: int, subscriber_id: int) -> str:
    """The Message-ID of one delivery, without brackets: equal on every retry (requirement M2)."""
    return _identifier(keyring, newsletter.sender, *message_id_parts(issue_id), str(subscriber_id))


def message_id_parts(issue_id: int) -> tuple[str, ...]:
    """What is hashed for an issue's Message-IDs before the subscriber's id."""
    return MESSAGE_ID, "issue", str(issue_id)


def notice_message_id(keyring: Keyring, sender: Sender, *, purpose: str, row: int) -> str:
    """The Message-ID of a notice mail, without brackets, by its purpose and its row in the outbox."""
    return _identifier(keyring, sender, MESSAGE_ID, purpose, str(row))


def verp(keyring: Keyring, domain: str, *, issue_id: int, subscriber_id: int) -> str:
    """The envelope sender of one delivery (requirement M7); notice mails have issue 0 and their row."""
    return f"{VERP_PREFIX}{verp_tag(keyring, issue_id, subscriber_id)}@{domain}"


def read_verp(keyring: Keyring, address: str) -> tuple[int, int]:
    """Issue and subscriber of an envelope sender. Raises TokenRefused unless our signature vouches."""
    local = address.partition("@")[0].lower()
    if not local.startswith(VERP_PREFIX):
        raise TokenRefused("not an envelope sender of ours")
    issue_id, subscriber_id = read_verp_tag(keyring, local.removeprefix(VERP_PREFIX))
    return issue_id, subscriber_id


def envelope_domain(sender: Sender, bounce_domain: str = "") -> str:
    """The domain that bounces come back to: the configured one, else From's, so that SPF aligns."""
    return bounce_domain or read_address(sender.address).domain


def _identifier(keyring: Keyring, sender: Sender, *parts: str) -> str:
    digest = keyed_hash(keyring, *parts)
    return f"{digest[:MESSAGE_ID_DIGITS]}@{read_address(sender.address).domain}"


def _sender(sender: Sender) -> Field:
    return field("From", mailbox_tokens(sender.name, sender.address, room=72))


def _subject_for(subject: str, called: str) -> Callable[[str], Field]:
    return lambda name: text_field("Subject", subject.replace(called, name))


def _shared_fields(sender: Sender, boundary: str) -> Iterable[Field]:
    if sender.reply_to:
        yield field("Reply-To", mailbox_tokens("", sender.reply_to))
    yield field("MIME-Version", ["1.0"])
    yield field("Content-Type", ["multipart/alternative;", f'boundary="{boundary}"'])


def _list_fields(issue: Issue, newsletter: Newsletter, site: Site) -> Iterable[Field]:
    domain = read_address(newsletter.sender.address).domain
    # RFC 2919, section 3: of a domain that is one's own. The site's address changes when it goes public.
    list_id = newsletter.list_id or f"{newsletter.name}.{domain}"
    archive = absolute(site.base_url, newsletter_path(newsletter.name))
    copy = absolute(site.base_url, issue_path(newsletter.name, issue.number))
    yield field("List-Id", [*phrase_tokens(newsletter.title, room=69), f"<{list_id}>"])
    yield field("List-Unsubscribe-Post", [ONE_CLICK])
    yield field("List-Archive", [f"<{archive}>"])
    yield field("Archived-At", [f"<{copy}>"])
    yield field("Feedback-ID", [_feedback_id(issue, newsletter, domain)])
    yield field("Precedence", ["bulk"])


def _feedback_id(issue: Issue, newsletter: Newsletter, domain: str) -> str:
    # Four fields, the last names the sender and stays the same over all its mail.
    name = "".join(letter for letter in newsletter.name if letter.isascii() and letter.isalnum())
    return f"{issue.number}:{name}:digest:{domain.replace('.', '-')[:15]}"


def _bodies(text: str, html: str, slot_key: str) -> tuple[Body, Body]:
    return (
        build_body(text, subtype="plain", slot_key=slot_key),
        build_body(html, subtype="html", slot_key=slot_key),
    )
