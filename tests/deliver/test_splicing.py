"""Letters as they go over the wire, whoever they are for: each equals what Python's email package builds."""

import re
from dataclasses import replace
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syndicate.audience.addresses import read_address
from syndicate.audience.tokens import preferences_token, unsubscribe_token
from syndicate.deliver.compose import message_id, read_verp
from syndicate.deliver.dkim import hash_body
from syndicate.deliver.envelope import Letter, stuff
from syndicate.deliver.headers import field, text_field
from syndicate.deliver.letters import Letters
from syndicate.deliver.seal import seal_of
from syndicate.errors import BadAddress
from syndicate.model.catalogue import Catalogue
from syndicate.model.delivery import Recipient
from syndicate.model.newsletter import IssueRendering, Sender
from syndicate.model.segment import Segment
from syndicate.model.site import Site
from syndicate.model.slots import SLOT_NAMES, slot
from syndicate.templating import Templates
from tests.builders import NOON, a_newsletter, an_issue
from tests.deliver.test_compose import KEY, KEYRING, display_name, filled, parsed, parts_of
from tests.deliver.test_dkim import ED25519, RSA, verifies

CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")
BLANKS = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")
PERSIAN = "کشتی سپیده‌دم به جزیره‌ها رفت.\n"
ODD_NAMES = (
    "",
    "Mina Vale",
    'Mina "the Tide" Vale, Jr.',
    "Vale, Mina",
    "O'Brien-Smith",
    "مینا ویل",
    "أمينة بنت البحر",
    "Mina \u202bمینا\u202c Vale",
    "⛴️🌊👩‍👩‍👧 Mina",
    "...",
    ".",
    "Mina\r\nBcc: everybody@readers.example",
    "=?utf-8?b?TWluYQ==?=",
    "<b>Mina</b> & Söhne",
    "m" * 500,
    "مینا " * 100,
    "a\\b",
    "Mina <mina@elsewhere.example>",
)
ADDRESSES = (
    "mina@readers.example",
    "MINA.Vale+news@readers.example",
    "o'brien!#$%&*/=?^_`{|}~-@readers.example",
    "mina@bücher.example",
    "مینا@readers.example",
    '"mina vale"@readers.example',
    "mina@پیک.example",
    "m" * 64 + "@" + "r" * 60 + ".readers.example",
    "@readers.example",
    ".mina@readers.example",
)
WORDS = st.one_of(
    st.sampled_from(
        ["\n.", "\n..\n", ".", "=", "\t", "  ", " \n", "\nFrom here", "x" * 2000, PERSIAN, "🌊", "&amp;"]
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30),
    st.sampled_from(SLOT_NAMES).map(lambda name: slot(KEY, name)),
)
TEXTS = st.one_of(
    st.lists(WORDS, max_size=12).map("".join),
    st.lists(WORDS, max_size=8).map(lambda parts: PERSIAN * 8 + "".join(parts)),
)
NAMES = st.one_of(st.sampled_from(ODD_NAMES), st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
SITES = st.sampled_from(
    ["https://courier.example", "https://news.courier.example/morning", f"https://{'n' * 60}.courier.example"]
)
CAREFULLY = settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])


def letters(base_url: str = "https://courier.example", **change: object) -> Letters:
    letter = a_newsletter(sender=Sender(name="پیک بندر, Harbour", address="news@courier.example"))
    base: dict[str, object] = {
        "catalogue": Catalogue(site=Site(base_url=base_url), newsletters={"daily": letter}),
        "keyring": KEYRING,
        "templates": Templates(),
        "now": lambda: NOON,
    }
    return Letters(**base | change)  # type: ignore[arg-type]


def a_recipient(**change: object) -> Recipient:
    base: dict[str, object] = {"subscriber_id": 7, "address": "mina@readers.example", "name": "Mina Vale"}
    return Recipient(**base | change)  # type: ignore[arg-type]


def values_of(recipient: Recipient, base_url: str) -> dict[str, str]:
    return {
        "address": recipient.address,
        "name": CONTROLS.sub(" ", recipient.name) or "reader",
        "unsubscribe_url": f"{base_url}/unsubscribe/{unsubscribe_token(KEYRING, 7, 'daily')}",
        "preferences_url": f"{base_url}/preferences/{preferences_token(KEYRING, 7)}",
    }


def built_by_python(recipient: Recipient, text: str, html: str, base_url: str) -> EmailMessage:
    values = values_of(recipient, base_url)
    letter = letters(base_url).catalogue.newsletters["daily"]
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(letter.sender.name, addr_spec=letter.sender.address)
    message["To"] = Address("", addr_spec=read_address(recipient.address).written)
    message["Date"] = format_datetime(NOON)
    message["Message-ID"] = f"<{message_id(KEYRING, letter, issue_id=1, subscriber_id=7)}>"
    message["List-Unsubscribe"] = f"<{values['unsubscribe_url']}>"
    message["Subject"] = an_issue().subject
    message.set_content(filled(text, values), cte="base64")
    safe = {name: escape(value) for name, value in values.items()}
    message.add_alternative(filled(html, safe), subtype="html", cte="base64")
    return parsed(message.as_bytes())


