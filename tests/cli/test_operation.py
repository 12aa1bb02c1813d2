"""Sources, feeds, items, checks, backups by command; and a log without addresses."""

import json
import logging
import os
import re
import socket
from pathlib import Path

import pytest
import structlog

from syndicate.cli.session import start_log
from syndicate.model.feed import Format
from tests.cli.conftest import ROOT, Newsroom


def test_sources_say_how_they_stand(collected: Newsroom) -> None:
    told = {one["source"]: one for one in collected.ask("sources")}
    assert set(told) == {"old-courier", "old-peyk"}
    assert told["old-courier"]["outcome"] == "changed"
    assert "old-courier" in collected.run("sources").stdout


def test_times_are_told_in_the_zone_of_the_site(collected: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNDICATE_SITE__TIMEZONE", "Asia/Tehran")
    assert re.search(r"\d{1,2} [A-Z][a-z]{2} 20\d\d \d\d:\d\d UTC\+0330", collected.run("sources").stdout)
    checked = collected.ask("sources")[0]["last_checked"]
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", checked)


def test_an_item_can_be_shown_by_the_id_of_its_feed(collected: Newsroom) -> None:
    document = json.loads(Path("var/public/feeds/english.json").read_bytes())
    first = document["items"][0]
    assert collected.ask("item", "show", first["id"])["entry"]["title"] == first["title"]
    assert first["title"] in collected.run("item", "show", first["id"].removeprefix("urn:uuid:")).stdout
    assert "there is no item" in collected.run("item", "show", "x", code=2).stderr


def test_the_beginning_of_an_id_finds_its_item(collected: Newsroom) -> None:
    document = json.loads(Path("var/public/feeds/english.json").read_bytes())
    first = document["items"][0]
    whole = first["id"].removeprefix("urn:uuid:")
    assert collected.ask("item", "show", whole[:8])["entry"]["title"] == first["title"]
    assert collected.ask("item", "show", whole[:8].upper(), "--revisions")["revisions"]
    assert "give 6 characters" in collected.run("item", "show", whole[:3], code=2).stderr
    assert "the whole id" in collected.run("item", "show", "%", code=2).stderr
    assert "the whole id" in collected.run("item", "show", "", code=2).stderr


def test_publishing_again_writes_nothing(collected: Newsroom) -> None:
    [told] = collected.ask("publish", "english")["published"]
    assert (told["written"], len(told["unchanged"])) == ([], len(Format))


def test_a_pass_tells_feeds_in_the_order_of_the_configuration(collected: Newsroom) -> None:
    told = collected.ask("run", "--once")
    assert [one["feed"] for one in told["published"]] == ["english", "persian", "briefs"]
    assert told["beside"] is False


def test_check_says_ok_or_what_to_do(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "the local mailbox" in newsroom.run("check").stdout
    monkeypatch.setenv("SYNDICATE_SOURCES__OLD_PEYK__FOLDER", "/nowhere")
    told = newsroom.run("check", code=1).stdout
    assert "/nowhere is not there" in told
    assert "→ make the folder" in told


def test_check_judges_a_refused_address_by_the_settings_of_today(newsroom: Newsroom) -> None:
    # Nobody listens there: the guard refuses it all the same, before anything is dialled.
    address = '\n[sources.near]\nkind = "feed"\nurl = "http://127.0.0.1:9/feed.xml"\n'
    written = Path("config/syndicate.toml").read_text("utf-8")
    Path("config/syndicate.toml").write_text(written + address, "utf-8")
    newsroom.run("collect", "near", code=1)
    assert "TO DO  source near: last time (" in newsroom.run("check", code=1).stdout
    allowed = written.replace("[fetch]", '[fetch]\nallow_hosts = ["127.0.0.1:9"]')
    Path("config/syndicate.toml").write_text(allowed + address, "utf-8")
    assert "it is allowed by now: syndicate collect near" in newsroom.run("check").stdout


def test_a_backup_comes_back(collected: Newsroom) -> None:
    items = collected.ask("issue", "preview", "daily")["text"]
    collected.run("backup", "all.tar.zst")
    os.rename("var", "gone")
    collected.run("restore", "all.tar.zst")
    assert collected.ask("issue", "preview", "daily")["text"] == items
    assert len(collected.ask("subscribers", "list")) == 4


def test_nothing_starts_without_the_key_until_it_is_back_or_given_up(collected: Newsroom) -> None:
    os.rename("var/secret.key", "kept.key")
    told = collected.run("subscribers", "list", code=2).stderr
    assert "secret.key: is missing" in told
    assert "db accept-key" in told
    os.rename("kept.key", "var/secret.key")
    collected.run("subscribers", "list")
    os.remove("var/secret.key")
    collected.run("db", "accept-key", code=2)
    assert collected.ask("db", "accept-key", "--yes") == {"accepted": True}
    collected.run("subscribers", "list")


def test_restoring_over_something_needs_a_yes(collected: Newsroom) -> None:
    collected.run("backup", "all.tar.zst")
    collected.run("restore", "all.tar.zst", code=2)
    told = collected.run("restore", "all.tar.zst", "--overwrite", code=2).stderr
    assert "say --yes" in told
    assert "Usage" not in told


def test_extract_gives_the_documented_keys_and_goes_on_after_a_bad_page(newsroom: Newsroom) -> None:
    pages = sorted(str(path) for path in (ROOT / "config/samples/site/en").glob("*.*"))
    result = newsroom.run("extract", "--jsonl", *pages, "nowhere.html", code=1)
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one["file"] for one in told] == [*pages, "nowhere.html"]
    assert "cannot be read" in told[-1]["error"]
    keys = (
        "file url kind headline authors credit published updated not_after language direction section image"
    )
    keys += " body_text body_html briefs archive_notice warnings"
    assert set(told[0]) >= set(keys.split())
    assert all(one["archive_notice"]["successor_url"] for one in told[:-1])


def test_extract_takes_the_address_of_one_saved_page(newsroom: Newsroom) -> None:
    said = "The quay is closed until noon, says the <a href='/m'>master</a> of the harbour."
    page = f"<title>Quay</title><h1>Quay closed</h1><p>{said}"
    Path("quay.html").write_text(page, "utf-8")
    address = "https://old.courier.example/2019/quay"
    told = newsroom.ask("extract", "quay.html", "--url", address)
    assert told["url"] == address
    assert "https://old.courier.example/m" in told["body_html"]
    newsroom.run("extract", "quay.html", "quay.html", "--url", address, code=2)
    newsroom.run("extract", "https://old.courier.example/", "--url", address, code=2)
    for wrong in ("not a url", "ftp://old.courier.example/", "https://", "http://a b/"):
        assert "is no address" in newsroom.run("extract", "quay.html", "--url", wrong, code=2).stderr
        assert "is no address" in newsroom.run("probe", "quay.html", "--url", wrong, code=2).stderr


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("nowhere.html", "nowhere.html cannot be read: No such file or directory"),
        ("config", "config is a folder: give its files, config/*.html"),
        ("ftp://x.example/y", "ftp://x.example/y: only http and https addresses are fetched, or give a path"),
        ("file:///etc/hosts", "file:///etc/hosts: only http and https addresses are fetched, or give a path"),
        (
            "http://127.0.0.1:9/x",
            "http://127.0.0.1:9/x: http://127.0.0.1:9/robots.txt was not fetched: "
            "127.0.0.1 is not a public address. To allow it: --allow-host 127.0.0.1:9",
        ),
    ],
)
def test_what_extract_cannot_read_is_told_once(newsroom: Newsroom, given: str, told: str) -> None:
    assert newsroom.run("extract", given, code=1).stderr.splitlines() == [told]


