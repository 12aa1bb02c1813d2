"""What spam filters say of the mail that the shipped configuration sends, by their local tests."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syndicate.deliver.dkim import load_signer, new_key
from syndicate.model.delivery import NoticeKind
from syndicate.model.site import Dkim
from tests.builders import NOON
from tests.deliver.test_letters import a_mail, letters
from tests.neighbours.dns_server import DnsServer, dns_server_beside
from tests.neighbours.programs import needs
from tests.neighbours.rspamd import Rspamd, running_rspamd
from tests.test_main_job import ROOT, syndicate

IP, HELO = "192.0.2.10", "mail.courier.example"
# Any relay writes such a line, and rspamd misses it. SpamAssassin takes addresses of documents for forged.
RECEIVED = f"Received: from {HELO} ({HELO} [{IP}]) by mx.readers.example with ESMTPS id 1; {{date}}\r\n"
SCORE = re.compile(r"score=(-?[\d.]+) .*?tests=([\w,\s]+?) ", re.DOTALL)
HOST = {
    HELO: {"A": [IP]},
    "10.2.0.192.in-addr.arpa": {"PTR": [f"{HELO}."]},
    "courier.example": {"A": ["192.0.2.20"], "MX": [f"10 {HELO}."]},
}


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder in which the shipped newsletters were sent once, signed; and the record of the key."""
    folder = tmp_path_factory.mktemp("spam")
    shutil.copytree(ROOT / "config", folder / "config")
    key = folder / "config/dkim.pem"
    key.write_bytes(new_key("rsa"))
    environ: Any = {
        "SYNDICATE_SITE__BASE_URL": "https://news.courier.example",
        "SYNDICATE_DKIM__DOMAIN": "courier.example",
        "SYNDICATE_DKIM__SELECTOR": "s1",
        "SYNDICATE_DKIM__KEY_FILE": str(key),
    }
    people = ("subscribers", "import", "config/samples/subscribers.csv", "--consent", "sample")
    syndicate(folder, *people, **environ)
    syndicate(folder, "run", "--once", **environ)
    return folder, load_signer(Dkim(domain="courier.example", selector="s1", key_file=str(key))).record


@pytest.fixture(scope="module")
def issues(newsroom: tuple[Path, str]) -> dict[str, bytes]:
    """One mail of each newsletter, by the newsletter's name."""
    found = {}
    for path in sorted((newsroom[0] / "var/mailbox").glob("*.eml")):
        data = path.read_bytes()
        name = re.search(rb"^List-Id:.*?<(\w+)\.", data, re.MULTILINE | re.DOTALL)
        assert name
        found[name[1].decode()] = data
    assert set(found) == {"daily", "weekly"}
    return found


@pytest.fixture(scope="module")
def dns(newsroom: tuple[Path, str]) -> Iterator[DnsServer]:
    """A name server that knows the sending host, and nothing of the domain's SPF, DKIM and DMARC."""
    needs("rspamd")
    with dns_server_beside({**HOST}) as server:
        yield server


@pytest.fixture(scope="module")
def rspamd(dns: DnsServer) -> Iterator[Rspamd]:
    with running_rspamd(dns.port) as scanner:
        yield scanner


def scanned(rspamd: Rspamd, data: bytes) -> dict[str, float]:
    date = re.search(rb"^Date: (.*?)\r?$", data, re.MULTILINE)
    assert date
    data = RECEIVED.format(date=date[1].decode()).encode() + data
    envelope = {"from_": "b-1@courier.example", "rcpt": "mina@readers.example"}
    found = rspamd.scan(data, ip=IP, helo=HELO, hostname=HELO, **envelope)
    return {name: score for name, score in found.items() if score}


def spamassassin(data: bytes, home: Path) -> tuple[float, str]:
    """The score and the rules that hit, by local tests alone; in `home` it makes itself at home."""
    done = subprocess.run(
        [needs("spamassassin"), "-L", "-t"],
        input=data,
        capture_output=True,
        check=True,
        timeout=100,
        env=os.environ | {"HOME": str(home)},
    )
    found = SCORE.search(done.stdout.decode("utf-8", "replace").replace("\n\t", " "))
    assert found, done.stdout[:2000]
    return float(found[1]), found[2]


def test_spamassassin_takes_none_of_our_mail_for_spam(issues: dict[str, bytes], tmp_path: Path) -> None:
    for name, data in issues.items():
        score, rules = spamassassin(data, tmp_path)
        assert score <= 0, f"{name}: {score} by {rules}"


def test_rspamd_takes_none_of_our_mail_for_spam(issues: dict[str, bytes], rspamd: Rspamd) -> None:
    for name, data in issues.items():
        symbols = scanned(rspamd, data)
        assert sum(symbols.values()) <= 1, f"{name}: {symbols}"
        # What is left is that nobody vouches for the domain.
        assert sum(symbols.values()) - symbols.get("AUTH_NA_OR_FAIL", 0) <= 0, f"{name}: {symbols}"


def test_rspamd_verifies_what_a_domain_that_is_set_up_sends(
    newsroom: tuple[Path, str], issues: dict[str, bytes], rspamd: Rspamd, dns: DnsServer
) -> None:
    dns.zone["courier.example"] = {**HOST["courier.example"], "TXT": [f"v=spf1 ip4:{IP} -all"]}
    dns.zone["s1._domainkey.courier.example"] = {"TXT": [newsroom[1]]}
    dns.zone["_dmarc.courier.example"] = {"TXT": ["v=DMARC1; p=reject"]}
    for name, data in issues.items():
        symbols = scanned(rspamd, data)
        assert {"R_DKIM_ALLOW", "R_SPF_ALLOW", "DMARC_POLICY_ALLOW"} <= set(symbols), f"{name}: {symbols}"
        assert sum(symbols.values()) <= -0.5, f"{name}: {symbols}"


@pytest.mark.parametrize("language", ["en", "fa", "ar"])
def test_notice_mails_are_no_spam_either(language: str, tmp_path: Path) -> None:
    for kind in NoticeKind:
        letter = letters().notice(a_mail(kind=kind, language=language), at=NOON)
        score, rules = spamassassin(letter.data, tmp_path)
        assert score <= 0, f"{kind} {language}: {score} by {rules}"
