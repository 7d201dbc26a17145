"""Uncertain totals and dates, simulated: seeded from their inputs, no clock, no database."""

from projects.simulation.exposure import Swing, Tornado, Uncertainty, exposure, tornado
from projects.simulation.finish import Delay, Finish, FinishRange, finish_range
from projects.simulation.outturn import Prospect, arriving, outturn
from projects.simulation.percentiles import Range
from projects.simulation.sensitivity import Drag, EventFloat, Sensitivity, sensitivity

__all__ = [
    "Delay",
    "Drag",
    "EventFloat",
    "Finish",
    "FinishRange",
    "Prospect",
    "Range",
    "Sensitivity",
    "Swing",
    "Tornado",
    "Uncertainty",
    "arriving",
    "exposure",
    "finish_range",
    "outturn",
    "sensitivity",
    "tornado",
]
