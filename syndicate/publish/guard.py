"""The guard (requirement F10): a feed that would be emptied or halved waits for the operator. Pure."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

# How many of those that would go are named.
NAMED = 20
URN = "urn:uuid:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Entries that would go from a document: entry id → title, of so many that it shows."""

    gone: Mapping[str, str]
    shown: int

    @property
    def halves(self) -> bool:
        """Whether nothing or half at most would be left."""
        return bool(self.gone) and len(self.gone) * 2 >= self.shown


def loss(shown: Mapping[str, str], kept: Collection[str]) -> Loss:
    """What a document loses that shows these entries, by id with their titles, when only `kept` stay.

    Kept are also those that moved to an archive document and those that the operator withdrew.
    """
    return Loss(
        gone={entry_id: title for entry_id, title in shown.items() if entry_id not in kept}, shown=len(shown)
    )


def reason(found: Loss, *, feed: str) -> str:
    """What the operator is told of a held feed."""
    left = found.shown - len(found.gone)
    rest = "nothing is left" if not left else f"only {left} would be left"
    return (
        f"{rest} of {found.shown} entries; the files stay as they are until you say otherwise: "
        f"see what would go with: syndicate publish {feed} --dry-run; let it go with: "
        f"syndicate publish {feed} --accept"
    )


def read_shown(data: bytes) -> dict[str, str]:
    """Entry id → title of a JSON Feed that we published; empty for what is none."""
    try:
        items = json.loads(data)["items"]
        return {one["id"].removeprefix(URN): str(one.get("title", "")) for one in items}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
