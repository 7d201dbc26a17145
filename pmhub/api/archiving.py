"""`/{collection}/{id}/archive/` and `/restoration/`: archived records leave the lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.api.effects import effect
from pmhub.api.parameters import check_known
from pmhub.api.records import RecordViewSet
from pmhub.api.refusals import settle
from pmhub.api.representations import Row
from pmhub.serializers import check_may_write_here
from pmhub.services import archive, restore

SEEN = OpenApiParameter("If-Match", OpenApiTypes.STR, OpenApiParameter.HEADER, required=True)


class ArchivableViewSet(RecordViewSet):
    """A resource whose records can be archived: lists leave archived ones out, unless `archived`
    asks for them."""

    @extend_schema(request=None, parameters=[SEEN])
    @action(detail=True, methods=["post"], url_path="archive")
    @effect
    def archive(self, request: Request, pk: str) -> Response:
        """Archive a record: it leaves the lists and still counts in every figure."""
        return self._put(pk, archive)

    @extend_schema(request=None, parameters=[SEEN])
    @action(detail=True, methods=["post"], url_path="restoration")
    @effect
    def restoration(self, request: Request, pk: str) -> Response:
        """Bring an archived record back into the lists."""
        return self._put(pk, restore)

    def _put(self, pk: str, verb: Callable[..., Any]) -> Response:
        check_known(self.request, set())

        def work() -> Row:
            record = self.locked(pk)
            if record.grant_kind:
                check_may_write_here(self.request.user, record)
            verb(record, by=self.request.user)
            settle()
            return self.shaped(self.shape().rows([record.pk]))[0]

        row = self.committed(work)
        return Response(row, headers={"ETag": f'"{self.etag(row)}"'})
