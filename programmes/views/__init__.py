"""Pages of portfolios and programmes."""

from programmes.views.benefits import BenefitsPage
from programmes.views.explain import ExplainPage
from programmes.views.governance import GovernancePage
from programmes.views.overview import ProgrammePage
from programmes.views.portfolio import PortfolioPage
from programmes.views.reports import ReportPage, ReportsPage
from programmes.views.risk import RiskPage
from programmes.views.whatif.page import WhatIfPage

__all__ = [
    "BenefitsPage",
    "ExplainPage",
    "GovernancePage",
    "PortfolioPage",
    "ProgrammePage",
    "ReportPage",
    "ReportsPage",
    "RiskPage",
    "WhatIfPage",
]
