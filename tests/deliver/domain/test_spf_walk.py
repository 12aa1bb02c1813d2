"""SPF evaluated as a receiver does: tables of records, senders and results, and the RFC's limits."""

from collections.abc import Mapping, Sequence

import pytest

from syndicate.deliver.domain.spf_walk import (
    Answer,
    Kind,
    Question,
    Result,
    SpfResult,
    Walk,
    check_host,
    count_lookups,
)

Zone = Mapping[str, Mapping[str, Sequence[str]]]
IP = "192.0.2.10"


def walked(walk: Walk, zone: Zone, failing: Sequence[str] = ()) -> SpfResult:
    """The walk's end, its questions answered from the zone."""
    try:
        question = next(walk)
        while True:
            question = walk.send(answer(question, zone, failing))
    except StopIteration as end:
        result: SpfResult = end.value
        return result


def answer(question: Question, zone: Zone, failing: Sequence[str]) -> Answer:
    if question.name in failing:
        return Answer(failed=f"DNS could not tell {question.name}")
    if question.name not in zone:
        return Answer(exists=False)
    return Answer(values=tuple(zone[question.name].get(question.kind.value, ())))


def spf(*texts: str) -> dict[str, Sequence[str]]:
    return {Kind.TXT.value: texts}


def found(zone: Zone, ip: str = IP, *, domain: str = "courier.example", **rest: Sequence[str]) -> SpfResult:
    return walked(check_host(domain, ip, sender=f"b-1@{domain}", helo="mail.courier.example"), zone, **rest)


def counted(zone: Zone, domain: str = "courier.example") -> SpfResult:
    return walked(count_lookups(domain, sender=f"b-1@{domain}", helo="mail.courier.example"), zone)


@pytest.mark.parametrize(
    ("text", "ip", "result"),
    [
        ("v=spf1 ip4:192.0.2.10 -all", IP, Result.PASS),
        ("v=spf1 ip4:192.0.2.0/24 -all", IP, Result.PASS),
        ("v=spf1 ip4:192.0.2.11 -all", IP, Result.FAIL),
        ("v=spf1 ip4:192.0.2.11 ~all", IP, Result.SOFTFAIL),
        ("v=spf1 ip4:192.0.2.11 ?all", IP, Result.NEUTRAL),
        ("v=spf1 ip4:192.0.2.11", IP, Result.NEUTRAL),
        ("v=spf1 -ip4:192.0.2.10 +all", IP, Result.FAIL),
        ("V=SPF1 IP4:192.0.2.10 -ALL", IP, Result.PASS),
        ("v=spf1 ip6:2001:db8::/32 -all", "2001:db8::10", Result.PASS),
        ("v=spf1 ip6:2001:db8::/32 -all", IP, Result.FAIL),
        ("v=spf1 ip4:0.0.0.0/0 -all", "2001:db8::10", Result.FAIL),
        ("v=spf1 -all exp=why.courier.example unknown=thing", IP, Result.FAIL),
        ("v=spf10 -all", IP, Result.NONE),
        ("v=spf1", IP, Result.NEUTRAL),
        ("a note", IP, Result.NONE),
        ("v=spf1 ip4:192.0.2.300 -all", IP, Result.PERMERROR),
        ("v=spf1 ip4:192.0.2.0/33 -all", IP, Result.PERMERROR),
        ("v=spf1 ip4=192.0.2.10 -all", IP, Result.FAIL),
        ("v=spf1 a/33 -all", IP, Result.PERMERROR),
        ("v=spf1 include -all", IP, Result.PERMERROR),
        ("v=spf1 include: -all", IP, Result.PERMERROR),
        ("v=spf1 include:nodots -all", IP, Result.PERMERROR),
        ("v=spf1 ipv4:192.0.2.10 -all", IP, Result.PERMERROR),
        ("v=spf1 all:courier.example", IP, Result.PERMERROR),
        ("v=spf1 redirect=a.example redirect=b.example", IP, Result.PERMERROR),
        ("v=spf1 exists:%{q}.example -all", IP, Result.PERMERROR),
        ("v=spf1, -all", IP, Result.NONE),
        ("v=spf1 a:mail.courier.-example -all", IP, Result.PERMERROR),
        ("v=spf1 a:mail.courier.1 -all", IP, Result.PERMERROR),
        ("v=spf1 exists:%{t}.courier.example -all", IP, Result.PERMERROR),
        ("v=spf1 ip4:192.0.2.10 -all", "::ffff:192.0.2.10", Result.PASS),
        ("v=spf1 ip6:::/0 -all", "::ffff:192.0.2.10", Result.FAIL),
        ("v=spf1 -all ip4:192.0.2.999", IP, Result.PERMERROR),
    ],
)
def test_terms_without_look_ups(text: str, ip: str, result: Result) -> None:
    assert found({"courier.example": spf(text)}, ip).result is result


