"""The risk page of a programme: matrix, distribution, tornado, finish and outturn, register."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import QueryDict

from pmhub.templatetags import pm
from pmhub.text import in_order
from programmes import queries
from programmes.models import Programme
from programmes.queries import uncertainty
from programmes.rollup.uncertainty import VIEWS, ScoredRisk, Study, matrix_of
from programmes.views.past import ProgrammePastPage
from programmes.views.rows import page_of, shown
from projects.risk import severity
from projects.simulation import FinishRange, Range, Swing

INDEPENDENT = Decimal(0)  # of the loading
FEW = 25  # rows of a table before one asks for all
BANDS = (1, 2, 3, 4, 5)
KINDS = {"threat": "Threats", "opportunity": "Opportunities"}
PROBABILITIES = ("up to 5%", "up to 20%", "up to 50%", "up to 80%", "above 80%")
IMPACTS = ("up to 1%", "up to 5%", "up to 10%", "up to 20%", "above 20%")
STEP = 5  # of the curve's points, every fifth is in the table


class RiskPage(ProgrammePastPage):
    """What could go otherwise: how likely, how much, and which risk or project decides it."""

    template_name = "programmes/risk_page.html"
    region_template_name = "programmes/risk.html"
    about = "Risk"

    def region_context(self) -> dict[str, Any]:
        """Everything the page shows."""
        programme = self.programme
        at = uncertainty.stamp(programme, self.at)
        study, risks = uncertainty.study(at), uncertainty.register(at)
        # The figures take risks as independent, and so does what is said to decide them; what
        # shared causes would make of the total stands beside them by its own name.
        exposure = uncertainty.exposure(at, study.loading)
        independent = uncertainty.exposure(at, INDEPENDENT)
        tornado = uncertainty.tornado(at, INDEPENDENT)
        figures = queries.rollup(programme, at=self.at, known=self.standing)
        cell = Cell.asked_for(self.request.GET)
        mine = [each for each in risks if cell is None or cell.holds(each)]
        return {
            **super().region_context(),
            "programme": programme,
            "unit": pm.money_unit(programme.portfolio),
            "rollup": figures,
            "as_of": figures.as_of,
            "m": figures.metrics,
            "exposure": exposure,
            "none": independent.none,
            "percentiles": percentiles(exposure, independent, figures),
            "points": independent.curve[::STEP],
            "causes": uncertainty.causes(at),
            "loading": study.loading,
            "tornadoes": tornadoes(programme, study, tornado),
            **finishes(study, uncertainty.finish(at), uncertainty.unplaced(at)),
            "outturn": uncertainty.outturn(at),
            "matrices": [
                matrix(risks, kind, view, cell, pm.then(self.at))
                for kind in KINDS
                for view in VIEWS
                if kind == "threat" or any(not each.facts.threat for each in risks)
            ],
            "cell": cell,
            "count": len(mine),
            "counted": len(risks),
            "uncounted": uncounted(study),
            "register": shown([risk_row(each) for each in mine], self.request, FEW),
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
        """The cell that the address names, if it names one there is."""
        kind, view = query.get("kind", ""), query.get("view", "")
        bands = {str(band): band for band in BANDS}
        row, column = bands.get(query.get("probability", "")), bands.get(query.get("impact", ""))
        if kind not in KINDS or view not in VIEWS or row is None or column is None:
            return None
        return cls(kind, view, row, column)

    def holds(self, risk: ScoredRisk) -> bool:
        """Whether the risk lies in it."""
        found = risk.scored(self.view)
        return (
            risk.facts.threat == (self.kind == "threat")
            and found is not None
            and (found.probability_band, found.impact_band) == (self.probability, self.impact)
        )

    @property
    def words(self) -> str:
        """What it holds, as a heading says it."""
        return (
            f"{KINDS[self.kind]} of {self.view} probability {PROBABILITIES[self.probability - 1]}"
            f" and impact {IMPACTS[self.impact - 1]}"
        )


def matrix(
    risks: Sequence[ScoredRisk], kind: str, view: str, chosen: Cell | None, then: str
) -> dict[str, Any]:
    """One matrix as its table shows it, the most probable row first; its cells lead to the moment
    that the page shows."""
    start = f"{then}&" if then else "?"
    start += f"kind={kind}&view={view}"
    counts, unrated = matrix_of(risks, kind, view)
    rows = [
        {
            "label": PROBABILITIES[probability - 1],
            "cells": [
                {
                    "count": counts[probability, impact],
                    "severity": severity(probability * impact),
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
        "impacts": IMPACTS,
        "rows": rows,
        "unrated": unrated,
    }


# The distribution


def percentiles(
    exposure: Range, independent: Range, figures: queries.Rollup
) -> list[tuple[str, Any, Any]]:
    """Name, value if risks are independent, value if causes are shared."""
    names = ("p50", "p80", "p90", "mean", "sd")
    titles = ("P50", "P80", "P90", "Mean", "Standard deviation")
    stored = [figures.value(f"risk_{name}") for name in names]
    rows = [
        (title, known, getattr(exposure, name))
        for title, known, name in zip(titles, stored, names, strict=True)
    ]
    return [("P10", independent.p10, exposure.p10), *rows]


# The tornado


def tornadoes(programme: Programme, study: Study, found: Any) -> list[dict[str, Any]]:
    """What each risk, and each project, does to the P80."""
    risks = {risk.code: (estimate.title, "") for risk, estimate in study.counted}
    owners = {each.code: (each.name, page_of(each.id)) for each in study.facts.projects}
    owners[programme.code] = ("The programme itself", "")
    return [
        {"id": "risks", "title": "By risk", **bars(found.risks, found.rest_of_risks, risks)},
        {"id": "owners", "title": "By project", **bars(found.owners, found.rest_of_owners, owners)},
    ]


def bars(
    swings: Sequence[Swing], rest: Swing | None, names: Mapping[str, tuple[str, str]]
) -> dict[str, Any]:
    """Rows with the bar of each in per cent of the picture's width."""
    everything = [*swings, *([rest] if rest else [])]
    effects = [each.p80_effect for each in everything]
    least, most = min([0.0, *effects]), max([0.0, *effects])
    scale = 100 / (most - least) if most > least else 0
    rows = [
        {
            "code": each.code,
            "title": names[each.code][0] if each.code else f"{each.number} more, taken together",
            "address": names[each.code][1] if each.code else "",
            "number": each.number,
            "swing": each,
            "left": round((min(0.0, each.p80_effect) - least) * scale, 2),
            "width": round(abs(each.p80_effect) * scale, 2),
            "saves": each.p80_effect < 0,
        }
        for each in everything
    ]
    return {"rows": rows, "zero": round(-least * scale, 2)}


