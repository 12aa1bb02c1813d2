"""The reader on messages that it was not written with: those that flufl.bounce is tested with.

They are fetched from the package index when they are not in tests/.cache, and are no part of this repository.
"""

import ast
import hashlib
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from syndicate.deliver.bounce.read import read_reports
from syndicate.deliver.bounce.report import Action, Class, Kind, Report

CACHE = Path(__file__).parents[2] / ".cache"
PACKAGE = "flufl.bounce==6.0.0"
ARCHIVE = "flufl_bounce-6.0.0.tar.gz"
SHA256 = "a1df16b9d1877ae4536f7d76c00d8421fcefbe694f80f5285d05c45a2547b1bc"
FETCH = ("-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", PACKAGE)
FOUND_AT_LEAST = 0.98
OUR_FAULT = re.compile(
    r"spam|relay(?!=)|block|\bspf\b|dkim|dmarc|too (?:large|big)|size limit|sender", re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One message, and what its table says of it; `temporary` means nothing without recipients."""

    name: str
    reports: tuple[Report, ...]
    expected: frozenset[str]
    temporary: bool

    @property
    def found(self) -> frozenset[str]:
        return frozenset(report.recipient.lower() for report in self.reports if report.recipient)


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    """The messages and the table that tells the recipients of each."""
    with tarfile.open(_archive()) as archive:
        files = {Path(each.name).name: each for each in archive.getmembers() if each.isfile()}

        def content(name: str) -> bytes:
            file = archive.extractfile(files[name])
            assert file
            return file.read()

        source = content("test_detectors.py").decode()
        rows: list[Any] = ast.literal_eval(
            source[source.index("DETECTORS = [") + 12 :].partition("\n]\n")[0] + "\n]"
        )
        tables: dict[str, tuple[set[str], bool]] = {}
        for _, name, addresses, temporary in rows:
            kept, _ = tables.setdefault(name, (set(), temporary))
            kept.update(address.decode().lower() for address in addresses)
        return [
            Sample(
                name=name,
                reports=read_reports(content(name)),
                expected=frozenset(kept),
                temporary=temporary,
            )
            for name, (kept, temporary) in tables.items()
        ]


def test_nearly_all_recipients_are_found(samples: list[Sample]) -> None:
    expected = sum(len(sample.expected) for sample in samples)
    missed = {
        sample.name: sample.expected - sample.found for sample in samples if sample.expected - sample.found
    }
    assert expected > 100
    assert 1 - sum(map(len, missed.values())) / expected >= FOUND_AT_LEAST, missed


def test_hardly_anybody_else_is(samples: list[Sample]) -> None:
    others = {sample.name: sample.found - sample.expected for sample in samples if sample.expected}
    assert sum(map(len, others.values())) <= 4, others


def test_warnings_are_no_failures_and_failures_no_warnings(samples: list[Sample]) -> None:
    for sample in samples:
        for report in sample.reports:
            if report.recipient.lower() in sample.expected:
                assert report.action == (Action.DELAYED if sample.temporary else Action.FAILED), sample.name
                assert sample.temporary == (report.cls == Class.NONE), sample.name


def test_nothing_that_is_our_own_fault_suppresses(samples: list[Sample]) -> None:
    suppressing = [each for s in samples for each in s.reports if each.cls == Class.SUPPRESS]
    assert len(suppressing) > 30
    assert [each for each in suppressing if OUR_FAULT.search(each.diagnostic)] == []


def test_what_is_no_bounce_is_none(samples: list[Sample]) -> None:
    kinds = {sample.name: sample.reports[0].kind for sample in samples}
    assert kinds["qmail_08.txt"] == Kind.AUTO_REPLY
    assert kinds["groupwise_03.txt"] == Kind.OTHER


def _archive() -> Path:
    archive = CACHE / ARCHIVE
    if not archive.exists():
        CACHE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            fetched = subprocess.run([sys.executable, *FETCH, "-d", folder], capture_output=True, check=False)
            if fetched.returncode:
                command = " ".join((".venv/bin/python", *FETCH, "-d", "tests/.cache"))
                pytest.skip(f"flufl.bounce's messages are not here: {command}")
            os.replace(Path(folder) / ARCHIVE, archive)
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == SHA256
    return archive
