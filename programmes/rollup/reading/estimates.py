"""Reads what simulations and the risk matrix need of risks beside what figures need."""

from __future__ import annotations

from collections.abc import Iterable

from programmes.rollup.uncertainty import RiskEstimate
from projects.models import Risk


def risk_estimates(ids: Iterable[int]) -> dict[int, RiskEstimate]:
    """Names, causes and estimates of these risks; one query."""
    rows = (
        Risk.objects.filter(pk__in=list(ids))
        .order_by("code")
        .values_list(
            "id", "title", "category", "escalated_to_id", "aggregated_into_id",
            "residual_probability", "residual_days_min", "residual_days_most_likely",
            "residual_days_max", "inherent_probability", "inherent_cost_min",
            "inherent_cost_most_likely", "inherent_cost_max", "inherent_days_most_likely",
        )
    )  # fmt: skip
    return {
        row[0]: RiskEstimate(row[1], row[2], row[3] or row[4], row[5], row[6:9], *row[9:])
        for row in rows
    }
