"""The operator is told when an issue pauses for a fault of ours."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syndicate.deliver import send
from syndicate.deliver.alerts import add_preflight_alert, tell_alarms, tell_held_feeds, tell_troubles
from syndicate.deliver.fleet import Trouble
from syndicate.deliver.letters import Letters
from syndicate.deliver.outbox import send_outbox
from syndicate.model.catalogue import Catalogue
from syndicate.model.delivery import NoticeKind, NoticeMail
from syndicate.model.site import Relay, Site
from syndicate.store import alarms, batches, feeds, messages, sources
from syndicate.store.alarms import Alarm
from syndicate.store.database import Database
from syndicate.templating import Templates
from tests.builders import NOON, a_newsletter, a_source
from tests.deliver.sender import KEYRING, Hands, a_sending, add_issue, address
from tests.deliver.test_compose import parsed, parts_of
from tests.neighbours.smtp_server import Moment, SmtpServer, running, says_yes

HOUR = timedelta(hours=1)
SITE = Site(name="Harbour Courier", base_url="https://courier.example", contact="desk@courier.example")


def a_catalogue(site: Site = SITE) -> Catalogue:
    newsletter = a_newsletter()
    return Catalogue(site=site, newsletters={newsletter.name: newsletter})


def mails(db: Database) -> list[NoticeMail]:
    found = (db.read_now(messages.find_message, number) for number in (1, 2, 3))
    return [mail for mail in found if mail is not None]


class Refusal:
    """A relay that refuses us for a given reason."""

    reason = "530 5.7.0 authenticate"

    def __call__(self, moment: Moment) -> str | None:
        """Answer MAIL."""
        return self.reason if moment.verb == "MAIL" else None


async def test_an_issue_that_pauses_tells_the_operator_once_for_each_reason(
    db: Database, tmp_path: Path
) -> None:
    issue_id = db.write_now(add_issue, readers=30)
    jobs: list[str] = []
    refusal = Refusal()
    async with running(SmtpServer(script=refusal)) as server:
        change: dict[str, Any] = {
            "catalogue": a_catalogue(),
            "enqueue": lambda _conn, job: jobs.append(job.name),
        }
        sending = a_sending(db, server.relay(), tmp_path, **change)
        for reason in ("530 5.7.0 authenticate", "530 5.7.0 authenticate", "553 5.1.8 who are you?"):
            refusal.reason = reason
            await send.send_issue(sending, issue_id)
            assert await send.resume(sending, issue_id)
        await sending.fleet.close()
    first, second = mails(db)
    assert (first.kind, first.address) == (NoticeKind.ALERT, "desk@courier.example")
    assert "530 5.7.0 authenticate" in first.data["what"]
    assert "553 5.1.8 who are you?" in second.data["what"]
    assert jobs.count("outbox.send") == 2


@pytest.mark.parametrize("contact", ["", "https://courier.example/contact"])
async def test_where_nobody_can_be_told_the_issue_pauses_all_the_same(
    sqlite_db: Database, tmp_path: Path, contact: str
) -> None:
    issue_id = sqlite_db.write_now(add_issue, readers=1)
    catalogue = a_catalogue(Site(contact=contact))
    async with running(SmtpServer(script=Refusal())) as server:
        sending = a_sending(sqlite_db, server.relay(), tmp_path, catalogue=catalogue)
        report = await send.send_issue(sending, issue_id)
        await sending.fleet.close()
    assert report.paused_reason
    assert not mails(sqlite_db)


async def test_an_operator_who_pauses_an_issue_is_not_told(sqlite_db: Database, tmp_path: Path) -> None:
    issue_id = sqlite_db.write_now(add_issue, readers=1)
    sending = a_sending(sqlite_db, SmtpServer(port=1).relay(), tmp_path, catalogue=a_catalogue())
    await send.start_issue(sending, issue_id)
    assert await send.pause(sending, issue_id)
    assert not mails(sqlite_db)


async def test_the_alert_says_what_happened_and_what_to_do(sqlite_db: Database, tmp_path: Path) -> None:
    issue_id = sqlite_db.write_now(add_issue, readers=1)
    catalogue = a_catalogue()
    letters = Letters(catalogue=catalogue, keyring=KEYRING, templates=Templates(), now=lambda: NOON)
    refusal = Refusal()
    refusal.reason = f"553 5.1.8 <{address(1)}> may not write"
    async with running(SmtpServer(script=refusal)) as server:
        sending = a_sending(sqlite_db, server.relay(), tmp_path, catalogue=catalogue)
        await send.send_issue(sending, issue_id)
        server.script = says_yes
        sending = a_sending(sqlite_db, server.relay(), tmp_path, catalogue=catalogue, compositor=letters)
        assert await send_outbox(sending) == 1
        await sending.fleet.close()
    (mail,) = server.accepted
    message = parsed(mail.data)
    assert mail.recipient == "desk@courier.example"
    title = a_newsletter().title
    assert message["Subject"] == f"Harbour Courier needs you: issue 1 of {title} is paused"
    for _, part in parts_of(message):
        assert "may not write" in part
        assert "syndicate issue resume daily/1" in part
        assert "https://courier.example/newsletters/daily/1" in part
        assert "readers.example" not in part


def an_alarm(**change: Any) -> Alarm:
    base: dict[str, Any] = {
        "source": "harbour",
        "what": "date",
        "since": NOON,
        "said": "A date was found on 4 of the last 20 pages; before, on 95% of them.",
        "remedy": "look at a page with: syndicate probe URL",
        "usual": 95,
    }
    return Alarm(**base | change)


def raise_alarm(db: Database) -> None:
    db.write_now(sources.upsert_sources, [a_source()], now=NOON)
    db.write_now(alarms.save_alarms, [an_alarm()], now=NOON)


async def telling(db: Database, folder: Path, catalogue: Catalogue) -> tuple[list[NoticeMail], list[str]]:
    """Tell what there is to tell, twice; all mails, and the jobs that were made due."""
    jobs: list[str] = []
    change: dict[str, Any] = {
        "catalogue": catalogue,
        "enqueue": lambda _conn, job: jobs.append(job.name),
    }
    async with running(SmtpServer(script=says_yes)) as server:
        sending = a_sending(db, server.relay(), folder, **change)
        await db.write(tell_alarms, sending)
        await db.write(tell_alarms, sending)
        await sending.fleet.close()
    return mails(db), jobs


async def test_a_source_that_needs_somebody_is_told_once_for_each_incident(
    db: Database, tmp_path: Path
) -> None:
    raise_alarm(db)
    source = a_source(url="https://old.courier.example/news")
    catalogue = replace(a_catalogue(), sources={"harbour": source})
    [mail], jobs = await telling(db, tmp_path, catalogue)
    assert (mail.kind, mail.address, mail.newsletter) == (NoticeKind.ALERT, "desk@courier.example", "daily")
    assert mail.data == {
        "matter": "source harbour: date",
        "what": an_alarm().said,
        "remedy": an_alarm().remedy,
        "url": "https://old.courier.example/news",
    }
    assert jobs == ["outbox.send"]


async def test_the_operator_hears_that_it_is_well_again(db: Database, tmp_path: Path) -> None:
    raise_alarm(db)
    await telling(db, tmp_path, a_catalogue())
    db.write_now(alarms.save_alarms, (), ended=[an_alarm()], now=NOON)
    [_, mail], jobs = await telling(db, tmp_path, a_catalogue())
    assert mail.data["matter"] == "source harbour: well again"
    assert an_alarm().said in mail.data["what"]
    assert jobs == ["outbox.send"]
    db.write_now(alarms.save_alarms, [an_alarm(since=NOON + HOUR)], now=NOON + HOUR)
    found, _ = await telling(db, tmp_path, a_catalogue())
    assert [mail.data["matter"] for mail in found[2:]] == ["source harbour: date"]


@pytest.mark.parametrize(
    "catalogue",
    [a_catalogue(Site(contact="https://courier.example/contact")), Catalogue(site=SITE)],
    ids=["no address", "no newsletter"],
)
async def test_where_nobody_can_be_told_the_alarm_stays_in_the_list(
    sqlite_db: Database, tmp_path: Path, catalogue: Catalogue
) -> None:
    raise_alarm(sqlite_db)
    assert await telling(sqlite_db, tmp_path, catalogue) == ([], [])
    assert [alarm.what for alarm in sqlite_db.read_now(alarms.list_alarms)] == ["date"]


async def test_an_alarm_is_told_once_there_is_somebody_to_tell(db: Database, tmp_path: Path) -> None:
    raise_alarm(db)
    db.write_now(alarms.save_alarms, [an_alarm(what="author"), an_alarm(what="body")], now=NOON)
    db.write_now(alarms.save_alarms, (), ended=[an_alarm(what="author")], now=NOON)
    assert await telling(db, tmp_path, a_catalogue(Site(contact=""))) == ([], [])
    found, _ = await telling(db, tmp_path, a_catalogue())
    assert [mail.data["matter"] for mail in found] == ["source harbour: body", "source harbour: date"]


async def test_what_ended_while_there_was_nobody_to_tell_is_another_incident_when_it_comes_back(
    sqlite_db: Database, tmp_path: Path
) -> None:
    raise_alarm(sqlite_db)
    sqlite_db.write_now(alarms.save_alarms, (), ended=[an_alarm()], now=NOON)
    await telling(sqlite_db, tmp_path, a_catalogue(Site(contact="")))
    again = an_alarm(since=NOON + HOUR)
    sqlite_db.write_now(alarms.save_alarms, [again], now=NOON + HOUR)
    assert sqlite_db.read_now(alarms.list_alarms) == [again]


async def test_the_operator_is_told_once_of_a_feed_that_is_held(db: Database, tmp_path: Path) -> None:
    sending = a_sending(db, SmtpServer(port=1).relay(), tmp_path, catalogue=a_catalogue())
    reason = "only 2 would be left of 9 entries"
    db.write_now(feeds.make_known, "harbour", mint=lambda: "id-1")
    db.write_now(feeds.record_held, "harbour", reason=reason)
    assert [db.write_now(tell_held_feeds, sending) for _ in range(2)] == [1, 0]
    [mail] = mails(db)
    assert (mail.address, mail.data["matter"]) == ("desk@courier.example", "feed harbour is held")
    assert reason in mail.data["what"]
    assert "--dry-run" in mail.data["remedy"]
    db.write_now(feeds.record_held, "harbour", reason=reason)
    assert db.write_now(tell_held_feeds, sending) == 0


async def test_a_held_feed_waits_until_there_is_somebody_to_tell(db: Database, tmp_path: Path) -> None:
    db.write_now(feeds.make_known, "harbour", mint=lambda: "id-1")
    db.write_now(feeds.record_held, "harbour", reason="nothing is left")
    nobody = a_sending(
        db, SmtpServer(port=1).relay(), tmp_path, catalogue=a_catalogue(replace(SITE, contact=""))
    )
    assert db.write_now(tell_held_feeds, nobody) == 0
    assert (
        db.write_now(
            tell_held_feeds, a_sending(db, SmtpServer(port=1).relay(), tmp_path, catalogue=a_catalogue())
        )
        == 1
    )


async def test_the_operator_is_told_of_a_relay_once_a_day(db: Database, tmp_path: Path) -> None:
    clock = Hands()
    sending = a_sending(db, SmtpServer(port=1).relay(), tmp_path, catalogue=a_catalogue(), now=clock)
    trouble = Trouble(relay="esp", reason="esp refuses us: 554 <news@courier.example> is listed")
    assert [db.write_now(tell_troubles, sending, [trouble]) for _ in range(2)] == [1, 0]
    clock.move(days=1)
    assert db.write_now(tell_troubles, sending, [trouble, Trouble(relay="house", reason="gone")]) == 2
    mail = mails(db)[0]
    assert (mail.address, mail.data["matter"]) == ("desk@courier.example", "relay esp cannot be used")
    assert "554" in mail.data["what"]
    assert "@" not in mail.data["what"]


async def test_of_a_relay_nobody_is_told_where_there_is_nobody(sqlite_db: Database, tmp_path: Path) -> None:
    catalogue = a_catalogue(replace(SITE, contact=""))
    sending = a_sending(sqlite_db, SmtpServer(port=1).relay(), tmp_path, catalogue=catalogue)
    assert sqlite_db.write_now(tell_troubles, sending, [Trouble(relay="esp", reason="gone")]) == 0


def test_an_issue_that_waits_is_told_of_once_while_it_breaks_the_same_rules(
    db: Database, tmp_path: Path
) -> None:
    progress = db.read_now(batches.find_progress, db.write_now(add_issue, readers=1))
    sending = a_sending(db, Relay(), tmp_path, catalogue=a_catalogue())

    def tell(*rules: str, reason: str) -> bool:
        return db.write_now(add_preflight_alert, sending, progress, rules=rules, reason=reason)

    assert tell("audience", reason="it would go to 900")
    assert not tell("audience", reason="it would go to 901")
    assert tell("audience", "subject", reason="it would go to 901; the subject is empty")
