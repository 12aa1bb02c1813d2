"""Spans go to a real receiver of OTLP, one within the other, and never with an address in them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog

from syndicate.errors import GiveUp
from syndicate.model.job import Job
from syndicate.schedule.runner import Pace, Runner
from syndicate.store.database import Database
from syndicate.store.jobs import enqueue
from syndicate.telemetry.tracing import UNTRACED, span, traced
from tests.telemetry.receiver import receiving

ERROR = 2


def now() -> datetime:
    return datetime.now(UTC)


def attributes(of: Any) -> dict[str, Any]:
    return {one.key: one.value.string_value or one.value.int_value for one in of.attributes}


def test_without_an_endpoint_a_span_is_nothing() -> None:
    with traced(""):
        assert span("job", issue=1) is UNTRACED
    with span("job") as told:
        told.note(outcome="done")


def test_spans_arrive_one_within_the_other() -> None:
    with receiving() as receiver, traced(receiver.url), span("delivery.batch", issue=3, batch=2) as told:
        with span("fetch"):
            pass
        told.note(outcome="done")
    inner, outer = receiver.spans
    assert receiver.paths == ["/v1/traces"]
    assert (outer.name, inner.name) == ("delivery.batch", "fetch")
    assert inner.parent_span_id == outer.span_id
    assert attributes(outer) == {
        "syndicate.issue": 3,
        "syndicate.batch": 2,
        "syndicate.outcome": "done",
    }


def test_of_what_is_raised_only_its_kind_is_told() -> None:
    with receiving() as receiver, traced(receiver.url), pytest.raises(GiveUp), span("job"):
        raise GiveUp("no mailbox for nima@readers.example")
    [told] = receiver.spans
    assert (told.status.code, told.status.message) == (ERROR, "GiveUp")
    assert b"nima" not in receiver.requests[0].SerializeToString()


def test_a_log_line_within_a_span_names_its_trace() -> None:
    with receiving() as receiver, traced(receiver.url), span("job"):
        bound = structlog.contextvars.get_contextvars()
    [told] = receiver.spans
    assert bound["trace"] == told.trace_id.hex()


def test_a_receiver_that_is_away_holds_nothing_up_and_breaks_nothing() -> None:
    with traced("http://127.0.0.1:1"), span("job") as told:
        told.note(outcome="done")


async def test_each_run_of_a_job_is_a_span_with_its_ids_and_its_end(sqlite_db: Database) -> None:
    async def work(name: str, args: Mapping[str, Any]) -> None:
        if args["issue"] == 2:
            raise GiveUp("there is no issue 2")

    for issue in (1, 2):
        sqlite_db.write_now(enqueue, Job(name="issue.send", args={"issue": issue}), now=now())
    with receiving() as receiver, traced(receiver.url):
        pace = Pace(poll=timedelta(milliseconds=20))
        await Runner(sqlite_db, work, owner="me", now=now, pace=pace).run_due()
    told = {attributes(one)["syndicate.issue"]: one for one in receiver.spans if one.name == "issue.send"}
    assert attributes(told[1])["syndicate.outcome"] == "done"
    assert attributes(told[2])["syndicate.outcome"] == "failed"
    assert told[1].status.code != ERROR
    assert told[2].status.code == ERROR
    assert "syndicate.job_id" in attributes(told[1])
