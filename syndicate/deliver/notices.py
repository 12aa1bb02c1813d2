"""Notice mails as people read them: a confirmation, a fresh link, an alert."""

from collections.abc import Mapping
from dataclasses import dataclass

from syndicate.deliver.compose import NoticeText
from syndicate.formats.html import plain
from syndicate.model.delivery import NoticeKind
from syndicate.model.language import direction_of
from syndicate.model.newsletter import Newsletter
from syndicate.model.site import Site
from syndicate.publish.colours import DARK_PAPER, LIGHT_PAPER, readable
from syndicate.publish.digest import inline
from syndicate.publish.digest_view import fill
from syndicate.templating import Templates


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeMailView:
    """A notice mail, finished: what it says, its one link, and what stands small at its end."""

    title: str
    subject: str
    preheader: str
    paragraphs: tuple[str, ...]
    link: str
    url: str
    small: tuple[str, ...]
    sender: str
    postal_address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFacts:
    """What a notice mail is about. `matter`, `what` and `remedy` are an alert's own words."""

    kind: NoticeKind
    language: str
    url: str
    matter: str = ""
    what: str = ""
    remedy: str = ""


def render_notice(
    facts: NoticeFacts, newsletter: Newsletter, *, site: Site, templates: Templates
) -> NoticeText:
    """Render both parts. Raises TemplateFault."""
    view = notice_mail_view(facts, newsletter, site=site)
    context: Mapping[str, object] = {
        "notice": view,
        "language": facts.language,
        "direction": direction_of(facts.language),
        "accent": readable(newsletter.accent, on=LIGHT_PAPER),
        "accent_dark": readable(newsletter.accent, on=DARK_PAPER),
    }
    return NoticeText(
        subject=view.subject,
        html=plain(inline(templates.render(f"email/{facts.kind}.html", context))),
        text=plain(templates.render(f"email/{facts.kind}.txt", context)),
    )


def notice_mail_view(facts: NoticeFacts, newsletter: Newsletter, *, site: Site) -> NoticeMailView:
    """The words of a notice mail in its reader's language; nothing that a visitor typed is among them."""
    names = {"newsletter": newsletter.title, "site": site.name, "matter": facts.matter}
    stem = facts.kind.replace("-", "_")

    def say(word: str) -> str:
        return fill(f"{stem}_{word}", facts.language, **names)

    small = {
        NoticeKind.CONFIRMATION: ("expires", "ignore"),
        NoticeKind.FRESH_LINK: ("ignore",),
        NoticeKind.ALERT: (),
    }[facts.kind]
    told = (facts.what, f"{say('remedy')}: {facts.remedy}") if facts.kind is NoticeKind.ALERT else ()
    return NoticeMailView(
        title=newsletter.title,
        subject=say("subject").replace("\u2068", "").replace("\u2069", ""),
        preheader=say("preheader"),
        paragraphs=(say("text"), *told),
        link=say("link"),
        url=facts.url,
        small=tuple(say(word) for word in small),
        sender=newsletter.sender.name or site.name,
        postal_address=newsletter.postal_address or site.postal_address,
    )
