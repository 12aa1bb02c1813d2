"""When something happens: a cron expression read in a time zone."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """Five cron fields (crontab(5): weekdays 0 and 7 are Sunday) and an IANA time zone."""

    cron: str
    zone: str = "UTC"
