"""A probe as configuration to paste: a whole table, and the selectors behind a comment sign."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from syndicate.collect.probing import Probe
from syndicate.extract.probe.look import Sight
from syndicate.model.language import is_tag

KINDS = {
    Sight.ARTICLE: "page",
    Sight.BRIEFS: "page",
    Sight.TEXT: "page",
    Sight.NOTHING: "page",
    Sight.LISTING: "listing",
    Sight.FEED: "feed",
    Sight.SITEMAP: "sitemap",
}
# Column in which remarks begin.
BESIDE = 42


def as_toml(probe: Probe) -> str:
    """The table, ready to paste: it loads as it stands."""
    name = name_of(probe)
    lines = [f"[sources.{name}]", *_settings(probe, name)]
    if probe.selectors:
        pages = f"{probe.looked_at} page" + ("s" if probe.looked_at > 1 else "")
        lines += ["", f"# Only where extraction errs. Each gave exactly what was found, on {pages}."]
        lines += [f"# [sources.{name}.selectors]"]
        lines += [f"# {field} = {_text(selector)}" for field, selector in probe.selectors.items()]
    return "\n".join(lines) + "\n"


def name_of(probe: Probe) -> str:
    """A name for the source, from its host or folder: a-z, 0-9 and hyphens."""
    host = (urlsplit(probe.url).hostname or "").removeprefix("www.")
    parts = host.split(".")
    # Without its ending, unless that leaves nothing or it is an address in numbers.
    said = "-".join(parts[:-1] if len(parts) > 1 and not parts[-1].isdecimal() else parts)
    name = re.sub(r"[^a-z0-9]+", "-", (said or _folder(probe).name).lower()).strip("-")
    return name[:63].strip("-") or "source"


def _folder(probe: Probe) -> Path:
    return Path(probe.where).resolve().parent


def _settings(probe: Probe, name: str) -> Iterator[str]:
    if "://" in probe.where:
        yield _beside(f"kind = {_text(KINDS[probe.sight])}", f"{probe.sight.value}, {probe.sure:.2f} sure")
        yield f"url = {_text(probe.url)}"
    else:
        yield _beside('kind = "files"', "every saved page of the folder")
        yield f"folder = {_text(str(_folder(probe)))}"
        yield _beside(f"base_url = {_text(urljoin(probe.url, '.'))}", "the address that the folder once had")
    if probe.site:
        yield f"title = {_text(probe.site)}"
    if is_tag(probe.language):
        yield _beside(f"language = {_text(probe.language)}", "where a page does not say")
    if any(field.name == "published" and len(field.value) == 10 for field in probe.fields):
        yield _beside('# timezone = "Europe/Berlin"', "if its pages give times without a zone: say whose")
    if probe.notice:
        yield _beside('archived = "auto"', 'its pages say that it is archived; "yes" for all of them')
        yield _beside(
            f'# old_site = "{name}"', "your own old site, then published in full; it needs a table:"
        )
        yield f"# [old_sites.{name}]"
        yield f"# name = {_text(probe.site or name)}"
        yield f"# successor_url = {_text(probe.successor_url)}"


def _beside(setting: str, remark: str) -> str:
    return f"{setting:<{BESIDE - 2}}  # {remark}"


def _text(value: str) -> str:
    """A TOML string (toml.io, section String): literal where that reads better, else with JSON's escapes."""
    line = " ".join(value.split())
    if '"' in line and "'" not in line and line.isprintable():
        return f"'{line}'"
    return json.dumps(line, ensure_ascii=False).replace("\x7f", "\\u007f")
