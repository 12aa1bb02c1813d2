"""What an address carries to tell who clicked where, and its form without that."""

import re
from urllib.parse import urlsplit, urlunsplit

TRACKING = re.compile(
    r"(?:utm_\w+|(?:fb|g|dc|ms|y|tt|tw)cl(?:id|src)|li_fat_id|gbraid|wbraid|mc_[ce]id|igshid?|_ga|_gl"
    r"|mkt_tok|oly_(?:anon|enc)_id|vero_id|at_(?:medium|campaign|custom\d)|cmpid|ncid|smid|ref_src)",
    re.IGNORECASE,
)


def without_tracking(url: str) -> str:
    """The address without tracking parameters; what else it has stays as it was written."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    kept = [pair for pair in parts.query.split("&") if not TRACKING.fullmatch(pair.partition("=")[0])]
    query = "&".join(kept)
    return url if query == parts.query else urlunsplit(parts._replace(query=query))
