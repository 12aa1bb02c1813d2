"""The places in a rendered issue that are filled in per recipient.

A slot is a word of letters and digits, so that it passes unchanged through templates, CSS inlining and
every transfer encoding. Its key is a hash of the whole issue: nobody who writes a part of the content can
put a slot into it, and so have a reader's private link copied to where he likes.
"""

SLOT_NAMES = ("address", "name", "unsubscribe_url", "preferences_url")
KEY_LENGTH = 32


def slot(key: str, name: str) -> str:
    """The placeholder of one slot. Raises KeyError on a name that is none."""
    if name not in SLOT_NAMES:
        raise KeyError(name)
    return f"slot{key}{name.replace('_', '')}end"


def slots(key: str) -> dict[str, str]:
    """All placeholders by name, as templates get them."""
    return {name: slot(key, name) for name in SLOT_NAMES}
