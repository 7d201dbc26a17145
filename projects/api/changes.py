"""Change requests over REST."""

from __future__ import annotations

from typing import ClassVar

from pmhub.api.made_by_verbs import MadeByVerbs
from pmhub.api.records import RecordViewSet
from projects.filters import ChangeRequestFilter, ChangeVoteFilter
from projects.serializers.changes import ChangeRequestSerializer, ChangeVoteSerializer


class ChangeRequestViewSet(RecordViewSet):
    """Change requests."""

    serializer_class = ChangeRequestSerializer
    filterset_class = ChangeRequestFilter
    search_fields = ("code", "title", "reason")
    ordering_fields = (
        "id", "code", "title", "previewed_cost", "previewed_days", "decided_on", "implemented_on",
        "updated_at",
    )  # fmt: skip
    expandable = ("project", "programme", "board", "decided_by", "decision")
    # Each change is tried against the figures of that moment, so changes go one after another.
    alone: ClassVar[tuple[str, ...]] = ("assessment", "implementation")


class ChangeVoteViewSet(MadeByVerbs):
    """Votes on change requests: they are cast by the verbs of their change request."""

    serializer_class = ChangeVoteSerializer
    filterset_class = ChangeVoteFilter
    search_fields = ("person__name", "comment")
    ordering_fields = ("id", "on", "updated_at")
    expandable = ("change", "person")
