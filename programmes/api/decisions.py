"""Decisions and their acknowledgements over REST."""

from __future__ import annotations

from pmhub.api.made_by_verbs import MadeByVerbs
from pmhub.api.records import RecordViewSet
from programmes.filters import AcknowledgementFilter, DecisionFilter
from programmes.serializers.decisions import AcknowledgementSerializer, DecisionRecordSerializer


class DecisionViewSet(RecordViewSet):
    """Decisions."""

    serializer_class = DecisionRecordSerializer
    filterset_class = DecisionFilter
    search_fields = ("title", "question", "outcome")
    ordering_fields = ("id", "title", "decided_on", "review_on", "updated_at")
    expandable = (
        "portfolio",
        "programme",
        "project",
        "decided_by",
        "board",
        "supersedes",
        "meeting",
    )


class AcknowledgementViewSet(MadeByVerbs):
    """Acknowledgements: asked when a decision is made, and given by each person themself."""

    serializer_class = AcknowledgementSerializer
    filterset_class = AcknowledgementFilter
    search_fields = ("decision__title", "person__name")
    ordering_fields = ("id", "asked_on", "read_on", "updated_at")
    expandable = ("decision", "person")
