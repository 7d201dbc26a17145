"""Reads the facts of a batch from the database."""

from programmes.rollup.reading.batch import read, read_all
from programmes.rollup.reading.benefits import (
    benefit_facts,
    benefit_profiles,
    verified_measurements,
)
from programmes.rollup.reading.projects import profile_points

__all__ = [
    "benefit_facts",
    "benefit_profiles",
    "profile_points",
    "read",
    "read_all",
    "verified_measurements",
]
