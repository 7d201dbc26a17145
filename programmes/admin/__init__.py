"""Portfolios, programmes, their governance, and a look at the ledger and its engine."""

from programmes.admin import (
    cases,
    competence,
    control,
    engine,
    governance,
    portfolio,
    programme,
    transition,
)

__all__ = [
    "cases",
    "competence",
    "control",
    "engine",
    "governance",
    "portfolio",
    "programme",
    "transition",
]
