"""What sender processes count is told by the process that has them."""

from pathlib import Path

import pytest

from syndicate.model.delivery import DeliveryState
from syndicate.telemetry.metrics import OUTCOMES, SENDER_CPU, TURN_SECONDS
from tests.engines import Engine
from tests.neighbours.smtp_server import SmtpServer, running
from tests.schedule.test_processes import newsroom, send_all


@pytest.mark.timeout(300)
async def test_the_parent_tells_what_its_sender_processes_sent(tmp_path: Path, engine: Engine) -> None:
    before = OUTCOMES.value(DeliveryState.SENT)
    turns = sum(sum(one.counts) for one in TURN_SECONDS.values().values())
    async with running(SmtpServer()) as server, newsroom(tmp_path, server, engine=engine, readers=40) as app:
        report = await send_all(app)
        assert app.crew is not None
        assert app.crew.pids
    assert report.tally == {DeliveryState.SENT: 40}
    assert OUTCOMES.value(DeliveryState.SENT) == before + 40
    assert sum(sum(one.counts) for one in TURN_SECONDS.values().values()) > turns
    assert SENDER_CPU.value() > 0
