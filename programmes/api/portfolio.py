"""Portfolios over REST."""

from __future__ import annotations

from pmhub.api.archiving import ArchivableViewSet
from pmhub.api.representations import Row
from programmes.api.pmo_types import PmoTypes
from programmes.api.portfolio_figures import PortfolioFigures
from programmes.api.portfolio_pictures import PortfolioPictures
from programmes.api.prioritisation import PrioritisationViewSet
from programmes.api.year_end import YearEndViewSet
from programmes.filters import PortfolioFilter
from programmes.models import Portfolio
from programmes.serializers.portfolio import PortfolioSerializer


class PortfolioViewSet(
    ArchivableViewSet,
    PrioritisationViewSet,
    PmoTypes,
    YearEndViewSet,
    PortfolioPictures,
    PortfolioFigures,
):
    """Portfolios."""

    serializer_class = PortfolioSerializer
    filterset_class = PortfolioFilter
    search_fields = ("code", "name", "organisation")
    ordering_fields = ("id", "code", "name", "updated_at")
    changing_figures = True  # the status date may be today

    def finish(self, rows: list[Row]) -> None:
        """Add the status date."""
        for row in rows:
            rule = {name: row[name] for name in ("status_date_policy", "status_date", "time_zone")}
            row["as_of"] = Portfolio(**rule).as_of
