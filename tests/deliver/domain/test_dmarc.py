"""DMARC: which record counts, whether it can be read, and whether our mail aligns."""

from typing import Any

import pytest

from syndicate.deliver.domain.dmarc import DmarcFacts, judge_dmarc, report_domains
from syndicate.deliver.domain.finding import Finding, State
from syndicate.deliver.domain.organisation import is_aligned, organisation_of
from syndicate.deliver.domain.spf_walk import Answer

GOOD = "v=DMARC1; p=quarantine; rua=mailto:dmarc@courier.example"


def judged(*texts: str, whole: tuple[str, ...] = (), **change: Any) -> list[Finding]:
    base: dict[str, Any] = {
        "host": "courier.example",
        "own": Answer(values=texts),
        "whole": Answer(values=whole),
        "envelope": "courier.example",
        "signing": ("courier.example",),
    }
    return judge_dmarc(DmarcFacts(**base | change))


def states(found: list[Finding]) -> list[State]:
    return [one.state for one in found]


def test_a_policy_with_reports_and_aligned_mail_is_well() -> None:
    record, aligned = judged(GOOD)
    assert states([record, aligned]) == [State.OK, State.OK]
    assert record.told == "p=quarantine at _dmarc.courier.example"
    assert "d=courier.example" in aligned.told


def test_no_record_and_two_are_told_with_one_to_publish() -> None:
    for texts in ((), (GOOD, GOOD)):
        missing = judged(*texts)[0]
        assert missing.state is State.TO_DO
        assert missing.record is not None
        assert missing.record.name == "_dmarc.courier.example"
        assert missing.record.value == "v=DMARC1; p=none; rua=mailto:dmarc@courier.example"


def test_the_organisation_s_record_counts_where_there_is_none_of_the_host_s_own() -> None:
    found = judged(
        "a note",
        whole=("v=DMARC1; p=reject; sp=none; rua=mailto:d@courier.example",),
        host="news.courier.example",
    )
    assert found[0].told == "p=none at _dmarc.courier.example"
    found = judged(GOOD, whole=("v=DMARC1; p=reject",), host="news.courier.example")
    assert found[0].told == "p=quarantine at _dmarc.news.courier.example"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("v=DMARC1; p=maybe", "p=maybe is no policy"),
        ("v=DMARC1; rua=mailto:d@courier.example", "is no policy"),
        ("v=DMARC1; p=none; sp=all", "sp=all is no policy"),
        ("v=DMARC1; p=none; adkim=strict", "adkim=strict"),
        ("v=DMARC1; p=none; pct=150", "pct=150"),
        ("v=DMARC1; p=none; rua=dmarc@courier.example", "no list of mailto:"),
        ("v=DMARC1; p=none; p=reject", "twice"),
        ("v=DMARC1 p=none", "there is no record"),
        ("V=DMARC1; p=none", "there is no record"),
    ],
)
def test_a_record_that_receivers_cannot_use_is_told(text: str, says: str) -> None:
    finding = judged(text)[0]
    assert finding.state is State.TO_DO
    assert says in finding.told


def test_no_reports_and_no_policy_are_hints() -> None:
    found = judged("v=DMARC1; p=reject;")
    assert states(found) == [State.OK, State.HINT, State.OK]
    assert found[1].record is not None
    assert found[1].record.value == "v=DMARC1; p=reject; rua=mailto:dmarc@courier.example"
    found = judged("v=DMARC1; p=none; rua=mailto:d@courier.example")
    assert "p=quarantine" in found[1].remedy


def test_a_foreign_domain_has_to_agree_to_get_reports() -> None:
    assert report_domains(["v=DMARC1; p=none; rua=mailto:a@x.example!10m, mailto:b@y.example"]) == [
        "x.example",
        "y.example",
    ]
    found = judged(GOOD, consents=(("x.example", False), ("y.example", True), ("z.example", None)))
    (refused,) = [one for one in found if one.record]
    assert refused.state is State.HINT
    assert refused.record is not None
    assert refused.record.name == "courier.example._report._dmarc.x.example"


@pytest.mark.parametrize(
    ("mode", "host", "signing", "envelope", "expected"),
    [
        ("", "courier.example", ("courier.example",), "bounce.courier.example", [State.OK]),
        ("", "news.courier.example", ("courier.example",), "courier.example", [State.OK]),
        ("aspf=s", "courier.example", ("courier.example",), "bounce.courier.example", [State.TO_DO]),
        ("adkim=s", "news.courier.example", ("courier.example",), "news.courier.example", [State.TO_DO]),
        ("", "courier.example", ("courier.example",), "relay.example", [State.TO_DO]),
        ("", "courier.example", (), "relay.example", [State.TO_DO]),
        ("", "courier.example", ("quay.example",), "relay.example", [State.TO_DO, State.TO_DO]),
        ("", "courier.example", (), "courier.example", [State.OK]),
    ],
)
def test_alignment(
    mode: str, host: str, signing: tuple[str, ...], envelope: str, expected: list[State]
) -> None:
    text = f"{GOOD}; {mode}" if mode else GOOD
    found = judged(text, host=host, signing=signing, envelope=envelope)
    assert states([one for one in found if one.what.startswith("DMARC alignment")]) == expected


def test_a_fault_of_dns_is_no_verdict() -> None:
    assert states(judged(own=Answer(failed="timed out"))) == [State.UNASKED]
    assert states(judged(whole=(), own=Answer(exists=False), host="a.courier.example"))[0] is State.TO_DO
    found = judge_dmarc(
        DmarcFacts(
            host="a.courier.example",
            own=Answer(exists=False),
            whole=Answer(failed="timed out"),
            envelope="",
            signing=(),
        )
    )
    assert states(found) == [State.UNASKED]


@pytest.mark.parametrize(
    ("host", "organisation"),
    [
        ("news.courier.example", "courier.example"),
        ("a.b.courier.co.uk", "courier.co.uk"),
        ("courier.example", "courier.example"),
        ("COURIER.org.", "courier.org"),
        ("xn--mnchen-3ya.example", "xn--mnchen-3ya.example"),
    ],
)
def test_the_organisation_is_what_somebody_registered(host: str, organisation: str) -> None:
    assert organisation_of(host) == organisation


def test_two_organisations_under_one_suffix_do_not_align() -> None:
    assert not is_aligned("other.co.uk", "courier.co.uk", strict=False)
    assert is_aligned("bounce.courier.co.uk", "news.courier.co.uk", strict=False)
