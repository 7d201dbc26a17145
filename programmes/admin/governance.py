"""Assurance, judgements, overrides, measurements of objectives, and status reports."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from pmhub.admin.pages import ReadOnlyAdmin, actor
from pmhub.admin.records import RecordAdmin, Rows
from pmhub.services import person_of
from programmes.models import (
    AssuranceRecommendation,
    AssuranceReview,
    DcaRecord,
    HealthOverride,
    ObjectiveMeasurement,
    StatusReport,
)
from programmes.models.assurance import RecommendationState
from programmes.models.states import ObjectiveMeasurementStatus, OverrideState


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


class Authored(RecordAdmin):
    """Pages of what somebody says and somebody else confirms, by an action."""

    author = "by"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Let nobody change who said or confirmed it: whoever types it in says it, and an action
        confirms it."""
        names = (self.author, "verified_by", "approved_by")
        there = {field.name for field in self.model._meta.fields}
        given = super().get_readonly_fields(request, obj)
        return [*given, *(name for name in names if name in there)]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Whoever changes it says it from here on."""
        if not change or form.changed_data:
            setattr(obj, self.author, person_of(actor(request)))
            form.changed_data.append(self.author)
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
        """Let only what has not been judged be corrected."""
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
        """Let none be changed."""
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
        """Let only what is proposed be changed."""
        open_ = obj is None or obj.state == OverrideState.PROPOSED
        return super().has_change_permission(request, obj) and open_

    @admin.display(description="Of")
    def target(self, override: HealthOverride) -> str:
        """The programme or the project whose health it is."""
        return str(override.target)


@admin.register(StatusReport)
class StatusReportAdmin(ReadOnlyAdmin):
    """Status reports; they are written and moved on on the pages of their programmes."""

    list_display = (
        "subject", "kind", "period_end", "state", "declared_rag", "author", "approved_by",
        "published_at",
    )  # fmt: skip
    list_display_links = ("subject", "period_end")
    list_filter = ("state", "declared_rag", "programme")
    list_select_related = ("programme", "project", "author", "approved_by")
    date_hierarchy = "period_end"
    search_fields = ("programme__code", "project__code", "achieved", "next_steps", "help_needed")
