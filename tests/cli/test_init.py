"""A configuration of one's own: written once, checked before, working at once."""

from pathlib import Path

import pytest

from syndicate.cli.init import called, guessed
from syndicate.config import load
from tests.cli.conftest import Newsroom

FLAGS = ("--base-url", "http://127.0.0.1:8080", "--language", "en", "--sender", "news@quay.example")


def test_five_answers_make_a_configuration_that_works(newsroom: Newsroom) -> None:
    answers = "Quay Times\n\n\nhttps://quay.example/feed.xml\nnews@quay.example\n"
    newsroom.run("init", "own", typed=answers)
    config = load(Path("own/config/syndicate.toml"), environ={})
    assert config.catalogue.site.name == "Quay Times"
    assert config.catalogue.sources["main"].kind == "feed"
    assert config.catalogue.newsletters["daily"].sender.address == "news@quay.example"
    assert 'list_id = "daily.quay.example"' in Path("own/config/syndicate.toml").read_text("utf-8")


def test_what_is_there_is_never_overwritten(newsroom: Newsroom) -> None:
    before = Path("config/syndicate.toml").read_bytes()
    told = newsroom.run("init", "--name", "X", "--source", "x", *FLAGS, code=2).stderr
    assert "is there already; nothing was changed" in told
    assert Path("config/syndicate.toml").read_bytes() == before


def test_what_is_there_already_is_told_before_anything_is_asked(newsroom: Newsroom) -> None:
    result = newsroom.run("init", code=2)
    assert "is there already" in result.stderr
    assert "Name of your newsroom" not in result.output


def test_a_bad_answer_is_asked_again_at_once(newsroom: Newsroom) -> None:
    answers = "Quay Times\nquay\nhttp://127.0.0.1:8080\n\nhttps://quay.example/\nnews\nnews@quay.example\n"
    told = newsroom.run("init", "own", typed=answers).output
    assert told.count("Address that readers will see") == 2
    assert told.count("Newsletter's e-mail address") == 2
    assert told.index('"quay"') < told.index("Language")


def test_what_to_do_next_works_in_the_new_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert called(".venv/bin/syndicate", folder=Path("own")) == "../.venv/bin/syndicate"
    assert called("./syndicate", folder=Path()) == "./syndicate"
    assert called("/usr/lib/python3/pytest", folder=Path("own")) == "syndicate"


def test_a_bad_answer_is_told_and_nothing_is_written(newsroom: Newsroom) -> None:
    told = newsroom.run("init", "own", "--name", "X", "--source", "x", *FLAGS[:-1], "news", code=2).stderr
    assert told.startswith('--sender: "news" is no e-mail address')
    assert len(told.splitlines()) == 1
    assert not Path("own").exists()


def test_quotes_and_scripts_of_all_kinds_survive(newsroom: Newsroom) -> None:
    name = 'پیک "بندر" \\ Harbour'
    newsroom.run("init", "own", "--name", name, "--source", "config/samples/site", *FLAGS)
    config = load(Path("own/config/syndicate.toml"), environ={})
    assert config.catalogue.site.name == name
    assert config.catalogue.sources["main"].folder == str(newsroom.folder / "config/samples/site")


def test_the_written_configuration_does_the_main_job(newsroom: Newsroom) -> None:
    newsroom.run("init", "own", "--name", "X", "--source", "config/samples/site/en", *FLAGS)
    told = newsroom.ask("-c", "own/config/syndicate.toml", "run", "--once")
    assert told["collected"][0]["new"] >= 7
    assert told["published"][0]["entries"] >= 7


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("saved/pages", "files"),
        ("https://x.example/feed.xml", "feed"),
        ("https://x.example/feed/", "feed"),
        ("https://x.example/news", "listing"),
        ("https://x.example", "listing"),
    ],
)
def test_the_kind_of_a_source_is_guessed(source: str, kind: str) -> None:
    assert guessed(source) == kind
