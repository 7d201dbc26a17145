"""The business case: what was approved against what things come to now."""

from __future__ import annotations

from programmes.rollup import benefit_lines as benefit
from programmes.rollup import case_lines as case
from programmes.rollup import derived
from programmes.rollup import project_level as own
from programmes.rollup.ledger import EVERYWHERE, PROGRAMMES, Aggregate, Better, Metric, Unit
from programmes.rollup.project_lines import cost_present_value

MONEY, SUM, MORE = Unit.MONEY, Aggregate.SUM, Better.MORE

CASE = (
    Metric(
        "benefits_forecast_present_value",
        "Present value of benefits as forecast, discounted as the case",
        MONEY,
        SUM,
        of_programme=benefit.outturn_present_value,
        better=MORE,
        levels=PROGRAMMES,
        correctable=True,
    ),
    Metric(
        "case_costs_present_value",
        "Present value of costs, discounted as the case",
        MONEY,
        SUM,
        of_programme=case.costs,
        of_case=cost_present_value,
        better=Better.LESS,
        discounted=True,
        levels=PROGRAMMES,
        correctable=True,
    ),
    Metric(
        "case_npsv_approved",
        "Net present value of the approved case",
        MONEY,
        SUM,
        of_programme=case.approved,
        levels=PROGRAMMES,
    ),
    Metric(
        "case_npsv_now",
        "Net present value as things stand",
        MONEY,
        formula="Present value of benefits as forecast − present value of costs − expected cost of"
        " open risks",
        inputs=("benefits_forecast_present_value", "case_costs_present_value", "risk_mean"),
        derive=derived.case_npsv_now,
        better=MORE,
        discounted=True,
        levels=PROGRAMMES,
    ),
    Metric(
        "case_bcr_now",
        "Benefit-cost ratio as things stand",
        Unit.RATIO,
        formula="Present value of benefits as forecast ÷ (present value of costs + expected cost of"
        " open risks)",
        inputs=("benefits_forecast_present_value", "case_costs_present_value", "risk_mean"),
        derive=derived.case_bcr_now,
        better=MORE,
        discounted=True,
        levels=PROGRAMMES,
    ),
    Metric(
        "case_npsv_change",
        "Net present value against the approved case",
        MONEY,
        formula="Net present value as things stand − that of the approved case",
        inputs=("case_npsv_now", "case_npsv_approved"),
        derive=derived.case_npsv_change,
        better=MORE,
        discounted=True,
        levels=PROGRAMMES,
    ),
    Metric(
        "case_breaches",
        "Tolerances broken",
        Unit.COUNT,
        Aggregate.COUNT,
        assess=case.breaches,
        better=Better.LESS,
        levels=EVERYWHERE,
        project=own.BREACHES,
        compared=True,
    ),
)
