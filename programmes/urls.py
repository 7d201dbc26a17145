"""Pages of portfolios and programmes."""

from django.urls import path

from programmes import views
from programmes.views.creation import NewProgramme
from programmes.views.float_and_drag import DragPage, FloatPage
from programmes.views.office import PmoTypePage, PrioritisationPage
from programmes.views.papers import PAPERS
from programmes.views.reorganisation import MergerPage, SplitPage

urlpatterns = [
    path("portfolio/", views.PortfolioPage.as_view(), name="portfolio"),
    path("portfolios/<int:pk>/", views.PortfolioPage.as_view(), name="one-portfolio"),
    path(
        "portfolios/<int:pk>/explain/<slug:metric>/",
        views.PortfolioExplanationPage.as_view(),
        name="portfolio-explain",
    ),
    path(
        "portfolios/<int:pk>/roadmap/",
        views.PortfolioRoadmapPage.as_view(),
        name="portfolio-roadmap",
    ),
    path("portfolios/<int:pk>/bubbles/", views.BubblesPage.as_view(), name="portfolio-bubbles"),
    path(
        "portfolios/<int:pk>/confidence/",
        views.ConfidencePage.as_view(),
        name="portfolio-confidence",
    ),
    path("portfolios/<int:pk>/trend/", views.PortfolioTrendPage.as_view(), name="portfolio-trend"),
    path(
        "portfolios/<int:pk>/prioritisation/", PrioritisationPage.as_view(), name="prioritisation"
    ),
    path("portfolios/<int:pk>/pmo-type/", PmoTypePage.as_view(), name="pmo-type"),
    path("portfolios/<int:pk>/year-end/", views.YearEndPage.as_view(), name="year-end"),
    path("calendar/", views.CalendarPage.as_view(), name="calendar"),
    path("resources/load/", views.LoadPage.as_view(), name="resource-load"),
    path("rule-previews/<int:pk>/", views.RulePreviewPage.as_view(), name="rule-preview"),
    path("scenarios/<int:pk>/", views.OneScenario.as_view(), name="scenario"),
    path("programmes/new/", NewProgramme.as_view(), name="new-programme"),
    path("programmes/<int:pk>/", views.ProgrammePage.as_view(), name="programme"),
    path("programmes/<int:pk>/tracks/", views.TracksPage.as_view(), name="programme-tracks"),
    path(
        "programmes/<int:pk>/tracks/<int:milestone>/", views.StationPage.as_view(), name="station"
    ),
    path(
        "programmes/<int:pk>/tracks/drag/<slug:kind>/<int:record>/",
        DragPage.as_view(),
        name="explain-drag",
    ),
    path(
        "programmes/<int:pk>/tracks/float/<int:project>/<slug:event>/",
        FloatPage.as_view(),
        name="explain-float",
    ),
    path("programmes/<int:pk>/benefits/", views.BenefitsPage.as_view(), name="programme-benefits"),
    path("programmes/<int:pk>/risk/", views.RiskPage.as_view(), name="programme-risk"),
    path("programmes/<int:pk>/money/", views.ProgrammeMoneyPage.as_view(), name="programme-money"),
    path(
        "programmes/<int:pk>/closure/",
        views.ProgrammeClosurePage.as_view(),
        name="programme-closure",
    ),
    path("programmes/<int:pk>/split/", SplitPage.as_view(), name="programme-split"),
    path("programmes/<int:pk>/merger/", MergerPage.as_view(), name="programme-merger"),
    path("programmes/<int:pk>/what-if/", views.WhatIfPage.as_view(), name="programme-what-if"),
    path("programmes/<int:pk>/reports/", views.ReportsPage.as_view(), name="programme-reports"),
    path(
        "programmes/<int:pk>/reports/<int:report>/",
        views.ReportPage.as_view(),
        name="programme-report",
    ),
    *(
        path(
            f"{collection}/<int:pk>/paper/",
            views.PaperPage.as_view(),
            {"collection": collection},
            name=f"{collection}-paper",
        )
        for collection in PAPERS
    ),
    path(
        "programmes/<int:pk>/explain/<slug:metric>/",
        views.ProgrammeExplanationPage.as_view(),
        name="explain",
    ),
]
