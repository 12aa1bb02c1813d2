"""Counts handed from one process to another: a sender process has no port, and its parent tells for it."""

from collections.abc import Mapping
from time import process_time
from typing import Any

from syndicate.telemetry.metrics import METRICS, SENDER_CPU
from syndicate.telemetry.tallies import Gauge

# What stands is each process's own; only what was counted can be added up.
COUNTED = {one.described.name: one for one in METRICS if not isinstance(one, Gauge)}


def take_changes() -> dict[str, Any]:
    """What this process counted since the last call, as JSON values, and the CPU that it took."""
    SENDER_CPU.add(process_time() - SENDER_CPU.value())
    changes = {name: one.take_changes() for name, one in COUNTED.items()}
    return {name: found for name, found in changes.items() if found}


def merge(changes: Mapping[str, Any]) -> None:
    """Count what another process did; what it has and we do not is left out."""
    for name, found in changes.items():
        if name in COUNTED:
            COUNTED[name].merge(found)
