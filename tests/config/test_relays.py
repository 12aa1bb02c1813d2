"""Relays as they are declared: one, several, and what is wrong with them."""

import re
from pathlib import Path

import pytest

from syndicate.config import Config, load
from syndicate.errors import ConfigError
from syndicate.model.site import Protocol, Relay, Security

HOWTO = (Path(__file__).parents[2] / "docs/howto/relays.md").read_text("utf-8")
SITE = """
[site]
base_url = "https://news.courier.example"
postal_address = "1 Quay Street"
"""
HOUSE = '[relays.house]\nhost = "mail.courier.example"\n'
ESP = '[relays.esp]\nhost = "smtp.esp.example"\n'


def loaded(folder: Path, text: str, **environ: str) -> Config:
    path = folder / "syndicate.toml"
    path.write_text(text + SITE, "utf-8")
    return load(path, environ=environ)


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as told:
        loaded(folder, text)
    return [str(fault) for fault in told.value.faults]


def test_several_relays_have_names_and_weights(tmp_path: Path) -> None:
    relays = loaded(
        tmp_path, HOUSE + "weight = 3\n" + ESP + "[relays.spare]\nhost = 's.example'\nweight = 0\n"
    ).relays
    assert [(one.name, one.weight, one.local) for one in relays] == [
        ("house", 3, False),
        ("esp", 1, False),
        ("spare", 0, False),
    ]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("", "local"),
        ('[relay]\nhost = "smtp.courier.example"', "smtp.courier.example:587"),
        ('[relay]\nhost = "smtp.courier.example"\nsecurity = "tls"', "smtp.courier.example:465"),
        ('[relay]\nhost = "mail.courier.example"\nprotocol = "lmtp"', "mail.courier.example:24"),
        ('[relay]\nhost = "2001:db8::7"\nport = 25', "[2001:db8::7]:25"),
        ('[relay]\nhost = "unix:/run/dovecot/lmtp"', "unix:/run/dovecot/lmtp"),
        ('[relay]\nhost = "file:var/archive"', "file:var/archive"),
    ],
)
def test_one_relay_is_called_by_its_place(tmp_path: Path, text: str, title: str) -> None:
    [relay] = loaded(tmp_path, text).relays
    assert relay.title == relay.name == title


def test_a_mailbox_server_of_ones_own_is_not_asked_for_tls(tmp_path: Path) -> None:
    text = '[relay]\nhost = "mail.courier.example"\nprotocol = "lmtp"\n'
    assert loaded(tmp_path, text).relay.security is Security.NONE
    relay = loaded(tmp_path, text + 'security = "starttls"\nport = 2424').relay
    assert (relay.protocol, relay.security, relay.port) == (Protocol.LMTP, Security.STARTTLS, 2424)


def test_neither_a_socket_nor_a_folder_has_tls(tmp_path: Path) -> None:
    for host in ("unix:/run/lmtp", "file:archive"):
        assert loaded(tmp_path, f'[relay]\nhost = "{host}"\n').relay.security is Security.NONE


def test_mail_into_a_folder_needs_no_public_address(tmp_path: Path) -> None:
    path = tmp_path / "syndicate.toml"
    path.write_text('[relay]\nhost = "file:archive"\n', "utf-8")
    assert load(path, environ={}).relay.folder == "archive"


def test_certificates_start_at_the_file_and_come_by_name(tmp_path: Path) -> None:
    text = HOUSE + 'ca_file = "ca.pem"\n'
    environ = {"SYNDICATE_RELAYS__HOUSE__CERT_FILE": "our.pem", "SYNDICATE_RELAYS__HOUSE__KEY_FILE": "/k.pem"}
    relay = loaded(tmp_path, text, **environ).relay
    assert relay.ca_file == str(tmp_path / "ca.pem")
    assert (relay.cert_file, relay.key_file) == (str(tmp_path / "our.pem"), "/k.pem")


