import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from syndicate.audience.importing import add_subscriber
from syndicate.audience.subscriptions import forget_address
from syndicate.audience.suppression import suppress
from syndicate.audience.tokens import confirmation_token, preferences_token, unsubscribe_token
from syndicate.model.delivery import NOBODY
from syndicate.model.feed import Selection
from syndicate.model.newsletter import Section
from syndicate.model.site import WebSettings
from syndicate.model.subscriber import SubscriptionState, SuppressionReason
from syndicate.store import messages, subscribers, subscriptions
from syndicate.store.database import Database
from tests.builders import NOON, a_clock, a_newsletter
from tests.web.conftest import RING, Answer, Running, a_site

SIGN_UP = "/newsletters/daily/subscriptions"
MINA = "mina@example.org"


async def state(site: Running, address: str = MINA, newsletter: str = "daily") -> SubscriptionState | None:
    found = await site.db.read(subscribers.find_by_key, address)
    kept = found and await site.db.read(subscriptions.find_subscription, found.id, newsletter)
    return kept.state if kept else None


async def mina(site: Running) -> int:
    found = await site.db.read(subscribers.find_by_key, MINA)
    assert found is not None
    return found.id


async def subscribed(site: Running) -> str:
    await add_subscriber(site.people, MINA, newsletters=["daily"], consent="paper form")
    return unsubscribe_token(RING, await mina(site), "daily")


async def asked(site: Running, newsletter: str = "daily") -> str:
    await site.post(f"/newsletters/{newsletter}/subscriptions", data={"address": MINA})
    return "/confirm/" + confirmation_token(RING, await mina(site), newsletter, at=NOON)


def told(answer: Answer) -> tuple[int, str]:
    return answer.status, re.sub(r"[\w-]{30,}", "TOKEN", answer.text)


async def test_a_sign_up_asks_to_look_into_the_mailbox(site: Running) -> None:
    answer = await site.post(SIGN_UP, data={"address": MINA})
    assert answer.status == 200
    assert "Look into your mailbox" in answer.text
    assert MINA not in answer.text
    assert await state(site) is SubscriptionState.PENDING
    mail = await site.db.read(messages.find_message, 1)
    assert mail is not None
    assert mail.address == MINA


async def test_a_persian_newsletter_answers_in_persian(site: Running) -> None:
    answer = await site.post("/newsletters/weekly/subscriptions", data={"address": MINA})
    assert '<html lang="fa" dir="rtl">' in answer.text


async def test_the_answer_does_not_tell_whether_an_address_is_known(site: Running) -> None:
    await subscribed(site)
    await add_subscriber(site.people, "old@example.org", newsletters=["daily"], consent="form")
    await suppress(site.people, "gone@example.org", reason=SuppressionReason.COMPLAINT)
    addresses = (MINA, "gone@example.org", "new@example.org", "old@example.org", "new@example.org")
    answers = [await site.post(SIGN_UP, data={"address": address}) for address in addresses]
    assert len({told(answer) for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers)) for answer in answers}) == 1


async def test_a_form_as_multipart_is_read_too(site: Running) -> None:
    form = aiohttp.FormData(default_to_multipart=True)
    form.add_field("address", MINA)
    assert (await site.post(SIGN_UP, data=form)).status == 200
    assert await state(site) is SubscriptionState.PENDING


@pytest.mark.parametrize("form", [{"address": "mina@nowhere"}, {"address": ""}, {}, {"email": MINA}])
async def test_an_address_with_a_mistake_is_sent_back_with_the_form(
    site: Running, form: dict[str, str]
) -> None:
    answer = await site.post(SIGN_UP, data=form)
    assert answer.status == 400
    assert "This address has a mistake in it" in answer.text
    assert f'action="{SIGN_UP}"' in answer.text
    assert 'role="alert"' in answer.text


async def test_a_sign_up_for_no_newsletter_is_a_404(site: Running) -> None:
    answer = await site.post("/newsletters/hourly/subscriptions", data={"address": MINA})
    assert answer.status == 404


async def test_too_many_sign_ups_are_told_when_to_try_again(sqlite_db: Database, tmp_path: Path) -> None:
    async with a_site(sqlite_db, tmp_path) as site:
        limits = WebSettings(signups_per_ip_hour=1)
        people = replace(site.people, limits=limits)
        serving = site.serving
    async with a_site(sqlite_db, tmp_path, people=people, settings=limits) as site:
        assert serving.settings != limits
        assert (await site.post(SIGN_UP, data={"address": "a@example.org"})).status == 200
        answer = await site.post(SIGN_UP, data={"address": "b@example.org"})
    assert answer.status == 429
    assert answer.headers["Retry-After"] == "3600"
    assert "Too many sign-ups" in answer.text


