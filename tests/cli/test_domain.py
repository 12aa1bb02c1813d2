"""`check --domain` and `dkim` as commands."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from syndicate.deliver.dkim import load_signer
from syndicate.model.site import Dkim
from tests.cli.conftest import Newsroom
from tests.neighbours.dns_server import DnsServer, dns_server_beside


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> Iterator[DnsServer]:
    """The name server that the newsroom asks."""
    with dns_server_beside({"com": {"TXT": []}}) as server:
        monkeypatch.setenv("SYNDICATE_DELIVERY__NAMESERVERS", server.address)
        yield server


def add_to_config(newsroom: Newsroom, text: str) -> None:
    path = newsroom.folder / "config/syndicate.toml"
    path.write_text(f"{path.read_text('utf-8')}\n{text}\n", "utf-8")


def test_a_new_key_s_lines_and_record_are_all_that_it_takes(newsroom: Newsroom, dns: DnsServer) -> None:
    made = newsroom.ask("dkim", "new", "--selector", "s2026")
    key = newsroom.folder / made["file"]
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    add_to_config(newsroom, made["config"])
    (found,) = newsroom.ask("dkim", "check", code=1)
    assert found["record"] == made["record"]
    record = made["record"]
    assert record["name"] == "s2026._domainkey.courier.example"
    dns.zone[record["name"]] = {"TXT": [record["value"]]}
    assert newsroom.ask("dkim", "check")[0]["state"] == "ok"
    (shown,) = newsroom.ask("dkim", "show")
    assert (shown["record"], shown["signs"]) == (record, "now")


def test_the_record_in_a_zone_file_is_the_same_one(newsroom: Newsroom, dns: DnsServer) -> None:
    made = newsroom.ask("dkim", "new", "courier.example")
    name, _, rest = made["zone"].partition(" IN TXT ( ")
    strings = rest.removesuffix(" )").removeprefix('"').removesuffix('"').split('" "')
    assert name == f"{made['record']['name']}."
    assert max(map(len, strings)) <= 255
    assert "".join(strings) == made["record"]["value"]


def test_a_key_is_never_overwritten(newsroom: Newsroom) -> None:
    made = newsroom.ask("dkim", "new", "--selector", "s1")
    before = Path(made["file"]).read_bytes()
    result = newsroom.run("dkim", "new", "--selector", "s1", code=2)
    assert "never overwritten" in result.output
    assert Path(made["file"]).read_bytes() == before


def test_a_second_key_begins_when_dns_has_settled(newsroom: Newsroom) -> None:
    add_to_config(newsroom, newsroom.ask("dkim", "new", "--selector", "s1")["config"])
    second = newsroom.ask("dkim", "new", "--selector", "s2")
    assert "signs_from = " in second["config"]
    add_to_config(newsroom, second["config"])
    add_to_config(newsroom, newsroom.ask("dkim", "new", "--selector", "e1", "--ed25519")["config"])
    shown = newsroom.ask("dkim", "show")
    assert [one["signs"].partition(" ")[0] for one in shown] == ["now,", "from", "from"]
    assert shown[2]["record"]["value"].startswith("v=DKIM1; k=ed25519; p=")
    text = newsroom.run("dkim", "show").output
    assert "s2._domainkey.courier.example. IN TXT" in text


def test_a_new_key_can_be_read_back(newsroom: Newsroom) -> None:
    result = newsroom.run("dkim", "new", "news.courier.example", "--selector", "s1")
    signer = load_signer(
        Dkim(domain="news.courier.example", selector="s1", key_file="var/dkim/news.courier.example.s1.pem")
    )
    assert signer.record in result.output
    assert "PRIVATE" not in result.output


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--selector", "two words"), "is no selector"),
        (("--selector", "../up"), "is no selector"),
        (("no domain",), "is no domain"),
        (("../up.example",), "is no domain"),
    ],
)
def test_what_is_no_name_is_refused(newsroom: Newsroom, args: tuple[str, ...], says: str) -> None:
    result = newsroom.run("dkim", "new", *args, code=2)
    assert says in result.output
    assert not (newsroom.folder / "var/dkim").exists()


def test_without_a_key_there_is_nothing_to_compare(newsroom: Newsroom) -> None:
    assert "syndicate dkim new" in newsroom.run("dkim", "check", code=2).output
    assert "mail is not signed" in newsroom.run("dkim", "show").output


def test_a_domain_is_looked_at_before_it_is_used(newsroom: Newsroom, dns: DnsServer) -> None:
    found = newsroom.ask("check", "--domain", "quay.example", code=1)
    assert {one["what"].split()[0] for one in found} == {"DKIM", "SPF", "DMARC", "MX", "MTA-STS"}
    assert all("quay.example" in one["what"] for one in found)
    text = newsroom.run("check", "--domain", code=1).output
    assert "TO DO  SPF of courier.example: there is no SPF record (RFC 7208)" in text
    assert "courier.example  TXT  v=spf1 mx ~all" in text


def test_where_all_is_well_nothing_is_to_do(newsroom: Newsroom, dns: DnsServer) -> None:
    made = newsroom.ask("dkim", "new", "--selector", "s1")
    add_to_config(newsroom, made["config"])
    dns.zone |= {
        "courier.example": {"TXT": ["v=spf1 mx -all"], "MX": ["10 mx.courier.example."]},
        "mx.courier.example": {"A": ["192.0.2.20"]},
        "_dmarc.courier.example": {"TXT": ["v=DMARC1; p=reject; rua=mailto:dmarc@courier.example"]},
        made["record"]["name"]: {"TXT": [made["record"]["value"]]},
    }
    assert "TO DO" not in newsroom.run("check", "--domain").output


def test_a_domain_without_the_flag_is_a_mistake(newsroom: Newsroom) -> None:
    assert "--domain" in newsroom.run("check", "courier.example", code=2).output


def test_check_tells_of_a_signing_key_that_everybody_can_read(newsroom: Newsroom) -> None:
    key = Path("var/dkim/courier.example.s1.pem")
    newsroom.ask("dkim", "new", "courier.example", "--selector", "s1")
    config = Path("config/syndicate.toml")
    named = f'[dkim]\ndomain = "courier.example"\nselector = "s1"\nkey_file = "{key.absolute()}"\n'
    config.write_text(config.read_text("utf-8").replace("[dkim]\n", named, 1), "utf-8")
    assert "keys" not in {one["what"] for one in newsroom.ask("check")}
    key.chmod(0o644)
    (found,) = [one for one in newsroom.ask("check", code=1) if one["what"] == "keys"]
    assert found["remedy"] == f"chmod o-rwx {key.absolute()}"
