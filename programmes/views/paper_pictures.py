"""Pictures on paper, as places in an SVG that a browser and a PDF draw alike: the benefits curve,
what moved an amount, and the colours of projects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from pmhub import formats
from pmhub.picture_scale import Scale, scale_of
from programmes import queries
from programmes.queries import Bridge, ProjectRow, ReportFigures

WIDTH = 640  # of a picture, in the unit of all places in it
LEFT, TOP, HEIGHT = 64, 24, 150  # of the curve within its picture, with words around it
YEARS = 12  # that have room for their names
NAMES, BAR, AMOUNTS, ROW = 220, 330, 630, 20  # of a bridge: the places of bars and amounts
CAUSES = 8  # that a bridge tells apart
TILES, TILE = 6, 28  # projects in a line, and the height of one
INK, ACCENT, GREEN = "#3c4650", "#0b4b8c", "#14532d"
# Of paper: without colour, dashes and widths still tell one line and one tile from another.
LINES = {
    "planned": {"ink": INK, "width": 1.5, "dashes": "5 3", "dot": 2},
    "forecast": {"ink": ACCENT, "width": 1.5, "dashes": "none", "dot": 2},
    "actual": {"ink": GREEN, "width": 3, "dashes": "none", "dot": 3},
}
NO_COLOUR = {"fill": "#fff", "ink": "#6b7480", "width": 1, "dashes": "none"}
COLOURS = {
    "red": {"fill": "#fbdada", "ink": "#8f1616", "width": 2, "dashes": "none"},
    "amber": {"fill": "#fdeccf", "ink": "#7a4500", "width": 1, "dashes": "4 2"},
    "green": {"fill": "#ddf0e2", "ink": GREEN, "width": 1, "dashes": "none"},
    "grey": NO_COLOUR,
    "closed": NO_COLOUR,
    "terminated": NO_COLOUR,
}
BARS = {"whole": "#6b7480", "up": ACCENT, "down": "#fff"}


def curve(series: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return benefits by fiscal year, each the sum up to its end; None without a year."""
    periods = series["periods"]
    sums = {name: [period[f"{name}_cumulative"] for period in periods] for name in LINES}
    values = [float(value) for row in sums.values() for value in row if value is not None]
    if not values:
        return None
    scale, steps = scale_of(values, 4, turned=True)
    band = (WIDTH - LEFT) / len(periods)
    across = [LEFT + band * (number + 0.5) for number in range(len(periods))]
    every = -(-len(periods) // YEARS)
    return {
        "steps": [{"y": _up(scale, step), "words": formats.money(step)} for step in steps],
        "years": [
            {"x": f"{x:.1f}", "words": period["label"]}
            for number, (x, period) in enumerate(zip(across, periods, strict=True))
            if number % every == 0
        ],
        "lines": [
            {**look, "points": points}
            for name, look in LINES.items()
            if (points := _points(scale, across, sums[name]))
        ],
        "rows": periods,
    }


def _points(
    scale: Scale, across: Sequence[float], values: Sequence[Decimal | None]
) -> list[dict[str, str]]:
    return [
        {"x": f"{x:.1f}", "y": _up(scale, float(value))}
        for x, value in zip(across, values, strict=True)
        if value is not None
    ]


def _up(scale: Scale, value: float) -> str:
    return f"{TOP + scale.at(value) * HEIGHT / 100:.1f}"


def moved_amounts(figures: ReportFigures) -> list[dict[str, Any]]:
    """Return the main amounts that moved since the report before, each as a bridge."""
    return [
        picture
        for moved in figures.moved.values()
        if moved.metric.unit == "money" and (picture := bridge(moved))
    ]


def bridge(moved: Bridge) -> dict[str, Any] | None:
    """Return the bars of an amount before, of the movement by each cause, and of the amount after;
    None where it did not move or is not known at one of the ends."""
    before = moved.before and moved.before.value
    if not moved.difference or not isinstance(before, Decimal):
        return None
    reached, rows = before, [("Before", before, before, formats.money(before))]
    for name, amount in _largest(queries.causes(moved)):
        rows.append((name, reached, reached + amount, formats.change(amount, "money")))
        reached += amount
    rows.append(("Now", reached, reached, formats.money(reached)))
    scale, _ = scale_of([float(end) for _, *ends, _ in rows for end in ends], zero=False)
    return {
        "label": moved.metric.title,
        "before": formats.money(before),
        "after": formats.money(reached),
        "change": formats.change(moved.difference, "money"),
        "says": ", ".join(f"{name} {words}" for name, *_, words in rows),
        "height": ROW * len(rows),
        "rows": [_bar(scale, number, *row) for number, row in enumerate(rows)],
    }


def _largest(causes: Sequence[tuple[str, Decimal]]) -> Iterable[tuple[str, Decimal]]:
    """Return the causes, the largest first; the smallest of many are joined."""
    yield from ((formats.says(cause).capitalize(), amount) for cause, amount in causes[:CAUSES])
    if rest := [amount for _, amount in causes[CAUSES:]]:
        yield f"{len(rest)} other causes", sum(rest, Decimal(0))


def _bar(
    scale: Scale, number: int, name: str, begin: Decimal, end: Decimal, words: str
) -> dict[str, Any]:
    ends = [NAMES + scale.at(float(value)) * BAR / 100 for value in (begin, end)]
    whole = begin == end
    left = NAMES if whole else min(ends)
    return {
        "name": name,
        "words": words,
        "fill": BARS["whole" if whole else "up" if end > begin else "down"],
        "x": f"{left:.1f}",
        "width": f"{max(ends[1] - left if whole else abs(ends[1] - ends[0]), 1.5):.1f}",
        "y": number * ROW + 4,
        "text": number * ROW + 14,
    }


def colours(rows: Iterable[ProjectRow]) -> dict[str, Any] | None:
    """Return the projects as tiles in the colours that count for them, and who has which, in words;
    None without a project."""
    by_colour: dict[str, list[str]] = defaultdict(list)
    tiles = []
    for number, row in enumerate(rows):
        colour = row.health.get("effective", "grey")
        by_colour[colour].append(row.project.code)
        tiles.append({
            **COLOURS[colour],
            "code": row.project.code,
            "letter": formats.WORDS[colour][0],
            "x": number % TILES * WIDTH / TILES,
            "y": number // TILES * TILE,
        })  # fmt: skip
    if not tiles:
        return None
    return {
        "tiles": tiles,
        "height": -(-len(tiles) // TILES) * TILE,
        "words": [
            (formats.WORDS[colour], by_colour[colour]) for colour in COLOURS if by_colour[colour]
        ],
    }
