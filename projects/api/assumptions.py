"""Assumptions over REST."""

from pmhub.api.records import RecordViewSet
from projects.filters import AssumptionFilter
from projects.serializers.assumptions import AssumptionSerializer


class AssumptionViewSet(RecordViewSet):
    """Assumptions."""

    serializer_class = AssumptionSerializer
    filterset_class = AssumptionFilter
    search_fields = ("code", "text", "basis", "impact_if_wrong")
    ordering_fields = (
        "id", "code", "text", "confidence", "validate_by", "settled_on", "state", "updated_at",
    )  # fmt: skip
    expandable = ("project", "programme", "portfolio", "owner", "risk", "issue")
    # `overdue` follows the status date, which moves by itself.
    changing_figures = True
