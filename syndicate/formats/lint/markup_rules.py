"""Rules for HTML inside of feeds, and for texts that should have none. Each is asked once per text."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from syndicate.formats.lint import specs
from syndicate.formats.lint.finding import ERROR, HINT, WARNING, Broken, Rule, rule
from syndicate.formats.lint.markup import KNOWN, Markup, escaped_twice, look
from syndicate.formats.lint.parts import Around

# Where it stands, what it is called there, and the HTML.
Text = tuple[object, str, str]
Texts = Callable[[Any], Iterable[Text]]
END_TAG = re.compile(r"</([a-zA-Z][a-zA-Z0-9]*)\s*>")
REFERENCE = re.compile(
    r"&(?:#\d{2,7}|#x[0-9a-fA-F]{2,6}|amp|lt|gt|quot|apos|nbsp|[lr][sd]quo|[mn]dash|hellip);"
)


def _each(texts: Iterable[Text], pick: Callable[[Markup], list[str]], told: str) -> Broken:
    for where, name, html in texts:
        if "<" in html:
            for found in dict.fromkeys(pick(look(html))):
                yield where, told.format(found=found, name=name)


@rule(
    "html-unsafe",
    WARNING,
    specs.W3C_SAFETY,
    demands="No script, style, iframe, object, embed, form frame or whole page in the content.",
    mend="Leave them out: careful readers drop them, careless ones run them. Link to what they show.",
)
def unsafe(texts: Iterable[Text], around: Around) -> Broken:
    """A reader shows this beside the content of others."""
    yield from _each(texts, lambda found: found.unsafe, "<{found}> stands in {name}")


@rule(
    "html-handler",
    WARNING,
    "https://validator.w3.org/feed/docs/warning/SecurityRiskAttr.html",
    demands="No event handlers, such as onclick.",
    mend="Take the attribute out.",
)
def handlers(texts: Iterable[Text], around: Around) -> Broken:
    """They run script."""
    yield from _each(texts, lambda found: found.handlers, "the attribute {found} stands in {name}")


@rule(
    "html-script-url",
    WARNING,
    specs.W3C_SAFETY,
    demands="No javascript: addresses.",
    mend="Link to a page instead.",
)
def scripted(texts: Iterable[Text], around: Around) -> Broken:
    """They run script."""
    yield from _each(texts, lambda found: found.scripted, "the address {found!r} stands in {name}")


@rule(
    "html-style",
    WARNING,
    "https://validator.w3.org/feed/docs/warning/DangerousStyleAttr.html",
    demands="No styles that load something, run something or leave their place.",
    mend="Leave style attributes out: readers have their own look.",
)
def styles(texts: Iterable[Text], around: Around) -> Broken:
    """A fixed position can cover the reader's own buttons."""
    yield from _each(texts, lambda found: found.styles, "the style {found!r} stands in {name}")


@rule(
    "html-relative",
    WARNING,
    "https://validator.w3.org/feed/docs/warning/ContainsRelRef.html",
    demands="Addresses in content are absolute.",
    mend="Write them with https:// and the host: readers show the text elsewhere.",
)
def relative(texts: Iterable[Text], around: Around) -> Broken:
    """Links and pictures would be broken."""
    if not around.ours:
        yield from _each(
            texts, lambda found: found.relative, "the relative address {found!r} stands in {name}"
        )


@rule(
    "own-content-absolute",
    ERROR,
    specs.OWN,
    demands="Of ours: no relative address in any content.",
    mend="Resolve it against the page that it comes from.",
)
def own_relative(texts: Iterable[Text], around: Around) -> Broken:
    """Nobody knows any more against what to resolve it."""
    if around.ours:
        yield from _each(
            texts, lambda found: found.relative, "the relative address {found!r} stands in {name}"
        )


@rule(
    "html-unknown",
    WARNING,
    "https://validator.w3.org/feed/docs/warning/NotHtml.html",
    demands="Elements of HTML alone.",
    mend="Write &lt; for a < that begins no element, or use an element that HTML has.",
)
def unknown(texts: Iterable[Text], around: Around) -> Broken:
    """Often a < that should have been escaped."""
    yield from _each(texts, lambda found: found.unknown, "<{found}> in {name} is no element of HTML")


@rule(
    "html-unclosed",
    HINT,
    f"{specs.HTML}syntax.html#elements-2",
    demands="Every element is closed.",
    mend="Cut texts at the end of an element, and let an HTML library write them.",
)
def unclosed(texts: Iterable[Text], around: Around) -> Broken:
    """A cut text can make bold what follows it."""
    yield from _each(texts, lambda found: found.unclosed, "<{found}> in {name} has no counterpart")


@rule(
    "html-escaped-twice",
    WARNING,
    f"{specs.PROFILE}data-types-characterdata",
    demands="Markup is escaped once.",
    mend="Escape it once, or put it in CDATA unescaped: readers show the tags as text.",
)
def twice(texts: Iterable[Text], around: Around) -> Broken:
    """A sign of two layers that each escape."""
    for where, name, html in texts:
        if found := escaped_twice(html):
            yield where, f"{name} has its markup escaped twice: readers see {found}"


@rule(
    "text-markup",
    WARNING,
    "https://validator.w3.org/feed/docs/warning/ContainsHTML.html",
    demands="Titles and names are plain text.",
    mend="Take the tags out, and write characters themselves instead of references, escaped once.",
)
def marked_up(texts: Iterable[Text], around: Around) -> Broken:
    """Some readers show it as it is, some drop it, some read it as HTML."""
    for where, name, text in texts:
        if ("<" not in text and "&" not in text) or not text:
            continue
        tag = next((m for m in END_TAG.finditer(text[:2_000]) if m[1].lower() in KNOWN), None)
        if found := tag or REFERENCE.search(text[:2_000]):
            yield where, f"{name} holds {found[0]}"


def over(rule_of_texts: Rule, texts: Texts) -> Rule:
    """The same rule for a part, given where its texts are."""
    inner = rule_of_texts.check

    def check(part: object, around: Around) -> Broken:
        if inner is not None:
            yield from inner(texts(part), around)

    return replace(rule_of_texts, check=check)


HTML = (unsafe, handlers, scripted, styles, relative, own_relative, unknown, unclosed, twice)
PLAIN = (marked_up,)


def over_all(html: Texts, plain: Texts) -> tuple[Rule, ...]:
    """The rules for the HTML and for the plain texts of a part."""
    return (*(over(each, html) for each in HTML), *(over(each, plain) for each in PLAIN))
