"""Servers, names of addresses, ways to relays, and what is merely a hint."""

from datetime import timedelta

import pytest

from syndicate.deliver.domain.finding import State
from syndicate.deliver.domain.hints import judge_bimi, judge_mta_sts
from syndicate.deliver.domain.reverse import judge_reverse
from syndicate.deliver.domain.servers import judge_servers
from syndicate.deliver.domain.spf_walk import Answer
from syndicate.deliver.domain.transport import WayFacts, judge_way
from syndicate.model.site import Relay, Security
from tests.builders import NOON

IP = "192.0.2.10"
HERE = Answer(values=(IP,))
NOWHERE = Answer(exists=False)
FAULT = Answer(failed="timed out")


@pytest.mark.parametrize(
    ("names", "back", "state", "record"),
    [
        (("mail.courier.example",), HERE, State.OK, ""),
        ((), HERE, State.TO_DO, "10.2.0.192.in-addr.arpa PTR smtp.courier.example"),
        (("mail.courier.example",), NOWHERE, State.TO_DO, "mail.courier.example A 192.0.2.10"),
        (
            ("mail.courier.example",),
            Answer(values=("192.0.2.11",)),
            State.TO_DO,
            "mail.courier.example A 192.0.2.10",
        ),
        (
            ("192-0-2-10.dsl.isp.example",),
            HERE,
            State.HINT,
            "10.2.0.192.in-addr.arpa PTR smtp.courier.example",
        ),
        (("10.2.0.192.isp.example",), HERE, State.HINT, "10.2.0.192.in-addr.arpa PTR smtp.courier.example"),
        (("mail.courier.example",), FAULT, State.UNASKED, ""),
    ],
)
def test_the_name_of_an_address_leads_back_to_it(
    names: tuple[str, ...], back: Answer, state: State, record: str
) -> None:
    found = judge_reverse(IP, Answer(values=names), dict.fromkeys(names, back), helo="smtp.courier.example")
    assert found.state is state
    shown = found.record and f"{found.record.name} {found.record.type} {found.record.value}"
    assert (shown or "") == record


def test_an_ipv6_address_is_told_apart_from_its_spelling() -> None:
    name = "mail.courier.example"
    back = {name: Answer(values=("2001:db8:0:0::10",))}
    assert judge_reverse("2001:db8::10", Answer(values=(name,)), back, helo="").state is State.OK
    assert judge_reverse("2001:db8::10", FAULT, {}, helo="").state is State.UNASKED


@pytest.mark.parametrize(
    ("servers", "at", "state", "says"),
    [
        (("mx.example",), {"mx.example": HERE}, State.OK, "mx.example"),
        (
            ("a.example", "b.example"),
            {"a.example": HERE, "b.example": NOWHERE},
            State.HINT,
            "b.example leads nowhere",
        ),
        (("a.example",), {"a.example": NOWHERE}, State.TO_DO, "no such server"),
        (("a.example",), {"a.example": FAULT}, State.UNASKED, "could not ask"),
        ((IP,), {IP: NOWHERE}, State.TO_DO, "no such server"),
        ((".",), {}, State.TO_DO, "takes no mail"),
        ((), {"courier.example": HERE}, State.HINT, "goes to courier.example itself"),
        ((), {"courier.example": NOWHERE}, State.TO_DO, "gets lost"),
        ((), {"courier.example": FAULT}, State.UNASKED, "could not ask"),
    ],
)
def test_mail_can_come_back(servers: tuple[str, ...], at: dict[str, Answer], state: State, says: str) -> None:
    found = judge_servers("courier.example", Answer(values=servers), at, proposed="mail.courier.example")
    assert (found.state, says in found.told) == (state, True)
    if state is State.TO_DO:
        assert found.record is not None
        assert found.record.value == "10 mail.courier.example."


def test_servers_that_nobody_could_tell_are_no_verdict() -> None:
    assert judge_servers("courier.example", FAULT, {}, proposed="").state is State.UNASKED


RELAY = Relay(local=False, host="smtp.relay.example")


@pytest.mark.parametrize(
    ("relay", "facts", "state", "says"),
    [
        (RELAY, WayFacts(expires=NOON + timedelta(days=90)), State.OK, "90 more days"),
        (RELAY, WayFacts(expires=NOON + timedelta(days=13)), State.TO_DO, "13 more days"),
        (RELAY, WayFacts(refused="the certificate cannot be trusted"), State.TO_DO, "cannot be trusted"),
        (RELAY, WayFacts(failed="timed out"), State.UNASKED, "could not ask"),
        (
            Relay(local=False, host="smtp.relay.example", verify=False),
            WayFacts(),
            State.HINT,
            "not checked",
        ),
        (
            Relay(local=False, host="smtp.relay.example", security=Security.NONE),
            WayFacts(offers_starttls=True),
            State.TO_DO,
            "for anybody to read",
        ),
        (Relay(local=False, host="127.0.0.1", security=Security.NONE), WayFacts(), State.OK, "no further"),
        (Relay(local=False, host="10.0.0.5", security=Security.NONE), WayFacts(), State.OK, "no further"),
    ],
)
def test_the_way_to_a_relay(relay: Relay, facts: WayFacts, state: State, says: str) -> None:
    found = judge_way(relay, facts, now=NOON)
    assert (found.state, says in found.told) == (state, True)


def test_mta_sts_and_bimi_are_never_more_than_hints() -> None:
    for values in ((), ("v=STSv1",), ("v=STSv1; id=1", "v=STSv1; id=2")):
        found = judge_mta_sts("courier.example", Answer(values=values))
        assert found is not None
        assert found.state is State.HINT
    well = judge_mta_sts("courier.example", Answer(values=("v=STSv1; id=20261122",)))
    assert well is not None
    assert well.state is State.OK
    assert judge_mta_sts("courier.example", FAULT) is None
    assert judge_bimi("courier.example", NOWHERE, policy="reject") is None
    logo = Answer(values=("v=BIMI1; l=https://courier.example/logo.svg",))
    shown = {policy: judge_bimi("courier.example", logo, policy=policy) for policy in ("none", "reject")}
    assert [one and one.state for one in shown.values()] == [State.HINT, State.OK]
