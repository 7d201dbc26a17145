"""Disciplines, and what people can do in them, over REST."""

from pmhub.api.archiving import Archiving
from pmhub.api.records import RecordViewSet
from programmes.filters import CompetenceRecordFilter, DisciplineFilter
from programmes.serializers.competence import CompetenceRecordSerializer, DisciplineSerializer


class DisciplineViewSet(Archiving):
    """Disciplines."""

    serializer_class = DisciplineSerializer
    filterset_class = DisciplineFilter
    search_fields = ("code", "name", "does")
    ordering_fields = ("id", "code", "name", "updated_at")
    expandable = ("portfolio", "lead")


class CompetenceRecordViewSet(RecordViewSet):
    """Assessments of what people can do: never changed."""

    serializer_class = CompetenceRecordSerializer
    filterset_class = CompetenceRecordFilter
    search_fields = ("evidence",)
    ordering_fields = ("id", "level", "assessed_on", "next_on", "updated_at")
    expandable = ("person", "discipline", "assessor")
