"""SPF by the test suite that the makers of RFC 7208 publish, fetched from pyspf's source package."""

import ipaddress
import tarfile
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from syndicate.deliver.domain.spf_walk import Answer, Kind, Question, SpfResult, check_host
from tests.neighbours.package_index import source_package

ARCHIVE = "pyspf-2.0.14.tar.gz"
SHA256 = "57a7ef01bda090173aafb6af0106251686ed73f03db4e911fcd34c57fc347186"
# We say "unknown" for the name of an address (%{p}), which the RFC tells nobody to use.
NOT_OURS = {"p-macro-multiple"}

Names = Mapping[str, Mapping[str, list[Any]]]


@pytest.fixture(scope="module")
def scenarios() -> list[dict[str, Any]]:
    """Each with a zone and tests over it."""
    with tarfile.open(source_package("pyspf==2.0.14", ARCHIVE, sha256=SHA256)) as archive:
        file = archive.extractfile("pyspf-2.0.14/test/rfc7208-tests.yml")
        assert file
        return [one for one in yaml.safe_load_all(file.read()) if one]


def read_zone(table: Mapping[str, list[Any]]) -> Names:
    """Names with their records by type; what stands as SPF alone is TXT, too."""
    zone: dict[str, dict[str, list[Any]]] = {}
    for name, records in table.items():
        by_type = zone.setdefault(name.lower().rstrip("."), {})
        for record in records:
            for kind, value in record.items() if isinstance(record, dict) else [(str(record), None)]:
                by_type.setdefault(kind, []).append(value)
        by_type.setdefault("TXT", by_type.get("SPF", []))
    return zone


def values(records: Mapping[str, list[Any]], kind: Kind) -> Iterator[str]:
    found = [one for one in records.get(kind.value, []) if one != "NONE"]
    match kind:
        case Kind.TXT:
            for one in found:
                yield "".join(part if isinstance(part, str) else part.decode("latin-1") for part in one)
        case Kind.MX:
            yield from ((host.rstrip(".") or ".") for _, host in sorted(map(tuple, found)))
        case Kind.ADDRESSES:
            yield from (str(ipaddress.ip_address(one)) for one in [*found, *records.get("AAAA", [])])
        case Kind.PTR:
            yield from (one.rstrip(".").lower() for one in found)


def answer(question: Question, zone: Names) -> Answer:
    name = question.name.lower().rstrip(".")
    if question.kind is Kind.PTR:
        name = ipaddress.ip_address(name).reverse_pointer
    records = zone.get(name)
    # One case has an alias of itself.
    for _ in range(8):
        if records and "CNAME" in records:
            records = zone.get(records["CNAME"][0].lower().rstrip("."))
    if records is None:
        return Answer(exists=False)
    found = tuple(values(records, question.kind))
    return Answer(failed="timed out") if not found and "TIMEOUT" in records else Answer(values=found)


def result_of(case: Mapping[str, Any], zone: Names) -> str:
    sender, helo = case.get("mailfrom") or "", case.get("helo", "")
    local, _, domain = (sender or f"postmaster@{helo}").rpartition("@")
    walk = check_host(domain, str(case["host"]), sender=f"{local or 'postmaster'}@{domain}", helo=helo)
    try:
        question = next(walk)
        while True:
            question = walk.send(answer(question, zone))
    except StopIteration as end:
        result: SpfResult = end.value
        return result.result.value


def test_every_case_ends_as_the_suite_says(scenarios: list[dict[str, Any]]) -> None:
    wrong, count = {}, 0
    for scenario in scenarios:
        zone = read_zone(scenario["zonedata"])
        for name, case in scenario["tests"].items():
            count += 1
            wanted = case["result"] if isinstance(case["result"], list) else [case["result"]]
            found = result_of(case, zone)
            if found not in wanted:
                wrong[name] = (found, wanted)
    assert count > 200
    assert set(wrong) == NOT_OURS, wrong
