"""The whole way back: a real Postfix cannot deliver, and its notification suppresses the right person."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from syndicate.audience.suppression import address_hash
from syndicate.deliver.bounce.fetching import fetch_bounces
from syndicate.deliver.bounce.returning import Returning
from syndicate.deliver.envelope import Letter
from syndicate.deliver.intake import Listener
from syndicate.deliver.smtp import Pool
from syndicate.model.bounces import BounceMailbox
from syndicate.model.delivery import DeliveryState
from syndicate.model.site import Relay, Security
from syndicate.model.subscriber import SuppressionReason
from syndicate.store import bounces, deliveries, suppressions
from tests.deliver.bounce.returned import a_returning, add_sent, signed
from tests.deliver.sender import address
from tests.neighbours.certificates import write_certificate
from tests.neighbours.dovecot import PASSWORD, Dovecot, running_dovecot
from tests.neighbours.ports import free_port
from tests.neighbours.postfix import Postfix, running_postfix

BOX = "bounces@courier.example"


@pytest.fixture
def issue(sqlite_db) -> int:
    return sqlite_db.write_now(add_sent, readers=2)


@pytest.fixture(scope="module")
def place() -> int:
    return free_port()


@pytest.fixture(scope="module")
def relay(place) -> Iterator[Postfix]:
    """A relay that hands bounces over to the listener, which knows none of the readers."""
    with running_postfix(place, "readers.example", "courier.example") as server:
        yield server


@pytest.fixture(scope="module")
def mailboxes(place, tmp_path_factory) -> Iterator[tuple[Postfix, Dovecot, Path]]:
    """A relay that brings bounces into one mailbox of a Dovecot, whatever address they came to."""
    certificate = write_certificate(tmp_path_factory.mktemp("tls") / "mail.pem")
    with running_dovecot(certificate) as dovecot:
        unknown = f"{{ readers.example = lmtp:inet:127.0.0.1:{place} }}"
        back = f"{{ courier.example = lmtp:inet:127.0.0.1:{dovecot.port} }}"
        maps = {
            "transport_maps": f"inline:{{ {unknown}, {back} }}",
            "virtual_alias_maps": f"inline:{{ {{ @courier.example = {BOX} }} }}",
        }
        with running_postfix(dovecot.port, "readers.example", "courier.example", **maps) as server:
            yield server, dovecot, certificate


async def send(port: int, issue: int, number: int = 1) -> None:
    """One message, as we send it."""
    data = f"From: news@courier.example\r\nTo: {address(number)}\r\nSubject: Tide\r\n\r\nThe ferry.\r\n"
    letter = Letter(sender=signed(issue, number), recipient=address(number), data=data.encode())
    pool = Pool(Relay(local=False, host="127.0.0.1", port=port, security=Security.NONE))
    wire = await pool.take()
    answer = await wire.transact(letter, before_dot=lambda: None)
    await pool.give_back(wire)
    await pool.close()
    assert answer.code == 250


def reasons(returning: Returning, number: int) -> list[SuppressionReason]:
    sending = returning.sending
    digest = address_hash(sending.keyring, address(number))
    return list(sending.db.read_now(suppressions.find_suppressed, [digest]).values())


async def came_back(returning: Returning) -> bounces.Bounce:
    """The bounce, once it is applied."""
    async with asyncio.timeout(60):
        while not (found := await returning.sending.db.read(bounces.list_bounces)):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return found[0]


async def test_an_unknown_user_comes_back_by_lmtp(sqlite_db, tmp_path, issue, relay, place) -> None:
    returning = a_returning(sqlite_db, tmp_path, listen=f"127.0.0.1:{place}")
    async with Listener(returning):
        await send(relay.port, issue)
        came = await came_back(returning)
    assert (came.status, came.reason, came.applied) == ("5.1.1", "address-gone", "suppressed")
    assert (reasons(returning, 1), reasons(returning, 2)) == ([SuppressionReason.ADDRESS_GONE], [])
    first, second = sqlite_db.read_now(deliveries.list_deliveries, issue)
    assert (first.state, second.state) == (DeliveryState.BOUNCED, DeliveryState.SENT)


async def test_a_bounce_waits_at_the_relay_while_nobody_listens(
    sqlite_db, tmp_path, issue, relay, place
) -> None:
    returning = a_returning(sqlite_db, tmp_path, listen=f"127.0.0.1:{place}")
    await send(relay.port, issue, 2)
    async with asyncio.timeout(60):
        while "Connection refused" not in relay.log():  # noqa: ASYNC110 - the log tells nobody
            await asyncio.sleep(0.05)
    async with Listener(returning), asyncio.timeout(60):
        # The queue may not have it yet when the log tells of it: a flush finds what is there.
        while not await returning.sending.db.read(bounces.list_bounces):
            await asyncio.to_thread(relay.flush)
            await asyncio.sleep(0.5)
        came = await came_back(returning)
    assert (came.subscriber_id, came.applied) == (2, "suppressed")


async def test_an_unknown_user_comes_back_by_imap(
    sqlite_db, tmp_path, issue, mailboxes, place, monkeypatch
) -> None:
    relay, dovecot, certificate = mailboxes
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    url = f"imaps://127.0.0.1:{dovecot.imaps}"
    box = BounceMailbox(url=url, username=BOX, password=PASSWORD)
    returning = a_returning(sqlite_db, tmp_path, mailbox=box, listen=f"127.0.0.1:{place}")
    async with Listener(returning):
        await send(relay.port, issue)
        await asyncio.to_thread(dovecot.wait_for, BOX, 1)
    assert (await fetch_bounces(returning)).taken == 1
    assert (reasons(returning, 1), reasons(returning, 2)) == ([SuppressionReason.ADDRESS_GONE], [])
    assert dovecot.messages(BOX) == []