def test_a_warning_of_extract_says_of_which_page(newsroom: Newsroom) -> None:
    for name in "ab":
        Path(f"{name}.html").write_text("<title>Quay</title>", "utf-8")
    told = newsroom.run("extract", "a.html", "b.html").stderr.splitlines()
    assert {line.split(":")[0] for line in told} == {"a.html", "b.html"}


def test_extract_logs_nothing_of_its_tries(newsroom: Newsroom) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
    result = newsroom.run("extract", f"http://{host}/a", "--allow-host", host, code=1)
    assert "retry_scheduled" not in result.output
    assert len(result.stderr.splitlines()) == 1


def test_no_address_stands_in_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    start_log(level=logging.INFO, hashed=lambda address: "0123456789abcdef")
    structlog.get_logger().info("mail", to="<ada@readers.example>", count=1)
    structlog.reset_defaults()
    event = json.loads(capsys.readouterr().err)
    assert (event["to"], event["count"]) == ("<0123456789ab>", 1)


def test_where_the_database_is_stands_in_the_log_and_not_who_logs_in(
    capsys: pytest.CaptureFixture[str],
) -> None:
    start_log(level=logging.INFO, hashed=lambda address: "0123456789abcdef")
    structlog.get_logger().info("away", url="postgresql://syndicate:secret@db.intranet.example:5432/newsroom")
    structlog.reset_defaults()
    event = json.loads(capsys.readouterr().err)
    assert event["url"] == "postgresql://db.intranet.example:5432/newsroom"


def test_no_address_stands_in_what_libraries_log(capsys: pytest.CaptureFixture[str]) -> None:
    start_log(level=logging.WARNING, hashed=lambda address: "0123456789abcdef")
    try:
        raise ValueError("no such user: ada@readers.example")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("while answering %s", "bob@readers.example")
    structlog.reset_defaults()
    told = capsys.readouterr().err
    assert "uvicorn.error: while answering 0123456789ab" in told
    assert "no such user: 0123456789ab" in told
    assert "readers.example" not in told


def test_a_port_in_use_is_told_and_nothing_is_left_running(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("SYNDICATE_WEB__PORT", str(port))
        told = newsroom.run("run", "--allow-root", code=2).stderr
    assert f"cannot listen on 127.0.0.1:{port}" in told
    assert "Address already in use; set web.port to a free one" in told


def test_a_failure_is_told_once(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNDICATE_SOURCES__OLD_PEYK__FOLDER", "/nowhere")
    assert newsroom.run("collect", "old-peyk", code=1).stderr.count("/nowhere") == 1
