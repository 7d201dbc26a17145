"""Days on which something is said to have happened, and days by which something is promised: the
triggers that refuse those still to come, and those that have passed, whoever writes them. A model
names them in `happened` and in `promised`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pgtrigger
from django.apps import apps

from pmhub.database.triggers import refusal

PORTFOLIO = "programmes_portfolio"
# The day that the figures of a portfolio `p` speak of.
STATUS_DAY = (
    "CASE WHEN p.status_date_policy = 'fixed' THEN p.status_date"
    " ELSE (now() AT TIME ZONE p.time_zone)::date END"
)
PASSED = "This day has passed: give one that is still to come."
TODAY = "(now() AT TIME ZONE 'UTC')::date"


def portfolio_of(model: Any, row: str) -> str:
    """Return SQL for the id of the portfolio that a row of the model belongs to by its parents."""
    declared = apps.get_model(model._meta.label)  # migrations know the fields of a model alone
    parents = [_above(declared._meta.get_field(name), row) for name in declared.visible_through]
    return f"coalesce({', '.join(parents)})"


def _above(field: Any, row: str) -> str:
    parent, column = field.related_model, f"{row}.{field.column}"
    if parent._meta.db_table == PORTFOLIO:
        return column
    name = f"{row}_{field.name}".lower()
    home, table = portfolio_of(parent, name), parent._meta.db_table
    return f"(SELECT {home} FROM {table} {name} WHERE {name}.id = {column})"  # noqa: S608  # our own names


class NotInFuture(pgtrigger.Trigger):
    """Refuses a day that is still to come: after the status date of the portfolio and after today.
    Only such a day makes it look for the portfolio. `planned` are states of the row (a column of
    them, and which) in which the day of a column is a plan still."""

    name = "happened"
    when = pgtrigger.Before
    declare = [("status_day", "date")]

    def __init__(
        self, columns: Sequence[str], state: str = "", planned: Mapping[str, Collection[str]] = {}
    ) -> None:
        self.columns, self.state, self.planned = columns, state, planned
        read = [*columns, *([state] if planned else [])]
        super().__init__(operation=pgtrigger.Insert | pgtrigger.UpdateOf(*read))

    def get_func(self, model: Any) -> str:
        """The parents of a model are known once all models are."""
        coming = [f"{self._said(column)} AND NEW.{column} > {TODAY}" for column in self.columns]
        refused = " ".join(
            f"IF {said} AND NEW.{column} > status_day THEN"
            f" {refusal('still_to_come', column, 'This day is still to come.')} END IF;"
            for column, said in zip(self.columns, coming, strict=True)
        )
        return _by_status_day(model, " OR ".join(f"({said})" for said in coming), refused)

    def _said(self, column: str) -> str:
        """Return whether the row says now that it happened on that day, and did not before."""
        if column not in self.planned:
            return f"NEW.{column} IS DISTINCT FROM OLD.{column}"
        states = ", ".join(f"'{state}'" for state in self.planned[column])
        new, old = (f"({row}.{column}, {row}.{self.state})" for row in ("NEW", "OLD"))
        return f"NEW.{self.state} NOT IN ({states}) AND {new} IS DISTINCT FROM {old}"


class NotInPast(pgtrigger.Trigger):
    """Refuses a day that has passed, on the status date of the portfolio, when it is written."""

    name = "promised"
    when = pgtrigger.Before
    declare = [("status_day", "date")]

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = columns
        super().__init__(operation=pgtrigger.Insert | pgtrigger.UpdateOf(*columns))

    def get_func(self, model: Any) -> str:
        """The parents of a model are known once all models are."""
        given = [f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in self.columns]
        refused = " ".join(
            f"IF {said} AND NEW.{column} < status_day THEN"
            f" {refusal('has_passed', column, PASSED)} END IF;"
            for column, said in zip(self.columns, given, strict=True)
        )
        return _by_status_day(model, " OR ".join(given), refused)


def _by_status_day(model: Any, condition: str, refused: str) -> str:
    """SQL that judges a row by the status day of its portfolio, where it may have to be judged; of
    what belongs to none, such as a record about a person, by today."""
    if not apps.get_model(model._meta.label).visible_through:
        return f"IF {condition} THEN status_day := {TODAY}; {refused} END IF; RETURN NEW;"
    return (
        f"IF {condition} THEN"  # noqa: S608  # our own names
        f" SELECT {STATUS_DAY} INTO status_day FROM {PORTFOLIO} p"
        f" WHERE p.id = {portfolio_of(model, 'NEW')}; {refused} END IF; RETURN NEW;"
    )
