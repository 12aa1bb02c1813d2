"""Who may read the figures, and where traces go."""

from pathlib import Path

import pytest

from syndicate.config import load
from syndicate.errors import ConfigError

TOKEN = "b7b3b0a4c4d14f5e9a21"


def loaded(tmp_path: Path, text: str, **environ: str):
    path = tmp_path / "syndicate.toml"
    path.write_text(text, "utf-8")
    return load(path, environ=environ).settings


def test_without_a_word_nobody_else_may_read_and_nothing_is_traced(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "")
    assert (settings.metrics.token, settings.telemetry.endpoint) == ("", "")


def test_the_token_comes_from_a_file_as_secrets_do_and_is_never_shown(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n", "utf-8")
    settings = loaded(tmp_path, "", SYNDICATE_METRICS__TOKEN_FILE=str(tmp_path / "token"))
    assert settings.metrics.token == TOKEN
    assert TOKEN not in repr(settings)


@pytest.mark.parametrize("token", ["short", "twenty characters and blanks", "نشانی‌نشانی‌نشانی‌نشانی"])
def test_a_token_that_can_be_guessed_or_sent_by_no_header_is_refused_unshown(
    tmp_path: Path, token: str
) -> None:
    with pytest.raises(ConfigError, match=r"metrics\.token.*is no token; 20 characters or more") as refused:
        loaded(tmp_path, f'[metrics]\ntoken = "{token}"\n')
    assert token not in str(refused.value)


def test_an_endpoint_is_a_web_address(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"telemetry\.endpoint.*is no web address"):
        loaded(tmp_path, '[telemetry]\nendpoint = "localhost:4317"\n')
