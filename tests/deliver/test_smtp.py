"""Connecting to a relay: TLS, authentication, and why there is no connection."""

import asyncio
import socket
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

from syndicate.deliver.envelope import Letter
from syndicate.deliver.smtp import Pool, tls_context
from syndicate.errors import RelayUnavailable, SenderFault
from syndicate.model.site import Protocol, Relay, Security
from tests.neighbours.smtp_server import Drop, Moment, SmtpServer, Wreck, running

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


async def test_the_operator_says_who_vouches_for_a_relay(tmp_path: Path) -> None:
    certificate = a_certificate(tmp_path)
    async with running(a_server(certificate)) as server:
        relay = server.relay(security=Security.STARTTLS, ca_file=str(certificate))
        assert await send(relay) == 250


async def test_a_relay_may_ask_for_a_certificate_of_ours(tmp_path: Path) -> None:
    certificate = a_certificate(tmp_path)
    server = a_server(certificate)
    assert server.tls is not None
    server.tls.load_verify_locations(certificate)
    server.tls.verify_mode = ssl.CERT_REQUIRED
    # Refused in TLS 1.3, a client hears of it only when it has long begun to speak.
    server.tls.maximum_version = ssl.TLSVersion.TLSv1_2
    async with running(server):
        vouched = {"security": Security.STARTTLS, "ca_file": str(certificate)}
        assert await send(server.relay(**vouched, cert_file=str(certificate))) == 250
        with pytest.raises(RelayUnavailable):
            await send(server.relay(**vouched))
    assert len(server.accepted) == 1


@pytest.mark.parametrize("setting", ["ca_file", "cert_file", "key_file"])
async def test_a_certificate_that_cannot_be_read_is_told_with_its_file(tmp_path: Path, setting: str) -> None:
    certificate = a_certificate(tmp_path)
    missing = str(tmp_path / "missing.pem")
    async with running(a_server(certificate)) as server:
        files = {"cert_file": str(certificate)} | {setting: missing}
        with pytest.raises(SenderFault, match=r"missing\.pem"):
            await send(server.relay(security=Security.STARTTLS, **files))
    assert not server.sessions


def test_nothing_older_than_tls_1_2_is_spoken() -> None:
    for verify in (True, False):
        context = tls_context(Relay(host="smtp.courier.example", verify=verify))
        assert context.minimum_version == ssl.TLSVersion.TLSv1_2
        assert context.check_hostname is verify
        assert context.verify_mode == (ssl.CERT_REQUIRED if verify else ssl.CERT_NONE)


@pytest.mark.parametrize("how", [Drop, Wreck, "454 4.7.0 no TLS now"])
async def test_tls_that_fails_is_tried_again_later(tmp_path: Path, how: str | type[Exception]) -> None:
    def script(moment: Moment) -> str | None:
        if moment.verb != "STARTTLS":
            return None
        if isinstance(how, type):
            raise how
        return how

    server = a_server(a_certificate(tmp_path))
    server.script = script
    async with running(server):
        with pytest.raises(RelayUnavailable):
            await send(server.relay(security=Security.STARTTLS, verify=False, password="tide"))
    assert server.commands[-1] == "STARTTLS"


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


@pytest.mark.parametrize("secured", [False, True])
async def test_a_mailbox_server_is_greeted_in_its_own_words(tmp_path: Path, secured: bool) -> None:
    """RFC 2033: LHLO, and neither EHLO nor HELO."""
    certificate = a_certificate(tmp_path)
    server = a_server(certificate)
    server.lmtp = True
    async with running(server):
        change = {"security": Security.STARTTLS, "ca_file": str(certificate), "username": "courier"}
        assert await send(server.relay(**(change if secured else {}))) == 250
    greetings = [line for line in server.commands if "HLO" in line]
    assert greetings == ["LHLO sender.example"] * (2 if secured else 1)
    assert [one.data for one in server.accepted] == [DATA]


async def test_lmtp_is_spoken_over_a_socket_too(tmp_path: Path) -> None:
    async with running(SmtpServer(lmtp=True, path=tmp_path / "lmtp")) as server:
        assert await send(server.relay()) == 250
    assert server.recipients == ["reader1@readers.example"]


@pytest.mark.parametrize("there", [True, False])
async def test_a_socket_that_nobody_listens_on_is_told(tmp_path: Path, there: bool) -> None:
    path = tmp_path / "lmtp"
    if there:
        path.touch()
    with pytest.raises(RelayUnavailable, match=r"unix:.*cannot be reached"):
        await send(SmtpServer(path=path).relay())


async def test_an_smtp_server_does_not_pass_for_a_mailbox_server() -> None:
    async with running(SmtpServer()) as server:
        with pytest.raises(SenderFault, match="502"):
            await send(server.relay(protocol=Protocol.LMTP))
    assert not any(line.startswith("HELO") for line in server.commands)


async def test_the_name_that_we_greet_with_is_a_setting() -> None:
    async with running(SmtpServer()) as server:
        assert await send(server.relay(helo="news.courier.example")) == 250
    assert server.commands[0] == "EHLO news.courier.example"


async def test_the_second_address_of_a_relay_is_tried_when_the_first_is_dead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running(SmtpServer()) as server:
        both = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, server.port))
            for host in ("127.0.0.2", "127.0.0.1")
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
        assert await send(server.relay(host="relay.courier.example")) == 250
