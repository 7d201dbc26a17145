"""Dates: how delay travels between projects, the critical path, and the trend of a milestone."""

from projects.schedule.chain import critical_chain, last_to_finish
from projects.schedule.dependency import DependencyFigures, dependency_figures
from projects.schedule.events import FINISH, START, Dates, EventName, Work, days_between
from projects.schedule.links import CycleError, Link, LinkKind
from projects.schedule.milestones import milestone_trend
from projects.schedule.propagation import (
    Place,
    Schedule,
    SupposedDays,
    propagate,
    schedule,
    timelines,
)
from projects.schedule.timeline import STATUS_DATE, Event, Timeline

__all__ = [
    "FINISH",
    "START",
    "STATUS_DATE",
    "CycleError",
    "Dates",
    "DependencyFigures",
    "Event",
    "EventName",
    "Link",
    "LinkKind",
    "Place",
    "Schedule",
    "SupposedDays",
    "Timeline",
    "Work",
    "critical_chain",
    "days_between",
    "dependency_figures",
    "last_to_finish",
    "milestone_trend",
    "propagate",
    "schedule",
    "timelines",
]
