"""The risk page of a programme: matrix, distribution, tornado, finish, burn-down, register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import QueryDict

from pmhub import formats
from pmhub.page_addresses import then
from pmhub.rounding import exact
from programmes import queries
from programmes.models import Programme
from programmes.queries import ranges as simulated
from programmes.rollup.ranges.study import MOST_RISKS
from programmes.rollup.risk_matrix import VIEWS, Matrix, ScoredRisk
from programmes.views.past import SimulatedPage
from programmes.views.rows import first_rows, page_of, wants_all
from projects.bands import Bands
from projects.risk import severity
from projects.simulation import Swing

BANDS = (1, 2, 3, 4, 5)
KINDS = {"threat": "Threats", "opportunity": "Opportunities"}
ZERO = Decimal(0)
STEP = 5  # of the curve's points, every fifth is in the table


class RiskPage(SimulatedPage):
    """What could differ from plan: how likely, how much, and which risk or project decides it. It
    is read from what a worker has simulated. While that is of the facts before the last change, or
    missing, the page says that it is being updated, and asks again."""

    template_name = "programmes/risk_page.html"
    region_template_name = "programmes/risk.html"
    about = "Risk"

    def in_rest(self) -> tuple[str, str]:
        """Return the REST operation and address for what the risks may cost."""
        address = f"/api/v1/programmes/{self.kwargs['pk']}/risk-distribution/"
        return "programmes_risk_distribution", address

    def region_context(self) -> dict[str, Any]:
        """Return everything the page shows."""
        figures = queries.rollup(self.programme, at=self.at, known=self.figures_freshness)
        months = queries.exposure_by_month(self.programme, self.at)
        as_of = figures.as_of or self.programme.portfolio.as_of
        ahead = queries.exposure_ahead(self.programme, as_of, self.at)
        return {
            **super().region_context(),
            "programme": self.programme,
            "unit": formats.money_unit(self.programme.portfolio),
            "rollup": figures,
            "as_of": figures.as_of,
            "m": figures.metrics,
            "failed": self.ranges.error if self.ranges else "",
            "updating": self.ranges is not None and not self.ranges.current,
            "months": months,
            "ahead": ahead,
            "burndown": burndown(months, ahead),
            **self.parts(figures),
        }

    def parts(self, figures: queries.Rollup) -> dict[str, Any]:
        """Return the parts of the page about ranges; none while there are no ranges."""
        stamp, parts = self.find_ranges()
        if parts is None:
            return {}
        # The figures take risks as independent, and so does what is said to decide them; what
        # shared causes would make of the total stands beside them by its own name.
        return {
            "exposure": parts.exposure,
            "none": parts.independent.none,
            "percentiles": percentiles(parts, figures),
            "points": parts.independent.curve[::STEP],
            "causes": parts.causes,
            "loading": parts.loading,
            "tornadoes": tornadoes(self.programme, parts),
            **finishes(parts),
            "unplaced": parts.unplaced,
            "outturn": parts.outturn,
            "counted": parts.counted,
            "uncounted": uncounted(parts),
            **self.register(stamp, parts),
        }

    def find_ranges(self) -> tuple[simulated.Stamp, simulated.Parts | None]:
        """Return the ranges at the moment that is shown; for now, those stored last."""
        if self.ranges is None:
            return simulated.ranges_at(self.programme, self.at)
        return self.ranges.stamp, simulated.latest_ranges(self.ranges)

    def register(self, stamp: simulated.Stamp, parts: simulated.Parts) -> dict[str, Any]:
        """Return the matrices, and the risks of the chosen cell or of all. The whole register is
        read only where more than its first rows are shown."""
        cell = Cell.asked_for(self.request.GET)
        whole = cell is not None or wants_all(self.request)
        risks = simulated.register(stamp, parts) if whole else parts.top
        mine = [risk for risk in risks if cell is None or cell.holds(risk)]
        listed = first_rows(mine, self.request, MOST_RISKS)
        titles = simulated.titles_of_risks(risk.id for risk in listed)
        bands = self.programme.portfolio.rules_of(Bands)
        opportunities = any(sum(m.counts) + m.unrated for m in parts.matrices if m.kind != "threat")
        return {
            "matrices": [
                matrix(grid, cell, then(self.at), bands)
                for grid in parts.matrices
                if grid.kind == "threat" or opportunities
            ],
            "cell": cell,
            "within": cell.words(bands) if cell else "",
            "count": len(mine) if cell else parts.counted,
            "register": [risk_row(risk, titles) for risk in listed],
        }


# The matrix


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a matrix, which filters the register."""

    kind: str
    view: str
    probability: int
    impact: int

    @classmethod
    def asked_for(cls, query: QueryDict) -> Cell | None:
        """Return the cell that the address names; None where it names none."""
        kind, view = query.get("kind", ""), query.get("view", "")
        bands = {str(band): band for band in BANDS}
        row, column = bands.get(query.get("probability", "")), bands.get(query.get("impact", ""))
        if kind not in KINDS or view not in VIEWS or row is None or column is None:
            return None
        return cls(kind, view, row, column)

    def holds(self, risk: ScoredRisk) -> bool:
        """Return whether the risk lies in it."""
        score = risk.scored(self.view)
        return (
            risk.threat == (self.kind == "threat")
            and score is not None
            and (score.probability_band, score.impact_band) == (self.probability, self.impact)
        )

    def words(self, bands: Bands) -> str:
        """Return the words of a heading for its risks."""
        return (
            f"{KINDS[self.kind]} of {self.view} probability"
            f" {probabilities(bands)[self.probability - 1]}"
            f" and impact {impacts(bands)[self.impact - 1]}"
        )


