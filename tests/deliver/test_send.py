"""What becomes of every recipient, whatever the relay says."""

from pathlib import Path

from syndicate.deliver import send
from syndicate.model.delivery import DeliveryState
from syndicate.model.newsletter import IssueState
from syndicate.store.database import Database
from tests.deliver.sender import a_sending, add_issue, address
from tests.neighbours.smtp_server import SmtpServer, running


async def test_everybody_gets_the_issue_once(db: Database, tmp_path: Path) -> None:
    issue_id = db.write_now(add_issue, readers=25)
    async with running(SmtpServer()) as server:
        sending = a_sending(db, server.relay(connections=3), tmp_path)
        report = await send.send_issue(sending, issue_id)
        again = await send.send_issue(sending, issue_id)
        await sending.pool.close()
    assert report == again
    assert report.tally == {DeliveryState.SENT: 25}
    assert report.candidates == 25
    assert report.state == IssueState.FINISHED
    assert server.recipients == sorted(address(n) for n in range(1, 26))
