"""Gates: planned here and on pages, opened and decided by their verbs."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from pmhub.admin.pages import ReadOnlyAdmin
from pmhub.admin.records import RecordAdmin
from projects.models import Gate, GateCondition, GateCriterion, GateState, GateVote


class VerbDrivenAdmin(RecordAdmin):
    """Pages whose forms leave out the fields (`set_by_verbs`) that only verbs set."""

    set_by_verbs: tuple[str, ...] = ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Make the fields that verbs set read-only."""
        return [*super().get_readonly_fields(request, obj), *self.set_by_verbs]


@admin.register(Gate)
class GateAdmin(VerbDrivenAdmin):
    """Gates of all projects, programmes and tranches."""

    set_by_verbs = ("ends_on", "oversight", "approvers", "quorum", "pmo_approvers", "pmo_confirms",
                    "decision", "decided_on", "reason")  # fmt: skip
    list_display = (
        "code",
        "title",
        "project",
        "programme",
        "tranche",
        "stage_to",
        "state",
        "decision",
        "decided_on",
    )
    list_display_links = ("code", "title")
    list_filter = ("state", "decision", "stage_to")
    list_select_related = ("project", "programme", "tranche")
    search_fields = ("code", "title", "project__code", "programme__code", "tranche__code")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let only planned gates be changed."""
        planned = obj is None or obj.state == GateState.PLANNED
        return super().has_change_permission(request, obj) and planned


@admin.register(GateCriterion)
class GateCriterionAdmin(VerbDrivenAdmin):
    """Criteria of gates."""

    set_by_verbs = ("assessor",)
    list_display = ("text", "gate", "mandatory", "state", "assessor")
    list_filter = ("state", "mandatory")
    list_select_related = ("gate", "assessor")
    search_fields = ("text", "gate__code")


@admin.register(GateVote)
class GateVoteAdmin(ReadOnlyAdmin):
    """Votes at gates: cast on the page of the gate."""

    list_display = ("gate", "person", "choice", "on")
    list_filter = ("choice",)
    list_select_related = ("gate", "person")
    search_fields = ("gate__code", "person__name")


@admin.register(GateCondition)
class GateConditionAdmin(ReadOnlyAdmin):
    """Conditions under which gates let something go on, to follow up."""

    list_display = ("text", "project", "programme", "gate", "owner", "due_on", "state")
    list_filter = ("state", "due_on")
    list_select_related = ("project", "programme", "gate", "owner")
    search_fields = ("text", "project__code", "programme__code")
