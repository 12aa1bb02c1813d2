"""Connecting to a relay: TLS, authentication, and why there is no connection."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from syndicate.deliver.smtp import Pool
from syndicate.deliver.wire import Letter
from syndicate.errors import RelayUnavailable, SenderFault
from syndicate.model.site import Relay, Security
from tests.neighbours.smtp_server import Moment, SmtpServer, running

DATA = b"Message-ID: <1@courier.example>\r\n\r\nThe ferry.\r\n"
OFFERS = ("PIPELINING", "STARTTLS", "AUTH PLAIN")


def a_certificate(folder: Path, *, host: str = "127.0.0.1", days: int = 1) -> Path:
    """A self-signed certificate and its key in one file; expired with negative days."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay")])
    end = datetime.now(UTC) + timedelta(days=days)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - timedelta(days=30))
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "relay.pem"
    path.write_bytes(private + made.public_bytes(pem))
    return path


def a_server(certificate: Path) -> SmtpServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return SmtpServer(extensions=OFFERS, tls=context)


async def send(relay: Relay) -> int:
    pool = Pool(relay, helo="sender.example")
    wire = await pool.take()
    letter = Letter(sender="b-1@courier.example", recipient="reader1@readers.example", data=DATA)
    answer = await wire.transact(letter, before_dot=lambda: None)
    await pool.give_back(wire)
    await pool.close()
    return answer.code


def test_mail_goes_out_on_the_loop_that_the_service_runs_on(tmp_path: Path) -> None:
    async def at_once() -> int:
        certificate = a_certificate(tmp_path)
        async with running(a_server(certificate)) as server:
            relay = server.relay(security=Security.STARTTLS, verify=False)
            return await send(server.relay()) + await send(relay)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(at_once()) == 500


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
async def test_a_secured_connection_carries_messages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, security: Security
) -> None:
    certificate = a_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with running(a_server(certificate), implicit_tls=security == Security.TLS) as server:
        assert await send(server.relay(security=security, username="courier", password="tide")) == 250
    assert [one.data for one in server.accepted] == [DATA]
    assert any(line.startswith("AUTH PLAIN") for line in server.commands)


@pytest.mark.parametrize(
    ("host", "days", "reason"), [("127.0.0.1", -1, "expired"), ("127.0.0.2", 1, "not valid for")]
)
async def test_a_certificate_that_cannot_be_trusted_stops_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, days: int, reason: str
) -> None:
    certificate = a_certificate(tmp_path, host=host, days=days)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with running(a_server(certificate)) as server:
        with pytest.raises(SenderFault, match=reason):
            await send(server.relay(security=Security.STARTTLS, password="tide"))
    assert not server.accepted


async def test_an_unknown_certificate_is_taken_only_when_told_so(tmp_path: Path) -> None:
    async with running(a_server(a_certificate(tmp_path))) as server:
        with pytest.raises(SenderFault, match="certificate"):
            await send(server.relay(security=Security.STARTTLS))
        assert await send(server.relay(security=Security.STARTTLS, verify=False)) == 250


async def test_a_relay_without_starttls_is_not_used_unsecured() -> None:
    async with running(SmtpServer()) as server:
        with pytest.raises(SenderFault, match="does not offer"):
            await send(server.relay(security=Security.STARTTLS, username="courier", password="tide"))
    assert not any(line.startswith("AUTH") for line in server.commands)


@pytest.mark.parametrize(
    ("verb", "reply", "error"),
    [
        ("CONNECT", "421 4.3.2 too busy", RelayUnavailable),
        ("CONNECT", "554 5.7.1 you are listed", SenderFault),
        ("CONNECT", "Welcome!", RelayUnavailable),
        ("AUTH", "535 5.7.8 wrong password", SenderFault),
        ("AUTH", "454 4.7.0 cannot check that now", RelayUnavailable),
    ],
)
async def test_a_connection_that_is_refused_says_whose_matter_it_is(
    verb: str, reply: str, error: type[Exception]
) -> None:
    server = SmtpServer(extensions=OFFERS, script=lambda moment: reply if moment.verb == verb else None)
    async with running(server):
        with pytest.raises(error) as told:
            await send(server.relay(username="courier", password="tide-secret"))
    assert "tide-secret" not in str(told.value)


async def test_nobody_there_is_no_fault_of_ours() -> None:
    server = SmtpServer()
    async with running(server):
        pass
    with pytest.raises(RelayUnavailable):
        await send(server.relay())


async def test_a_server_that_knows_only_helo_will_do() -> None:
    def script(moment: Moment) -> str | None:
        return "502 5.5.1 what?" if moment.verb == "EHLO" else None

    async with running(SmtpServer(script=script)) as server:
        assert await send(server.relay()) == 250
    assert "HELO sender.example" in server.commands


async def test_a_place_is_free_again_after_a_failure() -> None:
    def script(moment: Moment) -> str | None:
        return "421 4.3.2 too busy" if (moment.verb, moment.count) == ("CONNECT", 1) else None

    async with running(SmtpServer(script=script)) as server:
        pool = Pool(server.relay(connections=1), helo="sender.example")
        with pytest.raises(RelayUnavailable):
            await pool.take()
        wire = await pool.take()
        await pool.give_back(wire)
        await pool.close()
