"""Tokens: made, rotated, ended; only a hash of each is kept."""

from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import text

from syndicate.errors import NotFound
from syndicate.partner.tokens import (
    PREFIX,
    TokenState,
    list_lines,
    new_secret,
    revoke,
    rotate_tokens,
    secret_hash,
    signing_token,
)
from syndicate.store import partners
from syndicate.store.database import Database
from tests.partner.desks import Desk, desk_of

DAY = timedelta(days=1)


@pytest.fixture
def desk(db: Database, tmp_path: Path) -> Desk:
    return desk_of(db, tmp_path)


def states(desk: Desk, partner: str = "quay-radio") -> dict[int, TokenState]:
    lines = desk.db.read_now(list_lines, partner, now=desk.clock())
    return {line.id: line.state for line in lines}


def test_a_secret_has_256_bits_and_no_two_are_alike() -> None:
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert {len(one.removeprefix(PREFIX)) for one in secrets} == {43}
    assert all(one.isascii() and not set(one) & set(" \"'$&/+=:") for one in secrets)


def test_the_database_holds_the_hash_and_never_the_token(desk: Desk) -> None:
    made = desk.token(label="their importer")
    rows = desk.db.read_now(
        lambda conn: [tuple(row) for row in conn.execute(text("SELECT * FROM partner_tokens"))]
    )
    assert made.secret not in str(rows)
    assert sha256(made.secret.encode()).hexdigest() in str(rows)
    assert secret_hash("\ud800") != secret_hash("?")


def test_several_tokens_count_at_once_and_a_rotation_ends_the_others_after_its_grace(desk: Desk) -> None:
    first, second = desk.token(), desk.token(age=3 * DAY)
    made = desk.db.write_now(rotate_tokens, "quay-radio", now=desk.clock(), grace=7 * DAY)
    assert set(made.ended) == {first.id, second.id}
    active, expired = TokenState.ACTIVE, TokenState.EXPIRED
    assert states(desk) == {first.id: active, second.id: active, made.id: active}
    desk.clock.pass_(3 * DAY)
    assert states(desk) == {first.id: active, second.id: expired, made.id: active}
    desk.clock.pass_(4 * DAY)
    assert states(desk) == {first.id: expired, second.id: expired, made.id: active}


def test_a_rotation_leaves_other_partners_and_what_has_ended_alone(desk: Desk) -> None:
    other, ended = desk.token("lighthouse"), desk.token()
    desk.db.write_now(revoke, "quay-radio", ended.id, now=desk.clock())
    made = desk.db.write_now(rotate_tokens, "quay-radio", now=desk.clock(), grace=DAY)
    assert made.ended == ()
    desk.clock.pass_(2 * DAY)
    assert states(desk, "lighthouse") == {other.id: TokenState.ACTIVE}


def test_a_token_is_revoked_once_and_by_its_own_partner_s_name(desk: Desk) -> None:
    made = desk.token()
    with pytest.raises(NotFound, match=f"lighthouse has no token {made.id}; it has: none"):
        desk.db.write_now(revoke, "lighthouse", made.id, now=desk.clock())
    since = desk.clock()
    desk.db.write_now(revoke, "quay-radio", made.id, now=since)
    desk.db.write_now(revoke, "quay-radio", made.id, now=desk.clock.pass_(DAY))
    [line] = desk.db.read_now(list_lines, "quay-radio", now=desk.clock())
    assert (line.state, line.revoked) == (TokenState.REVOKED, since)


def test_a_url_is_signed_with_the_newest_token_that_counts(desk: Desk) -> None:
    def signer(token_id: int = 0) -> int:
        return desk.db.read_now(signing_token, "quay-radio", now=desk.clock(), token_id=token_id).id

    with pytest.raises(NotFound, match="no token that counts: make one with: syndicate partner token new"):
        signer()
    first, second = desk.token(), desk.token(age=DAY)
    assert signer() == second.id
    assert signer(first.id) == first.id
    desk.clock.pass_(DAY)
    assert signer() == first.id
    with pytest.raises(NotFound, match=f"token {second.id} of quay-radio is expired"):
        signer(second.id)
    with pytest.raises(NotFound, match="no token 99"):
        signer(99)


def test_when_a_token_was_last_used_only_moves_on(desk: Desk) -> None:
    made = desk.token()
    later = desk.clock() + DAY
    for at in (later, desk.clock()):
        desk.db.write_now(partners.record_used, {made.id: at})
    [line] = desk.db.read_now(list_lines, "quay-radio", now=desk.clock())
    assert line.last_used == later
