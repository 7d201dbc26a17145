"""The metrics, each declared once, with the levels at which it exists. `METRICS` are those of a
programme; `ANYWHERE` also has those that exist only at projects.

To add one, add its declaration in the module of its field and its cases to `tests/ledger/`. Names
are a contract with integrations. The value of an aggregate is that of its included lines, exactly;
a derived one says its formula in words and names the metrics from which it is computed.
"""

from __future__ import annotations

import copyreg
from collections.abc import Mapping
from functools import cache
from typing import Any

from programmes.rollup import derived
from programmes.rollup import project_level as own
from programmes.rollup.ledger import (
    EVERYWHERE,
    Aggregate,
    Better,
    Level,
    Metric,
    Unit,
)
from programmes.rollup.metrics.benefits import BENEFITS
from programmes.rollup.metrics.case import CASE
from programmes.rollup.metrics.cost import COST
from programmes.rollup.metrics.risk import RISK
from programmes.rollup.metrics.schedule import SCHEDULE, STARTS

# Health reads the others, so it comes last.
METRICS = (
    *COST,
    *BENEFITS,
    *RISK,
    *SCHEDULE,
    *CASE,
    Metric(
        "health",
        "Health",
        Unit.STATUS,
        Aggregate.WORST,
        derived.project_health,
        assess=derived.health,
        better=Better.LESS,
        levels=EVERYWHERE,
        project=own.HEALTH,
        compared=True,
    ),
)
BY_NAME = {metric.name: metric for metric in METRICS}
ANYWHERE = {**BY_NAME, **{metric.name: metric for metric in STARTS}}
HEADLINES = tuple(metric.name for metric in (*BENEFITS, *COST, *SCHEDULE, *RISK) if metric.headline)


def metrics_at(level: Level) -> dict[str, Metric]:
    """Return the metrics that exist at a level, by name, in the order of their declaration."""
    return {name: metric for name, metric in ANYWHERE.items() if level in metric.levels}


def declared(name: str, at_project: bool) -> Metric:  # as `copyreg` passes it
    """Return the declaration of a metric, as it is explained at a programme, or at a project."""
    return ANYWHERE[name].at_project if at_project else ANYWHERE[name]


def _by_name(metric: Metric) -> tuple[Any, ...]:
    return declared, (metric.name, metric is not ANYWHERE[metric.name])


# A declaration holds functions: what is shown of a figure is compared by the name of its metric.
copyreg.pickle(Metric, _by_name)

OF_PORTFOLIOS = metrics_at(Level.PORTFOLIO)
OF_PROJECTS = metrics_at(Level.PROJECT)


@cache
def made_of(name: str) -> Mapping[str, Metric]:
    """Return the metrics that a figure of a project is made of, with its own, by name: each after
    its inputs."""
    inputs = OF_PROJECTS[name].at_project.inputs
    wanted = {name}.union(*map(made_of, inputs))
    return {part: metric for part, metric in OF_PROJECTS.items() if part in wanted}


__all__ = [
    "ANYWHERE",
    "BY_NAME",
    "HEADLINES",
    "METRICS",
    "OF_PORTFOLIOS",
    "OF_PROJECTS",
    "made_of",
]
