"""Letters: messages with their envelopes, for whoever sends them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from syndicate.audience.addresses import read_address
from syndicate.audience.tokens import (
    Keyring,
    Purpose,
    confirmation_token,
    preferences_token,
    unsubscribe_token,
)
from syndicate.deliver.compose import (
    Slots,
    build_issue,
    build_notice,
    envelope_domain,
    message_id,
    notice_message_id,
    splice,
    verp,
)
from syndicate.deliver.dkim import Signer, choose_signers
from syndicate.deliver.notices import NoticeFacts, render_notice
from syndicate.deliver.wire import Letter
from syndicate.errors import ComposeFault, NotFound
from syndicate.model import links
from syndicate.model.catalogue import Catalogue
from syndicate.model.delivery import NoticeKind, NoticeMail, Recipient
from syndicate.model.newsletter import Issue, Newsletter
from syndicate.templating import Templates

# Notice mails share the envelope sender's form; no issue has this number.
NO_ISSUE = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """Composes issues and notice mails for one publisher (the Compositor of deliver/sending)."""

    catalogue: Catalogue
    keyring: Keyring
    templates: Templates
    now: Callable[[], datetime]
    signers: tuple[Signer, ...] = ()
    bounce_domain: str = ""

    def issue(self, issue: Issue) -> Callable[[Recipient], Letter]:
        """What composes this issue's letters. Raises ComposeFault, BadAddress or NotFound."""
        newsletter = self._newsletter(issue.newsletter)
        signers = self._signers(newsletter)
        template = build_issue(issue, newsletter, site=self.catalogue.site, signers=signers)
        domain = envelope_domain(newsletter.sender, self.bounce_domain)

        def compose(recipient: Recipient) -> Letter:
            to = recipient.subscriber_id
            return Letter(
                sender=verp(self.keyring, domain, issue_id=issue.id, subscriber_id=to),
                recipient=recipient.address,
                data=splice(template, self._slots(issue, newsletter, recipient)),
            )

        return compose

    def notice(self, mail: NoticeMail, *, at: datetime) -> Letter:
        """A notice mail's letter. Raises ComposeFault, TemplateFault, BadAddress or NotFound."""
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
        host = read_address(newsletter.sender.address).domain
        return choose_signers(self.signers, sender=host, at=self.now())

    def _slots(self, issue: Issue, newsletter: Newsletter, recipient: Recipient) -> Slots:
        to = recipient.subscriber_id
        unsubscribe = links.unsubscribe_path(unsubscribe_token(self.keyring, to, newsletter.name))
        preferences = links.preferences_path(preferences_token(self.keyring, to))
        return Slots(
            address=recipient.address,
            name=recipient.name,
            message_id=message_id(self.keyring, newsletter, issue_id=issue.id, subscriber_id=to),
            date=self.now(),
            unsubscribe_url=self._absolute(unsubscribe),
            preferences_url=self._absolute(preferences),
        )

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
