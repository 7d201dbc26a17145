"""The rules that a portfolio shows: for each kind those of the rule set in force.

Triggers keep them so, whoever writes a rule set (`rule_set.py`), sets the thresholds on the
portfolio itself or a delegated limit (`delegated_limit.py`). A rule set for a later day is shown
from that day on (`bring_in`).
"""

import pgtrigger
from django.db import connection, models, transaction
from django.utils.translation import gettext_lazy as _

from pmhub.database.day_triggers import STATUS_DAY
from pmhub.database.history import CONTEXT, USER
from pmhub.database.triggers import refusal

SETS = "programmes_ruleset"
PORTFOLIOS = "programmes_portfolio"
COLUMNS = "portfolio_id, kind, values, valid_from, reason, by_id, created_by_id, updated_by_id"
PERSON = f"(SELECT id FROM pmhub_person WHERE user_id = {USER})"  # noqa: S608  # our own names
SHOWN = "The rules in force are those of rule sets: write another."


class RuleKind(models.TextChoices):
    """What a rule set decides about."""

    THRESHOLDS = "thresholds", _("Thresholds of colours")
    HEALTH = "health", _("How projects count for their programme")
    MATRIX = "matrix", _("Bands of the risk matrix")
    CATEGORIES = "categories", _("Categories of risks")
    CALENDAR = "calendar", _("Rhythm of reports and bookings")
    LADDER = "ladder", _("Experience and oversight")
    CAREER = "career", _("Career ladder")
    APPROVERS = "approvers", _("Who approves a stage")
    LIMITS = "limits", _("Delegated limits")


def status_day(portfolio: str) -> str:
    """Return SQL for the status date of a portfolio, given its alias in the query."""
    return STATUS_DAY.replace("p.", f"{portfolio}.")


def in_force(portfolio: str) -> str:
    """Return SQL for the values of the rule sets in force in a portfolio, by kind: of each the
    latest valid on its status date."""
    return in_force_on(portfolio, status_day(portfolio))


def in_force_on(portfolio: str, day: str) -> str:
    """Return SQL for the values of the rule sets in force in a portfolio on a day, by kind."""
    latest = (
        f"SELECT DISTINCT ON (r.kind) r.kind, r.values FROM {SETS} r"  # noqa: S608  # our own names
        f" WHERE r.portfolio_id = {portfolio}.id AND r.valid_from <= {day}"
        " ORDER BY r.kind, r.valid_from DESC, r.id DESC"
    )
    return f"(SELECT coalesce(jsonb_object_agg(l.kind, l.values), '{{}}') FROM ({latest}) l)"  # noqa: S608  # our own names


def rules_on(portfolio: str, day: str) -> dict[str, str]:
    """Return SQL for the columns in which a portfolio shows the rules in force on a day."""
    held = in_force_on(portfolio, day)
    thresholds = f"{held} -> '{RuleKind.THRESHOLDS}'"
    return {
        "rag_thresholds": f"coalesce({thresholds}, {portfolio}.rag_thresholds)",
        "rules_in_force": f"{held} - '{RuleKind.THRESHOLDS}'",
    }


THRESHOLDS = f"coalesce(l.held -> '{RuleKind.THRESHOLDS}', p.rag_thresholds)"
OTHERS = f"l.held - '{RuleKind.THRESHOLDS}'"
# Show the rules in force on portfolios that show others.
OF_OTHERS = (
    f"FROM {PORTFOLIOS} o JOIN LATERAL (SELECT {in_force('o')} AS held) l ON TRUE"  # noqa: S608  # our own names
    " WHERE p.id = o.id"
    f" AND (p.rag_thresholds, p.rules_in_force) IS DISTINCT FROM ({THRESHOLDS}, {OTHERS})"
)
SHOW = (
    f"UPDATE {PORTFOLIOS} p SET rag_thresholds = {THRESHOLDS}, rules_in_force = {OTHERS}"  # noqa: S608  # our own names
    f" {OF_OTHERS}"
)
# Whoever sets rules meanwhile is waited for here, so that what is shown is read after them.
HOLD = (
    f"SELECT FROM {PORTFOLIOS} p WHERE EXISTS (SELECT {OF_OTHERS}) ORDER BY p.id"  # our own names
    " FOR NO KEY UPDATE OF p"
)


def bring_in() -> None:
    """Show on all portfolios the rules whose first day has come."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(HOLD)
        cursor.execute(SHOW)


def insert_rule_set(kind: RuleKind, values: str, portfolio: str, reason: str) -> str:
    """Return SQL that writes a rule set for the status date of a portfolio, in the name of the
    user."""
    reason_sql = f"coalesce({CONTEXT} ->> 'reason', '{reason}')"
    return (
        f"INSERT INTO {SETS} ({COLUMNS}) SELECT p.id, '{kind}', {values}, {status_day('p')},"  # noqa: S608  # our own names
        f" {reason_sql}, {PERSON}, {USER}, {USER} FROM {PORTFOLIOS} p WHERE p.id = {portfolio};"
    )


def shown_on_portfolio() -> pgtrigger.Trigger:
    """Show the rules in force on the portfolio when a rule set is written."""
    return pgtrigger.Trigger(
        name="shown_on_portfolio",
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        func=f"{SHOW} AND o.id = NEW.portfolio_id; RETURN NULL;",
    )


def shows_those_in_force() -> pgtrigger.Trigger:
    """Refuse other rules on a portfolio than those in force."""
    return pgtrigger.Trigger(
        name="shows_those_in_force",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("rules_in_force"),
        func=f"IF NEW.rules_in_force <> {in_force('NEW')} - '{RuleKind.THRESHOLDS}' THEN"
        f" {refusal('rules_shown', 'rules_in_force', SHOWN)} END IF; RETURN NEW;",
    )


def set_on_portfolio() -> pgtrigger.Trigger:
    """Write a rule set for the status date when thresholds are set on the portfolio itself."""
    held = f"{in_force('NEW')} -> '{RuleKind.THRESHOLDS}'"
    keep = insert_rule_set(
        RuleKind.THRESHOLDS, "NEW.rag_thresholds", "NEW.id", "Set on the portfolio"
    )
    return pgtrigger.Trigger(
        name="thresholds_kept",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("rag_thresholds"),
        func=f"IF coalesce({held}, '{{}}') <> NEW.rag_thresholds THEN {keep} END IF; RETURN NULL;",
    )
