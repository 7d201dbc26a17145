"""Pages of portfolios and programmes."""

from programmes.views.explain import ExplainPage
from programmes.views.overview import ProgrammePage
from programmes.views.portfolio import PortfolioPage
from programmes.views.risk import RiskPage

__all__ = ["ExplainPage", "PortfolioPage", "ProgrammePage", "RiskPage"]