async def test_getting_a_confirmation_link_changes_nothing(site: Running) -> None:
    path = await asked(site)
    answer = await site.get(path)
    assert answer.status == 200
    assert "Send me The Daily Tide from Harbour Courier" in answer.text
    assert f'action="{path}"' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert await state(site) is SubscriptionState.PENDING


async def test_pressing_the_button_subscribes(site: Running) -> None:
    path = await asked(site)
    answer = await site.post(path)
    assert answer.status == 200
    assert "You are subscribed" in answer.text
    assert "/preferences/" in answer.text
    assert await state(site) is SubscriptionState.ACTIVE


async def test_a_confirmation_link_used_again_says_that_all_is_done(site: Running) -> None:
    path = await asked(site)
    await site.post(path)
    for answer in (await site.get(path), await site.post(path)):
        assert answer.status == 200
        assert "You are already subscribed" in answer.text


async def test_a_confirmation_link_after_leaving_offers_a_fresh_sign_up(site: Running) -> None:
    path = await asked(site)
    await site.post(path)
    await site.post("/unsubscribe/" + unsubscribe_token(RING, await mina(site), "daily"))
    answer = await site.post(path)
    assert "This link has done its work" in answer.text
    assert 'href="/newsletters/daily"' in answer.text
    assert await state(site) is SubscriptionState.ENDED


async def test_an_expired_confirmation_link_says_so(sqlite_db: Database, tmp_path: Path) -> None:
    async with a_site(sqlite_db, tmp_path) as site:
        path = await asked(site)
    async with a_site(sqlite_db, tmp_path, now=a_clock(NOON + timedelta(days=8))) as site:
        for answer in (await site.get(path), await site.post(path)):
            assert answer.status == 410
            assert "This link has expired" in answer.text
            assert "we will send a fresh one" in answer.text


async def test_getting_an_unsubscribe_link_shows_a_button_and_changes_nothing(site: Running) -> None:
    token = await subscribed(site)
    answer = await site.get(f"/unsubscribe/{token}")
    assert answer.status == 200
    assert "Unsubscribe from The Daily Tide?" in answer.text
    assert f'action="/unsubscribe/{token}"' in answer.text
    assert await state(site) is SubscriptionState.ACTIVE


async def test_one_click_unsubscribes_at_once(site: Running) -> None:
    token = await subscribed(site)
    answer = await site.post(f"/unsubscribe/{token}", data={"List-Unsubscribe": "One-Click"})
    assert answer.status == 200
    assert "You are unsubscribed" in answer.text
    assert "Set-Cookie" not in answer.headers
    assert await state(site) is SubscriptionState.ENDED


async def test_one_click_as_multipart_unsubscribes_too(site: Running) -> None:
    token = await subscribed(site)
    form = aiohttp.FormData(default_to_multipart=True)
    form.add_field("List-Unsubscribe", "One-Click")
    assert (await site.post(f"/unsubscribe/{token}", data=form)).status == 200
    assert await state(site) is SubscriptionState.ENDED


async def test_unsubscribing_again_and_when_forgotten_succeeds(site: Running) -> None:
    token = await subscribed(site)
    assert (await site.post(f"/unsubscribe/{token}")).status == 200
    assert (await site.post(f"/unsubscribe/{token}")).status == 200
    await forget_address(site.people, MINA)
    assert (await site.post(f"/unsubscribe/{token}")).status == 200
    assert (await site.get(f"/unsubscribe/{token}")).status == 200


async def test_unsubscribing_from_a_newsletter_no_longer_there_succeeds(site: Running) -> None:
    token = unsubscribe_token(RING, 1, "hourly")
    assert (await site.get(f"/unsubscribe/{token}")).status == 200
    assert (await site.post(f"/unsubscribe/{token}")).status == 200


@pytest.mark.parametrize("page", ["confirm", "unsubscribe", "preferences"])
async def test_a_link_that_is_not_ours_says_what_may_have_happened(site: Running, page: str) -> None:
    other = {
        "confirm": unsubscribe_token(RING, 1, "daily"),
        "unsubscribe": preferences_token(RING, 1),
        "preferences": unsubscribe_token(RING, 1, "daily"),
    }[page]
    for token in ("x", other, other[:-1], other + "A", "%00", "ä"):
        for answer in (await site.get(f"/{page}/{token}"), await site.post(f"/{page}/{token}")):
            assert answer.status == 400, token
            assert "This link does not work" in answer.text
            assert answer.headers["Cache-Control"] == "no-store"


async def test_preferences_are_shown_without_the_whole_address(site: Running) -> None:
    await subscribed(site)
    answer = await site.get("/preferences/" + preferences_token(RING, await mina(site)))
    assert answer.status == 200
    assert "m…@example.org" in answer.text
    assert MINA not in answer.text
    assert "هفته‌نامهٔ بندر" in answer.text


