"""The main job, end to end: the shipped sample is collected, published and delivered, and never twice."""

import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.engines import ENGINES, Engine, an_engine

ROOT = Path(__file__).parent.parent
COMMAND = Path(sys.executable).parent / "syndicate"


def syndicate(folder: Path, *args: str, code: int = 0, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the command in `folder` on a copy of the shipped configuration."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("SYNDICATE_")}
    done = subprocess.run(
        [COMMAND, *args], cwd=folder, env=clean | environ, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == code, done.stderr + done.stdout
    return done


def answer(folder: Path, *args: str, code: int = 0, **environ: str) -> Any:
    """What a command answers in JSON."""
    return json.loads(syndicate(folder, *args, "--json", code=code, **environ).stdout)


def mails(folder: Path) -> list[EmailMessage]:
    """The mails of the local mailbox."""
    found = sorted((folder / "var/mailbox").glob("*.eml"))
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in found]  # type: ignore[misc]


def files(folder: Path) -> dict[str, tuple[float, int]]:
    """Every published file with its time and size."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.stat().st_size)
        for path in (folder / "var/public").rglob("*")
        if path.is_file()
    }


def furnish(folder: Path, engine: Engine) -> None:
    """Put the shipped configuration there, with an engine chosen, and let its readers subscribe."""
    shutil.copytree(ROOT / "config", folder / "config")
    engine.configure(folder / "config/syndicate.toml")
    syndicate(folder, "subscribers", "import", "config/samples/subscribers.csv", "--consent", "sample")


@pytest.fixture(scope="module", params=ENGINES)
def done(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A folder in which the main job ran once, and what it told."""
    folder = tmp_path_factory.mktemp("newsroom")
    with an_engine(request.param, request) as engine:
        furnish(folder, engine)
        yield folder, answer(folder, "run", "--once")


def test_every_page_of_the_sample_is_collected(done: tuple[Path, Any]) -> None:
    collected = {one["source"]: one for one in done[1]["collected"]}
    assert set(collected) == {"old-courier", "old-peyk"}
    assert all(one["new"] >= 7 and not one["failed"] and not one["errors"] for one in collected.values())
    assert [one["warnings"] for one in collected.values()] == [[], []]


def test_three_feeds_are_published_in_four_formats(done: tuple[Path, Any]) -> None:
    names = {path.name for path in (done[0] / "var/public/feeds").iterdir()}
    for feed in ("english", "persian", "briefs"):
        assert {f"{feed}.{form}" for form in ("rss", "atom", "json", "html")} <= names
    entries = {one["feed"]: one["entries"] for one in done[1]["published"]}
    assert entries["english"] == entries["persian"] == 7
    assert entries["briefs"] >= 20


def test_every_entry_carries_the_archive_notice(done: tuple[Path, Any]) -> None:
    for feed in ("english", "persian"):
        document = json.loads((done[0] / f"var/public/feeds/{feed}.json").read_bytes())
        assert all("archive-notice" in item["content_html"] for item in document["items"])


def test_two_newsletters_reach_their_two_readers_each(done: tuple[Path, Any]) -> None:
    received = sorted((str(mail["To"].addresses[0].addr_spec), mail["List-Id"]) for mail in mails(done[0]))
    assert [to for to, _ in received] == [
        "ada@readers.example",
        "ben@readers.example",
        "mahsa@readers.example",
        "omid@readers.example",
    ]
    assert ["daily" in list_id for _, list_id in received] == [True, True, False, False]


def test_each_mail_has_two_parts_a_notice_and_a_way_out(done: tuple[Path, Any]) -> None:
    for mail in mails(done[0]):
        text, html = mail.get_body(("plain",)), mail.get_body(("html",))
        assert text is not None
        assert html is not None
        assert "http://127.0.0.1:8080/unsubscribe/" in text.get_content()
        assert "https://courier.example/" in text.get_content()
        assert "https://courier.example/" in html.get_content()
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_second_run_repeats_nothing(done: tuple[Path, Any]) -> None:
    folder, _ = done
    before, received = files(folder), len(mails(folder))
    again = answer(folder, "run", "--once")
    assert (again["compiled"], again["delivered"], again["failed"]) == ([], [], [])
    assert all(not one["written"] for one in again["published"])
    assert (files(folder), len(mails(folder))) == (before, received)


def test_collecting_again_finds_everything_unchanged(done: tuple[Path, Any]) -> None:
    before = files(done[0])
    again = answer(done[0], "collect")
    assert [(one["new"], one["changed"]) for one in again["collected"]] == [(0, 0), (0, 0)]
    assert files(done[0]) == before


def test_what_is_private_is_private(done: tuple[Path, Any]) -> None:
    def mode(name: str) -> int:
        return stat.S_IMODE((done[0] / "var" / name).stat().st_mode)

    assert (mode(""), mode("public"), mode("public/feeds")) == (0o711, 0o755, 0o755)
    databases = (done[0] / "var").glob("syndicate.db*")
    assert {mode(name) for name in ("secret.key", *(path.name for path in databases))} == {0o600}
    assert {mode(f"mailbox/{path.name}") for path in (done[0] / "var/mailbox").glob("*.eml")} == {0o600}
    assert mode("public/feeds/english.rss") == 0o644


def test_why_tells_what_became_of_each_issue_for_one_person(done: tuple[Path, Any]) -> None:
    told = answer(done[0], "why", "Ada@readers.example")
    assert told["subscriptions"] == {"daily": "active"}
    assert [(one["newsletter"], one["number"], one["state"]) for one in told["deliveries"]] == [
        ("daily", 1, "sent")
    ]


def test_a_person_says_table_on_a_terminal_and_silence_when_told(done: tuple[Path, Any]) -> None:
    told = syndicate(done[0], "run", "--once").stdout
    assert "Where to look" in told
    assert re.search(r"english +7 +0 +5", told)
    assert syndicate(done[0], "run", "--once", "--quiet").stdout == ""


def test_a_broken_source_is_told_and_the_rest_goes_on(tmp_path: Path, engine: Engine) -> None:
    furnish(tmp_path, engine)
    told = answer(tmp_path, "run", "--once", code=1, SYNDICATE_SOURCES__OLD_PEYK__FOLDER="/nowhere")
    collected = {one["source"]: one for one in told["collected"]}
    assert "/nowhere is not a folder" in collected["old-peyk"]["errors"][0]
    assert collected["old-courier"]["new"] >= 7


@pytest.fixture
def serving(
    tmp_path: Path, unused_tcp_port: int, engine: Engine
) -> Iterator[tuple[Path, int, subprocess.Popen[bytes]]]:
    """`syndicate run` in a folder of its own."""
    furnish(tmp_path, engine)
    environ = os.environ | {"SYNDICATE_WEB__PORT": str(unused_tcp_port)}
    process = subprocess.Popen([COMMAND, "run", "--allow-root", "--quiet"], cwd=tmp_path, env=environ)
    yield tmp_path, unused_tcp_port, process
    process.kill()
    process.wait()


def until(condition: Callable[[], object], *, seconds: float = 80) -> None:
    """Wait for something that another process brings about."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)


def test_the_service_does_the_main_job_by_itself_and_drains(
    serving: tuple[Path, int, subprocess.Popen[bytes]],
) -> None:
    folder, port, process = serving
    until(lambda: len(list((folder / "var/mailbox").glob("*.eml"))) == 4)
    beside = answer(folder, "collect", "old-courier")
    assert [(one["source"], one["new"]) for one in beside["collected"]] == [("old-courier", 0)]
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET /feeds/english.rss HTTP/1.0\r\nHost: x\r\n\r\n")
        assert b"200 OK" in connection.makefile("rb").readline()
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    again = answer(folder, "run", "--once")
    assert (again["compiled"], again["delivered"]) == ([], [])


def test_the_service_will_not_serve_as_root_unless_told(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can be refused")
    shutil.copytree(ROOT / "config", tmp_path / "config")
    assert "--allow-root" in syndicate(tmp_path, "run", code=2).stderr
