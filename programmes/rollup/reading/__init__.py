"""Reads the facts of a batch from the database."""

from programmes.rollup.reading.batch import portfolio_facts, read, read_changed
from programmes.rollup.reading.benefits import (
    benefit_facts,
    benefit_profiles,
    unrated_benefits,
    verified_measurements,
)
from programmes.rollup.reading.projects import profile_points

__all__ = [
    "benefit_facts",
    "benefit_profiles",
    "portfolio_facts",
    "profile_points",
    "read",
    "read_changed",
    "unrated_benefits",
    "verified_measurements",
]
