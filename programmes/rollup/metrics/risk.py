"""Risk exposure, and what covers it."""

from __future__ import annotations

from programmes.rollup import derived
from programmes.rollup import risk_lines as risk
from programmes.rollup.ledger import PROGRAMMES, Aggregate, Better, Metric, Unit

SUM, COUNT = Aggregate.SUM, Aggregate.COUNT
MONEY, RATIO = Unit.MONEY, Unit.RATIO
LESS, MORE = Better.LESS, Better.MORE

RISK = (
    Metric(
        "risk_mean",
        "Expected exposure",
        MONEY,
        SUM,
        risk.of_project,
        risk.of_programme,
        better=LESS,
    ),
    Metric(
        "risk_open_count", "Risks counted", Unit.COUNT, COUNT, lines_of="risk_mean", better=LESS
    ),
    *(
        Metric(
            name,
            label,
            MONEY,
            formula=f"{words} of the sum of the counted risks, taken as independent: each happens"
            " with its residual probability and costs a triangular amount",
            inputs=("risk_mean",),
            derive=derive,
            of_lines=True,
            better=LESS,
            levels=PROGRAMMES,
            headline="Risk exposure, P80, independent risks" if name == "risk_p80" else "",
            compared=name == "risk_p80",
        )
        for name, label, words, derive in (
            ("risk_sd", "Spread of exposure", "Standard deviation", derived.risk_sd),
            (
                "risk_p50",
                "Exposure P50",
                "What 50 of 100 cases stay within,",
                derived.percentile("p50"),
            ),
            (
                "risk_p80",
                "Exposure P80",
                "What 80 of 100 cases stay within,",
                derived.percentile("p80"),
            ),
            (
                "risk_p90",
                "Exposure P90",
                "What 90 of 100 cases stay within,",
                derived.percentile("p90"),
            ),
        )
    ),
    Metric(
        "funding_cover",
        "Funding cover",
        RATIO,
        formula="Contingency remaining ÷ (forecast overrun of projects, if any, + exposure P80)",
        inputs=("contingency_remaining", "variance_at_completion", "risk_p80"),
        derive=derived.funding_cover,
        judged_by=("cover_green", "cover_amber"),
        better=MORE,
        compared=True,
        levels=PROGRAMMES,
    ),
)