# Finish


def finishes(study: Study, found: FinishRange | str, unplaced: Sequence[str]) -> dict[str, Any]:
    """When the programme finishes, and the live projects that finish last."""
    if isinstance(found, str):
        return {"finish": None, "finish_reason": found, "projects": [], "unplaced": unplaced}
    mine = study.projects
    last = sorted(
        (each for each in found.projects.items() if mine[each[0]].live),
        key=lambda each: (-each[1].p80.toordinal(), in_order(mine[each[0]].code)),
    )
    rows = [
        {"facts": mine[id], "address": page_of(id), "finish": finish} for id, finish in last[:FEW]
    ]
    return {
        "finish": found.programme,
        "finish_accepted": found.accepted,
        "projects": rows,
        "projects_total": len(last),
        "unplaced": unplaced,
    }


# The register


def uncounted(study: Study) -> str:
    """How many risks do not count, and why."""
    counts = Counter(risk.reason for risk in study.programme.risks if not risk.counted)
    return ", ".join(f"{number} {pm.says(reason)}" for reason, number in sorted(counts.items()))


def risk_row(risk: ScoredRisk) -> dict[str, Any]:
    """What the register shows of a risk."""
    return {
        "code": risk.facts.code,
        "title": risk.estimate.title,
        "category": risk.estimate.category,
        "where": risk.owner if risk.facts.project else "Programme",
        "address": page_of(risk.facts.project),
        "threat": risk.facts.threat,
        "probability": risk.facts.impact and risk.facts.impact.probability,
        "most_likely": risk.facts.impact and risk.facts.impact.most_likely,
        "expected": risk.residual_value,
        "inherent_expected": risk.inherent_value,
        "inherent": risk.inherent,
        "residual": risk.residual,
        "proximity": risk.facts.proximity,
    }
