"""The metrics of a programme, each declared once.

To add one, add its declaration here and its cases to `tests/ledger/`. Names are a
contract with integrations. An aggregate's value is that of its included lines, exactly; a derived
one says its formula in words and names the metrics that go into it.
"""

from __future__ import annotations

from programmes.rollup import benefit_lines as benefit
from programmes.rollup import derived
from programmes.rollup import project_lines as project
from programmes.rollup import risk_lines as risk
from programmes.rollup.ledger import Aggregate, Better, Metric, Unit

SUM, MAX, COUNT, WORST = Aggregate.SUM, Aggregate.MAX, Aggregate.COUNT, Aggregate.WORST
MONEY, RATIO, DAYS, DATE = Unit.MONEY, Unit.RATIO, Unit.DAYS, Unit.DATE
LESS, MORE = Better.LESS, Better.MORE

COST = (
    Metric("budget_at_completion", "Budget at completion", MONEY, SUM, project.budget),
    Metric("planned_value", "Planned value", MONEY, SUM, project.planned_value),
    Metric("earned_value", "Earned value", MONEY, SUM, project.earned_value, better=MORE),
    Metric("actual_cost", "Actual cost", MONEY, SUM, project.actual_cost, correctable=True),
    Metric(
        "estimate_at_completion",
        "Estimate at completion (projects)",
        MONEY,
        SUM,
        project.estimate_at_completion,
        better=LESS,
        correctable=True,
        headline="Forecast cost of projects",
    ),
    Metric("approved_budget", "Approved budget (projects)", MONEY, SUM, project.approved_budget),
    Metric(
        "budget_released", "Budget released", MONEY, SUM, project.budget_released, compared=True
    ),
    Metric(
        "total_forecast",
        "Forecast cost",
        MONEY,
        SUM,
        project.estimate_at_completion,
        project.lines_forecast,
        better=LESS,
        correctable=True,
        compared=True,
    ),
    Metric(
        "programme_lines_budget",
        "Budget of programme lines",
        MONEY,
        SUM,
        of_programme=project.lines_budget,
    ),
    Metric(
        "contingency_remaining",
        "Contingency remaining",
        MONEY,
        SUM,
        of_programme=project.contingency,
        better=MORE,
        compared=True,
    ),
    Metric(
        "total_approved",
        "Approved in all",
        MONEY,
        formula="Approved budgets of projects + budget of programme lines + contingency remaining",
        inputs=("approved_budget", "programme_lines_budget", "contingency_remaining"),
        derive=derived.total_approved,
    ),
    Metric(
        "variance_at_completion",
        "Variance at completion",
        MONEY,
        formula="Approved budgets of projects − their estimates at completion; negative is over",
        inputs=("approved_budget", "estimate_at_completion"),
        derive=derived.variance_at_completion,
        better=MORE,
    ),
    Metric(
        "cost_performance_index",
        "Cost performance index (CPI)",
        RATIO,
        formula="Earned value ÷ actual cost, each summed over the projects",
        inputs=("earned_value", "actual_cost"),
        derive=derived.cost_performance_index,
        better=MORE,
    ),
    Metric(
        "schedule_performance_index",
        "Schedule performance index (SPI)",
        RATIO,
        formula="Earned value ÷ planned value, each summed over the projects",
        inputs=("earned_value", "planned_value"),
        derive=derived.schedule_performance_index,
        better=MORE,
    ),
)

