"""Portfolios, programmes, their governance, and a look at the ledger and its engine."""

from dataclasses import asdict
from typing import Any

from django.contrib import admin
from django.db.models import Exists, F, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from pmhub.admin.numbers import NamedNumbers
from pmhub.admin.pages import ReadOnlyAdmin, actor
from pmhub.admin.records import RecordAdmin, RecordForm, Rows
from pmhub.services import person_of
from pmhub.triggers import Kind
from programmes.health import DEFAULT
from programmes.models import (
    AssuranceRecommendation,
    AssuranceReview,
    DcaRecord,
    HealthOverride,
    LedgerLine,
    MetricValue,
    ObjectiveMeasurement,
    Outcome,
    Portfolio,
    Programme,
    ProgrammeLine,
    ProgrammeRollup,
    RollupRequest,
    RuleSet,
    StatusReport,
    StrategicObjective,
    Tranche,
)
from programmes.models.governance import RecommendationState
from programmes.models.states import ObjectiveMeasurementStatus, OverrideState
from programmes.services import request_recompute


class ObjectiveRows(Rows):
    """The objectives of a portfolio."""

    model = StrategicObjective
    fields = ("code", "title", "measure", "target", "target_on", "weight", "status")


class PortfolioForm(RecordForm):
    """A portfolio, its thresholds by name with their defaults."""

    rag_thresholds = NamedNumbers(
        defaults=asdict(DEFAULT), help_text="Only what differs from the defaults is kept."
    )


@admin.register(Portfolio)
class PortfolioAdmin(RecordAdmin):
    """Portfolios, with the rules of their figures."""

    form = PortfolioForm
    list_display = ("code", "name", "organisation", "currency", "pmo_type", "as_of")
    list_display_links = ("code", "name")
    search_fields = ("code", "name", "organisation")
    inlines = (ObjectiveRows,)


@admin.register(StrategicObjective)
class ObjectiveAdmin(RecordAdmin):
    """Strategic objectives."""

    list_display = ("code", "title", "portfolio", "target", "target_on", "owner", "status")
    list_display_links = ("code", "title")
    list_filter = ("status", "portfolio")
    list_select_related = ("portfolio", "owner")
    search_fields = ("code", "title", "measure")


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
        """Return whether the figures are computed."""
        rollup = getattr(programme, "rollup", None)
        return state_of(rollup) if rollup else "not yet computed"

    @admin.action(description="Recompute the figures", permissions=["view"])
    def recompute(self, request: HttpRequest, queryset: QuerySet[Programme]) -> None:
        """Ask for the figures anew."""
        self.message_user(request, f"{request_recompute(queryset)} asked for.")


@admin.register(Tranche)
class TrancheAdmin(RecordAdmin):
    """Tranches."""

    list_display = ("code", "name", "programme", "starts_on", "ends_on", "state")
    list_display_links = ("code", "name")
    list_filter = ("state", "programme")
    list_select_related = ("programme",)
    search_fields = ("code", "name", "programme__code")


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


class RecommendationRows(Rows):
    """What a review asks for."""

    model = AssuranceRecommendation


@admin.register(AssuranceReview)
class AssuranceReviewAdmin(RecordAdmin):
    """Assurance reviews."""

    list_display = ("code", "title", "target", "kind", "planned_on", "held_on", "dca", "state")
    list_display_links = ("code", "title")
    list_filter = ("kind", "dca", "state", "programme")
    list_select_related = ("programme", "project")
    date_hierarchy = "held_on"
    search_fields = ("code", "title", "programme__code", "project__code")
    inlines = (RecommendationRows,)

    @admin.display(description="Of")
    def target(self, review: AssuranceReview) -> str:
        """The programme or project it looks at."""
        return str(review.programme or review.project)


class Authored(RecordAdmin):
    """Pages of what somebody says and somebody else confirms, by an action."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Who said it is whoever types it in, and who confirmed it did so by an action."""
        names = ("by", "verified_by", "approved_by")
        there = {field.name for field in self.model._meta.fields}
        given = super().get_readonly_fields(request, obj)
        return [*given, *(name for name in names if name in there)]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Whoever changes it says it from here on."""
        if not change or form.changed_data:
            obj.by = person_of(actor(request))
            form.changed_data.append("by")
        super().save_model(request, obj, form, change)


@admin.register(ObjectiveMeasurement)
class ObjectiveMeasurementAdmin(Authored):
    """Measurements of objectives, to be verified or rejected."""

    list_display = ("objective", "on", "value", "status", "by", "verified_by", "programme")
    list_display_links = ("objective", "on")
    list_filter = ("status", "objective", "programme")
    list_select_related = ("objective", "by", "verified_by", "programme")
    date_hierarchy = "on"
    search_fields = ("objective__code", "objective__title", "source")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only what has not been judged can be corrected."""
        open_ = obj is None or obj.status == ObjectiveMeasurementStatus.SUBMITTED
        return super().has_change_permission(request, obj) and open_


@admin.register(DcaRecord)
class DcaRecordAdmin(Authored):
    """Judgements of delivery confidence: another is added, none is changed."""

    list_display = ("on", "target", "kind", "value", "basis", "by")
    list_display_links = ("on", "target")
    list_filter = ("kind", "value", "programme")
    list_select_related = ("programme", "project", "by")
    date_hierarchy = "on"
    search_fields = ("basis", "programme__code", "project__code")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """None is changed."""
        return False

    @admin.display(description="Of")
    def target(self, record: DcaRecord) -> str:
        """The programme or the project that is judged."""
        return str(record.target)


