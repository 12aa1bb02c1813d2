"""DKIM: signatures that an independent verifier accepts, and what breaks them."""

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from syndicate.deliver.compose import build_issue, splice
from syndicate.deliver.dkim import Signer, choose_signers, load_signers, new_key
from syndicate.errors import ConfigError
from syndicate.model.delivery import Recipient
from syndicate.model.site import Dkim
from tests.builders import NOON, a_newsletter, an_issue
from tests.deliver.test_compose import SITE, some_slots
from tests.deliver.test_letters import a_mail, letters

RSA = Signer(
    domain="courier.example",
    selector="s2026",
    key=rsa.generate_private_key(public_exponent=65537, key_size=2048),
)
ED25519 = Signer(domain="courier.example", selector="ed", key=ed25519.Ed25519PrivateKey.generate())


def verifies(data: bytes, index: int = 0) -> bool:
    records = {f"{one.selector}._domainkey.{one.domain}.": one.record for one in (RSA, ED25519)}
    try:
        found = dkim.DKIM(data).verify(idx=index, dnsfunc=lambda name, **_: records[name.decode()].encode())
    except dkim.DKIMException:
        return False
    return bool(found)


def a_message(*signers: Signer, **slots: object) -> bytes:
    return splice(build_issue(an_issue(), a_newsletter(), site=SITE, signers=signers), some_slots(**slots))


def tags_of(data: bytes) -> dict[str, str]:
    value = (
        data.partition(b"\r\n\r\n")[0].split(b"DKIM-Signature:")[1].replace(b"\r\n ", b" ").split(b"\r\n")[0]
    )
    pairs = (tag.strip().partition("=") for tag in value.decode().split(";"))
    return {name: text.replace(" ", "") for name, _, text in pairs}


def test_an_rsa_signature_verifies() -> None:
    assert verifies(a_message(RSA))


def test_an_ed25519_signature_verifies_beside_it() -> None:
    data = a_message(RSA, ED25519)
    assert verifies(data, 0)
    assert verifies(data, 1)


def test_a_persian_message_verifies() -> None:
    issue = an_issue(text="کشتی سپیده‌دم راه افتاد.\n", subject="کشتی به جزیره‌های شمالی برمی‌گردد " * 4)
    template = build_issue(issue, a_newsletter(title="جزر و مد"), site=SITE, signers=[RSA])
    assert verifies(splice(template, some_slots(name="مینا")))


def test_runs_of_blanks_are_canonicalised_as_the_verifier_does() -> None:
    issue = an_issue(text="a  b\t\tc  \n\n  d\n\n\n", html="<p>  x\t </p>\n\n")
    template = build_issue(issue, a_newsletter(), site=SITE, signers=[RSA])
    assert verifies(splice(template, some_slots(name="two  blanks")))


def test_a_changed_body_or_subject_does_not_verify() -> None:
    data = a_message(RSA)
    assert not verifies(data.replace(b"at dawn", b"at noon"))
    assert not verifies(data.replace(b"Ferry returns", b"Ferry sinks"))


@pytest.mark.parametrize("field", [b"From: x@evil.example", b"List-Unsubscribe: <https://evil.example/>"])
def test_a_second_oversigned_header_does_not_verify(field: bytes) -> None:
    assert not verifies(field + b"\r\n" + a_message(RSA))


def test_the_signature_names_what_it_covers() -> None:
    tags = tags_of(a_message(RSA))
    names = tags["h"].split(":")
    assert {
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "MIME-Version",
        "Content-Type",
        "List-Id",
        "Feedback-ID",
    } <= set(names)
    assert [names.count(one) for one in ("From", "List-Unsubscribe", "List-Unsubscribe-Post")] == [2, 2, 2]
    assert "l" not in tags
    assert (tags["d"], tags["s"], tags["c"]) == ("courier.example", "s2026", "relaxed/relaxed")


