"""Pages of portfolios and programmes."""

from programmes.views.benefits import BenefitsPage
from programmes.views.bubbles import BubblesPage
from programmes.views.calendar import CalendarPage
from programmes.views.closure import ProgrammeClosurePage
from programmes.views.confidence import ConfidencePage
from programmes.views.explanation import PortfolioExplanationPage, ProgrammeExplanationPage
from programmes.views.governance import GovernancePage
from programmes.views.load import LoadPage
from programmes.views.milestone_station import StationPage
from programmes.views.money import ProgrammeMoneyPage
from programmes.views.overview import ProgrammePage
from programmes.views.papers import PaperPage
from programmes.views.portfolio import PortfolioPage
from programmes.views.portfolio_roadmap import PortfolioRoadmapPage
from programmes.views.portfolio_trend import PortfolioTrendPage
from programmes.views.reports import ReportPage, ReportsPage
from programmes.views.risk import RiskPage
from programmes.views.rules import RulePreviewPage
from programmes.views.tracks import TracksPage
from programmes.views.whatif.page import OneScenario, WhatIfPage
from programmes.views.year_end import YearEndPage

__all__ = [
    "BenefitsPage",
    "BubblesPage",
    "CalendarPage",
    "ConfidencePage",
    "GovernancePage",
    "LoadPage",
    "OneScenario",
    "PaperPage",
    "PortfolioExplanationPage",
    "PortfolioPage",
    "PortfolioRoadmapPage",
    "PortfolioTrendPage",
    "ProgrammeClosurePage",
    "ProgrammeExplanationPage",
    "ProgrammeMoneyPage",
    "ProgrammePage",
    "ReportPage",
    "ReportsPage",
    "RiskPage",
    "RulePreviewPage",
    "StationPage",
    "TracksPage",
    "WhatIfPage",
    "YearEndPage",
]
