"""Disciplines, and what people can do in them, over REST."""

from pmhub.api.archiving import ArchivableViewSet
from pmhub.api.records import RecordViewSet
from programmes.filters import (
    CompetenceRecordFilter,
    DisciplineFilter,
    DisciplineLinkFilter,
    QualificationFilter,
    TrainingFilter,
)
from programmes.serializers.competence import (
    CompetenceRecordSerializer,
    DisciplineLinkSerializer,
    DisciplineSerializer,
    QualificationSerializer,
    TrainingSerializer,
)


class DisciplineViewSet(ArchivableViewSet):
    """Disciplines."""

    serializer_class = DisciplineSerializer
    filterset_class = DisciplineFilter
    search_fields = ("code", "name", "does")
    ordering_fields = ("id", "code", "name", "updated_at")
    expandable = ("portfolio", "lead")


class DisciplineLinkViewSet(RecordViewSet):
    """What disciplines give one another."""

    serializer_class = DisciplineLinkSerializer
    filterset_class = DisciplineLinkFilter
    search_fields = ("gives", "needs")
    ordering_fields = ("id", "giver", "receiver", "updated_at")
    expandable = ("giver", "receiver")


class CompetenceRecordViewSet(RecordViewSet):
    """Assessments of what people can do: never changed."""

    serializer_class = CompetenceRecordSerializer
    filterset_class = CompetenceRecordFilter
    search_fields = ("evidence",)
    ordering_fields = ("id", "level", "assessed_on", "next_on", "updated_at")
    expandable = ("person", "discipline", "assessor")


class TrainingViewSet(RecordViewSet):
    """Trainings of people."""

    serializer_class = TrainingSerializer
    filterset_class = TrainingFilter
    search_fields = ("title", "result")
    ordering_fields = ("id", "title", "planned_on", "taken_on", "updated_at")
    expandable = ("person", "discipline")


class QualificationViewSet(RecordViewSet):
    """Qualifications of people."""

    serializer_class = QualificationSerializer
    filterset_class = QualificationFilter
    search_fields = ("title", "body", "reference")
    ordering_fields = ("id", "title", "obtained_on", "expires_on", "updated_at")
    expandable = ("person", "discipline")
    # Whether one is expired follows today, which moves by itself.
    changing_figures = True
