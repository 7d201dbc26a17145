"""Assurance reviews and their recommendations on the admin pages."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from pmhub.admin.pages import actor
from pmhub.admin.records import RecordAdmin, Rows
from programmes.models import AssuranceRecommendation, AssuranceReview
from programmes.models.assurance import RecommendationState


class RecommendationRows(Rows):
    """The recommendations of a review."""

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
        """Return the programme or project that is reviewed."""
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
        """Close recommendations that have been acted on."""

        def close(row: AssuranceRecommendation) -> None:
            row.state, row.closed_on = RecommendationState.DONE, timezone.localdate()
            row.updated_by = actor(request)
            row.save(update_fields=["state", "closed_on", "updated_by"])

        rows = queryset.filter(state=RecommendationState.OPEN).select_related("review")
        self.each(request, rows, close, "marked as done")
