"""The programmes of a portfolio side by side: their benefits, risk, cost and health."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from programmes.models import Portfolio
from programmes.queries.ledger import Reading, Rollup, rollups
from programmes.queries.portfolio_list import IN_USE

FIGURES = (
    "benefits_forecast_outturn", "benefits_whole_life_planned", "risk_p80", "approved_budget",
    "estimate_at_completion", "health",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bubble:
    """A programme with the four figures of the picture; None is not known."""

    id: int
    code: str
    name: str
    benefits: Decimal | None
    share: Decimal | None  # of the benefits that are planned
    risk: Decimal | None
    exposed: Decimal | None  # risk as a share of the approved budget
    cost: Decimal | None
    health: str
    rollup: Rollup  # these, as each is explained

    @property
    def figures(self) -> Mapping[str, Reading]:
        """The figures by name."""
        return self.rollup.metrics


def bubbles(portfolio: Portfolio, user: Any, at: datetime | None = None) -> Sequence[Bubble]:
    """Return the programmes in use that a user may see, by code: three queries."""
    programmes, _ = IN_USE(user, portfolio)
    figures = rollups(programmes, FIGURES, at)
    return [_bubble(figures[programme.pk]) for programme in programmes]


def _bubble(figures: Rollup) -> Bubble:
    programme = figures.programme
    benefits, planned, risk, approved, cost = (figures.value(name) for name in FIGURES[:5])
    return Bubble(
        programme.pk,
        programme.code,
        programme.name,
        benefits,
        _share(benefits, planned),
        risk,
        _share(risk, approved),
        cost,
        figures.value("health") or "grey",
        figures,
    )


def _share(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    return part / whole if part is not None and whole is not None and whole > 0 else None
