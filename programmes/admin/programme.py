"""Programmes, tranches, outcomes and what programmes spend."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from pmhub.admin.records import RecordAdmin, Rows
from programmes.admin.ledger import state_of
from programmes.models import (
    OperatingModelState,
    Outcome,
    Programme,
    ProgrammeLine,
    ProgrammeMandate,
    Tranche,
)
from programmes.services import request_recompute


class TrancheRows(Rows):
    """The tranches of a programme."""

    model = Tranche


class LineRows(Rows):
    """The budget lines of a programme."""

    model = ProgrammeLine


@admin.register(Programme)
class ProgrammeAdmin(RecordAdmin):
    """Programmes."""

    list_display = (
        "code", "name", "portfolio", "stage", "dca", "sro", "programme_manager",
        "planned_end_on", "figures",
    )  # fmt: skip
    list_display_links = ("code", "name")
    list_filter = ("stage", "dca", "portfolio", "governance_type")
    list_select_related = ("portfolio", "sro", "programme_manager", "rollup")
    search_fields = ("code", "name", "vision")
    inlines = (TrancheRows, LineRows)
    actions = ("recompute",)

    @admin.display(description="Figures")
    def figures(self, programme: Programme) -> str:
        """Return the state of the figures."""
        rollup = getattr(programme, "rollup", None)
        return state_of(rollup) if rollup else "not yet computed"

    @admin.action(description="Recompute the figures", permissions=["view"])
    def recompute(self, request: HttpRequest, queryset: QuerySet[Programme]) -> None:
        """Request that the figures are computed again."""
        self.message_user(request, f"{request_recompute(queryset)} asked for.")


@admin.register(Tranche)
class TrancheAdmin(RecordAdmin):
    """Tranches."""

    list_display = ("code", "name", "programme", "starts_on", "ends_on", "state")
    list_display_links = ("code", "name")
    list_filter = ("state", "programme")
    list_select_related = ("programme",)
    search_fields = ("code", "name", "programme__code")


@admin.register(ProgrammeMandate)
class ProgrammeMandateAdmin(RecordAdmin):
    """Mandates of programmes."""

    list_display = ("programme", "sponsor", "state", "issued_on", "issued_by", "approved_by")
    list_filter = ("state",)
    list_select_related = ("programme", "sponsor", "issued_by", "approved_by")
    search_fields = ("programme__code", "drivers")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Return the read-only fields, with those that only verbs set."""
        return [*super().get_readonly_fields(request, obj), "issued_by", "approved_by"]


@admin.register(OperatingModelState)
class OperatingModelStateAdmin(RecordAdmin):
    """How programmes are to operate, at the end of each tranche."""

    list_display = ("dimension", "programme", "tranche", "state", "reached_on")
    list_filter = ("dimension", "state", "programme")
    list_select_related = ("programme", "tranche__programme")
    search_fields = ("programme__code", "tranche__code", "future")


@admin.register(Outcome)
class OutcomeAdmin(RecordAdmin):
    """Changed ways of working, between outputs and benefits."""

    list_display = (
        "code", "title", "programme", "state", "capability_ready_on", "transition_start",
        "embedded_on", "bcm",
    )  # fmt: skip
    list_display_links = ("code", "title")
    list_filter = ("state", "programme")
    list_select_related = ("programme", "bcm")
    search_fields = ("code", "title", "programme__code")


@admin.register(ProgrammeLine)
class ProgrammeLineAdmin(RecordAdmin):
    """What programmes spend beside their projects."""

    list_display = (
        "code", "programme", "kind", "treatment", "fiscal_year", "approved_budget",
        "estimate_to_complete",
    )  # fmt: skip
    list_filter = ("kind", "treatment", "programme")
    list_select_related = ("programme",)
    search_fields = ("code", "programme__code", "programme__name")
