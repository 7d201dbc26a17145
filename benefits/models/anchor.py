"""Anchors: the milestone or the output on whose day the forecast of a benefit hangs."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Case, F, Q, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from benefits.models.benefit import Benefit
from benefits.models.states import ANCHOR, CONCLUDED, AnchorState
from pmhub.access import Join
from pmhub.database.belonging import of_one_portfolio
from pmhub.database.codes import OF_PROGRAMME, OF_PROJECT
from pmhub.database.constraints import between, choices, one_of, rule
from pmhub.database.own_acceptance import OWN, own_word
from pmhub.database.triggers import frozen, versioned
from pmhub.models import Record
from projects.models import Milestone, Output

ELSEWHERE = "Choose one of the portfolio of the benefit."
FARTHEST = 36_500  # days from what a benefit hangs on
# The day of what a benefit hangs on, as it is declared; none where it will not come.
DAY_OF_MILESTONE = Case(
    When(milestone__state="cancelled", then=None),
    default=Coalesce("milestone__actual_on", "milestone__forecast_on", "milestone__baseline_on"),
    output_field=models.DateField(),
)
DAY_OF_OUTPUT = Case(
    When(output__state="descoped", then=None),
    default=Coalesce("output__accepted_on", "output__forecast_on", "output__planned_on"),
    output_field=models.DateField(),
)


PORTFOLIO = OF_PROGRAMME.format(
    "(SELECT b.programme_id FROM benefits_benefit b WHERE b.id = NEW.benefit_id)"
)


def _of_its_portfolio(field: str) -> Any:
    project = f"(SELECT o.project_id FROM projects_{field} o WHERE o.id = NEW.{field}_id)"  # noqa: S608  # our own names
    return of_one_portfolio(
        "benefitanchor", field, PORTFOLIO, OF_PROJECT.format(project), ELSEWHERE
    )


class BenefitAnchor(Record):
    """An anchor of a benefit: what is still to come of it begins so many days after the day of a
    milestone or an output. When that day moves, the owner of the benefit is asked whether the
    forecast moves with it; nothing moves by itself."""

    benefit = models.ForeignKey(Benefit, models.CASCADE, related_name="anchors")
    milestone = models.ForeignKey(
        Milestone, models.CASCADE, null=True, blank=True, related_name="benefit_anchors"
    )
    output = models.ForeignKey(
        Output, models.CASCADE, null=True, blank=True, related_name="benefit_anchors"
    )
    offset_days = models.IntegerField(
        help_text=_("Days from that day to the first of what is still forecast; below 0 before it")
    )
    anchored_on = models.DateField(
        editable=False, help_text=_("The day of the milestone or output that was looked at last")
    )
    state = models.CharField(max_length=10, choices=AnchorState, default=AnchorState.IN_STEP)
    begins_on = models.DateField(
        null=True, editable=False, help_text=_("When what is still to come would begin by it")
    )
    answered_on = models.DateField(null=True, editable=False)
    reason = models.TextField(
        blank=True, default="", editable=False, help_text=_("Why the forecast stays")
    )

    visible_through = ("benefit",)
    joins = {"milestone": Join.SEE, "output": Join.SEE}
    lifecycles = (ANCHOR,)
    edited_in = ()
    happened = ("answered_on",)
    refuses = {
        "anchor_own_word": ("state", OWN),
        "anchor_holds": ("", "What a benefit hangs on is never changed: take it away first."),
    }

    class Meta:
        verbose_name = "anchor of a benefit"
        verbose_name_plural = "anchors of benefits"
        ordering = ["benefit", "id"]
        triggers = [
            versioned(),
            ANCHOR.trigger("anchor of a benefit"),
            own_word(
                "anchor_own_word", [AnchorState.ACCEPTED, AnchorState.REFUSED], owner="state",
                who="(SELECT owner_id FROM benefits_benefit WHERE id = NEW.benefit_id)",
            ),
            frozen("anchor_holds", "TRUE", "benefit_id", "milestone_id", "output_id",
                   "offset_days"),
            *map(_of_its_portfolio, ("milestone", "output")),
        ]  # fmt: skip
        constraints = [
            one_of("benefitanchor", "milestone", "output"),
            choices("benefitanchor", "state", AnchorState),
            between("benefitanchor", "offset_days", -FARTHEST, FARTHEST),
            rule(
                "benefitanchor_proposed",
                "begins_on",
                Q(state="in_step") | Q(begins_on__isnull=False),
                "A proposal says when what is still to come would begin.",
            ),
            rule(
                "benefitanchor_answered",
                "answered_on",
                Q(state__in=["accepted", "refused"], answered_on__isnull=False)
                | Q(state__in=["in_step", "proposed"], answered_on__isnull=True),
                "What is answered has the day of it, and nothing else has.",
            ),
            rule(
                "benefitanchor_refused",
                "reason",
                ~Q(state="refused") | ~Q(reason=""),
                "Say why the forecast stays.",
            ),
            models.UniqueConstraint(
                fields=["benefit", "milestone"],
                name="benefitanchor_milestone_once",
                violation_error_message="This benefit hangs on it already.",
            ),
            models.UniqueConstraint(
                fields=["benefit", "output"],
                name="benefitanchor_output_once",
                violation_error_message="This benefit hangs on it already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.benefit.code} on {self.on}"

    @property
    def owner_id(self) -> int | None:
        """Return the id of the person who answers: the owner of the benefit."""
        return self.benefit.owner_id

    @property
    def on(self) -> Milestone | Output:
        """Return the milestone or the output on which the benefit hangs."""
        record = self.milestone or self.output
        assert record is not None  # the database holds exactly one of the two  # noqa: S101
        return record


OVER = Q(day__isnull=True) | Q(benefit__status__in=CONCLUDED)  # nobody waits for it any more


def moved_anchors() -> models.QuerySet[BenefitAnchor]:
    """Return the anchors whose day (`day`) has changed since it was last looked at, of benefits
    that are still waited for."""
    return _with_day().exclude(OVER | Q(day=F("anchored_on")))


def lost_anchors() -> models.QuerySet[BenefitAnchor]:
    """Return the anchors with an open proposal to move the forecast, though their milestone or
    output will not come, or their benefit is no longer waited for."""
    return _with_day().filter(OVER, state=AnchorState.PROPOSED)


def _with_day() -> models.QuerySet[BenefitAnchor]:
    return BenefitAnchor.objects.annotate(day=Coalesce(DAY_OF_MILESTONE, DAY_OF_OUTPUT))
