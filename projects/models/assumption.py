"""Assumptions: what is taken to be true while nobody knows yet."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.database.codes import OF_PROGRAMME, OF_PROJECT
from pmhub.database.collation import InOrder, searched
from pmhub.database.constraints import between, choices, code_once, dated, one_of, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, refusal, versioned
from pmhub.lifecycle import Lifecycle, anybody, move
from pmhub.models import Person, Record
from programmes.models import Portfolio, Programme
from programmes.models.closure_triggers import (
    LASTING,
    LIVE_PROJECTS,
    while_programme_lasts,
    while_project_lasts,
)
from projects.models.issue import Issue
from projects.models.project import Project
from projects.models.record_owners import DOER
from projects.models.risk import Risk

PLACES = ("project", "programme", "portfolio")
BECAME = ("risk", "issue")
ELSEWHERE = "What an assumption becomes belongs to where it was made."


class AssumptionState(models.TextChoices):
    """Whether what is assumed is true."""

    OPEN = "open", _("Open")
    CONFIRMED = "confirmed", _("Confirmed")
    FAILED = "failed", _("Failed")
    RETIRED = "retired", _("Retired")


A = AssumptionState
ASSUMPTION = Lifecycle(
    "state",
    initial=anybody(A.OPEN),
    moves=(
        move("confirmation", "Confirm it", "confirmed", A.CONFIRMED, [A.OPEN],
             asks=("evidence",), by=DOER,
             says="It is true: it is known now and no more assumed."),
        move("failure", "Record that it failed", "failed", A.FAILED, [A.OPEN], by=DOER,
             says="It is not true. What follows from that is a risk where it may hurt, an issue"
             " where it does; either is written at once."),
        move("retirement", "Retire it", "retired", A.RETIRED, [A.OPEN], reason=True,
             says="It no longer matters whether it is true."),
    ),
)  # fmt: skip


def _place(row: str) -> str:
    """Return SQL for the project and the programme that a row belongs to."""
    return f"({row}.project_id, {row}.programme_id)"


def becomes_where_it_was_made() -> pgtrigger.Trigger:
    """Refuse that an assumption becomes a risk or an issue of another project or programme. One of
    a portfolio becomes one of any programme or project of the portfolio."""
    home = f"coalesce({OF_PROJECT.format('o.project_id')}, {OF_PROGRAMME.format('o.programme_id')})"
    steps = " ".join(
        f"IF NEW.{name}_id IS NOT NULL AND NOT EXISTS (SELECT FROM projects_{name} o"  # noqa: S608  # our own names
        f" WHERE o.id = NEW.{name}_id AND CASE WHEN NEW.portfolio_id IS NULL"
        f" THEN {_place('o')} IS NOT DISTINCT FROM {_place('NEW')}"
        f" ELSE {home} = NEW.portfolio_id END) THEN"
        f" {refusal('assumption_became', name, ELSEWHERE)} END IF;"
        for name in BECAME
    )
    return pgtrigger.Trigger(
        name="becomes_where_it_was_made",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf(*(f"{name}_id" for name in BECAME)),
        func=f"{steps} RETURN NULL;",
    )


class Assumption(Record):
    """Something that a plan takes to be true while nobody knows yet, with who finds out, and by
    when. Where it fails it becomes a risk or an issue. No figure reads it."""

    project = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="assumptions"
    )
    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="assumptions"
    )
    portfolio = models.ForeignKey(
        Portfolio, models.PROTECT, null=True, blank=True, related_name="assumptions"
    )
    code = models.CharField(max_length=20)
    text = models.CharField(max_length=300, help_text=_("What is taken to be true"))
    basis = models.TextField(blank=True, help_text=_("Why one may think so"))
    impact_if_wrong = models.TextField(blank=True)
    confidence = models.PositiveSmallIntegerField(
        default=3, help_text=_("From 1, a guess, to 5, as good as known")
    )
    owner = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="assumptions"
    )
    validate_by = models.DateField(
        null=True, blank=True, help_text=_("By when it should be known whether it is true")
    )
    state = models.CharField(max_length=10, choices=AssumptionState, default=AssumptionState.OPEN)
    settled_on = models.DateField(null=True, blank=True)
    evidence = models.TextField(blank=True, help_text=_("What showed whether it is true"))
    risk = models.ForeignKey(
        Risk, models.PROTECT, null=True, blank=True, related_name="from_assumptions"
    )
    issue = models.ForeignKey(
        Issue, models.PROTECT, null=True, blank=True, related_name="from_assumptions"
    )

    answered_for = {"owner": Q(state="open")}
    visible_through = PLACES
    joins = dict.fromkeys(BECAME, Join.SET)
    lifecycles = (ASSUMPTION,)
    added_while = {"programme": LASTING, "project": LIVE_PROJECTS}
    edited_in = (AssumptionState.OPEN,)
    happened = ("settled_on",)
    stays = (
        RetentionRule(
            "failed_assumption",
            Q(state="failed"),
            "An assumption that failed is never deleted: it says where a risk or an issue is from.",
        ),
    )
    refuses = {
        "settled_holds": ("", "An assumption that is settled is changed no more: write another."),
    }
    first_code = "A01"

    class Meta:
        ordering = [InOrder("code"), "id"]
        triggers = [
            versioned(),
            ASSUMPTION.trigger("assumption"),
            while_project_lasts("{row}.state = 'open'", "state"),
            while_programme_lasts("{row}.state = 'open'", "state"),
            becomes_where_it_was_made(),
            frozen(
                "settled_holds", "OLD.state <> 'open'", "code", "text", "basis", "impact_if_wrong",
                "settled_on", "risk_id", "issue_id",
            ),
        ]  # fmt: skip
        indexes = [searched("assumption", "code", "text", "basis", "impact_if_wrong")]
        constraints = [
            one_of("assumption", *PLACES),
            code_once("assumption", *PLACES),
            choices("assumption", "state", AssumptionState),
            between("assumption", "confidence", 1, 5),
            rule(
                "assumption_became",
                "risk",
                Q(state="failed", risk__isnull=False, issue__isnull=True)
                | Q(state="failed", risk__isnull=True, issue__isnull=False)
                | ~Q(state="failed") & Q(risk__isnull=True, issue__isnull=True),
                "One that failed, and no other, is a risk or an issue by now.",
            ),
            rule(
                "assumption_settled",
                "settled_on",
                Q(state="open") | Q(settled_on__isnull=False),
                "What is settled has the day of it.",
            ),
            dated(
                "assumption",
                "settled_on",
                "state",
                AssumptionState.CONFIRMED,
                AssumptionState.FAILED,
                AssumptionState.RETIRED,
                message="Only what is settled has the day of it: settle it first.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.text}"

    @property
    def owner_portfolio(self) -> Any:
        """The portfolio in which it was made."""
        if self.project:
            return self.project.owner_portfolio
        return self.programme.portfolio if self.programme else self.portfolio
