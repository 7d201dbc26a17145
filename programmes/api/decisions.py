"""Decisions and their acknowledgements over REST."""

from __future__ import annotations

from pmhub.api.made_by_verbs import MadeByVerbs
from pmhub.api.records import RecordViewSet
from pmhub.api.representations import Row
from programmes.filters import AcknowledgementFilter, DecisionFilter
from programmes.models import DecisionCause
from programmes.queries.decisions import matters_told
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

    def finish(self, rows: list[Row]) -> None:
        """Add what each follows from in words: at most two queries."""
        told = matters_told(rows, self.request.user)
        for row in rows:
            row["came_of"] = told.get(row["id"]) or str(DecisionCause(row["cause"]).label)


class AcknowledgementViewSet(MadeByVerbs):
    """Acknowledgements: asked when a decision is made, and given by each person themself."""

    serializer_class = AcknowledgementSerializer
    filterset_class = AcknowledgementFilter
    search_fields = ("decision__title", "person__name")
    ordering_fields = ("id", "asked_on", "read_on", "updated_at")
    expandable = ("decision", "person")
