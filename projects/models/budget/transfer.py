"""Budget transfers: what is approved on one line moves to another."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.access.separation_of_duties import (
    LEADS_PROJECT,
    WROTE,
    WROTE_LAST,
    decided_by_another,
    last_writer,
    written_last,
)
from pmhub.database.codes import OF_PROJECT
from pmhub.database.constraints import choices, dated, numbers, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, refusal, versioned
from pmhub.models import Person, Record
from programmes.models.closed_year import while_years_open
from programmes.models.closure_triggers import while_project_of_line_lasts
from programmes.models.decision_triggers import exact_money
from programmes.models.envelope_guards import excess_sql
from projects.models.budget.request import OWN
from projects.models.budget.states import BUDGET_TRANSFER, BudgetTransferState
from projects.models.money import BudgetLine

LINES = "projects_budgetline"
APART = "Choose a line of the same portfolio."
FOREIGN = "This line is in another currency: change what is approved on it."
UNRATED = "Something on this line is spent or ordered that no exchange rate converts: enter that."
USED = "Only % of this line is neither spent nor ordered."
FREE = exact_money("greatest(free, 0)", "home")
ABOVE = "The line would go above an envelope: ask for its budget by a request."
LEADS = " UNION ".join(
    LEADS_PROJECT.format(f"(SELECT b.project_id FROM projects_budgetline b WHERE b.id = {line})")  # noqa: S608  # our own names
    for line in ("NEW.from_line_id", "NEW.to_line_id")
)


def _portfolio(line: str) -> str:
    """SQL for the portfolio of a budget line, whose id is SQL."""
    return OF_PROJECT.format(f"(SELECT b.project_id FROM {LINES} b WHERE b.id = {line})")  # noqa: S608  # our own names


def of_one_portfolio() -> pgtrigger.Trigger:
    """Refuse a transfer between lines of two portfolios, whose money is not the same."""
    ends = [_portfolio(f"NEW.{end}_line_id") for end in ("from", "to")]
    return pgtrigger.Trigger(
        name="of_one_portfolio",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("from_line_id", "to_line_id", "state"),
        func=f"IF {ends[0]} IS DISTINCT FROM {ends[1]} THEN"
        f" {refusal('budgettransfer_apart', 'to_line', APART)} END IF; RETURN NULL;",
    )


def _can_move() -> str:
    """Return SQL that refuses a transfer of lines in another currency, of one with costs or orders
    without a rate, and of more than is neither spent nor ordered. It reads the lines into
    `old_line` and `new_line`."""
    spent = (
        "SELECT coalesce(sum(c.amount), 0) FROM projects_costactual c"
        " WHERE c.budget_line_id = NEW.from_line_id"
    )
    ordered = (
        "SELECT coalesce(sum(greatest(o.amount - o.invoiced, 0)), 0) FROM projects_commitment o"
        " WHERE o.budget_line_id = NEW.from_line_id AND o.state = 'open'"
    )
    no_rate = "{0}.budget_line_id = NEW.from_line_id AND {0}.amount IS NULL"
    unrated = (
        f"EXISTS (SELECT FROM projects_costactual c WHERE {no_rate.format('c')})"  # noqa: S608  # our own names
        f" OR EXISTS (SELECT FROM projects_commitment o WHERE {no_rate.format('o')}"
        " AND o.state = 'open')"
    )
    foreign = "".join(
        f" IF {row}.foreign_currency <> '' THEN"
        f" {refusal('budgettransfer_foreign', end, FOREIGN)} END IF;"
        for end, row in (("from_line", "old_line"), ("to_line", "new_line"))
    )
    return (
        f"home := {_portfolio('NEW.from_line_id')};"  # noqa: S608  # our own names
        " PERFORM FROM programmes_portfolio WHERE id = home FOR NO KEY UPDATE;"
        f" PERFORM FROM {LINES} WHERE id IN (NEW.from_line_id, NEW.to_line_id)"
        " ORDER BY id FOR NO KEY UPDATE;"
        f" SELECT * INTO old_line FROM {LINES} WHERE id = NEW.from_line_id;"
        f" SELECT * INTO new_line FROM {LINES} WHERE id = NEW.to_line_id;"
        f"{foreign} IF {unrated} THEN"
        f" {refusal('budgettransfer_unrated', 'from_line', UNRATED)} END IF;"
        f" free := old_line.approved - greatest(({spent}) + ({ordered}), 0);"
        " IF NEW.amount > free THEN"
        f" {refusal('budgettransfer_used', 'amount', USED, FREE)} END IF;"
    )


def _above(more: str = "") -> str:
    """Return SQL of whether a transfer takes an envelope of the line that receives it, but not of
    the other line, above its limit. `more` (SQL) is an amount to be added to what is approved
    there."""
    here = "(SELECT p.programme_id FROM projects_project p WHERE p.id = {0}.project_id)"
    over_both = (
        "e.fiscal_year = old_line.fiscal_year AND e.treatment = old_line.treatment"
        f" AND (e.programme_id IS NULL OR e.programme_id = {here.format('old_line')})"
    )
    return excess_sql(
        "home", here.format("new_line"), "new_line.fiscal_year", "new_line.treatment",
        but=f"coalesce({over_both}, FALSE)", more=more,
    )  # fmt: skip


READ = [("home", "bigint"), ("free", "numeric"), ("old_line", LINES), ("new_line", LINES)]


def proposes_what_can_move() -> pgtrigger.Trigger:
    """Refuse to propose a transfer that could not be approved as things are."""
    return pgtrigger.Trigger(
        name="proposes_what_can_move",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("from_line_id", "to_line_id", "amount"),
        condition=pgtrigger.Condition("NEW.state = 'proposed'"),
        declare=READ,
        func="IF TG_OP = 'UPDATE' AND (NEW.from_line_id, NEW.to_line_id, NEW.amount)"
        " = (OLD.from_line_id, OLD.to_line_id, OLD.amount) THEN RETURN NULL; END IF;"
        f" {_can_move()} IF {_above('NEW.amount')} THEN"
        f" {refusal('budgettransfer_envelope', 'to_line', ABOVE)} END IF; RETURN NULL;",
    )


def moves_money() -> pgtrigger.Trigger:
    """Move the amount from one line to the other once a transfer is approved. Refuse more than is
    neither spent nor ordered, and what would go above an envelope that only the receiving line
    counts under."""
    set_to = f"UPDATE {LINES} SET approved = approved {{0}} NEW.amount,"  # noqa: S608  # our own names
    set_to += " updated_by_id = NEW.updated_by_id WHERE id = NEW.{1}_line_id RETURNING * INTO {2};"
    return pgtrigger.Trigger(
        name="moves_money",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("state"),
        condition=pgtrigger.Condition("NEW.state = 'approved'"),
        declare=READ,
        # The locks make two transfers of the last of a line, or into that of an envelope, see one
        # another; lines are locked in their order, so that none waits for the other.
        func="IF TG_OP = 'UPDATE' AND OLD.state = 'approved' THEN RETURN NULL; END IF;"
        f" {_can_move()} {set_to.format('-', 'from', 'old_line')}"
        f" {set_to.format('+', 'to', 'new_line')}"
        f" IF {_above()} THEN"
        f" {refusal('budgettransfer_envelope', 'to_line', ABOVE)} END IF; RETURN NULL;",
    )


class BudgetTransfer(Record):
    """A request to move approved budget from one line to another, of the same project or of another
    in the portfolio. It moves money and never creates it."""

    from_line = models.ForeignKey(BudgetLine, models.PROTECT, related_name="transfers_out")
    to_line = models.ForeignKey(BudgetLine, models.PROTECT, related_name="transfers_in")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    reason = models.TextField(help_text=_("Why it is needed there rather than here"))
    state = models.CharField(
        max_length=10, choices=BudgetTransferState, default=BudgetTransferState.PROPOSED
    )
    on = models.DateField(null=True, blank=True, help_text=_("The day on which it was decided"))
    written_by = last_writer()
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")

    visible_through = ("from_line", "to_line")
    written_through = ("from_line",)
    joins = {"to_line": Join.SEE, "decided_by": Join.SET}
    lifecycles = (BUDGET_TRANSFER,)
    edited_in = (BudgetTransferState.PROPOSED,)
    happened = ("on",)
    parties = (
        "created_by__person",
        "written_by",
        "from_line__project__project_manager",
        "to_line__project__project_manager",
    )
    stays = (
        RetentionRule(
            "approved_transfer",
            Q(state="approved"),
            "A transfer that was approved is never deleted: move the money back by another.",
        ),
    )
    refuses = {
        "decided_transfer_holds": ("", "A transfer that was decided is changed no more."),
    }

    class Meta:
        ordering = ["-id"]
        triggers = [
            versioned(),
            BUDGET_TRANSFER.trigger("budget transfer"),
            while_project_of_line_lasts("{row}.state = 'proposed'", "state", field="to_line"),
            *(
                while_years_open(
                    "{row}.state = 'proposed'", f"{end}_line", f"{end}_line_id",
                    home=_portfolio(f"NEW.{end}_line_id"),
                    years=f"SELECT b.fiscal_year FROM {LINES} b WHERE b.id = NEW.{end}_line_id",  # noqa: S608  # our own names
                    name=f"while_year_{end}_open",
                )
                for end in ("from", "to")
            ),
            of_one_portfolio(),
            proposes_what_can_move(),
            moves_money(),
            written_last("from_line_id", "to_line_id", "amount", "reason"),
            decided_by_another("decided_by_id", WROTE, WROTE_LAST, LEADS, text=OWN),
            frozen(
                "decided_transfer_holds", "OLD.state <> 'proposed'", "from_line_id", "to_line_id",
                "amount", "reason", "on", "decided_by_id",
            ),
        ]  # fmt: skip
        constraints = [
            choices("budgettransfer", "state", BudgetTransferState),
            *numbers("budgettransfer", "amount"),
            rule("budgettransfer_moves", "amount", Q(amount__gt=0), "Move more than 0."),
            rule("budgettransfer_reason", "reason", ~Q(reason=""), "Say why it is to move."),
            rule(
                "budgettransfer_lines",
                "to_line",
                ~Q(to_line=F("from_line")),
                "Choose another line than the one it comes from.",
            ),
            rule(
                "budgettransfer_on_given",
                "on",
                Q(state__in=["proposed", "withdrawn"]) | Q(on__isnull=False),
                "What was decided has the day of it.",
            ),
            dated(
                "budgettransfer",
                "on",
                "state",
                BudgetTransferState.APPROVED,
                BudgetTransferState.REFUSED,
                message="Only what was decided has the day of it: approve it first.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} from {self.from_line} to {self.to_line}"

    @property
    def changes_treatment(self) -> bool:
        """Return whether the money changes between capital and revenue."""
        return self.from_line.treatment != self.to_line.treatment