@admin.register(HealthOverride)
class HealthOverrideAdmin(Authored):
    """Overrides of health, to be approved by another or withdrawn."""

    list_display = ("target", "colour", "state", "starts_on", "expires_on", "by", "approved_by")
    list_display_links = ("target", "colour")
    list_filter = ("state", "colour", "programme")
    list_select_related = ("programme", "project", "by", "approved_by")
    date_hierarchy = "starts_on"
    search_fields = ("reason", "programme__code", "project__code")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only what is proposed can be changed."""
        open_ = obj is None or obj.state == OverrideState.PROPOSED
        return super().has_change_permission(request, obj) and open_

    @admin.display(description="Of")
    def target(self, override: HealthOverride) -> str:
        """The programme or the project whose health it is."""
        return str(override.target)


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


@admin.register(StatusReport)
class StatusReportAdmin(ReadOnlyAdmin):
    """Status reports; they are written and moved on on the pages of their programmes."""

    list_display = (
        "subject", "period_end", "state", "declared_rag", "author", "approved_by", "published_at",
    )  # fmt: skip
    list_display_links = ("subject", "period_end")
    list_filter = ("state", "declared_rag", "programme")
    list_select_related = ("programme", "project", "author", "approved_by")
    date_hierarchy = "period_end"
    search_fields = ("programme__code", "project__code", "achieved", "next_steps", "help_needed")


@admin.register(AssuranceRecommendation)
class RecommendationAdmin(RecordAdmin):
    """Recommendations of all reviews, to follow up."""

    list_display = ("review", "number", "text", "priority", "due_on", "owner", "state")
    list_display_links = ("review", "number")
    list_filter = ("state", "priority", "due_on")
    list_select_related = ("review", "owner")
    search_fields = ("text", "review__code", "owner__name")
    covered = ("completion",)
    actions = ("done",)

    @admin.action(description="Mark as done", permissions=["change"])
    def done(self, request: HttpRequest, queryset: QuerySet[AssuranceRecommendation]) -> None:
        """Close what has been acted on."""

        def close(row: AssuranceRecommendation) -> None:
            row.state, row.closed_on = RecommendationState.DONE, timezone.localdate()
            row.updated_by = actor(request)
            row.save(update_fields=["state", "closed_on", "updated_by"])

        rows = queryset.filter(state=RecommendationState.OPEN).select_related("review")
        self.each(request, rows, close, "marked as done")


# The engine


def state_of(rollup: ProgrammeRollup) -> str:
    """`failing`, `not yet computed` or `computed`."""
    if rollup.failed_since:
        return "failing"
    return "computed" if rollup.computed_at else "not yet computed"


class FailingFilter(admin.SimpleListFilter):
    """Programmes whose figures cannot be computed."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The states."""
        return [("failing", "Failing"), ("waiting", "Waiting to be computed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows in that state."""
        if self.value() == "failing":
            return queryset.filter(failed_since__isnull=False)
        if self.value() == "waiting":
            return queryset.filter(_asked())
        return queryset


def _asked() -> Exists:
    """Whether a request names the programme itself; one may also name a project or benefit."""
    return Exists(
        RollupRequest.objects.filter(kind=Kind.PROGRAMME, object_id=OuterRef("programme_id"))
    )


@admin.register(ProgrammeRollup)
class ProgrammeRollupAdmin(ReadOnlyAdmin):
    """Whose figures are computed, since when, and whose fail."""

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
        """Return whether it is computed or fails."""
        return state_of(rollup)

    @admin.display(description="Error")
    def error(self, rollup: ProgrammeRollup) -> str:
        """The last line of the error, which says what."""
        lines = rollup.last_error.strip().splitlines()
        return lines[-1][:200] if lines else ""

    @admin.display(description="Next try", ordering="stale_after")
    def next_try(self, rollup: ProgrammeRollup) -> Any:
        """When a failing programme is tried again."""
        return rollup.stale_after if rollup.failed_since else None

    @admin.action(description="Recompute the figures", permissions=["view"])
    def recompute(self, request: HttpRequest, queryset: QuerySet[ProgrammeRollup]) -> None:
        """Ask for the figures anew, at once."""
        programmes = Programme.objects.filter(rollup__in=queryset)
        self.message_user(request, f"{request_recompute(programmes)} asked for.")


@admin.register(RollupRequest)
class RollupRequestAdmin(ReadOnlyAdmin):
    """What waits to be worked off."""

    list_display = ("requested_at", "kind", "object_id")
    list_filter = ("kind",)
    ordering = ("requested_at",)


class OpenFilter(admin.SimpleListFilter):
    """Current values, unless others are asked for."""

    title = "time"
    parameter_name = "time"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Now is what one sees without choosing."""
        return [("past", "Past"), ("all", "Past and current")]

    def choices(self, changelist: Any) -> Any:
        """The first choice is called by its name."""
        first, *others = super().choices(changelist)
        return [{**first, "display": "Current"}, *others]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of that time."""
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
    """What each record adds to a figure."""

    list_display = (
        "programme", "metric", "source_type", "source_id", "value", "included", "reason",
        "valid_from", "valid_to",
    )  # fmt: skip
    list_display_links = ("programme", "metric")
    list_filter = (OpenFilter, "included", "source_type", "programme")
    list_select_related = ("programme",)
    ordering = ("programme__code", "metric", "id")
    search_fields = ("metric", "source_type", "programme__code")
