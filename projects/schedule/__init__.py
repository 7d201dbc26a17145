"""Dates: how delay travels between projects, the critical path, and the trend of a milestone."""

from projects.schedule.dependency import DependencyFigures, dependency_figures
from projects.schedule.links import CycleError, LinkKind, find_cycle
from projects.schedule.milestones import MilestoneTrend, milestone_trend
from projects.schedule.network import (
    Activity,
    Estimate,
    Network,
    PertNetwork,
    Relation,
    cpm,
    cpm_delay,
    pert,
)
from projects.schedule.propagation import Link, Position, Work, propagate

__all__ = [
    "Activity",
    "CycleError",
    "DependencyFigures",
    "Estimate",
    "Link",
    "LinkKind",
    "MilestoneTrend",
    "Network",
    "PertNetwork",
    "Position",
    "Relation",
    "Work",
    "cpm",
    "cpm_delay",
    "dependency_figures",
    "find_cycle",
    "milestone_trend",
    "pert",
    "propagate",
]
