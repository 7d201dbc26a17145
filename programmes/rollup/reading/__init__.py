"""Reads the facts of a batch from the database."""

from programmes.rollup.reading.batch import portfolio_facts, read, read_changed
from programmes.rollup.reading.benefits import (
    benefit_facts,
    unrated_benefits,
)
from programmes.rollup.reading.projects import network_of

__all__ = [
    "benefit_facts",
    "network_of",
    "portfolio_facts",
    "read",
    "read_changed",
    "unrated_benefits",
]
