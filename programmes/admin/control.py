"""By which rules, by whom and within which limits is decided."""

from dataclasses import asdict
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from pmhub.admin.numbers import NamedNumbers
from pmhub.admin.pages import ReadOnlyAdmin
from pmhub.admin.records import RecordAdmin, RecordForm
from programmes.admin.governance import Authored
from programmes.health import DEFAULT
from programmes.models import (
    Acknowledgement,
    Board,
    BoardMeeting,
    Decision,
    DelegatedLimit,
    Envelope,
    MeetingState,
    RuleSet,
    Tolerance,
)
from programmes.models.states import DecisionState


class RuleSetForm(RecordForm):
    """A set of rules, each by name with its default."""

    values = NamedNumbers(
        defaults=asdict(DEFAULT), help_text="Only what differs from the defaults is kept."
    )


@admin.register(RuleSet)
class RuleSetAdmin(Authored):
    """Rule sets: another is added, none is changed."""

    form = RuleSetForm
    list_display = ("valid_from", "kind", "portfolio", "reason", "by")
    list_display_links = ("valid_from", "kind")
    list_filter = ("kind", "portfolio")
    list_select_related = ("portfolio", "by")
    date_hierarchy = "valid_from"
    search_fields = ("reason",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """None is changed."""
        return False


@admin.register(Tolerance)
class ToleranceAdmin(Authored):
    """Tolerances of portfolios, programmes and projects."""

    list_display = ("kind", "value", "side", "place", "by")
    list_display_links = ("kind", "value")
    list_filter = ("kind", "side", "portfolio", "programme")
    list_select_related = ("portfolio", "programme", "project", "by")
    search_fields = ("programme__code", "project__code")

    @admin.display(description="Of")
    def place(self, tolerance: Tolerance) -> str:
        """The portfolio, programme or project that it limits."""
        return str(tolerance.project or tolerance.programme or tolerance.portfolio)


@admin.register(Board)
class BoardAdmin(RecordAdmin):
    """Boards with their members."""

    list_display = ("name", "kind", "programme", "portfolio", "chair", "quorum")
    list_filter = ("kind", "programme")
    list_select_related = ("programme", "portfolio", "chair")
    search_fields = ("name",)


@admin.register(BoardMeeting)
class BoardMeetingAdmin(RecordAdmin):
    """Meetings of boards: planned here, called and held by their verbs."""

    exclude = ("agenda", "papers")
    list_display = ("on", "board", "about", "state")
    list_filter = ("state", "board")
    list_select_related = ("board",)
    search_fields = ("about", "board__name")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Who was there and what was said is told by the verb."""
        return [*super().get_readonly_fields(request, obj), "attendance", "minutes"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only what is planned can be changed."""
        planned = obj is None or obj.state == MeetingState.PLANNED
        return super().has_change_permission(request, obj) and planned


@admin.register(DelegatedLimit)
class DelegatedLimitAdmin(RecordAdmin):
    """What each level decides itself."""

    list_display = ("level", "portfolio", "cost", "days", "benefit_pct")
    list_filter = ("portfolio",)
    list_select_related = ("portfolio",)


@admin.register(Envelope)
class EnvelopeAdmin(Authored):
    """How much may be approved in a year."""

    author = "approved_by"
    list_display = ("fiscal_year", "treatment", "portfolio", "programme", "amount", "approved_by")
    list_display_links = ("fiscal_year", "treatment")
    list_filter = ("fiscal_year", "treatment", "programme")
    list_select_related = ("portfolio", "programme", "approved_by")


@admin.register(Decision)
class DecisionAdmin(RecordAdmin):
    """Decisions: proposed here and on pages, made by their verb."""

    list_display = ("title", "place", "cause", "state", "decided_on", "decided_by", "board")
    list_filter = ("state", "cause", "programme")
    list_select_related = ("portfolio", "programme", "project", "decided_by", "board")
    date_hierarchy = "decided_on"
    search_fields = ("title", "question", "outcome")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """What was decided is said by the verb."""
        given = super().get_readonly_fields(request, obj)
        return [
            *given, "outcome", "rationale", "consequences", "decided_on", "decided_by", "board",
            "present",
        ]  # fmt: skip

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only what is proposed can be changed."""
        open_ = obj is None or obj.state == DecisionState.PROPOSED
        return super().has_change_permission(request, obj) and open_


@admin.register(Acknowledgement)
class AcknowledgementAdmin(ReadOnlyAdmin):
    """Who is asked to know of a decision, and does: each says so themself, on its page."""

    list_display = ("decision", "person", "state", "asked_on", "read_on")
    list_filter = ("state",)
    list_select_related = ("decision", "person")
    date_hierarchy = "asked_on"
    search_fields = ("decision__title", "person__name")
