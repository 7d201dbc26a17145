"""Programmes and their tranches over REST."""

from __future__ import annotations

from pmhub.api.appointments import PostsViewSet
from pmhub.api.archiving import ArchivableViewSet
from pmhub.api.records import RecordViewSet
from programmes.api.closing import ClosureView
from programmes.api.evidence import ProgrammeEvidence
from programmes.api.figures import ProgrammeFigures
from programmes.api.maps import ProgrammeMaps
from programmes.api.ranges import ProgrammeRanges
from programmes.api.reorganisation import ProgrammeReorganisation
from programmes.api.tracks import ProgrammeTracks
from programmes.api.whatif.comparison import ProgrammeScenarios
from programmes.filters import ProgrammeFilter, TrancheFilter
from programmes.serializers.programme import ProgrammeSerializer, TrancheSerializer
from projects.api.creation import CopyingProgrammes


class ProgrammeViewSet(
    ArchivableViewSet,
    PostsViewSet,
    CopyingProgrammes,
    ClosureView,
    ProgrammeReorganisation,
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
    dangerous = (*PostsViewSet.dangerous, "merger")  # roles go along


class TrancheViewSet(RecordViewSet):
    """Tranches."""

    serializer_class = TrancheSerializer
    filterset_class = TrancheFilter
    search_fields = ("code", "name")
    ordering_fields = ("id", "code", "sequence", "starts_on", "ends_on", "updated_at")
    expandable = ("programme",)
