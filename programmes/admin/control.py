"""By which rules, by whom and within which limits is decided."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from pmhub.admin.numbers import NamedRules
from pmhub.admin.pages import ReadOnlyAdmin
from pmhub.admin.records import RecordAdmin, RecordForm
from programmes.admin.governance import Authored
from programmes.models import (
    Acknowledgement,
    Board,
    BoardMeeting,
    BoardPack,
    Decision,
    DelegatedLimit,
    Envelope,
    MeetingState,
    PackState,
    RuleKind,
    RuleSet,
    Tolerance,
)
from programmes.models.rule_set import checked
from programmes.models.states import DecisionState
from programmes.rules import KINDS

FIXED = [kind for kind, rules in KINDS.items() if rules.entries()]


class RuleSetForm(RecordForm):
    """A set of rules of one kind, each by name with its default."""

    def clean(self) -> Any:
        """Refuse what the rule that reads them cannot."""
        cleaned = super().clean() or {}
        if {"kind", "values"} <= cleaned.keys():
            try:
                checked(cleaned["kind"], cleaned["values"])
            except ValidationError as error:
                self.add_error("values", error)
        return cleaned


def form_of(kind: str) -> type[RuleSetForm]:
    """Return the form of a kind of rules."""
    said = "Only what differs from the defaults is kept."
    return type(
        RuleSetForm.__name__,
        (RuleSetForm,),
        {"values": NamedRules(kind=KINDS[kind], help_text=said)},
    )


@admin.register(RuleSet)
class RuleSetAdmin(Authored):
    """Rule sets: another is added, of the kind that the address names, none is changed."""

    form = form_of(RuleKind.THRESHOLDS)
    list_display = ("valid_from", "kind", "portfolio", "reason", "by")
    list_display_links = ("valid_from", "kind")
    list_filter = ("kind", "portfolio")
    list_select_related = ("portfolio", "by")
    date_hierarchy = "valid_from"
    search_fields = ("reason",)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """The form of the kind; categories, whose names are free, have theirs among the pages."""
        asked = request.POST.get("kind") or request.GET.get("kind") or RuleKind.THRESHOLDS
        if asked not in FIXED:
            asked = RuleKind.THRESHOLDS
        return super().get_form(request, obj, change=change, form=form_of(asked), **kwargs)

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The kinds whose rules have fixed names."""
        if db_field.name == "kind":
            kwargs["choices"] = [pair for pair in RuleKind.choices if pair[0] in FIXED]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let none be changed."""
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
        """Let nobody change who was there and what was said: the verb records that."""
        return [*super().get_readonly_fields(request, obj), "attendance", "deputies", "minutes"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let only what is planned be changed."""
        planned = obj is None or obj.state == MeetingState.PLANNED
        return super().has_change_permission(request, obj) and planned


@admin.register(BoardPack)
class BoardPackAdmin(RecordAdmin):
    """Board packs: put together here, frozen by their verb."""

    list_display = ("title", "on", "portfolio", "state", "frozen_at", "frozen_by")
    list_filter = ("state", "portfolio")
    list_select_related = ("portfolio", "frozen_by")
    date_hierarchy = "on"
    search_fields = ("title", "foreword")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let only a draft be changed."""
        draft = obj is None or obj.state == PackState.DRAFT
        return super().has_change_permission(request, obj) and draft


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
        """Let nobody change what was decided: the verb records that."""
        given = super().get_readonly_fields(request, obj)
        return [
            *given, "outcome", "rationale", "consequences", "decided_on", "decided_by", "board",
            "present", "deputies",
        ]  # fmt: skip

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let only what is proposed be changed."""
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
