"""Which fiscal year of a portfolio is over."""

from benefits.realisation.periods import fiscal_year
from programmes.models import Portfolio


def last_over(portfolio: Portfolio) -> int:
    """Return the last fiscal year that is over on the status date."""
    return fiscal_year(portfolio.as_of, portfolio.fiscal_year_start_month) - 1
