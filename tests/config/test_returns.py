"""Settings of what comes back: what is wrong with one is told, with what would be right."""

from pathlib import Path

import pytest

from syndicate.config import load
from syndicate.errors import ConfigError
from syndicate.model.bounces import After

WHOLE = """
[bounces]
listen = "unix:/run/syndicate/bounces.sock"
addresses = ["fbl@courier.example"]
trusted = true
[bounces.mailbox]
url = "imaps://mail.courier.example:9993"
username = "bounces"
after = "move"
move_to = "Taken"
interval = "5m"
[bounces.ses]
topics = ["arn:aws:sns:eu-west-1:123456789012:bounces"]
"""


def read(folder: Path, text: str, **environ: str):
    path = folder / "syndicate.toml"
    path.write_text(text, "utf-8")
    return load(path, environ=environ).settings.bounces


def test_every_way_in_can_be_set(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("harbour\n")
    found = read(tmp_path, WHOLE, SYNDICATE_BOUNCES__MAILBOX__PASSWORD_FILE=str(secret))
    assert (found.listen, found.trusted, found.addresses) == (
        "unix:/run/syndicate/bounces.sock",
        True,
        ("fbl@courier.example",),
    )
    assert (found.mailbox.password, found.mailbox.after) == ("harbour", After.MOVE)
    assert found.ses.topics == ("arn:aws:sns:eu-west-1:123456789012:bounces",)


def test_a_secret_is_shown_nowhere(tmp_path: Path) -> None:
    found = read(tmp_path, '[bounces.mailgun]\nsecret = "hush"\n[bounces.postmark]\ntoken = "hush"\n')
    assert "hush" not in repr(found)


BOX = '[bounces.mailbox]\nusername = "b"\npassword = "p"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[bounces]\nlisten = "8025"', "bounces.listen"),
        ('[bounces]\nlisten = "127.0.0.1:99999"', "bounces.listen"),
        ('[bounces]\nlisten = "unix:"', "bounces.listen"),
        ('[bounces]\naddresses = ["Bounces <b@courier.example>"]', "bounces.addresses[1]"),
        (f'{BOX}url = "https://mail.courier.example"', "is no mailbox"),
        (f'{BOX}url = "imaps://b:p@mail.courier.example"', "is no mailbox"),
        (f'{BOX}url = "imap://mail.courier.example"', "would send the password unencrypted"),
        (f'{BOX}url = "pop3s://mail.courier.example"\nafter = "seen"', "needs IMAP"),
        (f'{BOX}url = "imaps://mail.courier.example"\nafter = "move"', "bounces.mailbox.move_to"),
        ('[bounces.mailbox]\nurl = "imaps://mail.courier.example"', "bounces.mailbox.username"),
        ('[bounces.ses]\ntopics = ["bounces"]', "is no topic"),
        ('[bounces.sendgrid]\npublic_key = "-----BEGIN PUBLIC KEY-----"', "is no key in base64"),
        ('[bounces.postmark]\nusername = "u"', "bounces.postmark.password"),
        ('[bounces.mailgun]\nkey = "x"', "is no setting of bounces.mailgun"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        read(tmp_path, text)
    assert said in str(wrong.value)


@pytest.mark.parametrize("url", ["imap://127.0.0.1:1143", "pop3://localhost", "imap://[::1]"])
def test_on_this_machine_nothing_has_to_be_encrypted(tmp_path: Path, url: str) -> None:
    assert read(tmp_path, f'{BOX}url = "{url}"').mailbox.url == url
