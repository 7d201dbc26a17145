"""Tolerances, boards, delegated limits and envelopes over REST."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from pmhub.api.archiving import Archiving
from pmhub.api.made_by_verbs import MadeByVerbs
from pmhub.api.parameters import check_known
from pmhub.api.records import RecordViewSet
from pmhub.api.representations import Row, add_units
from pmhub.api.revalidation import revalidated
from programmes import queries
from programmes.filters import (
    AcknowledgementFilter,
    BoardFilter,
    BoardMeetingFilter,
    DecisionFilter,
    DelegatedLimitFilter,
    EnvelopeFilter,
    ToleranceFilter,
)
from programmes.models import Portfolio, Tolerance
from programmes.queries.agenda import in_sight
from programmes.serializers.control import (
    AskedSerializer,
    BoardSerializer,
    DelegatedLimitSerializer,
    LevelSerializer,
    ToleranceSerializer,
)
from programmes.serializers.decisions import AcknowledgementSerializer, DecisionRecordSerializer
from programmes.serializers.envelopes import EnvelopeSerializer
from programmes.serializers.meetings import BoardMeetingSerializer


class ToleranceViewSet(RecordViewSet):
    """Tolerances."""

    serializer_class = ToleranceSerializer
    filterset_class = ToleranceFilter
    ordering_fields = ("id", "kind", "value", "updated_at")
    expandable = ("portfolio", "programme", "project", "by")

    def finish(self, rows: list[Row]) -> None:
        """What the value is measured in: one query."""
        add_units(Tolerance, rows)


class BoardViewSet(Archiving):
    """Boards."""

    serializer_class = BoardSerializer
    filterset_class = BoardFilter
    search_fields = ("name",)
    ordering_fields = ("id", "name", "quorum", "updated_at")
    expandable = ("portfolio", "programme", "chair")


class BoardMeetingViewSet(RecordViewSet):
    """Meetings of boards."""

    serializer_class = BoardMeetingSerializer
    filterset_class = BoardMeetingFilter
    search_fields = ("about", "minutes")
    ordering_fields = ("id", "on", "updated_at")
    expandable = ("board",)
    # What of its agenda is told follows what the reader sees.
    changing_figures = True

    def conceal(self, rows: list[Row]) -> None:
        """Take out of an agenda what the reader does not see."""
        agendas = [row.get("agenda") or [] for row in rows]
        for row, agenda in zip(rows, in_sight(agendas, self.request.user), strict=True):
            if "agenda" in row:
                row["agenda"] = agenda


class DecisionViewSet(RecordViewSet):
    """Decisions."""

    serializer_class = DecisionRecordSerializer
    filterset_class = DecisionFilter
    search_fields = ("title", "question", "outcome")
    ordering_fields = ("id", "title", "decided_on", "review_on", "updated_at")
    expandable = (
        "portfolio",
        "programme",
        "project",
        "decided_by",
        "board",
        "supersedes",
        "meeting",
    )


class AcknowledgementViewSet(MadeByVerbs):
    """Acknowledgements: asked when a decision is made, and given by each person themself."""

    serializer_class = AcknowledgementSerializer
    filterset_class = AcknowledgementFilter
    search_fields = ("decision__title", "person__name")
    ordering_fields = ("id", "asked_on", "read_on", "updated_at")
    expandable = ("decision", "person")


class EnvelopeViewSet(RecordViewSet):
    """Envelopes."""

    serializer_class = EnvelopeSerializer
    filterset_class = EnvelopeFilter
    ordering_fields = ("id", "fiscal_year", "treatment", "amount", "approved_on", "updated_at")
    expandable = ("portfolio", "programme", "approved_by")
    changing_figures = True  # what is approved on lines and asked for below it


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
        """Return who decides about so much: the lowest level within whose limits all of it is."""
        check_known(request, set(AskedSerializer().fields))
        asked = AskedSerializer(data=request.query_params, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        if not Portfolio.objects.visible_to(request.user).filter(pk=given["portfolio"].pk).exists():
            raise Http404
        limit = queries.limit_for(**given)
        return {"level": limit and limit.level, "limit": limit and limit.pk}
