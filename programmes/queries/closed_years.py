"""Fiscal years of a portfolio: when they begin, and which one is over."""

from datetime import date

from benefits.realisation.periods import fiscal_year
from programmes.models import Portfolio


def first_day(portfolio: Portfolio, year: int) -> date:
    """Return the day on which a fiscal year begins, by the year in which it does."""
    return date(year, portfolio.fiscal_year_start_month, 1)


def last_over(portfolio: Portfolio) -> int:
    """Return the last fiscal year that is over on the status date."""
    return fiscal_year(portfolio.as_of, portfolio.fiscal_year_start_month) - 1
