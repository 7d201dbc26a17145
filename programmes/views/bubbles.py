"""The programmes of a portfolio as bubbles: `/portfolios/{id}/bubbles/`."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Any

from pmhub import formats
from pmhub.page_addresses import address_of
from pmhub.picture_scale import Scale, percent, scale_of
from programmes.queries.bubbles import Bubble, bubbles
from programmes.views.portfolio_base import PortfolioSubpage
from programmes.views.portfolio_rows import Figures
from programmes.views.rows import sorted_by

BY = {"amounts": "Amounts", "shares": "Shares of plan and budget"}
AXES = {"amounts": ("risk", "benefits"), "shares": ("exposed", "share")}
UPWARDS = "benefits_forecast_outturn"  # which a bubble explains; the table explains all of them
COLUMNS = ("name", "health", "benefits", "share", "risk", "exposed", "cost")
SMALLEST, LARGEST = 7.0, 34.0  # of a bubble, half its width in pixels
# Within the picture, in percent: room for the largest bubble, and for the words of the steps.
LEFT, WIDTH, TOP, HEIGHT = 8.0, 84.0, 8.0, 80.0


class BubblesPage(PortfolioSubpage):
    """Benefits against risk, each programme as large as its cost, in the colour of its health."""

    template_name = "programmes/portfolio_page.html"
    region_template_name = "programmes/bubbles.html"
    about, tab = "Benefits and risk", "bubbles"

    def in_rest(self) -> tuple[str, str]:
        """Return the REST operation and address for the same data."""
        return "portfolios_bubbles", f"/api/v1/portfolios/{self.kwargs['pk']}/bubbles/"

    @property
    def by(self) -> str:
        """Return what is drawn: `amounts` or `shares`."""
        text = self.request.GET.get("by", "")
        return text if text in BY else "amounts"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the choice of amounts or shares."""
        choice = {"name": "by", "label": "As", "value": self.by, "options": list(BY.items())}
        return super().get_context_data(choices=[choice], **kwargs)

    def region_context(self) -> dict[str, Any]:
        """Return the picture, and all its programmes as a table."""
        programmes = bubbles(self.portfolio, self.request.user, self.at)
        order = self.request.GET.get("sort", "")
        rows = sorted_by([bubble_row(bubble) for bubble in programmes], order, COLUMNS)
        drawn = picture(programmes, self.by)
        return {
            **super().region_context(),
            "sort": order,
            "rows": rows,
            "by": self.by,
            "picture": drawn,
            "left_out": len(programmes) - len(drawn["bubbles"]) if drawn else len(programmes),
            "unit": formats.money_unit(self.portfolio),
        }


def bubble_row(bubble: Bubble) -> dict[str, Any]:
    """Return what the table shows of a programme."""
    names = (
        "id", "code", "name", "health", "benefits", "share", "risk", "exposed", "cost",
    )  # fmt: skip
    return {name: getattr(bubble, name) for name in names} | {"figures": Figures(bubble.rollup)}


def picture(bubbles: Sequence[Bubble], by: str) -> dict[str, Any] | None:
    """Return the picture: bubbles with their places, the largest first so that small ones lie upon
    it, and the steps of both axes; None where nothing can be drawn."""
    across, up = AXES[by]
    drawn = [
        (float(x), float(y), bubble)
        for bubble in bubbles
        if (x := getattr(bubble, across)) is not None and (y := getattr(bubble, up)) is not None
    ]
    if not drawn:
        return None
    wide, steps_across = scale_of([x for x, _, _ in drawn])
    high, steps_up = scale_of([y for _, y, _ in drawn], turned=True, zero=by == "amounts")
    most = max(float(bubble.cost or 0) for *_, bubble in drawn)
    drawn.sort(key=lambda place: -(place[2].cost or 0))
    return {
        "across": [{"x": _across(wide, step), "words": _words(step, by)} for step in steps_across],
        "up": [{"y": _up(high, step), "words": _words(step, by)} for step in steps_up],
        "bubbles": [
            {
                "x": _across(wide, x),
                "y": _up(high, y),
                "radius": f"{_radius(bubble, most):.1f}",
                "code": bubble.code,
                "name": bubble.name,
                "health": bubble.health,
                "address": address_of("explain", bubble.id, UPWARDS),
                "says": f"{_words(y, by)} benefits, {_words(x, by)} at risk,"
                f" {formats.money(bubble.cost)} cost, {formats.WORDS[bubble.health].lower()}",
            }
            for x, y, bubble in drawn
        ],
    }


def _radius(bubble: Bubble, most: float) -> float:
    """Return half the width of a bubble, whose area stands for its cost."""
    share = float(bubble.cost or 0) / most if most > 0 else 0
    return max(SMALLEST, LARGEST * sqrt(max(0.0, share)))


def _across(scale: Scale, value: float) -> str:
    return percent(LEFT + scale.at(value) * WIDTH / 100)


def _up(scale: Scale, value: float) -> str:
    return percent(TOP + scale.at(value) * HEIGHT / 100)


def _words(value: float, by: str) -> str:
    return formats.percent(value) if by == "shares" else formats.money(value)