async def test_preferences_end_and_start_newsletters(site: Running) -> None:
    await subscribed(site)
    path = "/preferences/" + preferences_token(RING, await mina(site))
    answer = await site.post(path, data={"act": "end", "newsletter": "daily"})
    assert "Saved." in answer.text
    assert await state(site) is SubscriptionState.ENDED
    await site.post(path, data={"act": "start", "newsletter": "weekly"})
    assert await state(site, newsletter="weekly") is SubscriptionState.ACTIVE
    assert (await site.post(path, data={"act": "start", "newsletter": "hourly"})).status == 404


async def test_preferences_refuse_what_is_no_button_of_theirs(site: Running) -> None:
    await subscribed(site)
    path = "/preferences/" + preferences_token(RING, await mina(site))
    answer = await site.post(path, data={"act": "explode", "newsletter": "daily"})
    assert answer.status == 400
    assert "Saved." not in answer.text


async def chosen(site: Running) -> tuple[str, ...] | None:
    kept = await site.db.read(subscriptions.find_subscription, await mina(site), "daily")
    return kept.sections if kept else None


async def test_preferences_keep_the_sections_that_a_reader_chose(db: Database, tmp_path: Path) -> None:
    sections = tuple(
        Section(title=title, selection=Selection()) for title in ("News", "Isles & quays", "دریا")
    )
    letters = {"daily": a_newsletter(sections=sections, sections_choice=True)}
    async with a_site(db, tmp_path, catalogue={"newsletters": letters}) as site:
        await subscribed(site)
        path = "/preferences/" + preferences_token(RING, await mina(site))
        page = await site.get(path)
        assert page.text.count('type="checkbox"') == page.text.count(" checked>") == 3
        form = [
            ("act", "sections"),
            ("newsletter", "daily"),
            ("section", "Isles & quays"),
            ("section", "دریا"),
        ]
        answer = await site.post(path, data=form)
        assert "Saved." in answer.text
        assert answer.text.count(" checked>") == 2
        assert await chosen(site) == ("Isles & quays", "دریا")
        answer = await site.post(path, data=form[:2])
        assert answer.status == 400
        assert "Choose at least one section" in answer.text
        assert await chosen(site) == ("Isles & quays", "دریا")
        await site.post(path, data=[*form, ("section", "News"), ("section", "Another")])
        assert await chosen(site) == ()


async def test_preferences_take_another_language_and_speak_it(site: Running) -> None:
    await subscribed(site)
    path = "/preferences/" + preferences_token(RING, await mina(site))
    answer = await site.post(path, data={"act": "language", "language": "fa"})
    assert '<html lang="fa" dir="rtl">' in answer.text
    assert re.search(r'value="fa"[^>]*aria-pressed="true"', answer.text)
    assert answer.text.count('aria-pressed="true"') == 1
    assert (await site.post(path, data={"act": "language", "language": "tlh"})).status == 400
    found = await site.db.read(subscribers.find_by_key, MINA)
    assert found is not None
    assert found.language == "fa"


async def test_preferences_offer_no_choice_of_sections_where_there_is_none(site: Running) -> None:
    await subscribed(site)
    path = "/preferences/" + preferences_token(RING, await mina(site))
    assert "checkbox" not in (await site.get(path)).text
    await site.post(path, data={"act": "sections", "newsletter": "daily", "section": "News"})
    assert await chosen(site) == ()


async def test_preferences_wipe_a_person(site: Running) -> None:
    await subscribed(site)
    path = "/preferences/" + preferences_token(RING, await mina(site))
    answer = await site.post(path, data={"act": "forget"})
    assert "We hold nothing about you" in answer.text
    assert await site.db.read(subscribers.find_by_key, MINA) is None
    assert "We hold nothing about you" in (await site.get(path)).text


async def test_no_answer_leads_to_the_host_that_a_request_names(site: Running) -> None:
    token = await subscribed(site)
    for path in ("/healthz/", "/feeds/", "/newsletters/daily/1/"):
        assert (await site.get(path, Host="evil.example")).status == 404
    answer = await site.post(f"/unsubscribe/{token}/", headers={"Host": "evil.example"})
    assert (answer.status, answer.headers.get("location")) == (404, None)


@pytest.mark.parametrize("path", ["/unsubscribe/", "/preferences/"])
async def test_the_links_of_a_test_mail_say_what_they_are(site: Running, path: str) -> None:
    await subscribed(site)
    links = {
        "/unsubscribe/": unsubscribe_token(RING, NOBODY + 5, "daily"),
        "/preferences/": preferences_token(RING, NOBODY + 5),
    }
    seen = await site.get(path + links[path])
    done = await site.post(path + links[path], data={"act": "forget"})
    assert [answer.status for answer in (seen, done)] == [200, 200]
    assert all("This link is from a test mail" in answer.text for answer in (seen, done))
    assert await state(site) is SubscriptionState.ACTIVE
