"""Figures of a portfolio over time: `/portfolios/{id}/trend/`, by month, from what was stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.dates import MONTHS_3

from pmhub import formats
from pmhub.page_addresses import address_of, then
from pmhub.picture_scale import Scale, percent, scale_of
from programmes.queries.portfolio_trend import (
    MONTHS,
    NOTHING_STORED,
    MonthEnd,
    Trend,
    portfolio_trend,
)
from programmes.rollup.bridge import difference
from programmes.rollup.ledger import Metric, Unit, Value
from programmes.rollup.metrics import OF_PORTFOLIOS
from programmes.views.portfolio_base import PortfolioSubpage

FIRST = "benefits_forecast_outturn"
LEVELS = ("green", "grey", "amber", "red")  # the worst at the top
LABELS = 12  # months that are named beneath the picture
Explained = Callable[..., str]  # where the figure of a month is explained
TOP, HEIGHT = 6.0, 82.0  # of the picture, in percent: above the names of the months


class PortfolioTrendPage(PortfolioSubpage):
    """A figure at the ends of months, with gaps where nothing was stored."""

    template_name = "programmes/portfolio_page.html"
    region_template_name = "programmes/portfolio_trend.html"
    about, tab = "Trend", "trend"

    def in_rest(self) -> tuple[str, str]:
        """Return the REST operation and address for the same months."""
        query = urlencode({"metric": self.metric.name, "months": self.months})
        return "portfolios_trend", f"/api/v1/portfolios/{self.kwargs['pk']}/trend/?{query}"

    @property
    def metric(self) -> Metric:
        """Return the metric that is asked for."""
        name = self.request.GET.get("metric", "")
        return OF_PORTFOLIOS.get(name) or OF_PORTFOLIOS[FIRST]

    @property
    def months(self) -> int:
        """Return how many months are asked for."""
        text = self.request.GET.get("months", "")
        return int(text) if text in map(str, MONTHS) else 12

    def stamp(self) -> tuple[str, str]:
        """Return the stamp of the figures, and the day: it is the last point, and months end."""
        stamp, state = super().stamp()
        today = timezone.now().astimezone(ZoneInfo(self.portfolio.time_zone)).date()
        return f"{stamp}-{today}", state

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the choice of figure and months."""
        named = sorted((metric.label, name) for name, metric in OF_PORTFOLIOS.items())
        figures = [(name, label) for label, name in named]
        spans = [(str(number), f"{number} months") for number in MONTHS]
        choices = (
            ("metric", "Figure", self.metric.name, figures),
            ("months", "Over", str(self.months), spans),
        )
        return super().get_context_data(
            choices=[
                dict(zip(("name", "label", "value", "options"), choice, strict=True))
                for choice in choices
            ],
            **kwargs,
        )

    def region_context(self) -> dict[str, Any]:
        """Return the months as a picture and as a table."""
        user = self.request.user
        trend = portfolio_trend(self.portfolio, self.metric, user, self.months, self.at)
        money = trend.metric.unit == Unit.MONEY
        rows = list(month_rows(trend, self.explained))[::-1]
        stored = [number for number, row in enumerate(rows, 1) if not row["nothing"]]
        first = max(stored, default=0)
        return {
            **super().region_context(),
            "metric": trend.metric,
            "of": of_what(trend, whole=self.whole),
            "unit": formats.money_unit(self.portfolio) if money else "",
            "rows": rows[:first],
            "empty": rows[first:],
            "picture": picture(trend, self.explained),
            "query": self.in_rest()[1],
        }

    def explained(self, point: MonthEnd, *, now: bool) -> str:
        """Return the address at which the figure of a month is explained as it was then; for the
        last month, at the moment of the page."""
        address = address_of("portfolio-explain", self.portfolio.pk, self.metric.name)
        return f"{address}{then(self.at) if now else f'?as_of={point.on}'}"


