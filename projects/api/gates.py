"""Gates over REST."""

from __future__ import annotations

from pmhub.api.made_by_verbs import MadeByVerbs
from pmhub.api.records import RecordViewSet
from projects.filters import (
    GateConditionFilter,
    GateCriterionFilter,
    GateFilter,
    GateVoteFilter,
    TemplateCriterionFilter,
)
from projects.serializers.gates import (
    GateConditionSerializer,
    GateCriterionSerializer,
    GateSerializer,
    GateVoteSerializer,
    TemplateCriterionSerializer,
)


class GateViewSet(RecordViewSet):
    """Gates."""

    serializer_class = GateSerializer
    filterset_class = GateFilter
    search_fields = ("code", "title")
    ordering_fields = ("id", "code", "title", "planned_on", "decided_on", "updated_at")
    expandable = ("project", "programme", "tranche")


class GateCriterionViewSet(RecordViewSet):
    """Criteria of gates."""

    serializer_class = GateCriterionSerializer
    filterset_class = GateCriterionFilter
    search_fields = ("text",)
    ordering_fields = ("id", "text", "state", "updated_at")
    expandable = ("gate", "assessor")


class GateVoteViewSet(MadeByVerbs):
    """Votes at gates: they are cast by the verb of their gate."""

    serializer_class = GateVoteSerializer
    filterset_class = GateVoteFilter
    search_fields = ("person__name", "comment")
    ordering_fields = ("id", "on", "updated_at")
    expandable = ("gate", "person")


class GateConditionViewSet(MadeByVerbs):
    """Conditions of gates: they are asked for with a vote, and met later."""

    serializer_class = GateConditionSerializer
    filterset_class = GateConditionFilter
    search_fields = ("text",)
    ordering_fields = ("id", "due_on", "met_on", "updated_at")
    expandable = ("gate", "project", "programme", "owner")
    # `lapsed` follows the status date, which moves by itself.
    changing_figures = True


class TemplateCriterionViewSet(RecordViewSet):
    """Criteria of gates in templates."""

    serializer_class = TemplateCriterionSerializer
    filterset_class = TemplateCriterionFilter
    search_fields = ("text",)
    ordering_fields = ("id", "stage", "text", "updated_at")
    expandable = ("template",)
