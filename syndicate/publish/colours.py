"""Colours that can be read: contrast as WCAG 2.2 measures it, and accents moved until they have it."""

ENOUGH = 4.5
LIGHT_PAPER = "#ffffff"
DARK_PAPER = "#161616"
STEP = 0.05


def contrast(one: str, other: str) -> float:
    """The ratio of two `#rrggbb` colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def readable(colour: str, *, on: str) -> str:
    """The colour itself, or the nearest mixture with black or white that stands out from `on`."""
    ink = 255 if _luminance(on) < 0.18 else 0
    share, mixed = 0.0, colour
    while contrast(mixed, on) < ENOUGH and share < 1:
        share += STEP
        mixed = "#" + "".join(f"{round(part + (ink - part) * share):02x}" for part in _parts(colour))
    return mixed


def _parts(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def _luminance(colour: str) -> float:
    linear = [_linear(part / 255) for part in _parts(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
