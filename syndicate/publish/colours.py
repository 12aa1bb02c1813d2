"""Colours that can be read: contrast as WCAG 2.2 measures it, and accents moved until they have it."""

from colorsys import hls_to_rgb, rgb_to_hls

ENOUGH = 4.5
LIGHT_PAPER = "#ffffff"
DARK_PAPER = "#161616"
STEP = 0.02
# A paper darker than this has more contrast with white than with black.
MIDDLE = 0.18


def contrast(one: str, other: str) -> float:
    """The ratio of two `#rrggbb` colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def readable(colour: str, *, on: str) -> str:
    """The colour itself, or the nearest lighter or darker shade of it that stands out from `on`."""
    hue, lightness, saturation = rgb_to_hls(*(part / 255 for part in _parts(colour)))
    step = STEP if _luminance(on) < MIDDLE else -STEP
    shade = colour
    while contrast(shade, on) < ENOUGH and 0 < lightness + step < 1:
        lightness += step
        parts = hls_to_rgb(hue, lightness, saturation)
        shade = "#" + "".join(f"{round(part * 255):02x}" for part in parts)
    return shade


def _parts(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def _luminance(colour: str) -> float:
    linear = [_linear(part / 255) for part in _parts(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
