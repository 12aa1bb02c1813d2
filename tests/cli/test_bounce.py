"""`syndicate bounce`: what mail that came back tells."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from syndicate.audience.tokens import load_keyring
from syndicate.cli.main import main
from syndicate.deliver.compose import verp
from tests.cli.conftest import Newsroom

DOCUMENTS = Path(__file__).parents[1] / "documents" / "bounces"
KEYS = ["file", "kind", "recipient", "action", "status", "reason", "class", "applied", "issue", "delivery"]


def run(*args: object, code: int = 0, typed: bytes | None = None) -> Result:
    words = ["bounce", *map(str, args)]
    result = CliRunner().invoke(main, words, input=typed, catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def rows(*args: object, code: int = 0, typed: bytes | None = None) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run("--jsonl", *args, code=code, typed=typed).stdout.splitlines()]


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYNDICATE_CONFIG", raising=False)


def test_each_recipient_is_one_object_with_the_keys_that_others_build_on() -> None:
    path = DOCUMENTS / "postfix-two-recipients.eml"
    first, second = rows(path)
    assert list(first) == KEYS
    assert first == {
        "file": str(path),
        "kind": "bounce",
        "recipient": "mina@readers.example",
        "action": "failed",
        "status": "5.1.1",
        "reason": "address-gone",
        "class": "suppress",
        "applied": False,
        "issue": None,
        "delivery": None,
    }
    assert (second["recipient"], second["class"]) == ("omid@readers.example", "count")


def test_files_stand_in_the_order_given() -> None:
    names = ["qmail-no-mailbox", "auto-german", "arf-abuse"]
    told = rows(*(DOCUMENTS / f"{name}.eml" for name in names))
    assert [Path(row["file"]).stem for row in told] == names
    assert [row["kind"] for row in told] == ["bounce", "auto-reply", "complaint"]


def test_a_mail_that_says_nothing_is_told_of_too() -> None:
    (row,) = rows(DOCUMENTS / "reply-ordinary.eml")
    assert (row["kind"], row["recipient"], row["action"], row["class"]) == ("other", None, None, "none")


def test_standard_input_and_packed_files_are_read() -> None:
    data = gzip.compress((DOCUMENTS / "gmail-disabled.eml").read_bytes())
    (row,) = rows("-", typed=data)
    assert (row["file"], row["class"]) == ("-", "suppress")


def test_a_file_that_is_not_there_is_told_and_the_others_are_read() -> None:
    result = run("--jsonl", "nowhere.eml", DOCUMENTS / "arf-abuse.eml", code=1)
    assert "nowhere.eml: No such file" in result.stderr
    assert len(result.stdout.splitlines()) == 1


def test_people_get_a_table() -> None:
    output = run(DOCUMENTS / "office365-banned-ip.eml").output
    assert output.splitlines()[0].split() == [
        "file",
        "kind",
        "recipient",
        "action",
        "status",
        "reason",
        "class",
    ]
    assert "sender-fault" in output


def test_nothing_to_read_is_a_wrong_use() -> None:
    run(code=2)


def test_an_envelope_sender_that_we_signed_tells_issue_and_delivery(newsroom: Newsroom) -> None:
    newsroom.run("db", "upgrade")
    keyring = load_keyring(newsroom.folder / "var" / "secret.key")
    signed = verp(keyring, "courier.example", issue_id=7, subscriber_id=41)
    data = (DOCUMENTS / "postfix-unknown-user.eml").read_bytes()
    forged = b"b-7-41-k3m5q7s2u4w6y3a5@bounce.courier.example"
    (newsroom.folder / "ours.eml").write_bytes(data.replace(forged, signed.encode()))
    (newsroom.folder / "forged.eml").write_bytes(data)
    ours, other = rows("-c", "config/syndicate.toml", "ours.eml", "forged.eml")
    assert (ours["issue"], ours["delivery"], ours["applied"]) == (7, "7-41", False)
    assert (other["issue"], other["delivery"]) == (None, None)
    assert rows("ours.eml")[0]["issue"] is None


def test_a_configuration_without_a_key_says_so(newsroom: Newsroom) -> None:
    told = run("-c", "config/syndicate.toml", DOCUMENTS / "arf-abuse.eml", code=2).stderr
    assert "there is no token key" in told
    assert not (newsroom.folder / "var" / "secret.key").exists()
