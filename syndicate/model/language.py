"""Languages by their BCP 47 tag, and the direction they are written in."""

RTL_LANGUAGES = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})


def primary(language: str) -> str:
    """The primary subtag, lower-case: `fa` for `fa-IR`."""
    return language.split("-")[0].lower()


def direction_of(language: str) -> str:
    """`rtl` or `ltr` for a BCP 47 tag."""
    return "rtl" if primary(language) in RTL_LANGUAGES else "ltr"