def probabilities(bands: Bands) -> list[str]:
    """Return the words for each band of probability."""
    return _in_words([100 * bound for bound in bands.probability])


def impacts(bands: Bands) -> list[str]:
    """Return the words for each band of impact."""
    return _in_words(bands.impact_pct)


def _in_words(bounds: Sequence[Decimal]) -> list[str]:
    texts = [f"{exact(bound)}%" for bound in bounds]
    return [*(f"up to {text}" for text in texts), f"above {texts[-1]}"]


def matrix(grid: Matrix, chosen: Cell | None, then: str, bands: Bands) -> dict[str, Any]:
    """Return one matrix as a table, the most probable row first; its cells link to the moment of
    the page."""
    kind, view, counts = grid.kind, grid.view, grid.cells
    start = f"{then}&" if then else "?"
    start += f"kind={kind}&view={view}"
    rows = [
        {
            "label": probabilities(bands)[probability - 1],
            "cells": [
                {
                    "count": counts[probability, impact],
                    "severity": severity(probability * impact, bands),
                    "query": f"{start}&probability={probability}&impact={impact}",
                    "chosen": chosen == Cell(kind, view, probability, impact),
                }
                for impact in BANDS
            ],
        }
        for probability in reversed(BANDS)
    ]
    return {
        "id": f"{kind}-{view}",
        "title": f"{KINDS[kind]}, {view}",
        "impacts": impacts(bands),
        "rows": rows,
        "unrated": grid.unrated,
    }


# The distribution


def percentiles(parts: simulated.Parts, figures: queries.Rollup) -> list[tuple[str, Any, Any]]:
    """Return (name, value if risks are independent, value if causes are shared) of each
    percentile."""
    names = ("p50", "p80", "p90", "mean", "sd")
    titles = ("P50", "P80", "P90", "Mean", "Standard deviation")
    stored = [figures.value(f"risk_{name}") for name in names]
    rows = [
        (title, value, getattr(parts.exposure, name))
        for title, value, name in zip(titles, stored, names, strict=True)
    ]
    return [("P10", parts.independent.p10, parts.exposure.p10), *rows]


# The tornado


