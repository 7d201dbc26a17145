"""Services of the PMO and requests for help, over REST."""

from pmhub.api.archiving import ArchivableViewSet
from pmhub.api.records import RecordViewSet
from projects.filters import HelpRequestFilter, ServiceFilter
from projects.serializers.help_requests import HelpRequestSerializer, ServiceSerializer


class ServiceViewSet(ArchivableViewSet):
    """Services of the PMO."""

    serializer_class = ServiceSerializer
    filterset_class = ServiceFilter
    search_fields = ("code", "name", "description")
    ordering_fields = ("id", "code", "name", "days_to_answer", "updated_at")
    expandable = ("portfolio", "owner")
    instead = "Archive it instead."


class HelpRequestViewSet(RecordViewSet):
    """Requests for help."""

    serializer_class = HelpRequestSerializer
    filterset_class = HelpRequestFilter
    search_fields = ("code", "title", "question", "answer")
    ordering_fields = ("id", "code", "title", "due_on", "answered_on", "state", "updated_at")
    expandable = ("project", "programme", "portfolio", "service", "asked_by", "owner")
    # `overdue` follows the status date, which moves by itself.
    changing_figures = True
