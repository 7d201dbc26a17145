"""`/{collection}/{id}/appointments/`: posts are filled by those who may give their roles."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.access.giving import allow_giving
from pmhub.api.effects import effect
from pmhub.api.parameters import check_known
from pmhub.api.records import RecordViewSet, only_row
from pmhub.api.refusals import settle
from pmhub.api.representations import Row
from pmhub.database.history import because
from pmhub.models import lineage
from pmhub.serializers.people import AppointmentSerializer
from pmhub.services import appoint

SEEN = OpenApiParameter("If-Match", OpenApiTypes.STR, OpenApiParameter.HEADER)


class PostsViewSet(RecordViewSet):
    """A resource with posts that give roles: `posts` of its model."""

    dangerous: ClassVar[tuple[str, ...]] = ("appointments",)

    @extend_schema(request=AppointmentSerializer, parameters=[SEEN])
    @action(detail=True, methods=["post"], url_path="appointments")
    @effect
    def appointments(self, request: Request, pk: str) -> Response:
        """Appoint a person to a post, or leave it vacant (`person` null), and say why. Where
        several hold it, `replaces` is who steps down."""
        check_known(request, set())
        row = self.committed(lambda: self._appoint(pk))
        return Response(row, headers={"ETag": f'"{self.etag(row)}"'})

    def _appoint(self, pk: str) -> Row:
        rows = self.get_queryset().select_related(*lineage(self.model))
        record = only_row(rows.select_for_update(of=("self",)).filter(pk=pk).order_by())
        if "If-Match" in self.request.headers:
            self.match(record)
        context = {**self.get_serializer_context(), "posts": record.posts}
        serializer = AppointmentSerializer(data=self.request.data, context=context)
        serializer.is_valid(raise_exception=True)
        validated: dict[str, Any] = dict(serializer.validated_data)
        reason, role, person = validated.pop("reason"), validated["role"], validated["person"]
        comes = [person.pk] if person else []
        by: Any = self.request.user
        allow_giving(by, record, role, to=comes, field="role")
        with because(reason):
            appoint(record, **validated, by=by)
        settle()
        return self.shaped(self.shape().rows([record.pk]))[0]
