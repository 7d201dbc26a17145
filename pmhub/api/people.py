"""People and the roles they hold."""

from __future__ import annotations

from typing import cast

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.access import allow_giving
from pmhub.api.archiving import SEEN, Archiving
from pmhub.api.effects import effect
from pmhub.api.parameters import check_known
from pmhub.api.reading import Row
from pmhub.api.records import API, RecordViewSet
from pmhub.api.resources import basename_of
from pmhub.api.storing import settle
from pmhub.filters import PersonFilter, RoleAssignmentFilter
from pmhub.history import because
from pmhub.models import RoleAssignment, User
from pmhub.serializers.people import (
    HandedOverSerializer,
    HandOverSerializer,
    PersonSerializer,
    RoleAssignmentSerializer,
)
from pmhub.services import Handed, hand_over


class PersonViewSet(Archiving):
    """People."""

    serializer_class = PersonSerializer
    filterset_class = PersonFilter
    search_fields = ("code", "name", "email", "unit", "title")
    ordering_fields = ("id", "code", "name", "unit", "organisation", "updated_at")
    instead = "Hand their work over first: POST to hand-over/. What they did stays theirs."

    @extend_schema(request=HandOverSerializer, responses=HandedOverSerializer, parameters=[SEEN])
    @action(detail=True, methods=["post"], url_path="hand-over")
    @effect
    def hand_over(self, request: Request, pk: str) -> Response:
        """Give a person's posts, open work and roles to another; with a preview, only list them."""
        check_known(request, set())
        return Response(self.committed(lambda: self._hand_over(pk)))

    def _hand_over(self, pk: str) -> Row:
        person = self.locked(pk)
        asked = HandOverSerializer(data=self.request.data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        to, by = asked.validated_data["to"], cast(User, self.request.user)
        with because(asked.validated_data["reason"]):
            handed = hand_over(person, to=to, by=by)
        settle()
        base = self.request.build_absolute_uri("/")
        return {
            "person": person.pk,
            "to": to.pk,
            "handed": [_handed(each, base) for each in handed],
        }


def _handed(each: Handed, base: str) -> Row:
    row = each.record
    return {
        "type": row._meta.model_name,
        "id": row.pk,
        "code": getattr(row, "code", None),
        "title": str(row),
        "field": each.field,
        "url": f"{base}{API}{basename_of(type(row))}/{row.pk}/",
    }


class RoleAssignmentViewSet(RecordViewSet):
    """Roles held by people."""

    serializer_class = RoleAssignmentSerializer
    filterset_class = RoleAssignmentFilter
    search_fields = ("person__name", "person__code")
    ordering_fields = ("id", "role", "starts_on", "ends_on", "updated_at")
    expandable = ("person", "portfolio", "programme", "project")

    def check_deletable(self, instance: RoleAssignment) -> None:
        """A role is taken by who may give it."""
        allow_giving(self.request.user, instance, instance.role, field="role")
