"""The digest: an issue's view rendered once as HTML and text, within the size that mail clients show."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from css_inline import CSSInliner

from syndicate.formats.html import plain
from syndicate.formats.transfer import encoded_size
from syndicate.model.slots import KEY_LENGTH, slots
from syndicate.publish.digest_view import DigestView, cut_to, fill, with_teasers
from syndicate.templating import Templates, words

# Gmail clips a message whose part is near 102 KB, so 90 and 100 KB are what we allow ourselves. The rest is
# room for line ends and for what recipients' own values add.
MAX_HTML = 88_000
MAX_ENCODED = 97_000
TEASERS = (30, 15, 0)

INLINER = CSSInliner(
    load_remote_stylesheets=False, keep_at_rules=True, minify_css=True, remove_inlined_selectors=True
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """An issue rendered. `html` and `text` have slots named by `slot_key`; `web_html` has none.

    So may `letter_subject`, which is empty where letters have the same subject as pages.
    """

    html: str
    text: str
    web_html: str
    slot_key: str
    letter_subject: str = ""


def render(
    view: DigestView, *, templates: Templates, template: str = "digest", for_web: bool = True
) -> Rendering:
    """Render an issue for mail and web, or for mail alone. Raises TemplateFault.

    Where the mail would be too large its teasers are shortened, then items are left to the web version, and
    it says so (requirement M9); both parts always hold the same items.
    """
    key = hashlib.sha256(repr(view).encode("utf-8", "surrogatepass")).hexdigest()[:KEY_LENGTH]
    name = f"email/{template}"
    values = slots(key)

    def draw(one: DigestView) -> str:
        return plain(inline(templates.render(f"{name}.html", _context(one, values))))

    fitting, html = _fitting(view, draw)
    text = plain(templates.render(f"{name}.txt", _context(fitting, values)))
    web = plain(inline(templates.render(f"{name}.html", _context(view, {})))) if for_web else ""
    subject = values["name"].join(view.subject_parts) if len(view.subject_parts) > 1 else ""
    return Rendering(html=html, text=text, web_html=web, slot_key=key, letter_subject=subject)


def inline(html: str) -> str:
    """A whole HTML document with its CSS inlined; what cannot be (media queries) stays in the head."""
    return INLINER.inline(html)


def _fitting(view: DigestView, draw: Callable[[DigestView], str]) -> tuple[DigestView, str]:
    smaller, html = view, draw(view)
    for limit in TEASERS:
        if _fits(html):
            return smaller, html
        smaller = with_teasers(view, limit)
        html = draw(smaller)
    shortest, count = smaller, view.count
    while not _fits(html) and count > 1:
        count = max(1, min(count - 1, count * MAX_HTML // len(html.encode())))
        smaller = cut_to(shortest, count)
        html = draw(smaller)
    return smaller, html


def _fits(html: str) -> bool:
    return len(html.encode()) <= MAX_HTML and encoded_size(html) <= MAX_ENCODED


def _context(view: DigestView, values: Mapping[str, str]) -> dict[str, object]:
    address = values.get("address", "")
    return {
        "digest": named(view, values["name"]) if "name" in values else view,
        "words": words(view.language),
        "slots": values,
        "why": fill("why", view.language, address=address, newsletter=view.title, site=view.site),
    }


def named(view: DigestView, name: str) -> DigestView:
    """The view with that name where its subject and its preheader say one."""
    if len(view.subject_parts) < 2 and len(view.preheader_parts) < 2:
        return view
    subject, preheader = name.join(view.subject_parts), name.join(view.preheader_parts)
    return replace(view, subject=subject, preheader=preheader)