def tornadoes(programme: Programme, parts: simulated.Parts) -> list[dict[str, Any]]:
    """Return the effect of each risk, and of each project, on the P80."""
    chart, named, owning = parts.tornado, parts.named, parts.owning
    titles = simulated.titles_of_risks(named.values())
    names = simulated.names_of_projects(owning.values())
    risks = {code: (titles.get(id, ""), "") for code, id in named.items()}
    owners = {code: (names.get(id, ""), page_of(id)) for code, id in owning.items()}
    owners.setdefault(programme.code, ("The programme itself", ""))
    return [
        {"id": "risks", "title": "By risk", **bars(chart.risks, chart.rest_of_risks, risks)},
        {"id": "owners", "title": "By project", **bars(chart.owners, chart.rest_of_owners, owners)},
    ]


def bars(
    swings: Sequence[Swing], rest: Swing | None, names: Mapping[str, tuple[str, str]]
) -> dict[str, Any]:
    """Return rows, each with a bar in per cent of the picture's width."""
    everything = [*swings, *([rest] if rest else [])]
    effects = [swing.p80_effect for swing in everything]
    least, most = min([0.0, *effects]), max([0.0, *effects])
    scale = 100 / (most - least) if most > least else 0
    rows = [
        {
            "code": swing.code,
            "title": names.get(swing.code, ("", ""))[0]
            if swing.code
            else f"{swing.number} more, taken together",
            "address": names.get(swing.code, ("", ""))[1],
            "number": swing.number,
            "swing": swing,
            "left": round((min(0.0, swing.p80_effect) - least) * scale, 2),
            "width": round(abs(swing.p80_effect) * scale, 2),
            "saves": swing.p80_effect < 0,
        }
        for swing in everything
    ]
    return {"rows": rows, "zero": round(-least * scale, 2)}


# Burn-down


def burndown(
    months: Sequence[queries.ExposureMonth], ahead: Sequence[queries.ExposureAhead]
) -> dict[str, Any] | None:
    """Return the exposure at the end of each month, the last month first, and what is left of it in
    the months ahead, with two lines from left to right in a picture of 100 by 40; None where there
    would be only one point."""
    behind = [month.closing for month in reversed(months)]
    if months and months[-1].opening:  # else nothing is known of before
        behind.insert(0, months[-1].opening)
    ends = [*behind, *(month.left for month in ahead)]
    if len(ends) < 2:
        return None
    least, most = min(*ends, ZERO), max(*ends, ZERO)
    tall = float(most - least) or 1.0
    points = [
        f"{round(100 * at / (len(ends) - 1), 2)},{round(38 - 36 * float(end - least) / tall, 2)}"
        for at, end in enumerate(ends)
    ]
    return {
        "line": " ".join(points[: len(behind)]),
        "ahead": " ".join(points[max(len(behind) - 1, 0) :]) if ahead else "",
        "zero": round(38 + 36 * float(least) / tall, 2),
        "first": ends[0],
        "last": ends[-1],
    }


# Finish


def finishes(parts: simulated.Parts) -> dict[str, Any]:
    """Return when the programme finishes, and the live projects that finish last."""
    finish = parts.finish
    if isinstance(finish, str):
        return {"finish": None, "finish_reason": finish, "projects": []}
    names = simulated.names_of_projects(row.id for row in finish.last_live)
    return {
        "finish": finish.programme,
        "finish_accepted": finish.accepted,
        "projects": [
            {"project": row, "name": names.get(row.id, ""), "address": page_of(row.id)}
            for row in finish.last_live
        ],
        "projects_total": finish.total_live,
    }


# The register


def uncounted(parts: simulated.Parts) -> str:
    """Return how many risks do not count, by reason."""
    return ", ".join(f"{number} {formats.says(reason)}" for reason, number in parts.uncounted)


def risk_row(risk: ScoredRisk, titles: Mapping[int, str]) -> dict[str, Any]:
    """Return a risk as a row of the register."""
    return {
        "title": titles.get(risk.id, ""),
        "where": risk.owner if risk.project else "Programme",
        "address": page_of(risk.project),
        "scored": risk,
    }