def assert_fit_for_any_relay(letter: Letter) -> None:
    assert letter.stuffed == stuff(letter.data)
    assert letter.size == len(letter.data)
    assert letter.data.isascii()
    assert b"\0" not in letter.data
    head, _, body = letter.data.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        # One word that is longer, an address of the web or of somebody, may not be broken.
        assert len(line) <= 78 or line.count(b" ") == 1
    assert max(map(len, body.split(b"\r\n"))) <= 76


@CAREFULLY
@given(text=TEXTS, html=TEXTS, name=NAMES, base_url=SITES)
def test_a_letter_is_what_python_would_have_built(text: str, html: str, name: str, base_url: str) -> None:
    text, html = text + "\n", html + "\n"
    recipient = a_recipient(name=name)
    letter = letters(base_url).issue(an_issue(text=text, html=html))(recipient)
    assert_fit_for_any_relay(letter)
    message, reference = parsed(letter.data), built_by_python(recipient, text, html, base_url)
    assert parts_of(message) == parts_of(reference)
    for header in ("From", "Date", "Message-ID", "List-Unsubscribe", "Subject", "MIME-Version"):
        assert message.get_all(header) == reference.get_all(header), header
    assert message["To"].addresses[0].addr_spec == reference["To"].addresses[0].addr_spec
    assert (
        display_name(letter.data).split() == re.sub(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+", " ", name).split()
    )
    assert len(message["To"].addresses) == 1
    assert not message.defects
    assert read_verp(KEYRING, letter.sender) == (1, 7)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_an_odd_name_stands_in_the_subject_in_the_texts_and_in_to(name: str) -> None:
    called = slot(KEY, "name")
    text, subject = f"{PERSIAN}{called}\n{called}, the tide turns.\n", f"Good morning, {called}: Tide"
    issue = an_issue(text=text, html=text, letter_subject=subject)
    letter = letters(signers=(RSA,)).issue(issue)(a_recipient(name=name))
    assert_fit_for_any_relay(letter)
    assert verifies(letter.data)
    message = parsed(letter.data)
    shown = CONTROLS.sub(" ", name) or "reader"
    assert str(message["Subject"]).split() == f"Good morning, {shown}: Tide".split()
    (_, plain), (_, html) = parts_of(message)
    assert f"{shown}, the tide turns." in plain
    assert f"{escape(shown)}, the tide turns." in html
    assert message["Bcc"] is None


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_goes_out_in_ascii_or_is_refused(address: str) -> None:
    issue = an_issue(text=f"{slot(KEY, 'address')}\n")
    try:
        written = read_address(address).written
    except BadAddress:
        with pytest.raises(BadAddress):
            letters().issue(issue)(a_recipient(address=address))
        return
    letter = letters().issue(issue)(a_recipient(address=address))
    assert_fit_for_any_relay(letter)
    message = parsed(letter.data)
    assert message["To"].addresses[0].addr_spec == written
    assert parts_of(message)[0][1] == f"{address}\n"


@CAREFULLY
@given(name=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40), body=st.binary(max_size=50))
def test_a_seal_is_the_signature_that_the_signer_makes(name: str, body: bytes) -> None:
    own = [text_field("From", name), field("To", ["mina@readers.example"]), text_field("Subject", name)]
    shared = [field("MIME-Version", ["1.0"]), field("List-Unsubscribe", ["<https://courier.example/>"])]
    digest = hash_body([body])
    for signer in (RSA, ED25519):
        seal = seal_of(signer, [one.name for one in own], shared)
        expected = signer.sign([*own, *shared], digest).raw
        assert seal.sign([one.raw for one in own], digest) == expected


def test_readers_get_the_rendering_of_their_segment_and_others_the_issue_s_own() -> None:
    persian = IssueRendering(
        segment=Segment(language="fa"),
        subject=f"{slot('f' * 32, 'name')}، بندر",
        html=f"<p>{PERSIAN}</p>\n",
        text=PERSIAN,
        slot_key="f" * 32,
    )
    compose = letters().issue(replace(an_issue(), renderings=(persian,)))
    own, theirs, gone = (
        parsed(compose(a_recipient(name="", segment=segment)).data) for segment in ("", "fa", "de")
    )
    assert theirs["Subject"] == "خوانندهٔ گرامی، بندر"
    assert parts_of(theirs)[0] == ("text/plain", PERSIAN)
    assert own["Subject"] == gone["Subject"] == an_issue().subject
    assert parts_of(own) == parts_of(gone)
    assert own["Message-ID"] == theirs["Message-ID"]
