"""Lines in an SVG, with axes and names: enough for one picture, and no dependency."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 20, 24, 56
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
        'font-family="-apple-system, Segoe UI, Roboto, Arial, sans-serif" font-size="13" fill="#1a1a1a">',
        f"<title>{up} by {across}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
    ]
    for tick in _ticks(highest / 1e6):
        x, y = place(0, tick * 1e6)
        parts.append(f'<path d="M{x:.1f} {y:.1f}H{WIDTH - RIGHT}" stroke="#dddddd"/>')
        parts.append(
            f'<text x="{x - 8:.1f}" y="{y + 4:.1f}" text-anchor="end" fill="#5c5c5c">{tick:g}</text>'
        )
    for tick in _ticks(most):
        x, y = place(tick, 0)
        parts.append(
            f'<text x="{x:.1f}" y="{y + 20:.1f}" text-anchor="middle" fill="#5c5c5c">{tick:g}</text>'
        )
    for name, level in levels:
        x, y = place(0, level)
        parts.append(f'<path d="M{x:.1f} {y:.1f}H{WIDTH - RIGHT}" stroke="#5c5c5c" stroke-dasharray="5 4"/>')
        parts.append(
            f'<text x="{WIDTH - RIGHT}" y="{y - 6:.1f}" text-anchor="end" fill="#5c5c5c">{name}</text>'
        )
    for number, (one, ink) in enumerate(zip(curves, INKS, strict=False)):
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in one.points))
        parts.append(f'<polyline points="{line}" fill="none" stroke="{ink}" stroke-width="2"/>')
        parts.append(f'<text x="{LEFT + 12}" y="{TOP + 6 + 18 * number}" fill="{ink}">{one.name}</text>')
    parts.append(f'<text x="{(LEFT + WIDTH) / 2:.0f}" y="{HEIGHT - 12}" text-anchor="middle">{across}</text>')
    parts.append(
        f'<text transform="translate(16 {HEIGHT / 2:.0f}) rotate(-90)" text-anchor="middle">{up}</text>'
    )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _ticks(most: float) -> list[float]:
    step = next(
        unit * 10**power for power in range(-3, 9) for unit in STEPS if most / (unit * 10**power) <= 8
    )
    return [step * number for number in range(int(most / step) + 1)]
