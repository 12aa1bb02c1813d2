"""Sign-up and what is behind the links in our mails. GET never changes anything: scanners follow links."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from syndicate.audience import preferences, subscriptions
from syndicate.audience.choices import choose_sections
from syndicate.audience.subscriptions import Request as Wanted
from syndicate.audience.subscriptions import SignUp, consent_wording
from syndicate.audience.tokens import preferences_token
from syndicate.errors import BadAddress, NotFound, OwnFault, TryLater
from syndicate.model import links
from syndicate.model.delivery import NOBODY
from syndicate.model.language import primary
from syndicate.publish.pages import newsletter_page
from syndicate.templating import spoken, words
from syndicate.web.answers import PRIVATE, Head, Link, Told, message, newsletter_link, page
from syndicate.web.guard import client_address
from syndicate.web.pages import newsletter_answer
from syndicate.web.serving import Serving, serving

MOST_SECTIONS = 200


async def sign_up(request: Request) -> Response:
    """POST of a sign-up form: the same answer whoever it is (requirement E5)."""
    here = serving(request)
    name = request.path_params["newsletter"]
    form = await request.form(max_files=0, max_fields=20)
    wanted = SignUp(
        address=str(form.get("address", "")),
        newsletter=name,
        caller=client_address(request, here.settings.trusted_proxies),
    )
    language = here.people.newsletter(name).language
    said = words(language)
    try:
        await subscriptions.sign_up(here.people, wanted)
    except BadAddress:
        return await _mistake(here, name, said["web_bad_address_title"], said["web_bad_address_text"])
    except TryLater as error:
        if error.retry_after is None:
            raise
        told = Told(title=said["web_too_many_title"], texts=(said["web_too_many_text"],))
        headers = {"retry-after": str(int(error.retry_after))}
        return message(here, told, language=language, status=429, headers=headers)
    told = Told(title=said["web_sent_title"], texts=(said["web_sent_text"], said["web_sent_hint"]))
    return message(here, told, language=language)


async def show_confirmation(request: Request) -> Response:
    """The page behind a confirmation mail's link: a button."""
    here = serving(request)
    token = request.path_params["token"]
    wanted = await subscriptions.find_request(here.people, token)
    if not wanted.awaiting:
        return _nothing_awaits(here, wanted)
    language = wanted.newsletter.language
    view = {
        "path": links.confirm_path(token),
        "sentences": [consent_wording(here.people, one) for one in wanted.awaiting],
    }
    head = Head(title=words(language)["web_confirm_title"], language=language, noindex=True)
    return page(here, "confirm", view, head=head, headers=PRIVATE)


async def confirm(request: Request) -> Response:
    """POST of that button."""
    here = serving(request)
    wanted = await subscriptions.confirm(
        here.people, request.path_params["token"], source="web page behind the link in the confirmation mail"
    )
    if not wanted.awaiting:
        return _nothing_awaits(here, wanted)
    language = wanted.newsletter.language
    said = words(language)
    told = Told(
        title=said["web_confirmed_title"],
        texts=tuple(said["web_confirmed_text"].format(newsletter=one.title) for one in wanted.awaiting),
        links=(_preferences_link(here, wanted.subscriber_id, said["web_preferences_title"]),),
    )
    return message(here, told, language=language)


async def show_unsubscription(request: Request) -> Response:
    """The page behind an unsubscribe link: a button."""
    here = serving(request)
    token = request.path_params["token"]
    ended = subscriptions.read_ended(here.people, token)
    language = ended.newsletter.language if ended.newsletter else here.catalogue.site.language
    if ended.subscriber_id >= NOBODY:
        return _of_a_test(here, language)
    title = ended.newsletter.title if ended.newsletter else ended.name
    head = Head(
        title=words(language)["web_unsubscribe_title"].format(newsletter=title),
        language=language,
        noindex=True,
    )
    view = {"newsletter": title, "path": links.unsubscribe_path(token)}
    return page(here, "unsubscribe", view, head=head, headers=PRIVATE)


