"""Benefits, their profiles and measurements, and the projects that contribute."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from benefits.models import (
    Benefit,
    BenefitAnchor,
    BenefitContribution,
    BenefitHandOver,
    BenefitLink,
    BenefitMeasurement,
    BenefitProfileEntry,
    BenefitReview,
    MeasurementStatus,
    OverlapCase,
    ProfileVersion,
    ReviewState,
    SharedBenefitClaim,
)
from benefits.models.links import SOURCES, TARGETS
from benefits.services import (
    anchor_benefit,
    answer_review,
    ask_hand_over,
    overlapped,
    verify_measurement,
)
from pmhub.admin.pages import ReadOnlyAdmin, actor
from pmhub.admin.records import RecordAdmin, Rows, adopt_record
from pmhub.services import person_of
from projects.models import Project

NAMES = ("code", "title")


class ProfileRows(Rows):
    """What is planned and forecast, period by period."""

    model = BenefitProfileEntry


class MeasurementRows(Rows):
    """What was measured; added and judged on the pages of measurements."""

    model = BenefitMeasurement
    may_add = may_change = may_delete = False
    fields = ("period_start", "period_end", "value", "status", "submitted_by", "verified_by")


class ContributionRows(Rows):
    """Which projects contribute, and how much."""

    model = BenefitContribution


@admin.register(Benefit)
class BenefitAdmin(RecordAdmin):
    """Benefits of all programmes."""

    list_display = (
        "code", "title", "programme", "category", "kind", "level", "monetised", "confidence",
        "owner", "status", "next_measurement_on",
    )  # fmt: skip
    list_display_links = ("code", "title")
    list_filter = ("status", "category", "kind", "level", "monetised", "programme")
    list_select_related = ("programme", "owner")
    search_fields = ("code", "title", "measure", "owner__name")
    inlines = (ProfileRows, MeasurementRows, ContributionRows)


@admin.register(BenefitProfileEntry)
class ProfileEntryAdmin(RecordAdmin):
    """Profile entries of all benefits."""

    list_display = ("benefit", "version_kind", "version_number", "period_start", "period_end",
                    "value")  # fmt: skip
    list_filter = ("version_kind", "benefit__programme")
    list_select_related = ("benefit",)
    date_hierarchy = "period_start"
    search_fields = ("benefit__code", "benefit__title")


@admin.register(ProfileVersion)
class ProfileVersionAdmin(RecordAdmin):
    """Versions of profiles of all benefits."""

    entered = ("number",)

    list_display = ("benefit", "kind", "number", "state", "proposed_by", "approved_by",
                    "approved_on")  # fmt: skip
    list_filter = ("state", "kind", "benefit__programme")
    list_select_related = ("benefit", "proposed_by", "approved_by")
    search_fields = ("benefit__code", "benefit__title", "reason")


@admin.register(BenefitMeasurement)
class MeasurementAdmin(RecordAdmin):
    """Measurements, to be verified or rejected. One that is verified is only ever superseded."""

    list_display = (
        "benefit", "period_start", "period_end", "value", "evidence_grade", "status",
        "submitted_by", "verified_by",
    )  # fmt: skip
    list_filter = ("status", "evidence_grade", "benefit__programme")
    list_select_related = ("benefit", "submitted_by", "verified_by")
    date_hierarchy = "period_end"
    search_fields = ("benefit__code", "benefit__title", "source")
    actions = ("supersede",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Make the status and the verifier read-only: actions judge a measurement."""
        return [*super().get_readonly_fields(request, obj), "status", "verified_by"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Record whoever adds or changes a measurement as its submitter, and drop its
        confirmation."""
        if not change or form.changed_data:
            obj.submitted_by, obj.confirmed_by = person_of(actor(request)), None
            form.changed_data += ["submitted_by", "confirmed_by"]
        super().save_model(request, obj, form, change)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let only measurements that nobody has judged yet be changed."""
        open_ = obj is None or obj.status == MeasurementStatus.SUBMITTED
        return super().has_change_permission(request, obj) and open_

    @admin.action(description="Verify, in the place of what it overlaps", permissions=["change"])
    def supersede(self, request: HttpRequest, queryset: QuerySet[BenefitMeasurement]) -> None:
        """Verify each of the measurements, in the place of the verified ones whose days it
        shares."""

        def verb(row: BenefitMeasurement) -> BenefitMeasurement:
            met = [old.pk for old in overlapped(row)]
            return verify_measurement(row, supersedes=met, by=actor(request))

        self.each(request, queryset.select_related("benefit"), verb, "verified")


@admin.register(BenefitContribution)
class ContributionAdmin(RecordAdmin):
    """Contributions of projects to benefits."""

    list_display = ("benefit", "project", "weight")
    list_filter = ("benefit__programme",)
    list_select_related = ("benefit", "project")
    search_fields = ("benefit__code", "project__code", "project__name")


@admin.register(BenefitReview)
class ReviewAdmin(RecordAdmin):
    """Reviews of benefits whose projects ended short: opened when the project ends, answered with a
    decision, and kept."""

    entered = ("decision", "findings")

    may_add = may_delete = False
    list_display = (
        "benefit", "project", "cause", "state", "asked_on", "due_on", "reviewer", "decision",
    )  # fmt: skip
    list_filter = ("state", "cause", "decision", "benefit__programme")
    list_select_related = ("benefit", "contribution__project", "reviewer")
    date_hierarchy = "asked_on"
    search_fields = ("benefit__code", "benefit__title", "findings")
    fields = (
        "benefit", "contribution", "cause", "state", "asked_on", "due_on", "reviewer", "decision",
        "findings", "decided_on", "decided_by",
    )  # fmt: skip

    @admin.display(ordering="contribution__project__code")
    def project(self, review: BenefitReview) -> Project:
        """The project that ended."""
        return review.contribution.project

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Make all but the decision and the findings read-only: a review is only answered."""
        given = super().get_readonly_fields(request, obj)
        return [*given, *(name for name in self.fields if name not in ("decision", "findings"))]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let only an open review be answered: an answer is never changed."""
        open_ = obj is None or obj.state == ReviewState.OPEN
        return super().has_change_permission(request, obj) and open_

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Require a decision: no review is answered without one."""
        form = super().get_form(request, obj, change=change, **kwargs)
        if "decision" in form.base_fields:
            form.base_fields["decision"].required = True
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Answer the review with the decision and the findings of the form."""
        review = BenefitReview.objects.get(pk=obj.pk)
        given = {"decision": obj.decision, "findings": obj.findings}
        adopt_record(obj, answer_review(review, **given, by=actor(request)))


@admin.register(BenefitHandOver)
class HandOverAdmin(RecordAdmin):
    """Hand-overs of what projects bring: asked for here and on pages, answered by the person who is
    asked."""

    list_display = ("benefit", "project", "owner", "state", "frequency", "until", "asked_on",
                    "answered_on")  # fmt: skip
    list_filter = ("state", "frequency", "benefit__programme")
    list_select_related = ("benefit", "project", "owner")
    date_hierarchy = "asked_on"
    search_fields = ("benefit__code", "project__code", "owner__name")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Make the state, both days and the reason read-only: the verbs of a hand-over set them."""
        names = ["state", "asked_on", "answered_on", "reason"]
        return [*super().get_readonly_fields(request, obj), *names]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let nobody change a hand-over once it is asked for."""
        return obj is None and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Ask the person whom the form names to accept the hand-over."""
        terms = {name: getattr(obj, name) for name in ("owner", "measure", "frequency", "until")}
        adopt_record(obj, ask_hand_over(obj.contribution, **terms, by=actor(request)))


@admin.register(SharedBenefitClaim)
class SharedBenefitClaimAdmin(RecordAdmin):
    """Claims of other programmes to a share of a benefit."""

    list_display = ("benefit", "programme", "share", "state")
    list_filter = ("state", "programme")
    list_select_related = ("benefit", "programme")
    search_fields = ("benefit__code", "programme__code", "rationale")


@admin.register(OverlapCase)
class OverlapAdmin(ReadOnlyAdmin):
    """Overlaps of benefits: opened by the product, resolved on their pages."""

    list_display = ("first", "second", "programme", "cause", "state", "resolution",
                    "overlap_amount", "found_on")  # fmt: skip
    list_filter = ("state", "cause", "resolution", "programme")
    list_select_related = ("first", "second", "programme")
    date_hierarchy = "found_on"
    search_fields = ("first__code", "second__code", "reason")


@admin.register(BenefitAnchor)
class AnchorAdmin(RecordAdmin):
    """Anchors of the forecasts of benefits: set here and on pages; when one moves, the owner of its
    benefit answers."""

    list_display = ("benefit", "milestone", "output", "offset_days", "state", "begins_on")
    list_filter = ("state", "benefit__programme")
    list_select_related = ("benefit", "milestone", "output")
    search_fields = ("benefit__code", "milestone__code", "output__code")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Make the state read-only: it follows from the day of the anchor and the owner's
        answer."""
        return [*super().get_readonly_fields(request, obj), "state"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let nobody change an anchor once it is set."""
        return obj is None and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Set the anchor of the benefit to the milestone or the output of the form."""
        values = {name: getattr(obj, name) for name in ("milestone", "output", "offset_days")}
        adopt_record(obj, anchor_benefit(obj.benefit, **values, by=actor(request)))


@admin.register(BenefitLink)
class BenefitLinkAdmin(RecordAdmin):
    """The benefits maps, link by link."""

    list_display = ("__str__", "programme", "source", "target")
    list_filter = ("programme",)
    list_select_related = ("programme", *SOURCES, *TARGETS)
    search_fields = tuple(f"{end}__{name}" for end in (*SOURCES, *TARGETS) for name in NAMES)
