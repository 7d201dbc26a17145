"""Actions."""

from pmhub.api.records import RecordViewSet
from projects.filters import ActionFilter
from projects.serializers.actions import ActionSerializer


class ActionViewSet(RecordViewSet):
    """Actions."""

    serializer_class = ActionSerializer
    filterset_class = ActionFilter
    search_fields = ("title", "effect", "evidence")
    ordering_fields = ("id", "title", "due_on", "done_on", "state", "updated_at")
    expandable = ("risk", "issue", "project", "programme", "owner")
    # `overdue` follows the status date, which moves by itself.
    changing_figures = True
