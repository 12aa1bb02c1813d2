"""Whether mail can come back: answers to From's domain, bounces to the envelope's (RFC 5321, section 5.1)."""

import ipaddress
from collections.abc import Mapping

from syndicate.deliver.domain.finding import Finding, Record, State, unasked
from syndicate.deliver.domain.spf_walk import Answer

NULL_MX = "."


def judge_servers(domain: str, servers: Answer, at: Mapping[str, Answer], *, proposed: str) -> Finding:
    """`at` are the addresses of each server, and of the domain itself; `proposed` is the server to name."""
    what = f"MX of {domain}"
    if servers.failed:
        return unasked(what, servers.failed)
    record = Record(name=domain, type="MX", value=f"10 {proposed}." if proposed else "10 your mail server")
    if not servers.values:
        return _without(what, domain, at.get(domain, Answer()), record)
    if NULL_MX in servers.values:
        told = "it says that it takes no mail (RFC 7505), so that nothing can come back, and some refuse it"
        return Finding(what=what, told=told, state=State.TO_DO, remedy="publish in its place:", record=record)
    wrong = [host for host in servers.values if _is_address(host) or not _leads_somewhere(at.get(host))]
    if len(wrong) == len(servers.values):
        failed = [at[host].failed for host in wrong if host in at and at[host].failed]
        if failed:
            return unasked(what, failed[0])
        told = f"{', '.join(wrong)}: no such server"
        return Finding(what=what, told=told, state=State.TO_DO, remedy="publish in its place:", record=record)
    told = ", ".join(servers.values)
    if wrong:
        told += f"; of which {', '.join(wrong)} leads nowhere"
        return Finding(what=what, told=told, state=State.HINT, remedy="take that one out")
    return Finding(what=what, told=told)


def _without(what: str, domain: str, own: Answer, record: Record) -> Finding:
    if own.failed:
        return unasked(what, own.failed)
    if own.values:
        told = f"there is none, so that mail goes to {domain} itself, at {', '.join(own.values)}"
        return Finding(what=what, told=told, state=State.HINT, remedy="better said:", record=record)
    told = "there is none: what comes back gets lost, and receivers refuse mail from where none can be sent"
    return Finding(what=what, told=told, state=State.TO_DO, remedy="publish it", record=record)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _leads_somewhere(answer: Answer | None) -> bool:
    return answer is not None and bool(answer.values)
