"""Budget requests: a project or a programme asks for more to be approved."""

from __future__ import annotations

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
    WROTE_LAST,
    decided_by_another,
    last_writer,
    written_last,
)
from pmhub.database.codes import OF_PROGRAMME, OF_PROJECT
from pmhub.database.constraints import between, choices, code_once, dated, numbers, one_of, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, refusal, unchanged, versioned
from pmhub.models import Person, Record
from programmes.models import Decision, Programme, ProgrammeLine
from programmes.models.closed_year import while_years_open
from programmes.models.closure_triggers import (
    NO_MONEY,
    NO_MONEY_OF_PROGRAMME,
    while_programme_lasts,
    while_project_lasts,
)
from programmes.models.envelope_guards import excess_sql
from programmes.models.programme_line import Treatment
from projects.models.budget.states import BUDGET_REQUEST, GRANTED, BudgetRequestState
from projects.models.money import BudgetLine, CostCategory
from projects.models.project import Project

ABOVE = "This is above an envelope: name the decision that allows it."
LINE = "What is approved has a budget line of its own, of that amount."
OWN = "Nobody decides about money that they ask for, or lead with."
HOME = f"coalesce({OF_PROJECT.format('NEW.project_id')}, {OF_PROGRAMME.format('NEW.programme_id')})"
PROGRAMME = (
    "coalesce(NEW.programme_id,"
    " (SELECT programme_id FROM projects_project WHERE id = NEW.project_id))"
)


def approved_as_it_may_be() -> pgtrigger.Trigger:
    """Refuse an approval without the budget line that it writes, or above an envelope without a
    decision."""
    same = "l.fiscal_year = NEW.fiscal_year AND l.treatment = NEW.treatment"
    written = (
        "EXISTS (SELECT FROM projects_budgetline l WHERE l.id = NEW.budget_line_id"  # noqa: S608  # our own names
        f" AND l.project_id = NEW.project_id AND l.approved = NEW.approved_amount AND {same})"
        " OR EXISTS (SELECT FROM programmes_programmeline l WHERE l.id = NEW.programme_line_id"
        " AND l.programme_id = NEW.programme_id AND l.approved_budget = NEW.approved_amount"
        f" AND {same})"
    )
    above = excess_sql("home", PROGRAMME, "NEW.fiscal_year", "NEW.treatment")
    steps = (
        (f"NOT ({written})", refusal("budgetrequest_line", "budget_line", LINE)),
        (f"NEW.decision_id IS NULL AND {above}",
         refusal("budgetrequest_envelope", "decision", ABOVE)),
    )  # fmt: skip
    return pgtrigger.Trigger(
        name="states_approve",  # sorts after the life cycle, which refuses what is no move
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("state"),
        condition=pgtrigger.Condition("NEW.state IN ('approved', 'partly')"),
        declare=[("home", "bigint")],
        # The lock makes two who approve the last of an envelope see one another.
        func=f"{unchanged('state')}home := {HOME};"
        " PERFORM FROM programmes_portfolio WHERE id = home"  # our own names
        " FOR NO KEY UPDATE; "
        + " ".join(f"IF {wrong} THEN {refusal_sql} END IF;" for wrong, refusal_sql in steps)
        + " RETURN NEW;",
    )


def lowest_level(of_project: bool) -> str:  # one thing is asked
    """Return the lowest level that decides about the budget of a project, or of a programme: the
    one above its manager."""
    return "executive" if of_project else "sro"


