"""Rule sets over REST: written by the PMO, previewed over the whole portfolio, never changed."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection, transaction
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.api.reading import Row
from pmhub.api.records import RecordViewSet
from programmes import queries
from programmes.api.previews import moved
from programmes.filters import RuleSetFilter
from programmes.health import Thresholds
from programmes.models import RuleSet
from programmes.serializers.rules import RuleSetSerializer


class RuleSetViewSet(RecordViewSet):
    """Rule sets."""

    serializer_class = RuleSetSerializer
    filterset_class = RuleSetFilter
    search_fields = ("reason",)
    ordering_fields = ("id", "valid_from", "updated_at")
    expandable = ("portfolio", "by")
    changing_figures = True  # the status date may be today

    def finish(self, rows: list[Row]) -> None:
        """Whether each is in force on the status date."""
        found = queries.in_force([row["id"] for row in rows])
        for row in rows:
            row["in_force"] = row["id"] in found

    def previewed(self, request: Request, work: Callable[[], Response]) -> Response:
        """Return what the rules would change from their first day on, as the portfolio stands now:
        of one snapshot, without a lock on any programme."""
        outermost = not connection.in_atomic_block
        with transaction.atomic():
            if outermost:
                snapshot()
            with transaction.atomic():
                answer = work()
                made = RuleSet.objects.select_related("portfolio").get(pk=answer.data["id"])
                transaction.set_rollback(True)
            thresholds = Thresholds.from_dict(made.values)
            found = queries.rule_preview(made.portfolio, thresholds, request.user)
        return Response(
            moved(answer, found, request.build_absolute_uri("/")),
            headers={"Cache-Control": "no-store"},
        )


def snapshot() -> None:
    """Let all that the transaction reads be of one moment."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
