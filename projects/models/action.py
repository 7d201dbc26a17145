"""Actions: what somebody does by a day about a risk, an issue, an assumption, a recommendation, a
decision, a meeting, a transition or a scope."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.database.collation import searched
from pmhub.database.constraints import choices, dated, one_of, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, listed, versioned
from pmhub.models import Person, Record
from programmes.models import (
    AssuranceRecommendation,
    BoardMeeting,
    Decision,
    ImpactedGroup,
    Outcome,
    Portfolio,
    Programme,
)
from projects.models.assumption import Assumption
from projects.models.issue import Issue
from projects.models.project import Project
from projects.models.risk import Risk
from projects.models.states import ACTION, ActionState

SOURCES = (
    "risk", "issue", "assumption", "recommendation", "decision", "meeting", "outcome",
    "impacted_group", "project", "programme", "portfolio",
)  # fmt: skip
UNDONE = (ActionState.OPEN, ActionState.IN_PROGRESS)


class Action(Record):
    """Something that somebody does by a day, and what it should bring about. It has one source: a
    risk, an issue, an assumption, a recommendation of assurance, a decision, a meeting of a board,
    an outcome or a group that has to work in another way for it, or a project, a programme or a
    portfolio as a whole. No figure reads it."""

    risk = models.ForeignKey(Risk, models.PROTECT, null=True, blank=True, related_name="actions")
    issue = models.ForeignKey(Issue, models.PROTECT, null=True, blank=True, related_name="actions")
    assumption = models.ForeignKey(
        Assumption, models.PROTECT, null=True, blank=True, related_name="actions"
    )
    recommendation = models.ForeignKey(
        AssuranceRecommendation, models.PROTECT, null=True, blank=True, related_name="actions"
    )
    decision = models.ForeignKey(
        Decision, models.PROTECT, null=True, blank=True, related_name="actions"
    )
    meeting = models.ForeignKey(
        BoardMeeting, models.PROTECT, null=True, blank=True, related_name="actions"
    )
    outcome = models.ForeignKey(
        Outcome, models.PROTECT, null=True, blank=True, related_name="actions"
    )
    impacted_group = models.ForeignKey(
        ImpactedGroup, models.PROTECT, null=True, blank=True, related_name="actions"
    )
    project = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="actions"
    )
    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="actions"
    )
    portfolio = models.ForeignKey(
        Portfolio, models.PROTECT, null=True, blank=True, related_name="actions"
    )
    title = models.CharField(max_length=200)
    owner = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="actions")
    due_on = models.DateField(null=True, blank=True)
    effect = models.TextField(blank=True, help_text=_("What it should bring about"))
    state = models.CharField(max_length=20, choices=ActionState, default=ActionState.OPEN)
    done_on = models.DateField(null=True, blank=True)
    evidence = models.TextField(blank=True, help_text=_("What shows that it was done"))

    answered_for = {"owner": Q(state__in=[str(state) for state in UNDONE])}
    visible_through = SOURCES
    lifecycles = (ACTION,)
    edited_in = UNDONE
    happened = ("done_on",)
    stays = (
        RetentionRule(
            "done", Q(state="done"), "What was done is not deleted: take it up again first."
        ),
    )
    refuses = {"action_holds": ("", "What is done or cancelled stays: take it up again first.")}

    class Meta:
        ordering = [models.F("due_on").asc(nulls_last=True), "id"]
        triggers = [
            versioned(),
            ACTION.trigger("action"),
            frozen(
                "action_holds", f"NOT (OLD.state IN ({listed(UNDONE)})"
                f" OR NEW.state IN ({listed(UNDONE)}))", "title", "due_on", "effect",
            ),
        ]  # fmt: skip
        indexes = [searched("action", "title", "effect", "evidence")]
        constraints = [
            one_of("action", *SOURCES),
            choices("action", "state", ActionState),
            rule(
                "action_done_on",
                "done_on",
                ~Q(state="done") | Q(done_on__isnull=False),
                "What is done has the day on which it was.",
            ),
            dated(
                "action",
                "done_on",
                "state",
                ActionState.DONE,
                message="Only what is done has the day of it: complete it first.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def source(self) -> str:
        """Return the name of the source that the action has."""
        return next((name for name in SOURCES if getattr(self, f"{name}_id") is not None), "")

    @property
    def noun(self) -> str:
        """The kind of record by which rights are looked up: an action about an outcome or an
        impacted group takes those of that record."""
        if self.impacted_group_id is not None:
            return "impactedgroup"
        return "action" if self.outcome_id is None else "outcome"

    def overdue(self, on: date) -> bool:
        """Return whether it should have been done before this day."""
        return self.state in UNDONE and self.due_on is not None and self.due_on < on