BENEFITS = (
    Metric(
        "benefits_planned_to_date",
        "Benefits planned to date",
        MONEY,
        SUM,
        of_programme=benefit.planned,
    ),
    Metric(
        "benefits_planned_measured",
        "Benefits planned of the measured days",
        MONEY,
        SUM,
        of_programme=benefit.planned_measured,
        correctable=True,
    ),
    Metric(
        "benefits_actual_to_date",
        "Benefits realised to date",
        MONEY,
        SUM,
        of_programme=benefit.actual,
        better=MORE,
        correctable=True,
    ),
    Metric(
        "benefits_whole_life_planned",
        "Benefits planned, whole life",
        MONEY,
        SUM,
        of_programme=benefit.whole_life,
        better=MORE,
    ),
    Metric(
        "benefits_forecast_outturn",
        "Benefits forecast outturn",
        MONEY,
        SUM,
        of_programme=benefit.outturn,
        better=MORE,
        correctable=True,
        headline="Benefits forecast, whole life",
        compared=True,
    ),
    Metric(
        "benefits_at_stake",
        "Benefits at stake",
        MONEY,
        SUM,
        of_programme=benefit.at_stake,
        better=LESS,
        compared=True,
    ),
    Metric(
        "benefits_confidence_weighted",
        "Benefits weighted by confidence",
        MONEY,
        SUM,
        of_programme=benefit.confidence_weighted,
        better=MORE,
        correctable=True,
    ),
    Metric(
        "benefits_variance_to_date",
        "Benefits variance to date",
        MONEY,
        formula="Realised to date − planned of the measured days",
        inputs=("benefits_actual_to_date", "benefits_planned_measured"),
        derive=derived.benefits_variance,
        better=MORE,
    ),
    Metric(
        "benefits_attainment",
        "Benefits attainment",
        RATIO,
        formula="Realised to date ÷ planned of the measured days; undefined while nothing is"
        " measured or that plan is not above 0",
        inputs=("benefits_actual_to_date", "benefits_planned_measured"),
        derive=derived.benefits_attainment,
        judged_by=("benefits_green", "benefits_amber"),
        better=MORE,
    ),
    Metric(
        "benefits_realised_share",
        "Share of benefits realised",
        RATIO,
        formula="Realised to date ÷ planned over the whole life",
        inputs=("benefits_actual_to_date", "benefits_whole_life_planned"),
        derive=derived.benefits_realised_share,
        better=MORE,
    ),
    Metric(
        "disbenefits_planned_to_date",
        "Dis-benefits planned to date",
        MONEY,
        SUM,
        of_programme=benefit.disbenefits_planned,
        better=LESS,
    ),
    Metric(
        "disbenefits_planned_measured",
        "Dis-benefits planned of the measured days",
        MONEY,
        SUM,
        of_programme=benefit.disbenefits_planned_measured,
        correctable=True,
    ),
    Metric(
        "disbenefits_actual_to_date",
        "Dis-benefits suffered to date",
        MONEY,
        SUM,
        of_programme=benefit.disbenefits_actual,
        better=LESS,
        correctable=True,
    ),
    Metric(
        "benefits_present_value",
        "Present value of benefits",
        MONEY,
        SUM,
        of_programme=benefit.present_value,
        better=MORE,
    ),
    Metric(
        "costs_present_value",
        "Present value of costs",
        MONEY,
        SUM,
        project.cost_present_value,
        project.lines_present_value,
        better=LESS,
        discounted=True,
        correctable=True,
    ),
    Metric(
        "net_present_social_value",
        "Net present social value",
        MONEY,
        formula="Present value of benefits (approved profile) − present value of costs",
        inputs=("benefits_present_value", "costs_present_value"),
        derive=derived.net_present_social_value,
        better=MORE,
        discounted=True,
        compared=True,
    ),
    Metric(
        "benefit_cost_ratio",
        "Benefit-cost ratio",
        RATIO,
        formula="Present value of benefits ÷ present value of costs",
        inputs=("benefits_present_value", "costs_present_value"),
        derive=derived.benefit_cost_ratio,
        better=MORE,
        discounted=True,
    ),
)

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
            adds_up=False,
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
        inputs=("contingency_remaining", "estimate_at_completion", "approved_budget", "risk_p80"),
        derive=derived.funding_cover,
        judged_by=("cover_green", "cover_amber"),
        better=MORE,
        compared=True,
    ),
)

SCHEDULE = (
    Metric("finish_baseline", "Baseline finish", DATE, MAX, project.finish_baseline, dated=True),
    Metric(
        "finish_declared",
        "Declared finish",
        DATE,
        MAX,
        project.finish_declared,
        better=LESS,
        dated=True,
    ),
    Metric(
        "finish_propagated",
        "Forecast finish",
        DATE,
        MAX,
        project.finish_propagated,
        better=LESS,
        dated=True,
        headline="Finish, delays carried through",
        compared=True,
    ),
    Metric(
        "slip_days",
        "Slip",
        DAYS,
        formula="Days from the baseline finish to the forecast finish",
        inputs=("finish_propagated", "finish_baseline"),
        derive=derived.slip_days,
        better=LESS,
    ),
    Metric(
        "hidden_delay_days",
        "Delay not declared",
        DAYS,
        formula="Days from the declared finish to the finish that dependencies allow",
        inputs=("finish_propagated", "finish_declared"),
        derive=derived.hidden_delay_days,
        better=LESS,
    ),
    Metric(
        "dependencies_late",
        "Dependencies late or not safe",
        Unit.COUNT,
        COUNT,
        project.late_dependencies,
        better=LESS,
        dated=True,
    ),
    Metric("projects_live", "Live projects", Unit.COUNT, COUNT, project.live),
    Metric("projects_closed", "Closed projects", Unit.COUNT, COUNT, project.closed),
    Metric("projects_terminated", "Terminated projects", Unit.COUNT, COUNT, project.terminated),
    Metric(
        "projects_stale",
        "Projects without a current report",
        Unit.COUNT,
        COUNT,
        project.stale,
        better=LESS,
    ),
)

# Health reads the others, so it comes last.
METRICS = (
    *COST,
    *BENEFITS,
    *RISK,
    *SCHEDULE,
    Metric(
        "health",
        "Health",
        Unit.STATUS,
        WORST,
        derived.project_health,
        assess=derived.health,
        better=LESS,
        compared=True,
    ),
)
BY_NAME = {metric.name: metric for metric in METRICS}
HEADLINES = tuple(metric.name for metric in (*BENEFITS, *COST, *SCHEDULE, *RISK) if metric.headline)
