"""Overrides of health: a colour that people set in the place of the derived one, for a time."""

from datetime import timedelta
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.access.separation_of_duties import (
    LEADS_PROGRAMME,
    LEADS_PROJECT,
    WROTE,
    decided_by_another,
)
from pmhub.database.constraints import choices, no_overlap, one_of, ordered, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import Kind, Mark, frozen, source
from pmhub.models import Person, Record
from programmes.models.closure_triggers import while_programme_lasts, while_project_lasts
from programmes.models.decision_triggers import Act, DecisionCause, spoken_day
from programmes.models.programme import Programme, Rating
from programmes.models.states import OVERRIDE, OverrideState

LONGEST = timedelta(days=90)
# What was approved: it holds as it is, or is withdrawn.
SAID = (
    "programme_id", "project_id", "colour", "reason", "starts_on", "expires_on", "by_id",
    "approved_by_id",
)  # fmt: skip


class HealthOverride(Record):
    """A colour that counts as the health of a programme or a project in the place of the derived
    one, from one day to another, once somebody else has approved it. The derived colour stays
    stored."""

    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="health_overrides"
    )
    project = models.ForeignKey(
        "projects.Project",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="health_overrides",
    )
    colour = models.CharField(max_length=10, choices=Rating)
    reason = models.TextField(help_text=_("Why the derived colour misleads"))
    starts_on = models.DateField(
        help_text=_("The first day on which it counts; left empty, the status date")
    )
    expires_on = models.DateField(
        help_text=_("The last day on which it counts, at most 90 days after the first")
    )
    state = models.CharField(max_length=10, choices=OverrideState, default=OverrideState.PROPOSED)
    by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    approved_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")

    unread = ("by", "approved_by")
    visible_through = ("programme", "project")
    joins = {"by": Join.SET, "approved_by": Join.SET}
    lifecycles = (OVERRIDE,)
    edited_in = (OverrideState.PROPOSED,)
    promised = ("expires_on",)
    parties = (
        "by", "created_by__person", "programme__programme_manager", "project__project_manager",
    )  # fmt: skip
    stays = (
        RetentionRule(
            "approved_override",
            Q(approved_by__isnull=False),
            "An override that was approved is never deleted: withdraw it.",
        ),
    )
    refuses = {
        "approved_holds": ("", "An override that was approved is never changed: withdraw it."),
    }

    class Meta:
        ordering = ["-starts_on", "-id"]
        triggers = [
            *source(Mark(Kind.PROGRAMME, "programme_id"), Mark(Kind.PROJECT, "project_id")),
            OVERRIDE.trigger("health override"),
            while_project_lasts(
                "{row}.state = 'proposed'", "state", text="The project has ended: it has no colour."
            ),
            while_programme_lasts(
                "{row}.state = 'proposed'",
                "state",
                text="The programme has ended: its colour stays.",
            ),
            decided_by_another(
                "approved_by_id",
                WROTE,
                LEADS_PROGRAMME.format("NEW.programme_id"),
                LEADS_PROJECT.format("NEW.project_id"),
            ),
            Act(
                "override",
                pgtrigger.Insert | pgtrigger.Update,
                "NEW.state = 'approved'",
                DecisionCause.OVERRIDE,
                programme="NEW.programme_id",
                project="NEW.project_id",
                title="'Health overridden: ' || NEW.colour",
                outcome=f"'Counts as ' || NEW.colour || ' from ' || {spoken_day('NEW.starts_on')}"
                f" || ' to ' || {spoken_day('NEW.expires_on')}",
                rationale="NEW.reason",
                person="NEW.approved_by_id",
                before="OLD.state = 'approved'",
            ).trigger(),
            frozen("approved_holds", "OLD.state <> 'proposed'", *SAID),
        ]
        constraints = [
            one_of("healthoverride", "programme", "project"),
            choices("healthoverride", "colour", Rating),
            choices("healthoverride", "state", OverrideState),
            ordered("healthoverride", "starts_on", "expires_on"),
            rule(
                "healthoverride_at_most",
                "expires_on",
                Q(expires_on__lte=F("starts_on") + LONGEST),
                f"An override counts for {LONGEST.days} days at most.",
            ),
            rule(
                "healthoverride_reason",
                "reason",
                ~Q(reason=""),
                "Say why the derived colour misleads.",
            ),
            rule(
                "healthoverride_approved_by",
                "approved_by",
                ~Q(state="approved") | Q(approved_by__isnull=False),
                "An override that counts names who approved it.",
            ),
            rule(
                "healthoverride_not_own",
                "approved_by",
                Q(approved_by__isnull=True) | Q(by__isnull=True) | ~Q(approved_by=F("by")),
                "Nobody approves their own override.",
            ),
            *(
                no_overlap(
                    f"healthoverride_{scope}",
                    scope,
                    days=("starts_on", "expires_on"),
                    condition=Q(state="approved"),
                )
                for scope in ("programme", "project")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_colour_display()} from {self.starts_on} to {self.expires_on}"

    @property
    def target(self) -> Any:
        """The programme or the project whose health it is."""
        return self.programme or self.project