class BudgetRequest(Record):
    """A request of a project or a programme to approve more in a fiscal year. Once all or a part of
    it is approved, that is a budget line at once."""

    project = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="budget_requests"
    )
    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="budget_requests"
    )
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    category = models.CharField(max_length=20, choices=CostCategory, default=CostCategory.OTHER)
    fiscal_year = models.PositiveSmallIntegerField(help_text=_("By the year in which it begins"))
    treatment = models.CharField(max_length=10, choices=Treatment, default=Treatment.CAPITAL)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    reason = models.TextField(help_text=_("What it is for, and what happens without it"))
    state = models.CharField(
        max_length=10, choices=BudgetRequestState, default=BudgetRequestState.DRAFT
    )
    approved_amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    written_by = last_writer()
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    decided_on = models.DateField(null=True, blank=True)
    answer = models.TextField(blank=True, help_text=_("Why it was decided so"))
    decision = models.OneToOneField(
        Decision, models.PROTECT, null=True, blank=True, related_name="budget_request"
    )
    budget_line = models.OneToOneField(
        BudgetLine, models.PROTECT, null=True, blank=True, related_name="budget_request"
    )
    programme_line = models.OneToOneField(
        ProgrammeLine, models.PROTECT, null=True, blank=True, related_name="budget_request"
    )

    visible_through = ("project", "programme")
    joins = dict.fromkeys(("decided_by", "decision", "budget_line", "programme_line"), Join.SET)
    lifecycles = (BUDGET_REQUEST,)
    edited_in = (BudgetRequestState.DRAFT,)
    happened = ("decided_on",)
    parties = (
        "created_by__person", "written_by", "programme__programme_manager",
        "project__project_manager",
    )  # fmt: skip
    stays = (
        RetentionRule(
            "decided_request",
            Q(decided_on__isnull=False),
            "A request that was decided is never deleted: it says why the budget is what it is.",
        ),
    )
    refuses = {
        "submitted_holds": ("", "What was submitted is changed no more: return it first."),
        "answered_holds": ("", "What was decided about a request is never changed."),
    }
    first_code = "BR01"

    class Meta:
        ordering = ["-id"]
        triggers = [
            versioned(),
            BUDGET_REQUEST.trigger("budget request"),
            while_project_lasts("{row}.state = 'submitted'", "state", text=NO_MONEY),
            while_programme_lasts("{row}.state = 'submitted'", "state", text=NO_MONEY_OF_PROGRAMME),
            while_years_open(
                "{row}.state = 'submitted'", "fiscal_year", "fiscal_year",
                home=HOME, years="NEW.fiscal_year",
            ),
            approved_as_it_may_be(),
            written_last(
                "project_id", "programme_id", "fiscal_year", "treatment", "amount", "reason"
            ),
            decided_by_another(
                "decided_by_id",
                WROTE,
                WROTE_LAST,
                LEADS_PROGRAMME.format("NEW.programme_id"),
                LEADS_PROJECT.format("NEW.project_id"),
                text=OWN,
            ),
            frozen(
                "submitted_holds", "OLD.state <> 'draft'", "project_id", "programme_id", "code",
                "title", "category", "fiscal_year", "treatment", "amount", "reason",
            ),
            frozen(
                "answered_holds", "OLD.decided_on IS NOT NULL", "approved_amount", "decided_by_id",
                "decided_on", "answer", "decision_id", "budget_line_id", "programme_line_id",
            ),
        ]  # fmt: skip
        constraints = [
            one_of("budgetrequest", "project", "programme"),
            code_once("budgetrequest", "project", "programme"),
            choices("budgetrequest", "category", CostCategory),
            choices("budgetrequest", "treatment", Treatment),
            choices("budgetrequest", "state", BudgetRequestState),
            between("budgetrequest", "fiscal_year", 1990, 2200),
            *numbers("budgetrequest", "amount", "approved_amount", low=0),
            rule("budgetrequest_asks", "amount", Q(amount__gt=0), "Ask for more than 0."),
            rule("budgetrequest_reason", "reason", ~Q(reason=""), "Say what it is for."),
            rule(
                "budgetrequest_granted",
                "approved_amount",
                Q(state="approved", approved_amount=F("amount"))
                | Q(state="partly", approved_amount__gt=0, approved_amount__lt=F("amount"))
                | ~Q(state__in=["approved", "partly"]) & Q(approved_amount__isnull=True),
                "What is approved is the amount, or in part less than that; of another none is.",
            ),
            rule(
                "budgetrequest_decided_on",
                "decided_on",
                Q(state__in=["draft", "submitted"]) | Q(decided_on__isnull=False),
                "What was decided has the day of it.",
            ),
            dated(
                "budgetrequest",
                "decided_on",
                "state",
                *GRANTED,
                BudgetRequestState.REFUSED,
                message="Only what was decided has the day of it: approve it first.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def owner_portfolio(self) -> Any:
        """The portfolio of the project or programme."""
        if self.project:
            return self.project.owner_portfolio
        return self.programme and self.programme.portfolio

    @property
    def lowest_level(self) -> str:
        """The lowest level that decides about the request."""
        return lowest_level(self.project_id is not None)
