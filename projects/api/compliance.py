"""Compliance items over REST."""

from __future__ import annotations

from pmhub.api.records import RecordViewSet
from projects.filters import (
    ComplianceItemFilter,
)
from projects.serializers.compliance import ComplianceItemSerializer


class ComplianceItemViewSet(RecordViewSet):
    """Compliance items."""

    serializer_class = ComplianceItemSerializer
    filterset_class = ComplianceItemFilter
    search_fields = ("code", "title", "authority")
    ordering_fields = ("id", "code", "title", "due_on", "granted_on", "updated_at")
    expandable = ("project",)
