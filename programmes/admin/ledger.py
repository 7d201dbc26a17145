"""A look at the ledger, and asking for it to be computed anew."""

from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest

from pmhub.admin.pages import ReadOnlyAdmin
from programmes.models import (
    LedgerLine,
    MetricValue,
    Programme,
    ProgrammeRollup,
    RollupRequest,
)
from programmes.queries.freshness import pending
from programmes.services import request_recompute


def state_of(rollup: ProgrammeRollup) -> str:
    """Return `failing`, `not yet computed` or `computed`."""
    if rollup.failed_since:
        return "failing"
    return "computed" if rollup.computed_at else "not yet computed"


class FailingFilter(admin.SimpleListFilter):
    """A filter for rollups that fail, or that wait to be computed."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the states."""
        return [("failing", "Failing"), ("waiting", "Waiting to be computed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows in the chosen state."""
        if self.value() == "failing":
            return queryset.filter(failed_since__isnull=False)
        if self.value() == "waiting":
            return queryset.filter(pk__in=pending([*queryset.values_list("pk", flat=True)]))
        return queryset


@admin.register(ProgrammeRollup)
class ProgrammeRollupAdmin(ReadOnlyAdmin):
    """The rollups of programmes: since when figures are computed, and which fail."""

    list_display = (
        "programme", "state", "error", "attempts", "failed_since", "next_try", "as_of",
        "computed_at", "covered", "missing", "stale",
    )  # fmt: skip
    list_filter = (FailingFilter, "programme__portfolio")
    list_select_related = ("programme",)
    ordering = (F("failed_since").asc(nulls_last=True), "programme__code")
    search_fields = ("programme__code", "programme__name", "last_error")
    actions = ("recompute",)

    @admin.display(description="State")
    def state(self, rollup: ProgrammeRollup) -> str:
        """Return the state in words."""
        return state_of(rollup)

    @admin.display(description="Error")
    def error(self, rollup: ProgrammeRollup) -> str:
        """Return the last line of the error, which has the message."""
        lines = rollup.last_error.strip().splitlines()
        return lines[-1][:200] if lines else ""

    @admin.display(description="Next try", ordering="stale_after")
    def next_try(self, rollup: ProgrammeRollup) -> Any:
        """Return when a failing programme is tried again."""
        return rollup.stale_after if rollup.failed_since else None

    @admin.action(description="Recompute the figures", permissions=["view"])
    def recompute(self, request: HttpRequest, queryset: QuerySet[ProgrammeRollup]) -> None:
        """Request that the figures are computed again, at once."""
        programmes = Programme.objects.filter(rollup__in=queryset)
        self.message_user(request, f"{request_recompute(programmes)} asked for.")


@admin.register(RollupRequest)
class RollupRequestAdmin(ReadOnlyAdmin):
    """Requests that wait to be worked off."""

    list_display = ("requested_at", "kind", "object_id")
    list_filter = ("kind",)
    ordering = ("requested_at",)


class OpenFilter(admin.SimpleListFilter):
    """A filter for current or past rows; without a choice, current ones."""

    title = "time"
    parameter_name = "time"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices beside the current rows, which are the default."""
        return [("past", "Past"), ("all", "Past and current")]

    def choices(self, changelist: Any) -> Any:
        """Yield the choices, the first one by its own name."""
        first, *others = super().choices(changelist)
        return [{**first, "display": "Current"}, *others]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows of the chosen time."""
        if self.value() == "all":
            return queryset
        return queryset.filter(valid_to__isnull=self.value() != "past")


@admin.register(MetricValue)
class MetricValueAdmin(ReadOnlyAdmin):
    """The figures of programmes, as stored."""

    list_display = (
        "programme", "metric", "value", "reason", "included", "excluded", "missing",
        "valid_from", "valid_to",
    )  # fmt: skip
    list_display_links = ("programme", "metric")
    list_filter = (OpenFilter, "programme")
    list_select_related = ("programme",)
    ordering = ("programme__code", "metric", "-valid_from")
    search_fields = ("metric", "programme__code")


@admin.register(LedgerLine)
class LedgerLineAdmin(ReadOnlyAdmin):
    """What each record adds to figures."""

    list_display = (
        "programme", "metric", "source_type", "source_id", "value", "included", "reason",
        "valid_from", "valid_to",
    )  # fmt: skip
    list_display_links = ("programme", "metric")
    list_filter = (OpenFilter, "included", "source_type", "programme")
    list_select_related = ("programme",)
    ordering = ("programme__code", "metric", "id")
    search_fields = ("metric", "source_type", "programme__code")
