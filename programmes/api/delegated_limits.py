"""Delegated limits over REST, and who decides about so much."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from pmhub.api.filtering import accepted_parameters
from pmhub.api.parameters import check_known
from pmhub.api.records import RecordViewSet
from pmhub.api.revalidation import revalidated
from programmes import queries
from programmes.filters import DelegatedLimitFilter
from programmes.models import Portfolio
from programmes.serializers.delegated_limits import (
    AskedSerializer,
    DelegatedLimitSerializer,
    LevelSerializer,
)


class DelegatedLimitViewSet(RecordViewSet):
    """Delegated limits."""

    serializer_class = DelegatedLimitSerializer
    filterset_class = DelegatedLimitFilter
    ordering_fields = ("id", "level", "cost", "days", "benefit_pct", "updated_at")
    expandable = ("portfolio",)

    @extend_schema(parameters=[AskedSerializer], responses=LevelSerializer)
    @action(detail=False, url_path="level", filterset_class=None)
    @revalidated
    def level(self, request: Request) -> Any:
        """Return who decides about this cost, delay and loss of benefits: the lowest level whose
        limits cover all three."""
        check_known(request, set(AskedSerializer().fields))
        serializer = AskedSerializer(
            data=request.query_params, context=self.get_serializer_context()
        )
        given = accepted_parameters(serializer)
        if not Portfolio.objects.visible_to(request.user).filter(pk=given["portfolio"].pk).exists():
            raise Http404
        limit = queries.limit_for(**given)
        return {"level": limit and limit.level, "limit": limit and limit.pk}
