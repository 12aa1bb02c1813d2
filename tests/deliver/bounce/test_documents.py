"""Every document of tests/documents/bounces says what expected.toml has beside its name."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from syndicate.deliver.bounce.read import read_reports
from syndicate.deliver.bounce.report import Kind, Report

DOCUMENTS = Path(__file__).parents[2] / "documents" / "bounces"
EXPECTED: dict[str, Any] = tomllib.loads((DOCUMENTS / "expected.toml").read_text("utf-8"))
OURS = b"b-7-41-k3m5q7s2u4w6y3a5@bounce.courier.example"
MESSAGE_ID = b"0f3c9a61d2@courier.example"


def read(name: str) -> tuple[Report, ...]:
    return read_reports((DOCUMENTS / f"{name}.eml").read_bytes())


def six(report: Report) -> list[str]:
    """What stands in expected.toml of a report."""
    return [
        str(report.kind),
        report.recipient,
        str(report.action),
        report.status,
        str(report.reason),
        str(report.cls),
    ]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_document_says_what_it_says(name: str) -> None:
    assert [six(report) for report in read(name)] == EXPECTED[name]


def test_every_document_has_an_expectation() -> None:
    assert {path.stem for path in DOCUMENTS.glob("*.eml")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_line_ends_say_nothing(name: str) -> None:
    data = (DOCUMENTS / f"{name}.eml").read_bytes().replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    for eol in (b"\n", b"\r\n", b"\r"):
        assert [six(report) for report in read_reports(data.replace(b"\n", eol))] == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_what_leads_to_the_delivery_is_found(name: str) -> None:
    data = (DOCUMENTS / f"{name}.eml").read_bytes()
    for report in read(name):
        if report.kind in {Kind.BOUNCE, Kind.COMPLAINT}:
            assert OURS not in data or OURS.decode() in report.verp_candidates
            assert MESSAGE_ID not in data or report.original_message_id == MESSAGE_ID.decode()


@pytest.mark.parametrize("name", EXPECTED)
def test_a_mail_that_was_cut_off_anywhere_is_read(name: str) -> None:
    data = (DOCUMENTS / f"{name}.eml").read_bytes()
    for share in (1, 3, 5, 7, 9):
        assert read_reports(data[: len(data) * share // 10])
