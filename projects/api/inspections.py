"""Inspections, their plans and findings, and decisions about oversight, over REST."""

from pmhub.api.records import RecordViewSet
from pmhub.api.representations import Row
from projects.filters import (
    FindingFilter,
    InspectionFilter,
    InspectionPlanFilter,
    OversightDecisionFilter,
)
from projects.queries.inspections import plans_by_oversight
from projects.serializers.inspections import (
    InspectionFindingSerializer,
    InspectionPlanSerializer,
    InspectionSerializer,
    OversightDecisionSerializer,
)


class InspectionViewSet(RecordViewSet):
    """Inspections."""

    serializer_class = InspectionSerializer
    filterset_class = InspectionFilter
    search_fields = ("code", "title", "report")
    ordering_fields = ("id", "code", "title", "planned_on", "held_on", "state", "updated_at")
    expandable = ("project", "asset_version", "milestone", "plan", "inspector")


class InspectionPlanViewSet(RecordViewSet):
    """Plans of inspections."""

    serializer_class = InspectionPlanSerializer
    filterset_class = InspectionPlanFilter
    search_fields = ("code", "title")
    ordering_fields = ("id", "code", "title", "begins_on", "state", "updated_at")
    expandable = ("project", "asset_version", "milestone", "inspector")

    def finish(self, rows: list[Row]) -> None:
        """Add to each plan the days between two inspections, and the level of oversight that they
        follow from (None where the plan has its own interval), in one query."""
        plans = plans_by_oversight([row["id"] for row in rows])
        for row in rows:
            row["follows"], days = plans.get(row["id"], (None, None))
            row["interval_days"] = row["every_days"] or days


class FindingViewSet(RecordViewSet):
    """Findings of inspections."""

    serializer_class = InspectionFindingSerializer
    filterset_class = FindingFilter
    search_fields = ("code", "text", "corrective_action")
    ordering_fields = ("id", "code", "severity", "due_on", "state", "updated_at")
    expandable = ("inspection", "owner", "verified_by")


class OversightDecisionViewSet(RecordViewSet):
    """Decisions about how closely projects are watched."""

    serializer_class = OversightDecisionSerializer
    filterset_class = OversightDecisionFilter
    search_fields = ("project__code", "project__name")
    ordering_fields = ("id", "level", "until", "decided_on", "state", "updated_at")
    expandable = ("project", "person", "decided_by")
