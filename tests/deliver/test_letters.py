"""Letters: issues and notice mails with their envelopes and links that work."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from syndicate.audience.tokens import (
    Keyring,
    read_confirmation,
    read_preferences,
    read_unsubscribe,
)
from syndicate.deliver.compose import build_issue, envelope_domain, read_verp
from syndicate.deliver.dkim import Signer
from syndicate.deliver.letters import Letters
from syndicate.deliver.splice import MessageTemplate
from syndicate.errors import ComposeFault, NotFound
from syndicate.model.delivery import DeliveryState, NoticeKind, NoticeMail, Recipient
from syndicate.model.newsletter import Issue, IssueRendering
from syndicate.model.segment import Segment
from syndicate.publish.segments import MOST_SEGMENTS
from syndicate.templating import Templates
from tests import digests
from tests.builders import NOON, an_issue
from tests.deliver.test_compose import parsed, parts_of

KEYRING = Keyring(current=b"k" * 32)
BASE = "https://courier.example"
CATALOGUE = digests.CATALOGUE_WITH_NEWSLETTERS


def letters(**change: Any) -> Letters:
    base: dict[str, Any] = {
        "catalogue": CATALOGUE,
        "keyring": KEYRING,
        "templates": Templates(),
        "now": lambda: NOON,
    }
    return Letters(**base | change)


def a_mail(**change: Any) -> NoticeMail:
    base: dict[str, Any] = {
        "id": 5,
        "kind": NoticeKind.CONFIRMATION,
        "address": "mina@reader.example",
        "newsletter": "daily",
        "dedupe_key": "x",
        "state": DeliveryState.LEASED,
        "created": NOON,
        "data": {"subscriber_id": 9},
    }
    return NoticeMail(**base | change)


def token_after(path: str, text: str) -> str:
    return text.partition(f"{BASE}{path}")[2].split()[0]


def test_an_issue_letter_leads_its_reader_to_working_links() -> None:
    compose = letters(bounce_domain="bounce.courier.example").issue(an_issue(id=7))
    letter = compose(Recipient(subscriber_id=9, address="mina@reader.example", name="Mina"))
    text = parts_of(parsed(letter.data))[0][1]
    unsubscribe, preferences = token_after("/unsubscribe/", text), token_after("/preferences/", text)
    assert read_unsubscribe(KEYRING, unsubscribe, now=NOON) == (9, "daily")
    assert read_preferences(KEYRING, preferences, now=NOON) == 9
    assert letter.recipient == "mina@reader.example"
    assert letter.sender.endswith("@bounce.courier.example")
    assert read_verp(KEYRING, letter.sender) == (7, 9)


def counted(monkeypatch) -> list[int]:
    """The ids of issues that a message was built for, from now on."""
    built: list[int] = []

    def build(issue: Issue, *args: Any, **options: Any) -> MessageTemplate:
        built.append(issue.id)
        return build_issue(issue, *args, **options)

    monkeypatch.setattr("syndicate.deliver.letters.build_issue", build)
    return built


def test_a_message_is_made_once_for_all_batches_and_anew_when_its_words_change(monkeypatch) -> None:
    built = counted(monkeypatch)
    one, issue = letters(), an_issue(id=7)
    mina = Recipient(subscriber_id=9, address="mina@reader.example")
    first = one.issue(issue)(mina)
    assert one.issue(replace(issue))(mina).data == first.data
    assert built == [7]
    # Compiled again, under the same key: another template, or a word of the operator's.
    other = one.issue(replace(issue, text=issue.text.replace("ferry", "liner")))(mina)
    assert "liner" in parts_of(parsed(other.data))[0][1]
    assert "liner" not in parts_of(parsed(one.issue(issue)(mina).data))[0][1]
    one.issue(replace(issue, id=8))
    assert built == [7, 7, 8]


def test_an_issue_of_as_many_segments_as_there_may_be_is_built_once(monkeypatch) -> None:
    built = counted(monkeypatch)
    segments = [Segment(sections=(f"section {n}",)) for n in range(MOST_SEGMENTS)]
    plain = an_issue(id=7)
    own = {"subject": plain.subject, "html": plain.html, "slot_key": plain.slot_key}
    renderings = tuple(
        IssueRendering(segment=one, text=f"{n}\n{plain.text}", **own) for n, one in enumerate(segments)
    )
    one, issue = letters(), replace(plain, renderings=renderings)
    for _ in range(2):
        compose = one.issue(issue)
        for segment in segments:
            compose(Recipient(subscriber_id=9, address="mina@reader.example", segment=segment.key))
    assert len(built) == 1 + MOST_SEGMENTS


def test_a_message_is_signed_by_the_keys_of_its_moment() -> None:
    """Two domains may have keys of the same selector, one from a later day on."""
    host = envelope_domain(CATALOGUE.newsletters["daily"].sender)
    key, tomorrow = Ed25519PrivateKey.generate(), NOON + timedelta(days=1)
    signers = (
        Signer(domain=host.partition(".")[2], selector="s1", key=key),
        Signer(domain=host, selector="s1", key=key, signs_from=tomorrow.date()),
    )
    hours = [NOON]
    one, issue = letters(signers=signers, now=lambda: hours[-1]), an_issue(id=7)
    mina = Recipient(subscriber_id=9, address="mina@reader.example")
    before = one.issue(issue)(mina)
    hours.append(tomorrow)
    after = one.issue(issue)(mina)
    assert f"d={host.partition('.')[2]};" in str(parsed(before.data)["DKIM-Signature"])
    assert f"d={host};" in str(parsed(after.data)["DKIM-Signature"])


def test_a_confirmation_leads_to_the_confirming_page() -> None:
    letter = letters().notice(a_mail(), at=NOON)
    message = parsed(letter.data)
    (_, text), (_, html) = parts_of(message)
    assert read_confirmation(KEYRING, token_after("/confirm/", text), now=NOON) == (9, "daily")
    assert token_after("/confirm/", text) in html
    assert message["Subject"] == "Please confirm your subscription to The Daily Tide"
    assert read_verp(KEYRING, letter.sender) == (0, 5)


def test_a_fresh_link_leads_to_the_preferences() -> None:
    letter = letters().notice(a_mail(kind=NoticeKind.FRESH_LINK), at=NOON)
    text = parts_of(parsed(letter.data))[0][1]
    assert read_preferences(KEYRING, token_after("/preferences/", text), now=NOON) == 9


def test_an_alert_says_what_happened_and_what_to_do() -> None:
    data = {
        "matter": "issue 12 is paused",
        "what": "The relay refused our password.",
        "remedy": "Set relay.password and resume the issue.",
        "url": f"{BASE}/desk",
    }
    letter = letters().notice(a_mail(kind=NoticeKind.ALERT, data=data), at=NOON)
    message = parsed(letter.data)
    for _, part in parts_of(message):
        for words in (data["what"], data["remedy"], data["url"]):
            assert words in part
    assert message["Subject"] == "Harbour Courier needs you: issue 12 is paused"


@pytest.mark.parametrize("language", ["en", "fa", "ar", "de", "fr", "es"])
@pytest.mark.parametrize("kind", list(NoticeKind))
def test_every_notice_mail_speaks_every_language(kind: NoticeKind, language: str) -> None:
    message = parsed(letters().notice(a_mail(kind=kind, language=language), at=NOON).data)
    (_, text), (_, html) = parts_of(message)
    assert f'lang="{language}"' in html
    assert "{" not in text
    assert "{" not in str(message["Subject"])


def test_a_notice_mail_that_names_nobody_is_our_own_fault() -> None:
    with pytest.raises(ComposeFault, match="names no subscriber"):
        letters().notice(a_mail(data={}), at=NOON)


def test_a_newsletter_that_is_gone_sends_nothing() -> None:
    with pytest.raises(NotFound):
        letters().notice(a_mail(newsletter="gone"), at=NOON)
    with pytest.raises(NotFound):
        letters().issue(an_issue(newsletter="gone"))