def test_a_password_comes_from_a_file_for_each(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("tide\n", "utf-8")
    environ = {"SYNDICATE_RELAYS__ESP__PASSWORD_FILE": str(tmp_path / "secret")}
    assert [one.password for one in loaded(tmp_path, HOUSE + ESP, **environ).relays] == ["", "tide"]


def test_each_step_has_the_time_that_the_rfc_asks_for() -> None:
    """RFC 5321, section 4.5.3.2."""
    timeouts = Relay().timeouts
    assert (timeouts.opening, timeouts.mail, timeouts.rcpt) == (300, 300, 300)
    assert (timeouts.data, timeouts.final) == (120, 600)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[relay]\nhost = "a.example"\n' + HOUSE, r"^relays: .*house.* cannot stand beside \[relay\]"),
        ("relays = 3", r"^relays: 3 must be tables"),
        ("[relays]", r"^relays: \{\} must be tables"),
        ("relays.house = 'mail.courier.example'", r"^relays.house: .* must be a table"),
        ("[relays.house]\nport = 25", r"^relays.house.host: .*is missing"),
        ('[relays.house]\nhost = "local"', r"^relays.house.host: .*stands alone"),
        ('[relays."My House"]\nhost = "a.example"', r"^relays.My House: .* is no name"),
        (HOUSE + "wieght = 2", r'^relays.house.wieght: .* did you mean "weight"'),
        (HOUSE + "weight = -1", r"^relays.house.weight: -1 may not be less than 0"),
        (HOUSE + "weight = 1.5", r"^relays.house.weight: 1.5 must be a whole number"),
        (HOUSE + "weight = 0", r"^relays.house.weight: 0 leaves nobody to send"),
        (
            HOUSE + '[relays.again]\nhost = "MAIL.courier.example"',
            r"^relays.again.host: .*\[relays.house\] again",
        ),
        (HOUSE + ESP + "signs = true", r"^relays.esp.signs: true differs from \[relays.house\]"),
        (HOUSE + 'username = "u"\nsecurity = "none"', r"^relays.house.security: .*unencrypted"),
        (HOUSE + 'protocol = "lmtp"\nport = 25', r"^relays.house.port: 25 .*RFC 2033"),
        (HOUSE + 'protocol = "uucp"', r"^relays.house.protocol: .* is none of smtp, lmtp"),
        (HOUSE + 'key_file = "k.pem"', r"^relays.house.cert_file: is missing"),
        (HOUSE + 'helo = "not a name"', r"^relays.house.helo: .* is no host name"),
        (HOUSE + 'timeouts = { mail = "0s" }', r"^relays.house.timeouts.mail: .* must be greater than 0"),
        (HOUSE + 'timeouts = { male = "5s" }', r'^relays.house.timeouts.male: .* did you mean "mail"'),
        ('[relay]\nhost = "unix:run/lmtp"', r"^relay.host: .* whole path of a socket"),
        ('[relay]\nhost = "file:"', r"^relay.host: .* path of a folder"),
        (HOUSE + "connections = 2\n[delivery]\nprocesses = 2", r"^delivery.processes: 2 .*relays.house"),
        ("[delivery]\nprocesses = 0", r"^delivery.processes: 0 must be greater than 0"),
        ("[delivery]\ngroup = 5_000", r"^delivery.group: 5000 must be at most 100"),
        (
            '[delivery]\nretry_first = "5h"',
            r"^delivery.retry_first: .* not be longer than delivery.retry_cap",
        ),
    ],
)
def test_what_is_wrong_is_told_with_what_would_be_right(tmp_path: Path, text: str, told: str) -> None:
    found = faults(tmp_path, text)
    assert any(re.search(told, fault) for fault in found), found


@pytest.mark.parametrize("example", re.findall(r"```toml\n(.*?)```", HOWTO, re.DOTALL))
def test_what_the_how_to_shows_is_right(tmp_path: Path, example: str) -> None:
    assert not loaded(tmp_path, example).relay.local
