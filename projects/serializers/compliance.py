"""Compliance items of projects."""

from __future__ import annotations

from pmhub.serializers import (
    HEAD,
    RECORD,
    RecordSerializer,
)
from projects.models import (
    ComplianceItem,
)


class ComplianceItemSerializer(RecordSerializer):
    """A permit, inspection, certificate or assessment."""

    class Meta(RecordSerializer.Meta):
        model = ComplianceItem
        fields = [
            *HEAD, "project", "kind", "title", "authority", "due_on", "blocks", "state",
            "granted_on", "evidence", *RECORD,
        ]  # fmt: skip
