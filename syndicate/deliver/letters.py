"""Letters: messages with their envelopes, for whoever sends them."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from syndicate.audience.stamps import (
    keyed_hashes_with,
    preferences_tokens,
    unsubscribe_tokens,
    verp_tags,
)
from syndicate.audience.tokens import Keyring, Purpose, confirmation_token, preferences_token
from syndicate.deliver.compose import (
    MESSAGE_ID_DIGITS,
    VERP_PREFIX,
    build_issue,
    build_notice,
    envelope_domain,
    message_id_parts,
    notice_message_id,
    verp,
)
from syndicate.deliver.dkim import Signer, choose_signers
from syndicate.deliver.envelope import Letter
from syndicate.deliver.headers import Field, date_field
from syndicate.deliver.splice import MessageTemplate
from syndicate.errors import ComposeFault, NotFound
from syndicate.model import links
from syndicate.model.catalogue import Catalogue
from syndicate.model.delivery import NoticeKind, NoticeMail, Recipient
from syndicate.model.newsletter import Issue, IssueRendering, Newsletter
from syndicate.publish.recent import Recent
from syndicate.templating import Templates

# Notice mails share the envelope sender's form; no issue has this number.
NO_ISSUE = 0
# Messages of issues and of their segments, some 100 KB each: more than an issue has segments (200).
KEPT = 256
SECOND = timedelta(seconds=1)


# Envelope sender, Message-ID, and the links to leave and to the preferences.
Marks = tuple[str, str, tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """Composes issues and notice mails for one publisher (the Compositor of deliver/sending).

    `kept` holds the messages that were built lately; a pre-flight makes samples on threads while others send.
    """

    catalogue: Catalogue
    keyring: Keyring
    templates: Templates
    now: Callable[[], datetime]
    signers: tuple[Signer, ...] = ()
    bounce_domain: str = ""
    kept: Recent[MessageTemplate] = field(default_factory=partial(Recent, KEPT), compare=False, repr=False)

    def issue(self, issue: Issue) -> Callable[[Recipient], Letter]:
        """What composes this issue's letters. Raises ComposeFault, BadAddress or NotFound."""
        newsletter = self._newsletter(issue.newsletter)
        stamps = self._stamps(issue, newsletter)
        pick = self._templates(issue, newsletter)
        date = _dates(self.now)

        def compose(recipient: Recipient) -> Letter:
            sender, identity, urls = stamps(recipient.subscriber_id)
            stuffed, size = pick(recipient.segment).fill(
                recipient.address, name=recipient.name, message_id=identity, urls=urls, date=date()
            )
            return Letter(sender=sender, recipient=recipient.address, stuffed=stuffed, size=size)

        return compose

    def notice(self, mail: NoticeMail, *, at: datetime) -> Letter:
        """A notice mail's letter. Raises ComposeFault, TemplateFault, BadAddress or NotFound."""
        # Here, since what inlines styles takes 11 MB, and whoever sends issues alone needs none of it.
        from syndicate.deliver.notices import NoticeFacts, render_notice

        newsletter = self._newsletter(mail.newsletter)
        facts = NoticeFacts(
            kind=mail.kind,
            language=mail.language or newsletter.language,
            url=self._notice_url(mail, at),
            matter=str(mail.data.get("matter", "")),
            what=str(mail.data.get("what", "")),
            remedy=str(mail.data.get("remedy", "")),
        )
        text = render_notice(facts, newsletter, site=self.catalogue.site, templates=self.templates)
        sender = newsletter.sender
        data = build_notice(
            text,
            sender,
            address=mail.address,
            message_id=notice_message_id(self.keyring, sender, purpose=mail.kind, row=mail.id),
            date=at,
            signers=self._signers(newsletter),
        )
        domain = envelope_domain(sender, self.bounce_domain)
        envelope = verp(self.keyring, domain, issue_id=NO_ISSUE, subscriber_id=mail.id)
        return Letter(sender=envelope, recipient=mail.address, data=data)

    def _signers(self, newsletter: Newsletter) -> tuple[Signer, ...]:
        host = envelope_domain(newsletter.sender)
        return choose_signers(self.signers, sender=host, at=self.now())

    def _templates(self, issue: Issue, newsletter: Newsletter) -> Callable[[str], MessageTemplate]:
        """Segment key → its message; the issue's own where a segment has no rendering."""
        made = {"": self._message(issue, newsletter)}
        renderings = {one.segment.key: one for one in issue.renderings if one.html}

        def pick(segment: str) -> MessageTemplate:
            if segment not in made:
                own = renderings.get(segment)
                made[segment] = self._of_segment(issue, newsletter, own) if own else made[""]
            return made[segment]

        return pick

    def _of_segment(self, issue: Issue, newsletter: Newsletter, own: IssueRendering) -> MessageTemplate:
        rendered = replace(
            issue,
            subject=own.subject,
            letter_subject="",
            html=own.html,
            text=own.text,
            slot_key=own.slot_key,
        )
        return self._message(rendered, newsletter, language=own.segment.language)

    def _message(self, issue: Issue, newsletter: Newsletter, *, language: str = "") -> MessageTemplate:
        """An issue's message, or a segment's. Kept over batches: each may hold readers of every segment."""
        signers = self._signers(newsletter)
        # Every word of it: an issue that was compiled again is another one.
        said = issue.subject, issue.letter_subject, issue.slot_key, issue.text, issue.html
        digest = hashlib.sha256("\0".join(said).encode("utf-8", "surrogatepass")).hexdigest()
        key = "/".join((str(issue.id), language, *(one.name for one in signers), digest))
        site = self.catalogue.site
        build = partial(build_issue, issue, newsletter, site=site, signers=signers, language=language)
        return self.kept.find(key, build)

    def _stamps(self, issue: Issue, newsletter: Newsletter) -> Callable[[int], Marks]:
        """Subscriber id → everything that is signed for them."""
        sender = newsletter.sender
        envelope, home = envelope_domain(sender, self.bounce_domain), envelope_domain(sender)
        tag = verp_tags(self.keyring, issue.id)
        identity = keyed_hashes_with(self.keyring, *message_id_parts(issue.id))
        leave, prefer = unsubscribe_tokens(self.keyring, newsletter.name), preferences_tokens(self.keyring)
        leaving = self._absolute(links.unsubscribe_path(""))
        preferring = self._absolute(links.preferences_path(""))

        def stamp(subscriber_id: int) -> Marks:
            return (
                f"{VERP_PREFIX}{tag(subscriber_id)}@{envelope}",
                f"{identity(subscriber_id)[:MESSAGE_ID_DIGITS]}@{home}",
                (leaving + leave(subscriber_id), preferring + prefer(subscriber_id)),
            )

        return stamp

    def _notice_url(self, mail: NoticeMail, at: datetime) -> str:
        """An alert's own link; else one made now, so that its 7 days begin when the mail leaves."""
        if mail.kind is NoticeKind.ALERT:
            return str(mail.data.get("url", "")) or self.catalogue.site.base_url
        if "subscriber_id" not in mail.data:
            raise ComposeFault(f"the {mail.kind} mail {mail.id} names no subscriber, so it has no link")
        subscriber_id = int(mail.data["subscriber_id"])
        if mail.kind is NoticeKind.CONFIRMATION or mail.data.get("purpose") == Purpose.CONFIRM:
            token = confirmation_token(self.keyring, subscriber_id, mail.newsletter, at=at)
            return self._absolute(links.confirm_path(token))
        return self._absolute(links.preferences_path(preferences_token(self.keyring, subscriber_id)))

    def _absolute(self, path: str) -> str:
        return links.absolute(self.catalogue.site.base_url, path)

    def _newsletter(self, name: str) -> Newsletter:
        if name not in self.catalogue.newsletters:
            raise NotFound(f"the newsletter {name!r} is no longer configured, so nothing can be sent for it")
        return self.catalogue.newsletters[name]


def _dates(now: Callable[[], datetime]) -> Callable[[], Field]:
    """The Date field of this moment, made anew once a second."""
    second = now().replace(microsecond=0)
    later, made = second + SECOND, date_field(second)

    def date() -> Field:
        nonlocal second, later, made
        moment = now()
        if not second <= moment < later:
            second = moment.replace(microsecond=0)
            later, made = second + SECOND, date_field(second)
        return made

    return date
