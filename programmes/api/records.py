"""The records: portfolios, objectives, programmes and what belongs to them."""

from __future__ import annotations

from pmhub.api.appointments import Appointing
from pmhub.api.archiving import Archiving
from pmhub.api.records import RecordViewSet
from pmhub.api.representations import Row
from programmes import queries
from programmes.api.closing import Closing
from programmes.api.evidence import ProgrammeEvidence
from programmes.api.figures import ProgrammeFigures
from programmes.api.maps import ProgrammeMaps
from programmes.api.pmo_types import PmoTypes
from programmes.api.portfolio_figures import PortfolioFigures
from programmes.api.portfolio_pictures import PortfolioPictures
from programmes.api.prioritisation import Prioritising
from programmes.api.ranges import ProgrammeRanges
from programmes.api.reorganising import Reorganising
from programmes.api.tracks import ProgrammeTracks
from programmes.api.whatif.comparison import ProgrammeScenarios
from programmes.filters import (
    AssuranceRecommendationFilter,
    AssuranceReviewFilter,
    ObjectiveFilter,
    OutcomeFilter,
    PortfolioFilter,
    ProgrammeFilter,
    ProgrammeLineFilter,
    TrancheFilter,
)
from programmes.models import Portfolio
from programmes.ratios import progress
from programmes.serializers.records import (
    AssuranceRecommendationSerializer,
    AssuranceReviewSerializer,
    ObjectiveSerializer,
    OutcomeSerializer,
    PortfolioSerializer,
    ProgrammeLineSerializer,
    ProgrammeSerializer,
    TrancheSerializer,
)
from projects.api.creation import CopyingProgrammes


class PortfolioViewSet(Archiving, Prioritising, PmoTypes, PortfolioPictures, PortfolioFigures):
    """Portfolios."""

    serializer_class = PortfolioSerializer
    filterset_class = PortfolioFilter
    search_fields = ("code", "name", "organisation")
    ordering_fields = ("id", "code", "name", "updated_at")
    changing_figures = True  # the status date may be today

    def finish(self, rows: list[Row]) -> None:
        """The day the figures speak of."""
        for row in rows:
            rule = {name: row[name] for name in ("status_date_policy", "status_date", "time_zone")}
            row["as_of"] = Portfolio(**rule).as_of


class ObjectiveViewSet(RecordViewSet):
    """Strategic objectives."""

    serializer_class = ObjectiveSerializer
    filterset_class = ObjectiveFilter
    search_fields = ("code", "title", "description")
    ordering_fields = ("id", "code", "title", "target_on", "weight", "updated_at")
    expandable = ("portfolio", "owner")
    changing_figures = True  # measurements move its progress

    def finish(self, rows: list[Row]) -> None:
        """How far each is, by its last verified measurement."""
        measured = queries.last_verified([row["id"] for row in rows])
        for row in rows:
            value, day = measured.get(row["id"], (None, None))
            figure = progress(value, row["baseline_value"], row["target_value"])
            row |= {
                "measured_value": value,
                "measured_on": day,
                "progress": figure.value and round(figure.value, 10),
                "progress_reason": figure.reason,
            }


class ProgrammeViewSet(
    Archiving,
    Appointing,
    CopyingProgrammes,
    Closing,
    Reorganising,
    ProgrammeFigures,
    ProgrammeRanges,
    ProgrammeTracks,
    ProgrammeMaps,
    ProgrammeEvidence,
    ProgrammeScenarios,
):
    """Programmes."""

    serializer_class = ProgrammeSerializer
    filterset_class = ProgrammeFilter
    search_fields = ("code", "name", "vision")
    ordering_fields = (
        "id", "code", "name", "stage", "starts_on", "planned_end_on", "actual_end_on",
        "contingency_budget", "updated_at",
    )  # fmt: skip
    expandable = ("portfolio", "sro", "programme_manager")
    alone = ("copies",)
    dangerous = (*Appointing.dangerous, "merger")  # roles go along


class TrancheViewSet(RecordViewSet):
    """Tranches."""

    serializer_class = TrancheSerializer
    filterset_class = TrancheFilter
    search_fields = ("code", "name")
    ordering_fields = ("id", "code", "sequence", "starts_on", "ends_on", "updated_at")
    expandable = ("programme",)


class OutcomeViewSet(RecordViewSet):
    """Outcomes."""

    serializer_class = OutcomeSerializer
    filterset_class = OutcomeFilter
    search_fields = ("code", "title", "current_state", "future_state")
    ordering_fields = (
        "id", "code", "title", "capability_ready_on", "transition_start", "embedded_on",
        "updated_at",
    )  # fmt: skip
    expandable = ("programme", "bcm")


class ProgrammeLineViewSet(RecordViewSet):
    """Budget lines of programmes."""

    serializer_class = ProgrammeLineSerializer
    filterset_class = ProgrammeLineFilter
    search_fields = ("code",)
    ordering_fields = ("id", "code", "fiscal_year", "approved_budget", "updated_at")
    expandable = ("programme",)


class AssuranceReviewViewSet(RecordViewSet):
    """Assurance reviews."""

    serializer_class = AssuranceReviewSerializer
    filterset_class = AssuranceReviewFilter
    search_fields = ("code", "title")
    ordering_fields = ("id", "code", "planned_on", "held_on", "updated_at")
    expandable = ("programme", "project")


class AssuranceRecommendationViewSet(RecordViewSet):
    """Recommendations of assurance reviews."""

    serializer_class = AssuranceRecommendationSerializer
    filterset_class = AssuranceRecommendationFilter
    search_fields = ("text",)
    ordering_fields = ("id", "number", "due_on", "closed_on", "updated_at")
    expandable = ("review", "owner")
