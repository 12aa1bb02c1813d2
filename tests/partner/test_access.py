"""Credentials as requests bring them, and what they open: the same steps for whoever asks."""

from base64 import b64encode
from dataclasses import replace
from datetime import timedelta

import pytest

from syndicate.model.feed import Format
from syndicate.partner.access import NO_TOKEN, NOTHING, Credential, opens, read_authorization
from syndicate.partner.signing import Address, read_address, read_query, read_url, sign_query
from syndicate.partner.tokens import secret_hash
from syndicate.store.partners import Token
from tests.builders import NOON

ADDRESS = Address(partner="quay-radio", feed="all", form=Format.ATOM)
END = NOON + timedelta(days=30)
TOKEN = Token(id=7, partner="quay-radio", label="", hash=secret_hash("open"), created=NOON)
RIGHT = Credential(hash=secret_hash("open"))


def b64(text: str) -> bytes:
    return b64encode(text.encode())


@pytest.mark.parametrize(
    ("values", "read"),
    [
        ([b"Bearer open"], RIGHT),
        ([b"  BEARER   open  "], RIGHT),
        ([b"Basic " + b64("quay-radio:open")], replace(RIGHT, user="quay-radio")),
        ([b"Basic " + b64("رادیو:o:pen")], Credential(hash=secret_hash("o:pen"), user="رادیو")),
        ([b"Bearer o p"], Credential(hash=secret_hash("o p"))),
        ([], NOTHING),
        ([b""], NOTHING),
        ([b"Bearer"], NOTHING),
        ([b"Basic " + b64("quay-radio")], NOTHING),
        ([b"Basic " + b64(":open")], NOTHING),
        ([b"Basic " + b64("quay-radio:open")[:-1]], NOTHING),
        ([b"Basic \xff\xff"], NOTHING),
        ([b"Basic " + b64encode(b"quay-radio:\xff")], NOTHING),
        ([b"Bearer \xff"], NOTHING),
        ([b"Bearer " + b"x" * 1000], NOTHING),
        ([b"Bearer open", b"Bearer open"], NOTHING),
    ],
)
def test_an_authorization_header_is_read_or_opens_nothing(values: list[bytes], read: Credential) -> None:
    assert read_authorization(values) == read


@pytest.mark.parametrize(
    ("token", "partner", "credential", "opened"),
    [
        (TOKEN, "quay-radio", RIGHT, True),
        (TOKEN, "quay-radio", replace(RIGHT, user="quay-radio"), True),
        (TOKEN, "quay-radio", Credential(token_id=7), True),
        (TOKEN, "quay-radio", replace(RIGHT, user="lighthouse"), False),
        (TOKEN, "quay-radio", Credential(hash=secret_hash("wrong")), False),
        (TOKEN, "quay-radio", NOTHING, False),
        (TOKEN, "lighthouse", RIGHT, False),
        (TOKEN, "lighthouse", Credential(token_id=7), False),
        (replace(TOKEN, revoked=NOON), "quay-radio", RIGHT, False),
        (replace(TOKEN, expires=NOON), "quay-radio", RIGHT, False),
        (replace(TOKEN, expires=END), "quay-radio", RIGHT, True),
        (NO_TOKEN, "quay-radio", RIGHT, False),
        (NO_TOKEN, "", NOTHING, False),
        (NO_TOKEN, "", Credential(), False),
    ],
)
def test_a_token_opens_what_is_its_partner_s_while_it_counts(
    token: Token, partner: str, credential: Credential, opened: bool
) -> None:
    assert opens(token, partner, credential, now=NOON) is opened


class Counting(str):
    """A text that counts how often it is made bytes, as each comparison does once."""

    made = 0

    def encode(self, *_args: str, **_more: str) -> bytes:
        Counting.made += 1
        return super().encode("utf-8", "replace")


@pytest.mark.parametrize(
    "token", [TOKEN, replace(TOKEN, hash=Counting("x")), NO_TOKEN], ids=["right", "wrong", "none"]
)
@pytest.mark.parametrize("partner", ["quay-radio", "nobody"])
def test_every_comparison_is_made_whoever_asks(token: Token, partner: str) -> None:
    Counting.made = 0
    counted = replace(token, hash=Counting(token.hash), partner=Counting(token.partner))
    opens(counted, Counting(partner), Credential(hash=Counting(RIGHT.hash), user=Counting("x")), now=NOON)
    assert Counting.made == 6


def test_a_signature_is_good_until_its_end_and_under_older_keys() -> None:
    old, new = b"o" * 32, b"n" * 32
    query = sign_query((old,), ADDRESS, token_id=7, expires=END)
    assert read_query((new, old), ADDRESS, query, now=NOON) == 7
    assert read_query((old,), ADDRESS, query, now=END - timedelta(seconds=1)) == 7
    assert read_query((old,), ADDRESS, query, now=END) == 0
    assert read_query((new,), ADDRESS, query, now=NOON) == 0


@pytest.mark.parametrize(
    "query",
    [
        "",
        "token=7",
        "token=7&expires=9999999999",
        "token=x&expires=9999999999&signature=x",
        "token=٧&expires=9999999999&signature=x",
        "token=7&expires=9999999999&signature=" + "x" * 3000,
        "&".join(f"a{number}=1" for number in range(100)),
        "token=7&expires=99999999999999999999&signature=x",
        "token=7&expires=9999999999&signature=\ud800",
        "%ff=%ff&token=%00&expires=%00&signature=%00",
    ],
)
def test_a_query_that_is_no_signature_opens_nothing(query: str) -> None:
    assert read_query((b"k" * 32,), ADDRESS, query, now=NOON) == 0


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://news.example/x/partners/quay-radio/all.atom?a=1", ADDRESS),
        ("https://news.example/x/partners/quay%2Dradio/all.atom", ADDRESS),
        ("https://news.example/partners/quay-radio/all.atom", None),
        ("http://news.example/x/partners/quay-radio/all.atom", None),
        ("https://other.example/x/partners/quay-radio/all.atom", None),
        ("https://news.example/x/feeds/all.atom", None),
        ("https://[news.example/x/partners/quay-radio/all.atom", None),
    ],
)
def test_a_url_names_a_document_of_ours_or_none(url: str, address: Address | None) -> None:
    found = read_url(url, base_url="https://news.example/x/")
    assert (found[0] if found else None) == address


@pytest.mark.parametrize(
    ("file", "address"),
    [
        ("all.atom", ADDRESS),
        ("all", replace(ADDRESS, feed="", form=None)),
        ("a.b.atom", replace(ADDRESS, feed="a.b")),
        ("all.exe", replace(ADDRESS, form=None)),
    ],
)
def test_a_file_s_suffix_is_its_format(file: str, address: Address) -> None:
    assert read_address("quay-radio", file) == address
