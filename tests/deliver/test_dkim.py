"""DKIM: signatures that an independent verifier accepts, and what breaks them."""

from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from syndicate.deliver.compose import build_issue, splice
from syndicate.deliver.dkim import Signer, load_signers
from syndicate.errors import ConfigError
from syndicate.model.site import Dkim
from tests.builders import a_newsletter, an_issue
from tests.deliver.test_compose import SITE, some_slots

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