NAMES: dict[str, Mapping[str, Sequence[str]]] = {
    "mail.courier.example": {"A": [IP, "2001:db8::10"]},
    "news.example": spf("v=spf1 ip4:192.0.2.10 -all"),
    "open.example": spf("v=spf1 +all"),
    "closed.example": spf("v=spf1 -all"),
    "broken.example": spf("v=spf1 what"),
    "twice.example": spf("v=spf1 -all", "v=spf1 ~all"),
    "10.2.0.192.in-addr.courier.example": {"A": ["127.0.0.2"]},
    "b-1.courier.example": {"A": ["127.0.0.2"]},
    IP: {"PTR": ["mail.courier.example", "elsewhere.example"]},
    "six.example": {"A": ["2001:db8::10"]},
    "elsewhere.example": {"A": ["203.0.113.9"]},
}


@pytest.mark.parametrize(
    ("text", "ip", "result"),
    [
        ("v=spf1 a:mail.courier.example -all", IP, Result.PASS),
        ("v=spf1 a:mail.courier.example -all", "2001:db8::10", Result.PASS),
        ("v=spf1 a:mail.courier.example/24 -all", "192.0.2.99", Result.PASS),
        ("v=spf1 a:mail.courier.example//64 -all", "2001:db8::99", Result.PASS),
        ("v=spf1 a:mail.courier.example//64 -all", "192.0.2.99", Result.FAIL),
        ("v=spf1 a:mail.courier.example/0 -all", "198.51.100.1", Result.PASS),
        ("v=spf1 mx -all", IP, Result.PASS),
        ("v=spf1 mx:nobody.example -all", IP, Result.FAIL),
        ("v=spf1 ptr -all", IP, Result.PASS),
        ("v=spf1 ptr:elsewhere.example -all", IP, Result.FAIL),
        ("v=spf1 include:news.example -all", IP, Result.PASS),
        ("v=spf1 include:news.example -all", "192.0.2.11", Result.FAIL),
        ("v=spf1 include:open.example -all", "192.0.2.11", Result.PASS),
        ("v=spf1 include:closed.example ?all", IP, Result.NEUTRAL),
        ("v=spf1 include:nobody.example -all", IP, Result.PERMERROR),
        ("v=spf1 include:elsewhere.example -all", IP, Result.PERMERROR),
        ("v=spf1 include:broken.example -all", IP, Result.PERMERROR),
        ("v=spf1 include:twice.example -all", IP, Result.PERMERROR),
        ("v=spf1 redirect=news.example", IP, Result.PASS),
        ("v=spf1 redirect=nobody.example", IP, Result.PERMERROR),
        ("v=spf1 redirect=closed.example ip4:192.0.2.10", IP, Result.PASS),
        ("v=spf1 -all redirect=news.example", IP, Result.FAIL),
        ("v=spf1 exists:%{ir}.%{v}.%{d} -all", IP, Result.PASS),
        ("v=spf1 exists:%{ir}.%{v}.%{d} -all", "192.0.2.11", Result.FAIL),
        ("v=spf1 exists:six.example -all", "2001:db8::10", Result.FAIL),
        ("v=spf1 exists:%{l}.%{o} -all", IP, Result.PASS),
        ("v=spf1 a:%{h} -all", IP, Result.PASS),
        ("v=spf1 a:mail.%{d2} -all", IP, Result.PASS),
        ("v=spf1 include:courier.example -all", IP, Result.PERMERROR),
    ],
)
def test_terms_that_ask(text: str, ip: str, result: Result) -> None:
    own = {"courier.example": {**spf(text), "MX": [".", "mail.courier.example"]}}
    assert found({**NAMES, **own}, ip).result is result


