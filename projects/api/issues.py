"""Issues over REST."""

from __future__ import annotations

from pmhub.api.records import RecordViewSet
from projects.filters import (
    IssueFilter,
)
from projects.serializers.issues import IssueSerializer


class IssueViewSet(RecordViewSet):
    """Issues."""

    serializer_class = IssueSerializer
    filterset_class = IssueFilter
    search_fields = ("code", "title", "resolution")
    ordering_fields = ("id", "code", "title", "raised_on", "due_on", "updated_at")
    expandable = ("programme", "project", "owner", "from_risk")
