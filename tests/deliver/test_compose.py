"""Messages: what is spliced equals what Python's email package would have built."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP, compat32

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syndicate.audience.tokens import Keyring
from syndicate.deliver.compose import (
    NoticeText,
    Slots,
    build_issue,
    build_notice,
    envelope_domain,
    message_id,
    notice_message_id,
    read_verp,
    splice,
    verp,
)
from syndicate.errors import BadAddress, ComposeFault, TokenRefused
from syndicate.model.newsletter import Sender
from syndicate.model.site import Site
from syndicate.model.slots import SLOT_NAMES, slot
from tests.builders import NOON, a_newsletter, an_issue

KEY = "0123456789abcdef0123456789abcdef"
KEYRING = Keyring(current=b"k" * 32)
SITE = Site(name="Harbour Courier", base_url="https://courier.example")
LINE = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029"), max_size=40)
PROSE = st.text(
    st.one_of(st.sampled_from(" \n.,=\tکشتی\u200c"), st.characters(codec="ascii", exclude_categories=["Cc"]))
)
TEMPLATE = st.lists(
    st.one_of(PROSE, st.sampled_from(SLOT_NAMES).map(lambda name: slot(KEY, name))), max_size=12
)


def some_slots(**change: object) -> Slots:
    base: dict[str, object] = {
        "address": "mina@reader.example",
        "name": "Mina Vale",
        "message_id": "abc@courier.example",
        "date": NOON,
        "unsubscribe_url": "https://courier.example/unsubscribe/AAAAbbbb",
        "preferences_url": "https://courier.example/preferences/CCCCdddd",
    }
    return Slots(**base | change)  # type: ignore[arg-type]


def parsed(data: bytes) -> EmailMessage:
    message = BytesParser(policy=SMTP).parsebytes(data)
    assert isinstance(message, EmailMessage)
    return message


def display_name(data: bytes) -> str:
    # The parser behind policy=SMTP keeps the blank between two encoded words of a phrase, against RFC 2047.
    value = BytesParser(policy=compat32).parsebytes(data)["To"]
    written = str(make_header(decode_header(value))).rpartition("mina@")[0].rstrip("<").strip()
    return (
        re.sub(r"\\(.)", r"\1", written[1:-1])
        if written.startswith('"') and value.startswith('"')
        else written
    )


def filled(template: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        template = template.replace(slot(KEY, name), value)
    return template


def parts_of(message: EmailMessage) -> list[tuple[str, str]]:
    return [
        (part.get_content_type(), part.get_content().replace("\r\n", "\n")) for part in message.iter_parts()
    ]


def built_by_python(text: str, html: str, subject: str, slots: Slots) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["To"] = Address(slots.name, addr_spec=slots.address)
    message["Subject"] = subject
    message.set_content(text, cte="base64")
    message.add_alternative(html, subtype="html", cte="base64")
    return parsed(message.as_bytes())


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=150)
@given(text=TEMPLATE.map("".join), html=TEMPLATE.map("".join), name=LINE, token=st.text("ab-_9", max_size=90))
def test_a_spliced_message_equals_the_one_that_python_builds(
    text: str, html: str, name: str, token: str
) -> None:
    slots = some_slots(name=name, unsubscribe_url=f"https://courier.example/unsubscribe/{token}")
    plain = {slot: str(getattr(slots, slot)) for slot in SLOT_NAMES} | {"name": name or "reader"}
    escaped = {
        key: value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        .replace('"', "&quot;").replace("'", "&#x27;")
        for key, value in plain.items()
    }  # fmt: skip
    issue = an_issue(text=text + "\n", html=html + "\n")
    message = parsed(splice(build_issue(issue, a_newsletter(), site=SITE), slots))
    reference = built_by_python(
        filled(text, plain) + "\n", filled(html, escaped) + "\n", issue.subject, some_slots()
    )
    assert parts_of(message) == parts_of(reference)
    assert message["Subject"] == reference["Subject"]
    assert message["To"].addresses[0].addr_spec == reference["To"].addresses[0].addr_spec
    assert not message.defects


@settings(deadline=None)
@given(subject=LINE, name=LINE)
def test_headers_come_back_whatever_their_words(subject: str, name: str) -> None:
    issue = an_issue(subject=subject)
    data = splice(build_issue(issue, a_newsletter(), site=SITE), some_slots(name=name))
    message = parsed(data)
    assert str(message["Subject"]).split() == subject.split()
    assert display_name(data).split() == name.split()
    assert message["To"].addresses[0].addr_spec == "mina@reader.example"


@settings(deadline=None)
@given(subject=LINE, name=LINE, title=LINE)
def test_headers_are_short_ascii_lines(subject: str, name: str, title: str) -> None:
    newsletter = a_newsletter(title=title, sender=Sender(name=title, address="news@courier.example"))
    data = splice(build_issue(an_issue(subject=subject), newsletter, site=SITE), some_slots(name=name))
    head = data.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert b"\n" not in head.replace(b"\r\n", b"")
    assert max(map(len, head.split(b"\r\n"))) <= 78


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:8080", "https://news.courier.example"])
def test_unstated_the_list_id_is_of_the_sender_s_domain_and_stays_when_the_site_goes_public(
    base_url: str,
) -> None:
    site = Site(name="Harbour Courier", base_url=base_url)
    newsletter = a_newsletter(list_id="", sender=Sender(name="News", address="news@Bücher.example"))
    message = parsed(splice(build_issue(an_issue(), newsletter, site=site), some_slots()))
    assert message["List-Id"] == "The Daily Tide <daily.xn--bcher-kva.example>"


def test_an_issue_has_the_list_headers() -> None:
    message = parsed(splice(build_issue(an_issue(), a_newsletter(), site=SITE), some_slots()))
    assert message["List-Id"] == "The Daily Tide <daily.courier.example>"
    assert message["List-Unsubscribe"] == "<https://courier.example/unsubscribe/AAAAbbbb>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Archived-At"] == "<https://courier.example/newsletters/daily/1>"
    assert message["List-Archive"] == "<https://courier.example/newsletters/daily>"
    assert message["Precedence"] == "bulk"
    assert message["Feedback-ID"] == "1:daily:digest:courier-example"
    assert message["Auto-Submitted"] is None


def test_a_domain_beyond_ascii_goes_out_in_punycode() -> None:
    slots = some_slots(address="mina@bücher.example")
    message = splice(build_issue(an_issue(), a_newsletter(), site=SITE), slots)
    assert b"<mina@xn--bcher-kva.example>" in message


@pytest.mark.parametrize(
    "address", ["no-at.example", "a@b@c.example", "a b@c.example", "x@c.example\r\nBcc: y"]
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    template = build_issue(an_issue(), a_newsletter(), site=SITE)
    with pytest.raises(BadAddress):
        splice(template, some_slots(address=address))


def test_a_name_cannot_bring_a_header_along() -> None:
    data = splice(
        build_issue(an_issue(), a_newsletter(), site=SITE), some_slots(name="M\r\nBcc: x@y.example")
    )
    assert parsed(data)["Bcc"] is None


def test_the_date_is_utc_whatever_the_zone() -> None:
    moment = datetime.fromisoformat("2026-03-01T14:30:05+03:30")
    data = splice(build_issue(an_issue(), a_newsletter(), site=SITE), some_slots(date=moment))
    assert b"Date: Sun, 01 Mar 2026 11:00:05 +0000\r\n" in data


def test_a_naive_date_is_our_own_fault() -> None:
    template = build_issue(an_issue(), a_newsletter(), site=SITE)
    with pytest.raises(ComposeFault):
        splice(template, some_slots(date=NOON.replace(tzinfo=None)))


def test_a_site_without_https_sends_no_issue() -> None:
    with pytest.raises(ComposeFault, match="https"):
        build_issue(an_issue(), a_newsletter(), site=replace(SITE, base_url="http://courier.example"))


def test_loopback_may_be_plain_http() -> None:
    build_issue(an_issue(), a_newsletter(), site=replace(SITE, base_url="http://127.0.0.1:8080"))


def test_a_slot_key_of_another_issue_is_left_alone() -> None:
    foreign = slot("f" * 32, "unsubscribe_url")
    issue = an_issue(text=f"{foreign}\n")
    message = parsed(splice(build_issue(issue, a_newsletter(), site=SITE), some_slots()))
    assert parts_of(message)[0] == ("text/plain", f"{foreign}\n")


def test_the_message_id_is_the_same_on_a_retry_and_differs_elsewhere() -> None:
    newsletter = a_newsletter()
    ids = [
        message_id(KEYRING, newsletter, issue_id=issue, subscriber_id=subscriber)
        for issue, subscriber in [(1, 1), (1, 1), (1, 2), (2, 1), (1, 11), (11, 1)]
    ]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 5
    assert all(one.endswith("@courier.example") for one in ids)


def test_the_envelope_sender_tells_which_delivery_and_cannot_be_forged() -> None:
    address = verp(KEYRING, "bounce.courier.example", issue_id=7, subscriber_id=1234567)
    assert len(address.partition("@")[0]) <= 64
    assert read_verp(KEYRING, address.upper()) == (7, 1234567)
    with pytest.raises(TokenRefused):
        read_verp(KEYRING, address.replace("1234567", "1234568"))
    with pytest.raises(TokenRefused):
        read_verp(KEYRING, "news@courier.example")


def test_the_envelope_domain_is_the_configured_one_or_the_senders() -> None:
    sender = Sender(name="Courier", address="news@courier.example")
    assert envelope_domain(sender) == "courier.example"
    assert envelope_domain(sender, "bounce.courier.example") == "bounce.courier.example"


def test_a_notice_mail_says_that_a_machine_wrote_it_and_is_no_list_mail() -> None:
    sender = Sender(name="Harbour Courier", address="news@courier.example", reply_to="desk@courier.example")
    data = build_notice(
        NoticeText(subject="Bitte bestätigen", html="<p>Grüße</p>\n", text="Grüße\n"),
        sender,
        address="mina@reader.example",
        message_id=notice_message_id(KEYRING, sender, purpose="confirmation", row=3),
        date=datetime(2026, 3, 1, tzinfo=UTC),
    )
    message = parsed(data)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Reply-To"] == "desk@courier.example"
    assert message["Subject"] == "Bitte bestätigen"
    assert parts_of(message) == [("text/plain", "Grüße\n"), ("text/html", "<p>Grüße</p>\n")]
    assert not [name for name in message if name.startswith(("List-", "Precedence"))]