def test_a_fault_of_dns_is_no_verdict() -> None:
    zone = {"courier.example": spf("v=spf1 include:news.example -all")}
    result = found({**NAMES, **zone}, failing=["news.example"])
    assert (result.result, result.why) == (Result.TEMPERROR, "DNS could not tell news.example")


def test_two_records_are_as_bad_as_a_broken_one() -> None:
    result = found({"courier.example": spf("v=spf1 -all", "a note", "v=spf1 +all")})
    assert (result.result, result.why) == (Result.PERMERROR, "courier.example has 2 SPF records")


def test_a_result_tells_the_term_that_gave_it() -> None:
    zone = {**NAMES, "courier.example": spf("v=spf1 include:news.example -all")}
    assert found(zone).why == "include:news.example of courier.example"


def chain(length: int) -> dict[str, Mapping[str, Sequence[str]]]:
    """Records each of which includes the next; the last lets everybody in."""
    zone = {f"n{at}.example": spf(f"v=spf1 include:n{at + 1}.example -all") for at in range(length)}
    return {**zone, f"n{length}.example": spf("v=spf1 ip4:192.0.2.10 -all")}


@pytest.mark.parametrize(("length", "result"), [(10, Result.PASS), (11, Result.PERMERROR)])
def test_ten_look_ups_and_no_more(length: int, result: Result) -> None:
    assert found(chain(length), domain="n0.example").result is result


def test_a_term_before_the_limit_still_lets_in() -> None:
    zone = {"courier.example": spf("v=spf1 ip4:192.0.2.10 include:n0.example -all"), **chain(12)}
    assert found(zone).result is Result.PASS
    assert counted(zone).lookups == 13


@pytest.mark.parametrize(("voids", "result"), [(2, Result.PASS), (3, Result.PERMERROR)])
def test_two_look_ups_may_find_nothing(voids: int, result: Result) -> None:
    terms = " ".join(f"a:gone{at}.example" for at in range(voids))
    assert found({"courier.example": spf(f"v=spf1 {terms} ip4:192.0.2.10 -all")}).result is result


@pytest.mark.parametrize(("count", "result"), [(10, Result.PASS), (11, Result.PERMERROR)])
def test_ten_mail_servers_and_no_more(count: int, result: Result) -> None:
    hosts = [f"mx{at}.courier.example" for at in range(count)]
    zone = {"courier.example": {**spf("v=spf1 mx -all"), "MX": hosts}}
    addresses = {host: {"A": [f"198.51.100.{at}"]} for at, host in enumerate(hosts)}
    addresses[hosts[-1]] = {"A": [IP]}
    assert found({**zone, **addresses}).result is result


def test_what_is_counted_stands_by_the_domain_s_own_terms() -> None:
    text = "v=spf1 ip4:192.0.2.10 mx include:n0.example a:gone.example exists:%{i}.x.example ptr -all"
    zone = {"courier.example": {**spf(text), "MX": ["mail.courier.example"]}, **NAMES, **chain(2)}
    result = counted(zone)
    assert dict(result.cost) == {
        "mx": 1,
        "include:n0.example": 3,
        "a:gone.example": 1,
        "exists:%{i}.x.example": 1,
        "ptr": 1,
    }
    assert (result.lookups, result.voids, result.result) == (7, ("gone.example",), Result.FAIL)


def test_counting_goes_past_an_include_that_lets_everybody_in() -> None:
    zone = {"courier.example": spf("v=spf1 include:open.example include:news.example -all"), **NAMES}
    assert counted(zone).lookups == 2
