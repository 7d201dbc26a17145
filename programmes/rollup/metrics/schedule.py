"""Dates, and how the projects stand."""

from __future__ import annotations

from programmes.rollup import derived
from programmes.rollup import project_level as own
from programmes.rollup import project_lines as project
from programmes.rollup.ledger import (
    BELOW_PORTFOLIOS,
    EVERYWHERE,
    PROJECTS,
    Aggregate,
    Better,
    Metric,
    Unit,
)

MAX, COUNT = Aggregate.MAX, Aggregate.COUNT
DAYS, DATE = Unit.DAYS, Unit.DATE
LESS = Better.LESS

SCHEDULE = (
    Metric(
        "finish_baseline",
        "Baseline finish",
        DATE,
        MAX,
        project.finish_baseline,
        dated=True,
        levels=EVERYWHERE,
        project=own.FINISH_BASELINE,
    ),
    Metric(
        "finish_declared",
        "Declared finish",
        DATE,
        MAX,
        project.finish_declared,
        better=LESS,
        dated=True,
        levels=EVERYWHERE,
        project=own.FINISH_DECLARED,
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
        levels=EVERYWHERE,
        project=own.FINISH,
    ),
    Metric(
        "slip_days",
        "Slip",
        DAYS,
        formula="Days from the baseline finish to the forecast finish",
        inputs=("finish_propagated", "finish_baseline"),
        derive=derived.slip_days,
        better=LESS,
        levels=BELOW_PORTFOLIOS,
        project=own.SLIP,
    ),
    Metric(
        "hidden_delay_days",
        "Delay not declared",
        DAYS,
        formula="Days from the declared finish to the finish that dependencies allow",
        inputs=("finish_propagated", "finish_declared"),
        derive=derived.hidden_delay_days,
        better=LESS,
        levels=BELOW_PORTFOLIOS,
        project=own.HIDDEN_DELAY,
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
    Metric(
        "projects_live",
        "Live projects",
        Unit.COUNT,
        COUNT,
        project.live,
        levels=EVERYWHERE,
        project=own.LIVE,
    ),
    Metric(
        "projects_closed",
        "Closed projects",
        Unit.COUNT,
        COUNT,
        project.closed,
        levels=EVERYWHERE,
        project=own.CLOSED_PROJECT,
    ),
    Metric(
        "projects_terminated",
        "Terminated projects",
        Unit.COUNT,
        COUNT,
        project.terminated,
        levels=EVERYWHERE,
        project=own.TERMINATED,
    ),
    Metric(
        "projects_stale",
        "Projects without a current report",
        Unit.COUNT,
        COUNT,
        project.stale,
        better=LESS,
        levels=EVERYWHERE,
        project=own.STALE,
    ),
)

# When a project starts: what it belongs to starts with its first, which nobody waits for.
STARTS = (
    Metric(
        "start_declared",
        "Declared start",
        DATE,
        better=LESS,
        dated=True,
        levels=PROJECTS,
        project=own.START_DECLARED,
    ),
    Metric(
        "start_propagated",
        "Forecast start",
        DATE,
        better=LESS,
        dated=True,
        levels=PROJECTS,
        project=own.START,
    ),
)
