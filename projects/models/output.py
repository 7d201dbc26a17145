"""What a project delivers."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from pmhub.access.setters import LIMITS_OF_PROJECT
from pmhub.database.collation import InOrder, searched
from pmhub.database.constraints import choices, code_once, dated, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import Kind, Mark, frozen, refusal, source
from pmhub.models import Person, Record
from programmes.models.closure_triggers import LIVE_PROJECTS, while_project_lasts
from projects.models.progress import (
    output_of_complete,
)
from projects.models.project import Project
from projects.models.states import OUTPUT, OutputState

UNAPPROVED = "An output is taken out of the scope by an approved change that holds it: raise one."
UNCHECKED = "A check has neither passed nor been waived: %."


def by_approved_change() -> pgtrigger.Trigger:
    """Refuse to descope an output that no approved change takes out of the scope, whoever writes
    it. It is checked at the commit, when that change is implemented; a trial is rolled back
    before."""
    held = "jsonb_build_array(jsonb_build_object('path', 'outputs/' || NEW.id || '/descoping/'))"
    change = "c.state = 'approved' OR c.state = 'implemented' AND c.updated_at >= now()"
    return pgtrigger.Trigger(
        name="by_approved_change",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("state"),
        timing=pgtrigger.Deferred,
        condition=pgtrigger.Condition("NEW.state = 'descoped'"),
        func="IF OLD.state IS DISTINCT FROM 'descoped' AND NOT EXISTS (SELECT"
        f" FROM projects_changerequest c WHERE ({change}) AND c.writes @> {held}) THEN"
        f" {refusal('output_descoped', 'state', UNAPPROVED)} END IF; RETURN NULL;",
    )


BY_APPROVED_CHANGE = by_approved_change()


def checked_before_accepted() -> pgtrigger.Trigger:
    """Refuse to accept an output while one of its checks is neither passed nor waived, and name the
    first such check."""
    first = (
        "SELECT c.code || ' ' || c.title FROM projects_qualityrecord c WHERE c.output_id = NEW.id"
        " AND c.result IN ('open', 'fail') ORDER BY c.code LIMIT 1"
    )
    return pgtrigger.Trigger(
        name="unchecked",  # sorts after the life cycle, which refuses what is no move
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("state"),
        condition=pgtrigger.Condition("NEW.state = 'accepted' AND OLD.state <> 'accepted'"),
        declare=[("missing", "text")],
        func=f"missing := ({first}); IF missing IS NOT NULL THEN"
        f" {refusal('output_unchecked', 'state', UNCHECKED, 'missing')} END IF; RETURN NEW;",
    )


class Output(Record):
    """A product or a service that a project delivers, and that somebody accepts."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="outputs")
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    acceptance_criteria = models.TextField(blank=True)
    planned_on = models.DateField(null=True, blank=True)
    forecast_on = models.DateField(null=True, blank=True)
    accepted_on = models.DateField(null=True, blank=True)
    accepted_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=20, choices=OutputState, default=OutputState.PLANNED)

    unread = (
        "code", "title", "acceptance_criteria", "forecast_on", "accepted_on", "accepted_by",
    )  # fmt: skip
    visible_through = ("project",)
    set_by = {"planned_on": LIMITS_OF_PROJECT.where("due")}
    lifecycles = (OUTPUT,)
    added_while = {"project": LIVE_PROJECTS}
    over_in = (OutputState.DESCOPED,)
    happened = ("accepted_on",)
    refuses = {
        "output_descoped": ("state", UNAPPROVED),
        "output_accepted": ("", "What was accepted stays as it was."),
    }
    edited_in = (OutputState.PLANNED, OutputState.IN_PROGRESS, OutputState.DELIVERED)
    stays = (
        RetentionRule(
            "accepted", Q(state="accepted"), "An output that was accepted is never deleted."
        ),
    )
    first_code = "O01"

    class Meta:
        ordering = ["project", InOrder("code")]
        triggers = [
            *source(Mark(Kind.PROJECT, "project_id")),
            OUTPUT.trigger("output"),
            output_of_complete(),
            BY_APPROVED_CHANGE,
            checked_before_accepted(),
            frozen("output_accepted", "OLD.state = 'accepted'", "title", "acceptance_criteria"),
            while_project_lasts("{row}.state NOT IN ('accepted', 'descoped')", "state"),
        ]
        indexes = [searched("output", "code", "title")]
        constraints = [
            code_once("output", "project"),
            choices("output", "state", OutputState),
            rule(
                "output_accepted_on",
                "accepted_on",
                ~Q(state="accepted") | Q(accepted_on__isnull=False),
                "Give the date on which it was accepted.",
            ),
            dated(
                "output",
                "accepted_on",
                "state",
                OutputState.ACCEPTED,
                message="Only an accepted output has the date of its acceptance.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def due(self) -> bool:
        """Return whether it is stored and has a day by which it is to be accepted."""
        return self.pk is not None and self.planned_on is not None
