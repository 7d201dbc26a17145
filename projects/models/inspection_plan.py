"""Plans of inspections: what is looked at again and again, or before a hold point is passed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access.separation_of_duties import has_part
from pmhub.access.setters import Setter
from pmhub.database.belonging import still_there
from pmhub.database.collation import InOrder, searched
from pmhub.database.constraints import between, choices, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, versioned
from pmhub.lifecycle import Lifecycle, anybody, move
from pmhub.models import Person
from projects.models.inspection_base import (
    InspectedRecord,
    looked_at,
    looked_at_constraints,
    looked_at_triggers,
)
from projects.models.schedule import CANCELLED

ENDED = "A plan that has ended is changed no more: write another."
LONGEST = 3650  # days between two


class PlanState(models.TextChoices):
    """Whether inspections are drawn from a plan."""

    ACTIVE = "active", _("Active")
    ENDED = "ended", _("Ended")


@dataclass(frozen=True, slots=True)
class Assurers(Setter):
    """People who assure a project and do not lead it. Whoever writes a new plan may set its hold
    point; later only assurers change it, so that nobody removes what holds them."""

    def allows(self, user: Any, row: Any) -> bool:
        """Return whether the plan is new, or the user assures the project and does not lead it."""
        if row.pk is None:
            return True
        return super(Assurers, self).allows(user, row) and not has_part(user, row)


ASSURERS = Assurers("an assurer or the PMO, who do not lead the project", right="assure")
INSPECTION_PLAN = Lifecycle(
    "state",
    initial=anybody(PlanState.ACTIVE),
    moves=(
        move("ending", "End it", "ended", PlanState.ENDED, [PlanState.ACTIVE], reason=True,
             by=ASSURERS,
             says="No more inspections are drawn from it; those that are planned stay."),
    ),
)  # fmt: skip


class InspectionPlan(InspectedRecord):
    """What somebody who is not of a project looks at: before a stage or a milestone, or every so
    many days, by default as often as its oversight asks for. The next inspection is always drawn
    from it, so that one is planned at any time."""

    project, code, title, asset_version, hold_point, milestone = looked_at("inspection_plans")
    every_days = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)],
        help_text=_("Days from one to the next; left empty, as often as its oversight asks for"),
    )  # fmt: skip
    begins_on = models.DateField(
        null=True, blank=True, help_text=_("The day of the first; left empty, after the last one")
    )
    inspector = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="inspection_plans"
    )
    state = models.CharField(max_length=6, choices=PlanState, default=PlanState.ACTIVE)

    answered_for = {"inspector": Q(state="active")}
    lifecycles = (INSPECTION_PLAN,)
    edited_in = (PlanState.ACTIVE,)
    set_by = {"hold_point": ASSURERS, "milestone": ASSURERS}
    stays = (
        RetentionRule("ended_plan", Q(state="ended"), "A plan that has ended is never deleted."),
    )
    refuses = {"plan_ended": ("", ENDED)}
    first_code = "IP01"

    class Meta:
        ordering = ["project", InOrder("code")]
        triggers = [
            versioned(),
            INSPECTION_PLAN.trigger("inspection plan"),
            *looked_at_triggers("inspectionplan", "{row}.state = 'active'"),
            still_there(
                "inspectionplan",
                "milestone",
                "FROM projects_milestone WHERE id = NEW.milestone_id AND state = 'cancelled'",
                CANCELLED,
            ),
            frozen(
                "plan_ended", "OLD.state = 'ended'", "project_id", "code", "title",
                "asset_version_id", "hold_point", "milestone_id", "every_days", "begins_on",
                "inspector_id",
            ),
        ]  # fmt: skip
        indexes = [searched("inspectionplan", "code", "title")]
        constraints = [
            *looked_at_constraints("inspectionplan"),
            choices("inspectionplan", "state", PlanState),
            between("inspectionplan", "every_days", 1, LONGEST),
            rule(
                "inspectionplan_every_days",
                "every_days",
                Q(every_days__isnull=True) | Q(hold_point="", milestone__isnull=True),
                "What is looked at before a hold point is not looked at again and again.",
            ),
        ]

    @property
    def holds_a_point(self) -> bool:
        """Return whether a stage or a milestone waits for its inspections."""
        return bool(self.hold_point or self.milestone_id)