def of_what(trend: Trend, *, whole: bool) -> str:
    """Return in words what the figure belongs to."""
    counts = (
        (trend.programmes, "programme", "programmes"),
        (trend.projects, "project outside them", "projects outside them"),
    )
    words = (f"{count} {one if count == 1 else many}" for count, one, many in counts if count)
    seen = "" if whole else " you may see"
    return f"{' and '.join(words) or 'nothing'}{seen}"


def month_rows(trend: Trend, explained: Explained) -> Iterator[dict[str, Any]]:
    """Return a row for each month: its value, the difference from the month before, how many parts
    counted, and the address of its explanation."""
    unit, parts = trend.metric.unit, trend.programmes + trend.projects
    before: MonthEnd | None = None
    last = trend.points[-1]
    for point in trend.points:
        figure = point.figure
        by = difference(before.figure.value, figure.value) if before else None
        yield {
            "on": point.on,
            "now": point is last,
            "address": explained(point, now=point is last),
            "value": figure.value,
            "words": formats.looks(figure.value, unit),
            "reason": formats.says(figure.reason) if figure.value is None else "",
            "nothing": figure.reason == NOTHING_STORED,
            "change": formats.change(by, unit) if by else "",
            "counted": figure.included,
            "parts": parts,
            "lacking": figure.value is not None and figure.missing > 0,
        }
        before = point


def picture(trend: Trend, explained: Explained) -> dict[str, Any] | None:
    """Return the picture: steps, points, and lines between neighbours; None without any value."""
    values = [_number(point.figure.value) for point in trend.points]
    numbers = [value for value in values if value is not None]
    if not numbers:
        return None
    unit = trend.metric.unit
    scale, steps = _scale(unit, numbers)
    width = 100 / len(values)
    places = [
        None if value is None else (width * (number + 0.5), _height(scale, value))
        for number, value in enumerate(values)
    ]
    return {
        "steps": [
            {"y": percent(_height(scale, step)), "words": _words(unit, step)} for step in steps
        ],
        "points": [
            {
                "x": percent(place[0]),
                "y": percent(place[1]),
                "words": formats.looks(point.figure.value, unit),
                "on": point.on,
                "address": explained(point, now=point is trend.points[-1]),
            }
            for place, point in zip(places, trend.points, strict=True)
            if place
        ],
        "lines": [
            [percent(end) for end in (*before, *after)]
            for before, after in pairwise(places)
            if before and after
        ],
        "months": list(_names([point.on for point in trend.points], width)),
    }


def _names(days: Sequence[date], width: float) -> Iterator[dict[str, Any]]:
    """Return the names of the months, only some of many; the first one and each January with the
    year."""
    every = -(-len(days) // LABELS)
    for number, day in enumerate(days):
        if (len(days) - 1 - number) % every == 0:
            year = day.month == 1 or number < every
            yield {
                "x": percent(width * (number + 0.5)),
                "words": MONTHS_3[day.month].capitalize(),
                "year": day.year if year else "",
            }


def _height(scale: Scale, value: float) -> float:
    return TOP + scale.at(value) * HEIGHT / 100


def _number(value: Value) -> float | None:
    """Return a value as a number on its scale: days by their ordinal, colours by their severity."""
    if value is None:
        return None
    if isinstance(value, date):
        return float(value.toordinal())
    return float(LEVELS.index(value)) if isinstance(value, str) else float(value)


def _scale(unit: Unit, numbers: Sequence[float]) -> tuple[Scale, Sequence[float]]:
    """Return the scale of a picture and the steps on it."""
    if unit == Unit.STATUS:
        return Scale(0, len(LEVELS) - 1, turned=True), (0, 2, 3)
    if unit == Unit.DATE:
        low, high = min(numbers) - 15, max(numbers) + 15
        return Scale(low, high, turned=True), [low + (high - low) * part / 4 for part in range(5)]
    return scale_of(numbers, turned=True)


WORDS: Mapping[Unit, Any] = {
    Unit.STATUS: lambda step: formats.WORDS[LEVELS[round(step)]],
    Unit.DATE: lambda step: formats.day(date.fromordinal(round(step))),
}


def _words(unit: Unit, step: float) -> str:
    words: str = WORDS.get(unit, formats.money)(step)
    return words
