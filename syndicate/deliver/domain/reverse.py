"""Whether an address that we send from has a name that leads back to it (RFC 1912, section 2.1)."""

import ipaddress
import re
from collections.abc import Mapping

from syndicate.deliver.domain.finding import Finding, Record, State, unasked
from syndicate.deliver.domain.spf_walk import Answer

# What providers call addresses that nobody named: receivers take them for those of home connections.
GENERIC = re.compile(r"\b(dyn|dynamic|pool|dsl|dhcp|ppp|broadband|customer|static-ip|unassigned)\b")


def judge_reverse(address: str, names: Answer, back: Mapping[str, Answer], *, helo: str) -> Finding:
    """`back` are the addresses of each name; `helo` is the name that ours should be, if we know it."""
    what = f"PTR of {address}"
    ip = ipaddress.ip_address(address)
    faults = [one.failed for one in (names, *back.values()) if one.failed]
    confirmed = [name for name in names.values if ip in _addresses(back.get(name))]
    if confirmed and not all(_is_generic(name, address) for name in confirmed):
        return Finding(what=what, told=f"{confirmed[0]} leads to it and back")
    if faults:
        return unasked(what, faults[0])
    wanted = helo or next(iter(names.values), "a name of yours")
    if confirmed:
        told = f"{confirmed[0]} looks like a name that nobody chose, which receivers trust little"
        return Finding(what=what, told=told, state=State.HINT, remedy=_ask(address), record=_ptr(ip, helo))
    if not names.values:
        told = "it has no name, and many receivers refuse mail from such an address"
        return Finding(what=what, told=told, state=State.TO_DO, remedy=_ask(address), record=_ptr(ip, wanted))
    name = names.values[0]
    record = Record(name=name, type="A" if ip.version == 4 else "AAAA", value=address)
    told = f"its name {name} does not lead back to it"
    return Finding(what=what, told=told, state=State.TO_DO, remedy="publish it", record=record)


def _addresses(answer: Answer | None) -> set[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    return {ipaddress.ip_address(one) for one in answer.values} if answer else set()


def _is_generic(name: str, address: str) -> bool:
    numbers = re.split(r"[.:]", address)
    dashed = "-".join(numbers) in name or "-".join(reversed(numbers)) in name
    return dashed or ".".join(reversed(numbers)) in name or bool(GENERIC.search(name))


def _ask(address: str) -> str:
    return f"let whoever gave you {address} (your provider) publish it"


def _ptr(ip: ipaddress.IPv4Address | ipaddress.IPv6Address, name: str) -> Record | None:
    return Record(name=ip.reverse_pointer, type="PTR", value=name) if name else None
