"""Pages and mails as pictures in var/screenshots: `python -m tests.screenshots`, or `make screenshots`.

Every shot is taken in light and dark, on a phone (390 px) and a desktop (800 px), by headless Chromium.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from PIL import Image, ImageChops, ImageDraw

from syndicate.model.slots import slots
from syndicate.publish.digest import Rendering, render
from syndicate.templating import Templates
from tests import digests
from tests.neighbours.programs import find
from tests.web_sites import serving_beside, shown_pages

FOLDER = Path("var/screenshots")
WIDTHS = {"phone": 390, "desktop": 800}
SCHEMES = ("light", "dark")
SAMPLE_VALUES = {
    "address": "mina@reader.example",
    "name": "Mina Vale",
    "unsubscribe_url": "https://courier.example/unsubscribe/x",
    "preferences_url": "https://courier.example/preferences/x",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A page to take pictures of; `height` in pixels is cut to what is there."""

    name: str
    url: str
    height: int = 3600
    desktop: int = WIDTHS["desktop"]


def digest_shots(folder: Path) -> Iterator[Shot]:
    """The sample digests, written into the folder as a mail client would show them."""
    _draw_ferry(folder / "ferry.png")
    views = {
        "digest-en": digests.english(),
        "digest-fa": digests.persian(),
        "digest-archive-en": digests.english(archived_only=True),
        "digest-archive-fa": digests.persian(archived_only=True),
    }
    for name, view in views.items():
        path = folder / f"{name}.html"
        path.write_text(_filled(render(view, templates=Templates())), "utf-8")
        yield Shot(name=name, url=path.as_uri())


def page_shots(folder: Path) -> Iterator[Shot]:
    """The public pages of the sample site in two languages, saved with their stylesheet inside."""
    for language in ("en", "fa"):
        with serving_beside(folder / language, language) as site:
            for name, path in shown_pages(site, language).items():
                saved = folder / f"{name}-{language}.html"
                saved.write_text(_with_style(site.base_url, path), "utf-8")
                yield Shot(name=f"{name}-{language}", url=saved.as_uri(), desktop=1180)


def take(shot: Shot, chromium: Path, folder: Path) -> None:
    """Take the pictures of one page."""
    for device, width in {**WIDTHS, "desktop": shot.desktop}.items():
        for scheme in SCHEMES:
            target = folder / f"{shot.name}-{scheme}-{device}.png"
            _shoot(shot, chromium, target, width=width, dark=scheme == "dark")
            _crop(target)


def main() -> int:
    """Take every picture; 2 without Chromium."""
    chromium = find("chromium")
    if chromium is None:
        print("chromium is not installed: sudo apt-get install chromium", file=sys.stderr)
        return 2
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as pages:
        for shot in (*digest_shots(Path(pages)), *page_shots(Path(pages))):
            take(shot, chromium, FOLDER)
            print(f"{FOLDER}/{shot.name}-*.png")
    return 0


def _with_style(base_url: str, path: str) -> str:
    # Our pages refuse to be framed, which is how a phone's width is had; a saved copy does not.
    html = _fetch(base_url + path)
    style = re.search(r'<link rel="stylesheet" href="([^"]+)">', html)
    if style is None:
        return html
    return html.replace(style[0], f"<style>{_fetch(base_url + style[1])}</style>")


def _fetch(url: str) -> str:
    try:
        with urlopen(url, timeout=30) as answer:
            return str(answer.read().decode())
    except HTTPError as error:
        return error.read().decode()


def _shoot(shot: Shot, chromium: Path, target: Path, *, width: int, dark: bool) -> None:
    # Headless Chromium gives windows at least 500 px: a frame of the wanted width stands for the phone.
    with tempfile.TemporaryDirectory() as profile:
        frame = Path(profile) / "frame.html"
        frame.write_text(_frame(shot, width, dark=dark), "utf-8")
        command = [
            str(chromium),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--hide-scrollbars",
            "--allow-file-access-from-files",
            f"--user-data-dir={profile}",
            f"--window-size={max(width, 500)},{shot.height}",
            f"--screenshot={target}",
            frame.as_uri(),
        ]
        if dark:
            command.insert(1, "--blink-settings=preferredColorScheme=0")
        subprocess.run(command, check=True, capture_output=True, timeout=90)
    with Image.open(target) as picture:
        picture.crop((0, 0, width, picture.height)).save(target)


def _frame(shot: Shot, width: int, *, dark: bool) -> str:
    paper = "#161616" if dark else "#ffffff"
    return (
        f'<!DOCTYPE html><meta name="color-scheme" content="{"dark" if dark else "light"}">'
        f'<body style="margin:0;background:{paper}"><iframe src="{shot.url}" '
        f'style="border:0;width:{width}px;height:{shot.height}px"></iframe>'
    )


def _crop(path: Path) -> None:
    """Cut the empty end off."""
    with Image.open(path) as picture:
        plain = picture.convert("RGB")
        corner = plain.getpixel((plain.width - 1, plain.height - 1))
        backdrop = Image.new("RGB", plain.size, corner)
        box = ImageChops.difference(plain, backdrop).getbbox()
        if box:
            plain.crop((0, 0, plain.width, min(plain.height, box[3] + 24))).save(path)


def _filled(rendering: Rendering) -> str:
    html = rendering.html
    for name, token in slots(rendering.slot_key).items():
        html = html.replace(token, SAMPLE_VALUES[name])
    return html.replace("https://courier.example/media/ferry.png", "ferry.png")


def _draw_ferry(path: Path) -> None:
    picture = Image.new("RGB", (1200, 675), "#c9d6dc")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((820, 120, 960, 260), fill="#f4e3c1")
    draw.rectangle((0, 430, 1200, 675), fill="#5d7c8a")
    draw.polygon([(300, 400), (880, 400), (820, 490), (350, 490)], fill="#2f3e46")
    draw.rectangle((420, 320, 760, 400), fill="#f2f2ee")
    draw.rectangle((560, 240, 620, 320), fill="#9b1c1c")
    picture.save(path)


if __name__ == "__main__":
    sys.exit(main())