async def unsubscribe(request: Request) -> Response:
    """POST of that button, or of a mail program (RFC 8058): done at once, whatever the body says."""
    here = serving(request)
    ended = await subscriptions.unsubscribe(here.people, request.path_params["token"], reason="link")
    language = ended.newsletter.language if ended.newsletter else here.catalogue.site.language
    if ended.subscriber_id >= NOBODY:
        return _of_a_test(here, language)
    said = words(language)
    title = ended.newsletter.title if ended.newsletter else ended.name
    again = (newsletter_link(here, ended.newsletter, said["web_changed_mind"]),) if ended.newsletter else ()
    told = Told(
        title=said["web_unsubscribed_title"],
        texts=(said["web_unsubscribed_text"].format(newsletter=title),),
        links=again,
    )
    return message(here, told, language=language)


async def show_preferences(request: Request) -> Response:
    """One person's newsletters."""
    return await _preferences(request)


async def change_preferences(request: Request) -> Response:
    """POST of one of the buttons there: sections, language, end, start or forget."""
    here = serving(request)
    token = request.path_params["token"]
    form = await request.form(max_files=0, max_fields=MOST_SECTIONS)
    newsletter = str(form.get("newsletter", ""))
    match form.get("act"):
        case "sections":
            wanted = {str(title) for title in form.getlist("section")}
            try:
                await choose_sections(here.people, token, newsletter, wanted)
            except OwnFault:
                return await _preferences(request, unchosen=newsletter)
        case "language":
            await _set_language(here, token, str(form.get("language", "")))
        case "end":
            await preferences.end(here.people, token, newsletter)
        case "start":
            await preferences.start(here.people, token, newsletter, source="preferences page")
        case "forget":
            await preferences.forget_me(here.people, token)
        case _:
            await preferences.find_preferences(here.people, token)
            raise HTTPException(400)
    return await _preferences(request, saved=True)


async def _set_language(here: Serving, token: str, language: str) -> None:
    try:
        await preferences.set_language(here.people, token, language)
    except OwnFault as error:
        raise HTTPException(400) from error


async def _preferences(request: Request, *, saved: bool = False, unchosen: str = "") -> Response:
    """The page; `unchosen` names a newsletter whose sections cannot all be left out."""
    here = serving(request)
    token = request.path_params["token"]
    found = await preferences.find_preferences(here.people, token)
    language = found.language or here.catalogue.site.language
    said = words(language)
    if found.test:
        return _of_a_test(here, language)
    if not found.known:
        told = Told(title=said["web_forgotten_title"], texts=(said["web_forgotten_text"],))
        return message(here, told, language=language)
    head = Head(title=said["web_preferences_title"], language=language, noindex=True)
    path = links.preferences_path(token)
    languages = {one: words(one)["language_name"] for one in sorted(spoken())}
    view = {
        "preferences": found,
        "path": path,
        "saved": saved,
        "unchosen": unchosen,
        "languages": languages,
        "current": primary(language),
    }
    status = 400 if unchosen else 200
    return page(here, "preferences", view, head=head, status=status, headers=PRIVATE)


def _of_a_test(here: Serving, language: str) -> Response:
    said = words(language)
    told = Told(title=said["web_test_title"], texts=(said["web_test_text"],))
    return message(here, told, language=language)


async def _mistake(here: Serving, name: str, title: str, text: str) -> Response:
    found = await newsletter_page(here.people.db, here.catalogue, name)
    if found is None:
        raise NotFound("no such newsletter")
    return newsletter_answer(here, found, fault=Told(title=title, texts=(text,)), status=400)


def _nothing_awaits(here: Serving, wanted: Wanted) -> Response:
    newsletter = wanted.newsletter
    said = words(newsletter.language)
    state = "already" if wanted.active else "spent"
    if wanted.active:
        onward = _preferences_link(here, wanted.subscriber_id, said["web_preferences_title"])
    else:
        title = said["web_sign_up_for"].format(newsletter=newsletter.title)
        onward = newsletter_link(here, newsletter, title)
    told = Told(
        title=said[f"web_{state}_title"],
        texts=(said[f"web_{state}_text"].format(newsletter=newsletter.title),),
        links=(onward,),
    )
    return message(here, told, language=newsletter.language)


def _preferences_link(here: Serving, subscriber_id: int, text: str) -> Link:
    token = preferences_token(here.people.keyring, subscriber_id)
    return Link(text=text, url=here.base_path + links.preferences_path(token))
