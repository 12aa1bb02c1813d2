"""Messages: an issue's MIME is built once, then spliced per recipient; notice mails are built one by one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from syndicate.audience.addresses import read_address
from syndicate.audience.tokens import Keyring, keyed_hash, read_verp_tag, verp_tag
from syndicate.deliver.bodies import Body, Chunk, build_body
from syndicate.deliver.dkim import Signer, hash_body
from syndicate.deliver.headers import Field, date_field, field, mailbox_tokens, phrase_tokens, text_field
from syndicate.errors import ComposeFault, TokenRefused
from syndicate.model.hosts import LOOPBACK
from syndicate.model.links import absolute, issue_path, newsletter_path
from syndicate.model.newsletter import Issue, Newsletter, Sender
from syndicate.model.site import Site

ONE_CLICK = "List-Unsubscribe=One-Click"
VERP_PREFIX = "b-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """What differs per recipient. `message_id` is without its angle brackets; URLs are absolute."""

    address: str
    message_id: str
    date: datetime
    unsubscribe_url: str
    preferences_url: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTemplate:
    """An issue's message with everything done that is the same for all its recipients."""

    sender: Field
    fields: tuple[Field, ...]
    bodies: tuple[Body, ...]
    boundary: str
    signers: tuple[Signer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeText:
    """A rendered notice mail, both parts."""

    subject: str
    html: str
    text: str


def build_issue(
    issue: Issue, newsletter: Newsletter, *, site: Site, signers: Sequence[Signer] = ()
) -> MessageTemplate:
    """Build an issue's message once. Raises ComposeFault or BadAddress when a rule of ours is broken."""
    base = urlsplit(site.base_url)
    if base.scheme != "https" and base.hostname not in LOOPBACK:
        raise ComposeFault(
            f"site.base_url {site.base_url} has to be https, since mails link to it (RFC 8058)"
        )
    boundary = f"=_{issue.slot_key}"
    return MessageTemplate(
        sender=_sender(newsletter.sender),
        fields=(
            *_shared_fields(newsletter.sender, issue.subject, boundary),
            *_list_fields(issue, newsletter, site),
        ),
        bodies=_bodies(issue.text, issue.html, issue.slot_key),
        boundary=boundary,
        signers=tuple(signers),
    )


def splice(template: MessageTemplate, slots: Slots) -> bytes:
    """One recipient's message, signed. Raises BadAddress."""
    own = (
        template.sender,
        field("To", mailbox_tokens(slots.name, slots.address, room=74)),
        date_field(slots.date),
        field("Message-ID", [f"<{slots.message_id}>"]),
        field("List-Unsubscribe", [f"<{slots.unsubscribe_url}>"]),
    )
    values = {
        "address": slots.address,
        "name": slots.name,
        "unsubscribe_url": slots.unsubscribe_url,
        "preferences_url": slots.preferences_url,
    }
    return _assemble((*own, *template.fields), template.bodies, template.boundary, template.signers, values)


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
        *_shared_fields(sender, text.subject, boundary),
        field("Auto-Submitted", ["auto-generated"]),
    )
    return _assemble(fields, _bodies(text.text, text.html, ""), boundary, signers, {})


def message_id(keyring: Keyring, newsletter: Newsletter, *, issue_id: int, subscriber_id: int) -> str:
    """The Message-ID of one delivery, without brackets: equal on every retry (requirement M2)."""
    return _identifier(keyring, newsletter.sender, "issue", issue_id, subscriber_id)


def notice_message_id(keyring: Keyring, sender: Sender, *, purpose: str, row: int) -> str:
    """The Message-ID of a notice mail, without brackets, by its purpose and its row in the outbox."""
    return _identifier(keyring, sender, purpose, row)


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


def _identifier(keyring: Keyring, sender: Sender, *parts: str | int) -> str:
    digest = keyed_hash(keyring, "message-id", *map(str, parts))
    return f"{digest[:40]}@{read_address(sender.address).domain}"


def _sender(sender: Sender) -> Field:
    return field("From", mailbox_tokens(sender.name, sender.address, room=72))


def _shared_fields(sender: Sender, subject: str, boundary: str) -> Iterable[Field]:
    if sender.reply_to:
        yield field("Reply-To", mailbox_tokens("", sender.reply_to))
    yield text_field("Subject", subject)
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


def _assemble(
    fields: Sequence[Field],
    bodies: Sequence[Body],
    boundary: str,
    signers: Sequence[Signer],
    values: Mapping[str, str],
) -> bytes:
    chunks: list[Chunk] = []
    for body in bodies:
        head = f"--{boundary}\r\n".encode() + body.head()
        chunks += [Chunk(raw=head, canonical=head), *body.chunks(values)]
    end = f"--{boundary}--\r\n".encode()
    chunks.append(Chunk(raw=end, canonical=end))
    signatures: list[Field] = []
    if signers:
        digest = hash_body(chunk.canonical for chunk in chunks)
        signatures = [signer.sign(fields, digest) for signer in signers]
    head = b"".join(one.raw for one in (*signatures, *fields))
    return head + b"\r\n" + b"".join(chunk.raw for chunk in chunks)
