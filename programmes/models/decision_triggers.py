"""Acts that decide something by themselves: triggers leave a decision for each, whichever path it
comes by."""

from dataclasses import dataclass

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from pmhub.database.day_triggers import PORTFOLIO, STATUS_DAY
from pmhub.database.history import CONTEXT, USER
from pmhub.formats import NEARLY_HUNDRED, NEARLY_ONE, SYMBOLS

REASON = f"coalesce({CONTEXT} ->> 'reason', '')"
COLUMNS = (
    "programme_id, project_id, cause, title, question, options, outcome, rationale, consequences,"
    " decided_on, decided_by_id, state, created_by_id, updated_by_id"
)


class DecisionCause(models.TextChoices):
    """What a decision follows from."""

    NONE = "none", _("Asked by itself")
    MEETING = "meeting", _("A meeting")
    RISK = "risk", _("A risk")
    ISSUE = "issue", _("An issue")
    GATE = "gate", _("A gate")
    CHANGE = "change", _("A change")
    EXCEPTION = "exception", _("An exception")
    CASE = "case", _("A business case")
    BASELINE = "baseline", _("A baseline")
    OVERRIDE = "override", _("An override of health")
    MOVE = "move", _("A move")
    TERMINATION = "termination", _("A termination")
    MANDATE = "mandate", _("A mandate")
    PROPOSAL = "proposal", _("A proposal")
    BENEFIT = "benefit", _("A benefit that was given up")


def spoken_day(day: str) -> str:
    """Return SQL for a day (SQL) in a sentence, written as by `pmhub.formats.day`: 5 May 2029."""
    return f"to_char({day}, 'FMDD Mon YYYY')"


_SYMBOLS = " ".join(f"WHEN '{code}' THEN '{symbol}'" for code, symbol in SYMBOLS.items())
SYMBOL = f"CASE p.currency {_SYMBOLS} ELSE p.currency || ' ' END"  # of a portfolio `p`


def exact_money(amount: str, portfolio: str) -> str:
    """Return SQL for an amount (SQL) of a portfolio (SQL for its id) in full, written as by
    `pmhub.formats.exactly`: £16,012,280."""
    full = f"{amount} * p.money_unit"
    return (
        f"(SELECT {SYMBOL} || rtrim(to_char({full}, 'FM999,999,999,999,999,990.99'), '.')"  # noqa: S608  # our own names
        f" FROM {PORTFOLIO} p WHERE p.id = {portfolio})"
    )


def spoken_money(amount: str, *, programme: str = "NULL::bigint", project: str) -> str:
    """Return SQL for an amount (SQL) of a programme or a project in a sentence, written as by
    `pmhub.formats.spoken`: £48.3m."""
    scales = (("bn", 9), ("m", 6), ("k", 3))
    scaled = " ".join(
        f"WHEN full_amount / 1e{power} >= {NEARLY_ONE} THEN"
        f" {_grouped(f'full_amount / 1e{power}')} || '{suffix}'"
        for suffix, power in scales
    )
    return (
        f"(SELECT {SYMBOL} || CASE {scaled}"  # noqa: S608  # our own names
        " WHEN full_amount > 0 AND full_amount < 1 THEN to_char(full_amount, 'FM0.00')"
        " ELSE to_char(round(full_amount), 'FM999,999,999,990') END"
        f" FROM {PORTFOLIO} p CROSS JOIN LATERAL (SELECT {amount} * p.money_unit AS full_amount)"
        f" AS said WHERE p.id = {_portfolio_of(programme, project)})"
    )


def _grouped(number: str) -> str:
    """Return SQL for a number with grouped thousands: whole from about a hundred on, else with one
    decimal."""
    return (
        f"CASE WHEN {number} >= {NEARLY_HUNDRED} THEN"
        f" to_char(round({number}), 'FM999,999,999,999,990')"
        f" ELSE to_char(round({number}, 1), 'FM990.0') END"
    )


def _portfolio_of(programme: str, project: str) -> str:
    """Return SQL for the portfolio of a programme or a project."""
    return (
        "coalesce((SELECT g.portfolio_id FROM programmes_programme g"  # noqa: S608  # our own names
        f" WHERE g.id = {programme}), (SELECT coalesce(j.portfolio_id, g.portfolio_id)"
        " FROM projects_project j LEFT JOIN programmes_programme g ON g.id = j.programme_id"
        f" WHERE j.id = {project}))"
    )


@dataclass(frozen=True, slots=True)
class Act:
    """A change of a row that decides something about a programme or a project.

    All fields but `name` and `cause` are SQL over NEW and OLD. Without a person or a day it is the
    user, and the status date. An update for which `before` holds leaves no decision, since that was
    left before. `kept_in` is the column of the row that names the decision, where it has one.
    """

    name: str
    operation: pgtrigger.Operation
    condition: str
    cause: DecisionCause
    title: str
    outcome: str
    programme: str = "NULL::bigint"
    project: str = "NULL::bigint"
    rationale: str = REASON
    person: str = f"(SELECT id FROM pmhub_person WHERE user_id = {USER})"  # noqa: S608  # our own names
    day: str = "NULL::date"
    before: str = "FALSE"
    kept_in: str = ""

    def trigger(self) -> pgtrigger.Trigger:
        """Return the trigger that adds a made decision in the transaction of the act."""
        values = (
            self.programme, self.project, f"'{self.cause}'", f"left({self.title}, 200)", "''", "''",
            self.outcome, self.rationale, "''", f"coalesce({self.day}, ({self._status_day}))",
            self.person, "'made'", USER, USER,
        )  # fmt: skip
        row, kept = "NULL", ""
        if self.kept_in:
            row, kept = "NEW", f" RETURNING id INTO NEW.{self.kept_in}"
        return pgtrigger.Trigger(
            name=f"decides_{self.name}",
            when=pgtrigger.Before if self.kept_in else pgtrigger.After,
            operation=self.operation,
            condition=pgtrigger.Condition(self.condition),
            func=f"IF TG_OP = 'UPDATE' AND ({self.before}) THEN RETURN {row}; END IF;"  # noqa: S608  # our own names
            f" INSERT INTO programmes_decision ({COLUMNS}) VALUES ({', '.join(values)}){kept};"
            f" RETURN {row};",
        )

    @property
    def _status_day(self) -> str:
        """Return SQL for the status date of the portfolio."""
        home = _portfolio_of(self.programme, self.project)
        return f"SELECT {STATUS_DAY} FROM {PORTFOLIO} p WHERE p.id = {home}"  # noqa: S608  # our own names
