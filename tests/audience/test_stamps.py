"""What stamps make is what tokens make, and read."""

from hypothesis import given
from hypothesis import strategies as st

from syndicate.audience import stamps, tokens
from syndicate.audience.tokens import Keyring
from tests.builders import NOON

KEYRINGS = st.binary(min_size=32, max_size=100).map(lambda key: Keyring(current=key))
NUMBERS = st.integers(0, 2**40)
NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,30}", fullmatch=True)


@given(keyring=KEYRINGS, number=NUMBERS, newsletter=NAMES)
def test_links_are_the_same(keyring: Keyring, number: int, newsletter: str) -> None:
    leave = stamps.unsubscribe_tokens(keyring, newsletter)(number)
    assert leave == tokens.unsubscribe_token(keyring, number, newsletter)
    assert tokens.read_unsubscribe(keyring, leave, now=NOON) == (number, newsletter)
    assert stamps.preferences_tokens(keyring)(number) == tokens.preferences_token(keyring, number)


@given(keyring=KEYRINGS, first=NUMBERS, second=NUMBERS)
def test_envelope_senders_are_the_same(keyring: Keyring, first: int, second: int) -> None:
    tag = stamps.verp_tags(keyring, first)(second)
    assert tag == tokens.verp_tag(keyring, first, second)
    assert tokens.read_verp_tag(keyring, tag) == (first, second)


@given(keyring=KEYRINGS, number=NUMBERS, parts=st.lists(st.text(max_size=10), max_size=3))
def test_hashes_are_the_same(keyring: Keyring, number: int, parts: list[str]) -> None:
    made = stamps.keyed_hashes_with(keyring, *parts)(number)
    assert made == tokens.keyed_hash(keyring, *parts, str(number))
