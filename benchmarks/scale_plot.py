"""Lines in an SVG, with axes and names: enough for one picture, and no dependency."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 20, 44, 56
INK, MUTED = "#1a1a1a", "#5c5c5c"
INKS = ("#1a5fb4", "#a0522d", "#2e7d32", "#6a1b9a")
STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A named line through its points."""

    name: str
    points: Sequence[tuple[float, float]]


def draw(curves: Sequence[Curve], levels: Sequence[tuple[str, float]], *, across: str, up: str) -> str:
    """The curves, and a dashed line at each level. What is drawn upwards is written in millions."""
    most = max(x for one in curves for x, _ in one.points)
    highest = 1.1 * max([y for one in curves for _, y in one.points] + [y for _, y in levels])

    def place(x: float, y: float) -> tuple[float, float]:
        return LEFT + x / most * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - y / highest * (
            HEIGHT - TOP - BOTTOM
        )

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="-apple-system, Segoe UI, Roboto, Arial, sans-serif" font-size="13" fill="{INK}">',
        f"<title>{up}, by {across}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
    ]
    for tick in _ticks(highest / 1e6):
        x, y = place(0, tick * 1e6)
        parts += [_level(y, 'stroke="#dddddd"'), _text(x - 8, y + 4, f"{tick:g}", anchor="end", ink=MUTED)]
    for tick in _ticks(most):
        x, y = place(tick, 0)
        parts.append(_text(x, y + 20, f"{tick:g}", anchor="middle", ink=MUTED))
    for name, level in levels:
        x, y = place(0, level)
        parts.append(_level(y, f'stroke="{MUTED}" stroke-dasharray="5 4"'))
        parts.append(_text(x + 8, y - 6, name, ink=MUTED))
    for number, (one, ink) in enumerate(zip(curves, INKS, strict=False)):
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in one.points))
        parts.append(f'<polyline points="{line}" fill="none" stroke="{ink}" stroke-width="2"/>')
        parts.append(_text(LEFT + 260 * number, TOP - 20, one.name, ink=ink))
    parts.append(_text((LEFT + WIDTH) / 2, HEIGHT - 12, across, anchor="middle"))
    turned = f'transform="translate(16 {HEIGHT / 2:.0f}) rotate(-90)"'
    return "\n".join([*parts, _text(0, 0, up, anchor="middle", more=turned), "</svg>"]) + "\n"


def _text(x: float, y: float, words: str, *, anchor: str = "start", ink: str = INK, more: str = "") -> str:
    where = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{ink}" {more}'.rstrip()
    return f"<text {where}>{words}</text>"


def _level(y: float, how: str) -> str:
    return f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" {how}/>'


def _ticks(most: float) -> list[float]:
    step = next(
        unit * 10**power for power in range(-3, 9) for unit in STEPS if most / (unit * 10**power) <= 8
    )
    return [step * number for number in range(int(most / step) + 1)]
