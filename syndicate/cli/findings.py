"""What `syndicate check` says of one thing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at; `remedy` is what to do, empty where all is well."""

    what: str
    told: str
    remedy: str = ""
