"""What is known of a page before it is read."""

from dataclasses import dataclass

from syndicate.model.source import Selectors

NONE = Selectors()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """`zone` (IANA) is where times without one were written; `language` (BCP 47) is what to assume where the
    page does not say. `chrome` are hashes of lines that other stories of the host show too;
    `selectors` are what its source's operator says of where fields stand.
    """

    zone: str = ""
    language: str = ""
    chrome: frozenset[int] = frozenset()
    selectors: Selectors = NONE


NOTHING = Prior()
