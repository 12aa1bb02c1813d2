import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from syndicate.audience import tokens
from syndicate.audience.tokens import Keyring, Purpose
from syndicate.errors import ConfigError, TokenRefused
from tests.builders import NOON

RING = Keyring(current=b"k" * 32)


def test_a_token_gives_its_payload_back() -> None:
    token = tokens.sign(RING, Purpose.CONFIRM, "7:روزانه", at=NOON)
    assert tokens.verify(RING, Purpose.CONFIRM, token, now=NOON) == "7:روزانه"


def test_a_token_is_refused_for_another_purpose() -> None:
    token = tokens.sign(RING, Purpose.CONFIRM, "7:daily", at=NOON)
    with pytest.raises(TokenRefused):
        tokens.verify(RING, Purpose.UNSUBSCRIBE, token, now=NOON)


def test_a_token_with_any_character_changed_is_refused() -> None:
    token = tokens.sign(RING, Purpose.UNSUBSCRIBE, "7:daily")
    for place, letter in enumerate(token):
        forged = token[:place] + ("A" if letter != "A" else "B") + token[place + 1 :]
        with pytest.raises(TokenRefused):
            tokens.verify(RING, Purpose.UNSUBSCRIBE, forged, now=NOON)


@pytest.mark.parametrize(
    "junk", ["", "x", "=", "A" * 28, "ä" * 30, "../../etc/passwd", "%00" * 20, "A" * 5000]
)
def test_junk_is_refused(junk: str) -> None:
    with pytest.raises(TokenRefused):
        tokens.verify(RING, Purpose.UNSUBSCRIBE, junk, now=NOON)


def test_an_older_key_still_verifies() -> None:
    token = tokens.unsubscribe_token(RING, 7, "daily")
    rotated = Keyring(current=b"n" * 32, older=(RING.current,))
    assert tokens.read_unsubscribe(rotated, token, now=NOON) == (7, "daily")


def test_a_dropped_key_no_longer_verifies() -> None:
    token = tokens.unsubscribe_token(RING, 7, "daily")
    with pytest.raises(TokenRefused):
        tokens.read_unsubscribe(Keyring(current=b"n" * 32), token, now=NOON)


def test_an_unsubscribe_link_works_after_fifty_years() -> None:
    token = tokens.unsubscribe_token(RING, 7, "daily")
    assert tokens.read_unsubscribe(RING, token, now=NOON + timedelta(days=18_000)) == (7, "daily")


def test_a_confirmation_link_works_for_seven_days() -> None:
    token = tokens.confirmation_token(RING, 7, "daily", at=NOON)
    assert tokens.read_confirmation(RING, token, now=NOON + timedelta(days=7)) == (7, "daily")


def test_a_confirmation_link_expires_after_seven_days_and_says_so() -> None:
    token = tokens.confirmation_token(RING, 7, "daily", at=NOON)
    with pytest.raises(TokenRefused) as refused:
        tokens.read_confirmation(RING, token, now=NOON + timedelta(days=7, seconds=1))
    assert refused.value.expired


def test_a_token_shows_no_address_and_is_safe_in_a_url() -> None:
    token = tokens.preferences_token(RING, 7)
    assert token.replace("-", "").replace("_", "").isalnum()
    assert tokens.read_preferences(RING, token, now=NOON) == 7


def test_a_keyed_hash_keeps_its_parts_apart() -> None:
    assert tokens.keyed_hash(RING, "ab", "c") != tokens.keyed_hash(RING, "a", "bc")


def test_keyed_hashes_find_what_was_stored_before_a_rotation() -> None:
    rotated = Keyring(current=b"n" * 32, older=(RING.current,))
    assert tokens.keyed_hash(RING, "a@b.example") in tokens.keyed_hashes(rotated, "a@b.example")


def test_a_verp_tag_survives_a_change_of_case() -> None:
    assert tokens.read_verp_tag(RING, tokens.verp_tag(RING, 12, 345).upper()) == (12, 345)


@pytest.mark.parametrize("tag", ["12-346-", "12-345-aaaaaaaaaaaaaaaa", "", "ä", "--"])
def test_a_forged_verp_tag_is_refused(tag: str) -> None:
    with pytest.raises(TokenRefused):
        tokens.read_verp_tag(RING, tag)


def test_the_key_file_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret.key"
    before = os.umask(0)
    try:
        ring = tokens.load_keyring(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert tokens.load_keyring(path) == ring
    assert [p.name for p in path.parent.iterdir()] == ["secret.key"]


def test_later_lines_of_the_key_file_are_older_keys(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    path.write_text("aa" * 32 + "\n" + "bb" * 32 + "\n")
    assert tokens.load_keyring(path) == Keyring(current=b"\xaa" * 32, older=(b"\xbb" * 32,))


@pytest.mark.parametrize("text", ["", "secret\n", "aa\n", "aa" * 32 + "\nnot hex\n"])
def test_a_broken_key_file_is_told_apart_and_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "secret.key"
    path.write_text(text)
    with pytest.raises(ConfigError, match="in hex"):
        tokens.load_keyring(path)
    assert path.read_text() == text
