"""What is slowed or paused, by command."""

from datetime import UTC, datetime, timedelta

from syndicate.app import App
from syndicate.cli.main import Options
from syndicate.cli.session import run_app
from syndicate.model.pacing import Pace
from syndicate.store import paces
from tests.cli.conftest import Newsroom

NOW = datetime.now(UTC)


def a_pace(domain: str, *, until: datetime | None = None) -> Pace:
    why = "RCPT: 451 4.7.1 too many"
    told = {"kind": "slowed", "rate": 0.5, "since": NOW, "changed": NOW, "why": why}
    return Pace(domain=domain, relay="local", until=until, **told)  # type: ignore[arg-type]


def keep(*found: Pace) -> None:
    async def work(app: App) -> None:
        await app.db.write(paces.add_paces, found)

    run_app(Options(), work)


def test_where_all_is_well_that_is_said(newsroom: Newsroom) -> None:
    assert "Nothing is slowed or paused." in newsroom.run("domains").stdout
    assert newsroom.ask("domains", "list") == []


def test_what_is_slowed_is_listed_with_the_words_that_were_said(newsroom: Newsroom) -> None:
    keep(a_pace("cross.example"))
    told = newsroom.run("domains").stdout
    assert "slowed to 30/m" in told
    assert "RCPT: 451 4.7.1 too many" in told
    assert "syndicate domains resume cross.example" in told


def test_what_is_paused_stands_first_and_in_the_exit_code(newsroom: Newsroom) -> None:
    keep(a_pace("a.example"), a_pace("b.example", until=NOW + timedelta(hours=1)))
    told = newsroom.ask("domains", "list", code=1)
    assert [(one["name"], one["until"] is not None, one["waiting"]) for one in told] == [
        ("b.example", True, 0),
        ("a.example", False, 0),
    ]


def test_a_domain_is_resumed_by_its_own_or_its_mail_host_s_name(newsroom: Newsroom) -> None:
    async def host(app: App) -> None:
        await app.db.write(paces.save_hosts, {"one.example": "host.example"}, now=NOW)

    keep(a_pace("host.example"))
    run_app(Options(), host)
    assert "full speed" in newsroom.run("domains", "resume", "One.example").stdout
    assert "neither slowed nor paused" in newsroom.run("domains", "resume", "host.example", code=1).stdout
