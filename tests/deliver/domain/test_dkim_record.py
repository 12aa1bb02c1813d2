"""The record of a key in DNS, compared with the key by its tags."""

from base64 import b64encode
from dataclasses import replace
from datetime import date, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from syndicate.deliver.dkim import Signer
from syndicate.deliver.domain.dkim_record import Key, judge_dkim, judge_signing, keys_of
from syndicate.deliver.domain.finding import State
from syndicate.deliver.domain.spf_walk import Answer
from tests.deliver.test_dkim import ED25519, RSA

DAY = date(2026, 11, 22)
P = RSA.record.partition("p=")[2]
PKCS1 = b64encode(RSA.key.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)).decode()
OTHER = replace(RSA, key=rsa.generate_private_key(public_exponent=65537, key_size=2048))


# Keys are made anew in each process, and names of tests have to be the same in all.
STANDS_FOR = {
    "<rsa>": RSA.record,
    "<ed>": ED25519.record,
    "<other>": OTHER.record,
    "<P>": P,
    "<PKCS1>": PKCS1,
}
STANDS_FOR |= {"<start>": P[:100], "<end>": P[100:], "<cut>": P[:-60]}


def told(*texts: str, signer: Signer = RSA) -> str:
    """Empty where all is well. In the texts, names in brackets stand for keys and records."""
    for name, value in STANDS_FOR.items():
        texts = tuple(text.replace(name, value) for text in texts)
    finding = judge_dkim(Key(signer=signer), Answer(values=texts), day=DAY)
    assert (finding.record is None) is (finding.state is State.OK)
    return "" if finding.state is State.OK else finding.told


@pytest.mark.parametrize(
    "text",
    [
        "<rsa>",
        "p=<P>",
        "v=DKIM1;p=<P>;",
        "v=DKIM1; t=s; s=email; h=sha1:sha256; n=a note; p=<P>",
        "v=DKIM1; p=<start> <end>",
        "v=DKIM1; k=rsa; p=<PKCS1>",
        "v=DKIM1; k=RSA; x=unknown; p=<P>",
    ],
)
def test_a_record_of_our_key_is_well_however_it_is_written(text: str) -> None:
    assert told(text) == ""


def test_an_ed25519_record_is_compared_too() -> None:
    assert told(ED25519.record, signer=ED25519) == ""
    assert "k=rsa" in told(RSA.record, signer=ED25519)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<other>", "another key"),
        ("v=DKIM1; p=", "revoked"),
        ("v=DKIM1; k=rsa", "no p="),
        ("<ed>", "k=ed25519, ours is k=rsa"),
        ("v=DKIM1; t=y; p=<P>", "t=y"),
        ("v=DKIM1; t=s : y; p=<P>", "t=y"),
        ("v=DKIM1; s=other; p=<P>", "s=other"),
        ("v=DKIM1; h=sha1; p=<P>", "sha256"),
        ("v=DKIM2; p=<P>", "v=DKIM1"),
        ("p=<P>; v=DKIM1", "v=DKIM1"),
        ("v=DKIM1; p=<cut>", "part of the record is missing"),
        ("v=DKIM1; p=not base64!", "no key that can be read"),
        ("v=DKIM1; p=<P>; p=<P>", "twice"),
        ("p", "is no tag"),
        ('"v=DKIM1; p=<P>"', "is no tag"),
    ],
)
def test_what_is_wrong_is_told_with_the_record(text: str, says: str) -> None:
    assert says in told(text)


def test_a_p_inside_another_tag_is_no_key() -> None:
    assert "no p=" in told("v=DKIM1; n=p=<P>")


def test_no_record_and_several_are_told() -> None:
    assert "no such record" in told()
    assert "2 TXT records" in told(RSA.record, "v=spf1 -all")


def test_a_fault_of_dns_is_no_verdict() -> None:
    finding = judge_dkim(Key(signer=RSA), Answer(failed="timed out"), day=DAY)
    assert finding.state is State.UNASKED


def test_a_key_to_come_is_to_be_published_before_it_signs() -> None:
    key = Key(signer=replace(RSA, signs_from=DAY + timedelta(days=3)))
    assert judge_dkim(key, Answer(), day=DAY).remedy.startswith("publish it before 2026-11-25")
    assert judge_dkim(key, Answer(values=(RSA.record,)), day=DAY).told.endswith("it signs from 2026-11-25")


@pytest.mark.parametrize(
    ("days", "values", "state"),
    [
        (-1, (RSA.record,), State.OK),
        (0, (), State.TO_DO),
        (6, (), State.TO_DO),
        (6, (RSA.record,), State.OK),
        (7, (RSA.record,), State.HINT),
        (7, (), State.OK),
    ],
)
def test_the_record_of_a_key_that_ended_stays_for_a_week(
    days: int, values: tuple[str, ...], state: State
) -> None:
    key = Key(signer=RSA, ends=DAY - timedelta(days=days))
    assert judge_dkim(key, Answer(values=values), day=DAY).state is state


def test_a_key_ends_when_the_next_of_its_kind_and_domain_begins() -> None:
    new = replace(RSA, selector="new", signs_from=DAY)
    later = replace(RSA, selector="later", signs_from=DAY + timedelta(days=9), signs_until=date(2027, 1, 1))
    other = replace(new, domain="quay.example")
    keys = keys_of((RSA, ED25519, new, later, other))
    assert [key.ends for key in keys] == [DAY, None, DAY + timedelta(days=9), date(2027, 1, 1), None]


def test_mail_that_nobody_signs_is_told() -> None:
    assert (
        judge_signing("courier.example", (RSA, ED25519), has_keys=True, relay_signs=False).told
        == "by s2026 (rsa), ed (ed25519)"
    )
    nobody = judge_signing("courier.example", (), has_keys=False, relay_signs=False)
    assert (nobody.state, nobody.remedy) == (State.TO_DO, "syndicate dkim new courier.example")
    assert (
        "signs_from" in judge_signing("courier.example", (ED25519,), has_keys=True, relay_signs=False).remedy
    )
    assert judge_signing("courier.example", (), has_keys=False, relay_signs=True).state is State.OK
