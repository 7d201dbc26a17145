"""Board packs over REST: put together, frozen, printed."""

from __future__ import annotations

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.api.records import RecordViewSet
from pmhub.serializers.jobs import JobSerializer
from programmes.api.papers import accept_print
from programmes.filters import BoardPackFilter
from programmes.serializers.packs import BoardPackSerializer


class BoardPackViewSet(RecordViewSet):
    """Board packs."""

    serializer_class = BoardPackSerializer
    filterset_class = BoardPackFilter
    search_fields = ("title", "foreword")
    ordering_fields = ("id", "title", "on", "state", "frozen_at", "updated_at")
    expandable = ("portfolio", "frozen_by")

    @extend_schema(responses={202: JobSerializer}, filters=False)
    @action(detail=True, url_path="pdf", filterset_class=None)
    def pdf(self, request: Request, pk: str) -> Response | HttpResponse:
        """Have a PDF made: 202 and the address of the job that makes it."""
        return accept_print(request, "board-packs", self.get_object())
