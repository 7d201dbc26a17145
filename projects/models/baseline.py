"""The approved plans of a project."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access.setters import is_limited
from pmhub.database.constraints import numbers, ordered
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import Kind, Mark, frozen, refusal, source
from pmhub.models import Record
from programmes.models import DecisionCause
from programmes.models.decision_triggers import Act, spoken_day, spoken_money
from projects.models.event_cycles import no_circle_by_baselines
from projects.models.plan import plan_can_be
from projects.models.project import Project

ORDER = "Plans are approved in their order: not before the one before it, nor after the one after."


def approved_in_order() -> pgtrigger.Trigger:
    """Refuse an approval on a day before that of an earlier plan of the project, or after that of a
    later one. The lock makes two that are approved at once see one another."""
    others = (
        "SELECT FROM projects_baseline b WHERE b.project_id = NEW.project_id AND"
        " (b.number < NEW.number AND b.approved_on > NEW.approved_on"
        " OR b.number > NEW.number AND b.approved_on < NEW.approved_on)"
    )
    return pgtrigger.Trigger(
        name="approved_in_order",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("project_id", "number", "approved_on"),
        condition=pgtrigger.Condition("NEW.approved_on IS NOT NULL"),
        func="PERFORM FROM projects_project WHERE id = NEW.project_id FOR NO KEY UPDATE;"
        f" IF EXISTS ({others}) THEN"
        f" {refusal('baseline_order', 'approved_on', ORDER)} END IF; RETURN NEW;",
    )


class Baseline(Record):
    """An approved plan: dates, budget and planned value. Append-only; the highest approved number
    is the current one."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="baselines")
    number = models.PositiveSmallIntegerField(default=1)
    approved_on = models.DateField(null=True, blank=True)
    starts_on = models.DateField()
    finishes_on = models.DateField()
    budget_at_completion = models.DecimalField(max_digits=14, decimal_places=2)
    planned_value_profile = models.JSONField(
        default=list,
        blank=True,
        help_text=_('Cumulative points, as [["2026-10-31", "41200.00"], …]'),
    )
    reason = models.TextField(blank=True)

    unread = ("reason",)
    visible_through = ("project",)
    happened = ("approved_on",)
    true_from = "approved_on"
    stays = (
        RetentionRule(
            "append_only", Q(approved_on__isnull=False), "An approved baseline is never deleted."
        ),
    )
    refuses = {"append_only": ("", "An approved baseline is never changed: add a new one.")}

    class Meta:
        ordering = ["project", "-number"]
        triggers = [
            *source(Mark(Kind.PROJECT, "project_id")),
            *no_circle_by_baselines(),
            plan_can_be(),
            approved_in_order(),
            Act(
                "baseline",
                pgtrigger.Insert | pgtrigger.UpdateOf("approved_on"),
                "NEW.approved_on IS NOT NULL",
                DecisionCause.BASELINE,
                project="NEW.project_id",
                title="'Baseline ' || NEW.number || ' approved'",
                outcome=f"'From ' || {spoken_day('NEW.starts_on')} || ' to '"
                f" || {spoken_day('NEW.finishes_on')} || ', for '"
                f" || {spoken_money('NEW.budget_at_completion', project='NEW.project_id')}",
                rationale="NEW.reason",
                day="NEW.approved_on",
                before="OLD.approved_on IS NOT NULL",
            ).trigger(),
            frozen(
                "append_only",
                "OLD.approved_on IS NOT NULL",
                "project_id",
                "number",
                "approved_on",
                "starts_on",
                "finishes_on",
                "budget_at_completion",
                "planned_value_profile",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="baseline_number"),
            ordered("baseline", "starts_on", "finishes_on"),
            *numbers("baseline", "budget_at_completion", low=0),
        ]

    def judges_own(self, user: Any) -> bool:
        """Return whether the user manages the project, and so does not approve its plan."""
        return is_limited(user, self, "project__project_manager")

    def __str__(self) -> str:
        return f"{self.project.code} baseline {self.number}"
