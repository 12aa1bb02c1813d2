"""`python -m tests.formats.lint.reference`: writes docs/reference/lint.md from the rules themselves."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from syndicate.deliver.lint_rules import MAIL_RULES
from syndicate.formats.lint.finding import Rule
from syndicate.formats.lint.tables import RULES

FILE = Path(__file__).parents[3] / "docs" / "reference" / "lint.md"

HEAD = Path(__file__).with_name("reference_head.md")

GROUPS = (
    ("Any XML", ("xml-", "namespace-", "text-windows", "document-")),
    (
        "Single values: addresses, dates, languages, media types",
        ("url-", "date-", "language-", "media-type-"),
    ),
    ("HTML and plain text", ("html-", "text-markup")),
    ("RSS", ("rss-", "module-", "sy-", "link-in-rss")),
    ("RSS 1.0", ("rdf-",)),
    ("Media RSS", ("media-",)),
    ("Atom", ("atom-",)),
    ("Several documents, tombstones, rel=self", ("history-", "tombstone", "self-")),
    ("Entries together", ("id-", "dates-", "feed-", "entries-")),
    ("JSON Feed", ("json-",)),
    ("ninjs", ("ninjs-",)),
    ("OPML", ("opml-",)),
    ("How it is served", ("http-",)),
    ("Our own documents", ("own-",)),
)
SHAPES = {"error": "✗ error", "warning": "▲ warning", "hint": "· hint"}


def reference() -> str:
    """The whole page."""
    left = dict(RULES)
    pages = [HEAD.read_text("utf-8")]
    for title, beginnings in GROUPS:
        mine = [left.pop(name) for name in list(left) if name.startswith(beginnings)]
        pages.append(f"## {title}\n" + "\n".join(_rules(mine)))
    assert not left, f"rules of no group: {sorted(left)}"
    intro = (
        "Messages of ours keep all of them. Of others' mail these severities count; `M4` is a hint off lists."
    )
    pages.append(f"## Mail\n{intro}\n\n" + "\n".join(_rules(MAIL_RULES.values())))
    return "\n".join(pages)


def _rules(rules: Iterable[Rule]) -> Iterator[str]:
    for rule in rules:
        where = rule.spec if "://" in rule.spec else f"[{rule.spec}](feeds.md)"
        yield f"### `{rule.name}`\n{SHAPES[rule.severity]}. {rule.demands}\n"
        yield f"*Why:* {_text(rule.why)} *Mend:* {_text(rule.mend)} *From:* {where}\n"


def _text(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    FILE.write_text(reference(), "utf-8")
