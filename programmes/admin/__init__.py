"""Portfolios, programmes, their governance, and a look at the ledger and its engine."""

from programmes.admin import (
    cases,
    closed_years,
    competence,
    control,
    currency_rates,
    custom_fields,
    engine,
    governance,
    organisation_units,
    portfolio,
    programme,
    transition,
)

__all__ = [
    "cases",
    "closed_years",
    "competence",
    "control",
    "currency_rates",
    "custom_fields",
    "engine",
    "governance",
    "organisation_units",
    "portfolio",
    "programme",
    "transition",
]
