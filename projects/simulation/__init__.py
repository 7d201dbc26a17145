"""Uncertain totals and dates, simulated: seeded from their inputs, no clock, no database."""

from projects.simulation.draws import DEFAULT_DRAWS, DEFAULT_LOADING, Range
from projects.simulation.exposure import Swing, Tornado, Uncertainty, exposure, tornado
from projects.simulation.finish import Delay, Finish, FinishRange, finish_range
from projects.simulation.outturn import Prospect, arriving, outturn
from projects.simulation.terms import (
    Moments,
    Normal,
    PertBeta,
    Simulation,
    Switch,
    Term,
    Triangular,
    Uniform,
    monte_carlo,
    second_moment,
)

__all__ = [
    "DEFAULT_DRAWS",
    "DEFAULT_LOADING",
    "Delay",
    "Finish",
    "FinishRange",
    "Moments",
    "Normal",
    "PertBeta",
    "Prospect",
    "Range",
    "Simulation",
    "Swing",
    "Switch",
    "Term",
    "Tornado",
    "Triangular",
    "Uncertainty",
    "Uniform",
    "arriving",
    "exposure",
    "finish_range",
    "monte_carlo",
    "outturn",
    "second_moment",
    "tornado",
]
