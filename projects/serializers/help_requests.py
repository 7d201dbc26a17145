"""Services of the PMO, and requests for help."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers

from pmhub.serializers import HEAD, RECORD, RecordSerializer
from pmhub.serializers.verbs import VerbDefinition
from projects.models import HelpRequest, Service
from projects.models.help_requests import ELSEWHERE
from projects.queries.help_requests import is_unanswered
from projects.services.help_requests import (
    accept_request,
    answer_request,
    begin_request,
    next_help_code,
)


class ServiceSerializer(RecordSerializer):
    """What the PMO of a portfolio does for projects and programmes that ask, who answers and within
    how many days."""

    class Meta(RecordSerializer.Meta):
        model = Service
        fields = [
            *HEAD, "portfolio", "name", "description", "owner", "days_to_answer", "archived_at",
            *RECORD,
        ]  # fmt: skip


def offered_services(rows: QuerySet[Service], request: HelpRequest, user: Any) -> QuerySet[Service]:
    """Return, of these services, those that are in use, in the portfolio where that is known."""
    rows = rows.filter(archived_at__isnull=True)
    home = request.owner_portfolio
    return rows if home is None else rows.filter(portfolio=home)


class HelpRequestSerializer(RecordSerializer):
    """What somebody asks of the PMO. `overdue` says whether it should have been answered before
    the status date."""

    overdue = serializers.BooleanField(
        read_only=True, help_text="Whether it should have been answered before the status date"
    )

    class Meta(RecordSerializer.Meta):
        model = HelpRequest
        fields = [
            *HEAD, "project", "programme", "portfolio", "title", "question", "service",
            "asked_by", "owner", "due_on", "overdue", "state", "answer", "answered_on", "rating",
            *RECORD,
        ]  # fmt: skip
        read_only_fields = ("asked_by", "answered_on")
        extra_kwargs: ClassVar[dict[str, Any]] = {"service": {"among": offered_services}}
        expressions: ClassVar[dict[str, Any]] = {"overdue": is_unanswered()}
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "acceptance": VerbDefinition(accept_request),
            "reply": VerbDefinition(answer_request),
        }

    @classmethod
    def begins(cls, row: HelpRequest, user: Any) -> dict[str, Any]:
        """Return the next free code for a record of this kind."""
        placed = row.project_id or row.programme_id or row.portfolio_id
        return {"code": next_help_code(row)} if placed else {}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a service of another portfolio."""
        service, home = self.after(attrs, "service"), self.proposed(attrs).owner_portfolio
        if service is not None and home is not None and service.portfolio_id != home.pk:
            raise serializers.ValidationError({"service": ELSEWHERE})
        return attrs

    def store(self, row: HelpRequest, changed: list[str] | None) -> HelpRequest:
        """Store a request. A new one gets its asker and, from its service, who answers it and by
        when."""
        if changed is None:
            row = begin_request(row, by=self.user)
        stored: HelpRequest = super().store(row, changed)
        return stored
