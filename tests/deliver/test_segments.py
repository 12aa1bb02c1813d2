"""Segments of readers: each gets the rendering of theirs, a second try the same, and some get nothing."""

from pathlib import Path

from syndicate.audience.people import People
from syndicate.deliver import send
from syndicate.deliver.history import find_history
from syndicate.deliver.ledger import read_ledger
from syndicate.deliver.letters import Letters
from syndicate.model.delivery import DeliveryState
from syndicate.store.database import Database
from syndicate.store.renderings import NOTHING_CHOSEN
from syndicate.store.subscriptions import set_sections
from syndicate.templating import Templates, words
from tests.deliver.sender import KEYRING, Hands, a_sending
from tests.deliver.test_compose import parsed, parts_of
from tests.neighbours.smtp_server import Moment, SmtpServer, running
from tests.publish.test_segments import ISLES, LETTER, QUAY, a_room, add_reader

BUSY = "451 4.3.0 come again"


class BusyOnce:
    """Asks everybody to come again, the first time."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def __call__(self, moment: Moment) -> str | None:
        if moment.verb != "RCPT" or moment.recipient in self.asked:
            return None
        self.asked.add(moment.recipient)
        return BUSY


async def test_each_reader_gets_what_was_rendered_for_them_also_at_a_second_try(
    db: Database, tmp_path: Path
) -> None:
    room = a_room(db)
    room.save(1, section="Quay")
    add_reader(db, 1)
    add_reader(db, 2, language="fa")
    add_reader(db, 3, sections=(QUAY.title,))
    add_reader(db, 4, sections=(ISLES.title,))
    issue = await room.compile()
    clock = Hands()
    letters = Letters(catalogue=room.catalogue, keyring=KEYRING, templates=Templates(), now=clock)
    async with running(SmtpServer(BusyOnce())) as server:
        sending = a_sending(
            db, server.relay(), tmp_path, compositor=letters, catalogue=room.catalogue, now=clock
        )
        first = await send.send_issue(sending, issue.id)
        # What is chosen meanwhile counts from the next issue on.
        db.write_now(set_sections, 3, LETTER.name, sections=(ISLES.title,))
        clock.move(hours=1)
        second = await send.send_issue(sending, issue.id)
        await sending.fleet.close()
    assert first.tally == {DeliveryState.DEFERRED: 3, DeliveryState.SKIPPED: 1}
    assert second.tally == {DeliveryState.SENT: 3, DeliveryState.SKIPPED: 1}
    got = {
        one.recipient.removesuffix("@readers.example"): dict(parts_of(parsed(one.data)))
        for one in server.accepted
    }
    assert got.keys() == {"reader1", "reader2", "reader3"}
    for parts in got.values():
        assert "Story 1 of the old quay" in parts["text/plain"]
    assert words("fa")["unsubscribe"] in got["reader2"]["text/plain"]
    assert words("en")["unsubscribe"] in got["reader3"]["text/html"]
    people = People(db=db, catalogue=room.catalogue, keyring=KEYRING, now=clock)
    history = await find_history(people, "reader4@readers.example")
    assert NOTHING_CHOSEN in str(history)


async def test_the_ledger_says_how_many_got_none_for_which_reason(db: Database, tmp_path: Path) -> None:
    room = a_room(db)
    room.save(1, section="Quay")
    add_reader(db, 1)
    for number in (2, 3):
        add_reader(db, number, sections=(ISLES.title,))
    issue = await room.compile()
    async with running(SmtpServer()) as server:
        sending = a_sending(db, server.relay(), tmp_path, catalogue=room.catalogue)
        await send.send_issue(sending, issue.id)
        await sending.fleet.close()
        told = await read_ledger(sending, issue.id)
    assert [(one.state, one.count) for one in told.reasons if one.words == NOTHING_CHOSEN] == [
        (DeliveryState.SKIPPED, 2)
    ]
