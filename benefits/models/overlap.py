"""Two benefits of a programme that may count one gain twice, and what is agreed about that."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from benefits.models.benefit import Benefit
from benefits.models.states import OVERLAP, OverlapState
from pmhub import formats
from pmhub.access import Join, ScopedQuerySet
from pmhub.access.separation_of_duties import decided_by_another
from pmhub.database.belonging import belongs
from pmhub.database.constraints import choices, numbers, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import Kind, Mark, frozen, source
from pmhub.models import Person, Record
from programmes.models import Programme

ELSEWHERE = "Both benefits are of this programme."
OWN = "Who owns one of the two does not resolve it."
OWNERS = "SELECT owner_id FROM benefits_benefit WHERE id IN (NEW.first_id, NEW.second_id)"


class OverlapCause(models.TextChoices):
    """What two benefits have in common."""

    SAME_MEASURE = "same_measure", _("They have the same measure and unit")
    NEAR_TITLE = "near_title", _("Their titles say nearly the same")
    SHARES_OVER_1 = "shares_over_1", _("A project brings more than 1 of both")
    SAME_POPULATION = "same_population", _("One outcome brings both to the same beneficiary")


class OverlapResolution(models.TextChoices):
    """An agreement about two benefits that may count one gain twice."""

    NONE = "none", _("They do not overlap")
    MERGED = "merged", _("Merged: the other takes the place of one")
    REDUCED = "reduced", _("Reduced: what one of them claims was forecast anew")
    ACCEPTED = "accepted", _("Agreed: what both claim is counted once")


# The overlaps that keep two benefits in one programme, where the overlap is, or may be, subtracted.
COUNTS = Q(state=OverlapState.OPEN) | Q(resolution=OverlapResolution.ACCEPTED)


class OverlapCases(ScopedQuerySet):
    """Overlaps of benefits: a case is visible to users who see both benefits."""

    def visible_to(self, user: Any) -> OverlapCases:
        """Return the cases of the programmes that the user sees, but for those of which one benefit
        has moved out of their sight."""
        seen = Benefit.objects.visible_to(user).order_by().values("pk")
        return super().visible_to(user).filter(first__in=seen, second__in=seen)


class OverlapCase(Record):
    """Two benefits that may claim the same gain. The product opens one for each pair that has
    none; somebody who owns neither resolves it. What they agree that both claim is subtracted from
    the programme's benefits as a figure of its own; an open case is counted and subtracts
    nothing."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="overlap_cases")
    first = models.ForeignKey(Benefit, models.PROTECT, related_name="overlaps_first")
    second = models.ForeignKey(Benefit, models.PROTECT, related_name="overlaps_second")
    cause = models.CharField(max_length=20, choices=OverlapCause)
    found_on = models.DateField()
    state = models.CharField(max_length=10, choices=OverlapState, default=OverlapState.OPEN)
    resolution = models.CharField(max_length=10, choices=OverlapResolution, blank=True)
    overlap_amount = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("What both claim, over their whole life, where that is agreed"),
    )
    reason = models.TextField(blank=True)
    resolved_on = models.DateField(null=True, blank=True)
    resolved_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")

    objects = OverlapCases.as_manager()  # type: ignore[misc]  # one queryset for another
    unread = ("cause", "found_on", "reason", "resolved_on", "resolved_by")
    visible_through = ("programme",)
    joins = dict.fromkeys(("first", "second", "resolved_by"), Join.SET)
    lifecycles = (OVERLAP,)
    edited_in = ()
    happened = ("found_on", "resolved_on")
    parties = ("first__owner", "second__owner")
    stays = (RetentionRule("overlap", ~Q(cause=""), "An overlap that was found stays on record."),)
    refuses = {
        "overlapcase_first": ("first", ELSEWHERE),
        "overlapcase_second": ("second", ELSEWHERE),
        "overlap_holds": ("", "What was found is never changed."),
        "overlap_resolved": ("", "What was agreed about an overlap is never changed."),
    }

    class Meta:
        verbose_name = "overlap of benefits"
        verbose_name_plural = "overlaps of benefits"
        ordering = ["-found_on", "-id"]
        triggers = [
            *source(Mark(Kind.PROGRAMME, "programme_id")),
            OVERLAP.trigger("overlap of benefits"),
            frozen("overlap_holds", "TRUE", "first_id", "second_id", "cause", "found_on"),
            frozen("overlap_resolved", "OLD.state <> 'open'", "resolution", "overlap_amount",
                   "reason", "resolved_on", "resolved_by_id"),
            decided_by_another("resolved_by_id", OWNERS, text=OWN),
            *(
                belongs(
                    "overlapcase",
                    name,
                    f"FROM benefits_benefit WHERE id = NEW.{name}_id"
                    " AND programme_id = NEW.programme_id",
                    ELSEWHERE,
                    same=("programme_id",),
                )
                for name in ("first", "second")
            ),
        ]  # fmt: skip
        constraints = [
            choices("overlapcase", "cause", OverlapCause),
            choices("overlapcase", "state", OverlapState),
            *numbers("overlapcase", "overlap_amount", low=0),
            rule(
                "overlapcase_two",
                "second",
                Q(first__lt=F("second")),
                "Two benefits are named, the one that was entered first as the first.",
            ),
            rule(
                "overlapcase_resolution_choice",
                "resolution",
                Q(resolution__in=["", *OverlapResolution.values]),
                f"Choose one of: {', '.join(OverlapResolution.values)}.",
            ),
            rule(
                "overlapcase_resolved",
                "resolution",
                Q(state="open", resolution="", resolved_on__isnull=True)
                | Q(state="resolved", resolved_on__isnull=False)
                & ~Q(resolution="")
                & ~Q(reason=""),
                "What is resolved has a resolution, its day and why; nothing else has.",
            ),
            rule(
                "overlapcase_amount",
                "overlap_amount",
                Q(resolution="accepted", overlap_amount__gt=0)
                | ~Q(resolution="accepted") & Q(overlap_amount__isnull=True),
                "What both claim is said, above 0, where it is agreed, and nowhere else.",
            ),
            models.UniqueConstraint(
                fields=["first", "second"],
                condition=Q(state="open"),
                name="overlapcase_one_open",
                violation_error_message="This is asked about these two already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first.code} and {self.second.code}"

    @property
    def amounts_in(self) -> Any:
        """Return the unit of its amount: that of the portfolio's money."""
        return formats.money_unit(self.programme.portfolio)
