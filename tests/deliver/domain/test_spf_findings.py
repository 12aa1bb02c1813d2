"""What is said of a domain's SPF, and the record that is proposed."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from syndicate.deliver.domain.finding import Finding, State
from syndicate.deliver.domain.spf import read_spf, with_terms
from syndicate.deliver.domain.spf_findings import SpfFacts, judge_spf
from syndicate.deliver.domain.spf_walk import Kind, check_host, count_lookups
from tests.deliver.domain.test_spf_walk import IP, NAMES, chain, walked

HOST = "courier.example"


def judged(
    *texts: str, more: Mapping[str, Any] | None = None, failing: Sequence[str] = (), **change: Any
) -> list[Finding]:
    """Findings about records that are evaluated in a zone of these texts and `more`."""
    zone = {**NAMES, HOST: {Kind.TXT.value: texts, "MX": ["mail.courier.example"]}, **(more or {})}
    whole = walked(count_lookups(HOST, sender=f"b@{HOST}", helo=HOST), zone, failing)
    addresses = change.pop("addresses", (IP,))
    results = [
        walked(check_host(HOST, one, sender=f"b@{HOST}", helo=HOST), zone, failing) for one in addresses
    ]
    base: dict[str, Any] = {"relays": ("smtp.relay.example",), "known": True}
    by_address = tuple(zip(addresses, results, strict=True))
    return judge_spf(SpfFacts(domain=HOST, texts=texts, whole=whole, by_address=by_address, **base | change))


def proposed(finding: Finding) -> str:
    assert finding.record is not None
    assert (finding.record.name, finding.record.type) == (HOST, "TXT")
    # Whatever is proposed can be read.
    read_spf(finding.record.value)
    return finding.record.value


def test_a_record_that_lets_our_address_in_is_well() -> None:
    record, address = judged("v=spf1 include:news.example -all")
    assert record.state is address.state is State.OK
    assert record.told == "v=spf1 include:news.example -all (1 of 10 look-ups)"
    assert address.told == "passes by include:news.example of courier.example"


def test_without_a_record_one_is_proposed_with_our_addresses() -> None:
    (missing,) = judged("a note", addresses=(IP, "2001:db8::10"))
    assert missing.state is State.TO_DO
    assert proposed(missing) == "v=spf1 ip4:192.0.2.10 ip6:2001:db8::10 ~all"


def test_where_the_addresses_are_not_known_the_relay_s_name_is_proposed() -> None:
    (missing,) = judged(known=False)
    assert proposed(missing) == "v=spf1 a:smtp.relay.example ~all"
    assert "include" in missing.remedy
    (missing,) = judged(known=False, relays=())
    assert proposed(missing) == "v=spf1 mx ~all"


def test_a_domain_without_envelope_senders_needs_none() -> None:
    (missing,) = judged(envelope=False)
    assert missing.state is State.HINT
    assert proposed(missing) == "v=spf1 -all"


def test_an_address_that_is_not_let_in_is_added_in_front() -> None:
    _, address = judged("v=spf1 mx -all", addresses=("198.51.100.7",))
    assert address.state is State.TO_DO
    assert address.told == "fail: -all of courier.example"
    assert proposed(address) == "v=spf1 ip4:198.51.100.7 mx -all"


def test_an_address_that_is_only_guessed_is_a_hint() -> None:
    _, address = judged("v=spf1 -all", known=False)
    assert (address.state, "sends_from" in address.remedy) == (State.HINT, True)


def test_no_address_known_is_said() -> None:
    _, unknown = judged("v=spf1 -all", known=False, addresses=())
    assert (unknown.state, "sends_from" in unknown.remedy) == (State.HINT, True)


def test_two_records_become_one() -> None:
    (twice,) = judged("v=spf1 include:news.example ~all", "v=spf1 mx include:news.example -all")
    assert twice.state is State.TO_DO
    assert proposed(twice) == "v=spf1 ip4:192.0.2.10 include:news.example mx ~all"


def test_a_term_that_cannot_be_read_is_named_and_left_out() -> None:
    (broken,) = judged("v=spf1 ipv4:192.0.2.9 mx -all")
    assert "'ipv4:192.0.2.9' is no term of SPF" in broken.told
    assert proposed(broken) == "v=spf1 ip4:192.0.2.10 mx -all"


def test_too_many_look_ups_are_told_by_term() -> None:
    record, address = judged("v=spf1 ip4:192.0.2.10 mx include:n0.example -all", more=chain(12))
    assert record.state is State.TO_DO
    assert record.told.endswith("takes 14 look-ups, and receivers stop after 10: mx 1, include:n0.example 13")
    assert address.state is State.OK


def test_look_ups_that_find_nothing_are_left_out() -> None:
    text = "v=spf1 ip4:192.0.2.10 a:g1.example mx:g2.example a:g3.example/24 a:mail.courier.example -all"
    record, _ = judged(text)
    assert "g1.example, g2.example, g3.example" in record.told
    assert proposed(record) == "v=spf1 ip4:192.0.2.10 a:mail.courier.example -all"


def test_an_include_without_a_record_breaks_the_whole() -> None:
    record, address = judged("v=spf1 include:nobody.example -all")
    assert record.told == "receivers take it for broken: include:nobody.example: there is no SPF record"
    assert (record.state, address.state) == (State.TO_DO, State.TO_DO)


@pytest.mark.parametrize(
    ("text", "state"),
    [("v=spf1 +all", State.TO_DO), ("v=spf1 all", State.TO_DO), ("v=spf1 mx", State.HINT)],
)
def test_a_record_that_shuts_nobody_out_gets_an_end(text: str, state: State) -> None:
    record = judged(text)[0]
    assert record.state is state
    assert proposed(record).endswith("~all")


def test_a_redirect_is_an_end() -> None:
    record, _ = judged("v=spf1 redirect=news.example")
    assert record.state is State.OK


def test_faults_of_dns_are_no_verdicts() -> None:
    (whole,) = judged("v=spf1 include:news.example -all", failing=["news.example"])
    assert whole.state is State.UNASKED
    record, address = judged("v=spf1 ptr -all", failing=[IP])
    assert record.state is State.OK
    assert address.told.startswith("fail")


@pytest.mark.parametrize(
    ("records", "new", "one"),
    [
        ([], ["mx"], "v=spf1 mx ~all"),
        (["v=spf1  a   mx  ?all"], [], "v=spf1 a mx ~all"),
        (["v=spf1 redirect=news.example"], ["mx"], "v=spf1 mx redirect=news.example"),
        (["v=spf1 exp=why.courier.example -all"], [], "v=spf1 exp=why.courier.example -all"),
    ],
)
def test_records_are_merged(records: list[str], new: list[str], one: str) -> None:
    assert with_terms(records, new) == one
