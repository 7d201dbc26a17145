"""Delivery confidence of a portfolio against its figures: `/portfolios/{id}/confidence/`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from pmhub.page_addresses import address_of
from programmes.models import ConfidenceKind
from programmes.models.confidence import Confidence
from programmes.queries.confidence import JudgedRecord, judgements
from programmes.views.health import troubles_of
from programmes.views.portfolio_base import PortfolioSubpage

FIGURES = ("green", "amber", "red", "grey")


class ConfidencePage(PortfolioSubpage):
    """Where what people judge and what the figures say are apart."""

    template_name = "programmes/portfolio_page.html"
    region_template_name = "programmes/confidence.html"
    about, tab = "Confidence", "confidence"
    shown = (("programmes.dcarecord", 0), ("projects.project", 0))

    def in_rest(self) -> tuple[str, str]:
        """Return the REST operation and address for the same data."""
        return "portfolios_confidence", f"/api/v1/portfolios/{self.kwargs['pk']}/confidence/"

    def region_context(self) -> dict[str, Any]:
        """Return the disagreements, how many say what, and all that is judged."""
        judged = judgements(self.portfolio, self.request.user, self.at)
        return {
            **super().region_context(),
            "apart": [judged_row(row) for row in judged.rows if row.disagrees],
            "alike": [judged_row(row) for row in judged.rows if not row.disagrees],
            "counts": counts(judged.rows),
            "colours": FIGURES,
            "unjudged_programmes": judged.programmes,
            "unjudged_projects": judged.projects,
            "query": self.in_rest()[1],
        }


def judged_row(row: JudgedRecord) -> dict[str, Any]:
    """Return a judgement as a row of a table."""
    return {
        "code": row.code,
        "name": row.name,
        "address": address_of(row.type, row.id),
        "kind": ConfidenceKind(row.kind).label,
        "colour": colour_of(row.value),
        "words": Confidence(row.value).label,
        "on": row.on,
        "by": row.by,
        "basis": row.basis,
        "figures": row.figures,
        "above": row.above,
        "reasons": troubles_of(row.health),
    }


def colour_of(value: str) -> str:
    """Return the colour in which a step of the scale is shown; amber for the steps in between."""
    return value.split("_", maxsplit=1)[0]


def counts(rows: Sequence[JudgedRecord]) -> list[dict[str, Any]]:
    """Return how many self-assessments there are, by what people say and what the figures say."""
    numbers = Counter((row.value, row.figures) for row in rows if row.kind == ConfidenceKind.SELF)
    apart = {(row.value, row.figures) for row in rows if row.disagrees}
    return [
        {
            "colour": colour_of(value),
            "words": value.label,
            "cells": [
                {
                    "colour": colour,
                    "count": numbers[value, colour],
                    "apart": (value, colour) in apart and numbers[value, colour] > 0,
                }
                for colour in FIGURES
            ],
        }
        for value in Confidence
        if any(numbers[value, colour] for colour in FIGURES)
    ]
