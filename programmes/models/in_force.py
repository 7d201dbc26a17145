"""The thresholds that a portfolio shows: those of the rule set in force.

Triggers keep it so, whoever writes a rule set (`rules.py`) or sets the thresholds on the portfolio
itself. A set of a day to come is brought in once that day has come (`bring_in`).
"""

import pgtrigger
from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from pmhub.database.happened import STATUS_DAY
from pmhub.database.history import CONTEXT

SETS = "programmes_ruleset"
PORTFOLIOS = "programmes_portfolio"
COLUMNS = "portfolio_id, kind, values, valid_from, reason, by_id, created_by_id, updated_by_id"
USER = f"({CONTEXT} ->> 'user')::bigint"


class RuleKind(models.TextChoices):
    """What a set of rules decides about."""

    THRESHOLDS = "thresholds", _("Thresholds of colours")


def status_day(portfolio: str) -> str:
    """SQL for the day that the figures of a portfolio, by its name in the query, speak of."""
    return STATUS_DAY.replace("p.", f"{portfolio}.")


def thresholds_of(portfolio: str) -> str:
    """SQL for the set of thresholds in force in a portfolio: the latest valid on its status day."""
    return (
        f"SELECT r.values, r.valid_from FROM {SETS} r"  # noqa: S608  # our own names
        f" WHERE r.portfolio_id = {portfolio}.id AND r.kind = '{RuleKind.THRESHOLDS}'"
        f" AND r.valid_from <= {status_day(portfolio)}"
        " ORDER BY r.valid_from DESC, r.id DESC LIMIT 1"
    )


# Show the thresholds in force on portfolios that show others.
SHOW = (
    f"UPDATE {PORTFOLIOS} p SET rag_thresholds = l.values"  # noqa: S608  # our own names
    f" FROM {PORTFOLIOS} o JOIN LATERAL ({thresholds_of('o')}) l ON TRUE"
    " WHERE p.id = o.id AND p.rag_thresholds IS DISTINCT FROM l.values"
)


def bring_in() -> None:
    """Show the thresholds whose first day has come on their portfolios."""
    with connection.cursor() as cursor:
        cursor.execute(SHOW)


def shown_on_portfolio() -> pgtrigger.Trigger:
    """Show the thresholds in force on the portfolio for which a set is written."""
    return pgtrigger.Trigger(
        name="shown_on_portfolio",
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        condition=pgtrigger.Condition(f"NEW.kind = '{RuleKind.THRESHOLDS}'"),
        func=f"{SHOW} AND o.id = NEW.portfolio_id; RETURN NULL;",
    )


def set_on_portfolio() -> pgtrigger.Trigger:
    """Keep thresholds that are set on the portfolio itself as a rule set of the status date."""
    person = f"SELECT id FROM pmhub_person WHERE user_id = {USER}"  # noqa: S608  # our own names
    reason = f"coalesce({CONTEXT} ->> 'reason', 'Set on the portfolio')"
    return pgtrigger.Trigger(
        name="thresholds_kept",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("rag_thresholds"),
        declare=[("shown", "jsonb")],
        func=f"SELECT l.values INTO shown FROM ({thresholds_of('NEW')}) l;"  # noqa: S608  # our own names
        " IF coalesce(shown, '{}') = NEW.rag_thresholds THEN RETURN NULL; END IF;"
        f" INSERT INTO {SETS} ({COLUMNS}) VALUES (NEW.id, '{RuleKind.THRESHOLDS}',"
        f" NEW.rag_thresholds, {status_day('NEW')}, {reason}, ({person}), {USER}, {USER});"
        " RETURN NULL;",
    )
