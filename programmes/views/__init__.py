"""Pages of portfolios and programmes."""

from programmes.views.explain import ExplainPage
from programmes.views.overview import ProgrammePage
from programmes.views.portfolio import PortfolioPage

__all__ = ["ExplainPage", "PortfolioPage", "ProgrammePage"]