def test_a_key_is_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "dkim.pem"
    path.write_bytes(RSA.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (signer,) = load_signers(Dkim(domain="courier.example", selector="s2026", key_file=str(path)))
    assert signer.record == RSA.record
    assert verifies(a_message(signer))


def a_signer(domain: str = "courier.example", selector: str = "s", **change: Any) -> Signer:
    return replace(RSA, domain=domain, selector=selector, **change)


def chosen(*signers: Signer, sender: str = "courier.example", at: datetime = NOON) -> list[str]:
    return [one.selector for one in choose_signers(signers, sender=sender, at=at)]


def test_a_new_key_takes_over_on_its_first_day() -> None:
    old, new = a_signer(selector="old"), a_signer(selector="new", signs_from=NOON.date())
    assert chosen(old, new, at=NOON - timedelta(days=1)) == ["old"]
    assert chosen(old, new, at=NOON) == ["new"]
    assert chosen(new, old, at=NOON + timedelta(days=400)) == ["new"]


def test_days_begin_in_utc() -> None:
    new = a_signer(signs_from=date(2026, 11, 23))
    tehran = timezone(timedelta(hours=3, minutes=30))
    assert chosen(new, at=datetime(2026, 11, 23, 3, 29, tzinfo=tehran)) == []
    assert chosen(new, at=datetime(2026, 11, 23, 3, 30, tzinfo=tehran)) == ["s"]


def test_a_key_that_has_ended_signs_no_more() -> None:
    ended = a_signer(signs_until=NOON.date())
    assert chosen(ended, at=NOON - timedelta(days=1)) == ["s"]
    assert chosen(ended) == []


def test_the_nearest_domain_signs_for_a_sender() -> None:
    whole, part = a_signer(selector="whole"), a_signer("news.courier.example", "part")
    assert chosen(part, whole, sender="news.courier.example") == ["part"]
    assert chosen(part, whole, sender="sport.courier.example") == ["whole"]
    assert chosen(part, whole, sender="quay.example") == []
    assert chosen(whole, sender="notcourier.example") == []


def test_letters_are_signed_by_the_keys_of_their_sender_and_day() -> None:
    keys = (
        a_signer(selector="old"),
        a_signer(selector="new", signs_from=NOON.date()),
        a_signer("quay.example", "quay"),
    )
    for days, selector in ((-1, "old"), (0, "new")):
        writing = letters(signers=keys, now=lambda days=days: NOON + timedelta(days=days))
        assert tags_of(writing.notice(a_mail(), at=NOON).data)["s"] == selector
        recipient = Recipient(subscriber_id=9, address="mina@reader.example", name="Mina")
        assert tags_of(writing.issue(an_issue())(recipient).data)["s"] == selector


def test_the_second_kind_of_key_comes_second() -> None:
    assert chosen(ED25519, a_signer(selector="rsa")) == ["rsa", "ed"]


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_a_new_key_signs_and_its_record_verifies(kind: str, tmp_path: Path) -> None:
    paths = {one: tmp_path / f"{one}.pem" for one in ("rsa", kind)}
    for one, path in paths.items():
        path.write_bytes(new_key(one))
    settings = [Dkim(domain="courier.example", selector=one, key_file=str(at)) for one, at in paths.items()]
    signer = load_signers(*settings)[-1]
    assert signer.kind == kind
    data = a_message(signer)
    dnsfunc = {f"{kind}._domainkey.courier.example.": signer.record.encode()}
    assert dkim.DKIM(data).verify(dnsfunc=lambda name, **_: dnsfunc[name.decode()])


def test_a_key_in_another_encoding_is_the_same_key() -> None:
    other = RSA.key.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    assert RSA.fits(other)
    assert not a_signer(key=rsa.generate_private_key(public_exponent=65537, key_size=2048)).fits(other)
    with pytest.raises(ValueError, match="deserialize"):
        RSA.fits(other[:-1])


def test_ed25519_alone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ed.pem"
    path.write_bytes(new_key("ed25519"))
    with pytest.raises(ConfigError, match="RFC 8463"):
        load_signers(Dkim(domain="courier.example", selector="ed", key_file=str(path)))


def test_a_domain_beyond_ascii_signs_in_punycode(tmp_path: Path) -> None:
    path = tmp_path / "dkim.pem"
    path.write_bytes(new_key("rsa"))
    (signer,) = load_signers(Dkim(domain="München.example", selector="s", key_file=str(path)))
    assert signer.name == "s._domainkey.xn--mnchen-3ya.example"


def test_without_a_key_file_nothing_is_signed() -> None:
    assert load_signers(Dkim()) == ()
    assert b"DKIM-Signature" not in a_message()


def test_a_missing_short_or_foreign_key_is_told_with_what_would_be_right(tmp_path: Path) -> None:
    short = tmp_path / "short.pem"
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    short.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    junk = tmp_path / "junk.pem"
    junk.write_text("no key")
    for path, words in ((short, "2048"), (junk, "PEM"), (tmp_path / "absent.pem", "PEM")):
        with pytest.raises(ConfigError, match=words):
            load_signers(Dkim(domain="courier.example", selector="s", key_file=str(path)))
