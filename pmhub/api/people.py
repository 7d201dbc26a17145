"""People and the roles they hold."""

from __future__ import annotations

from pmhub.access import allow_giving
from pmhub.api.records import RecordViewSet
from pmhub.filters import PersonFilter, RoleAssignmentFilter
from pmhub.models import RoleAssignment
from pmhub.serializers.people import PersonSerializer, RoleAssignmentSerializer


class PersonViewSet(RecordViewSet):
    """People."""

    serializer_class = PersonSerializer
    filterset_class = PersonFilter
    search_fields = ("code", "name", "email", "unit", "title")
    ordering_fields = ("id", "code", "name", "unit", "organisation", "updated_at")


class RoleAssignmentViewSet(RecordViewSet):
    """Roles held by people."""

    serializer_class = RoleAssignmentSerializer
    filterset_class = RoleAssignmentFilter
    search_fields = ("person__name", "person__code")
    ordering_fields = ("id", "role", "starts_on", "ends_on", "updated_at")
    expandable = ("person", "portfolio", "programme", "project")
    pages = (
        ("projects", "project_id"),
        ("programmes", "programme_id"),
        ("portfolios", "portfolio_id"),
    )

    def check_deletable(self, instance: RoleAssignment) -> None:
        """A role is taken by who may give it."""
        allow_giving(self.request.user, instance, instance.role, field="role")
