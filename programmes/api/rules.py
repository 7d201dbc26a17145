"""Rule sets over REST: written by the PMO, previewed over the whole portfolio, never changed."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.api.records import RecordViewSet
from pmhub.api.representations import Row
from pmhub.api.table_jobs import accepted, asked_for
from programmes import queries
from programmes.api.rule_jobs import KIND
from programmes.filters import RuleSetFilter
from programmes.serializers.rules import RuleSetSerializer


class RuleSetViewSet(RecordViewSet):
    """Rule sets. A preview is a job: it reads everything as of one moment, without a lock on any
    programme, and works out what the rules would change from their first day on."""

    serializer_class = RuleSetSerializer
    filterset_class = RuleSetFilter
    search_fields = ("reason",)
    ordering_fields = ("id", "valid_from", "updated_at")
    expandable = ("portfolio", "by")
    changing_figures = True  # the status date may be today
    foreseen_later = True

    def finish(self, rows: list[Row]) -> None:
        """Add whether each is in force on the status date."""
        current = queries.in_force([row["id"] for row in rows])
        for row in rows:
            row["in_force"] = row["id"] in current

    def previewed(self, request: Request, work: Callable[[], Response]) -> Response:
        """Return 202 with the job that works the preview out, or the refusal of the write. A bulk
        write is previewed as any other write."""
        if self.action != "create":
            return super().previewed(request, work)
        with transaction.atomic():
            data = work().data
            transaction.set_rollback(True)
        parameters = {name: data[name] for name in ("portfolio", "kind", "values")}
        base = request.build_absolute_uri("/")
        return accepted(request, asked_for(request, KIND.name, parameters | {"base": base}))
