"""The triggers that refuse a day in the future for something that has happened, and a day in the
past for something that is promised, whoever writes it. A model names its fields of the first sort
in `happened`, of the second in `promised`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pgtrigger
from django.apps import apps

from pmhub.database.triggers import refusal

PORTFOLIO = "programmes_portfolio"
# SQL for the day for which the figures of a portfolio `p` are computed.
STATUS_DAY = (
    "CASE WHEN p.status_date_policy = 'fixed' THEN p.status_date"
    " ELSE (now() AT TIME ZONE p.time_zone)::date END"
)
PASSED = "This day has passed: give one that is still to come."
TODAY = "(now() AT TIME ZONE 'UTC')::date"


def portfolio_of(model: Any, row: str) -> str:
    """Return SQL for the id of the portfolio that a row of the model belongs to by its parents."""
    declared = apps.get_model(model._meta.label)  # models of migrations have only their fields
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
    """Refuses a day after both today and the status date of the portfolio; the portfolio is looked
    up only for a day after today. `planned` says, by column, in which states of the row (its column
    `state`) the day is still a plan and may lie in the future."""

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
        """Return the function of the trigger; it is made late, as the parents of a model are known
        only once all models are loaded."""
        coming = [
            f"{self._newly_happened(column)} AND NEW.{column} > {TODAY}" for column in self.columns
        ]
        refused = " ".join(
            f"IF {condition} AND NEW.{column} > status_day THEN"
            f" {refusal('still_to_come', column, 'This day is still to come.')} END IF;"
            for column, condition in zip(self.columns, coming, strict=True)
        )
        return _by_status_day(model, " OR ".join(f"({condition})" for condition in coming), refused)

    def _newly_happened(self, column: str) -> str:
        """Return SQL for whether the row says now, and did not say before, that something happened
        on the day in this column."""
        if column not in self.planned:
            return f"NEW.{column} IS DISTINCT FROM OLD.{column}"
        states = ", ".join(f"'{state}'" for state in self.planned[column])
        new, old = (f"({row}.{column}, {row}.{self.state})" for row in ("NEW", "OLD"))
        return f"NEW.{self.state} NOT IN ({states}) AND {new} IS DISTINCT FROM {old}"


class NotInPast(pgtrigger.Trigger):
    """Refuses to write a day before the status date of the portfolio; a day that was written before
    stays."""

    name = "promised"
    when = pgtrigger.Before
    declare = [("status_day", "date")]

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = columns
        super().__init__(operation=pgtrigger.Insert | pgtrigger.UpdateOf(*columns))

    def get_func(self, model: Any) -> str:
        """Return the function of the trigger; it is made late, as the parents of a model are known
        only once all models are loaded."""
        given = [f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in self.columns]
        refused = " ".join(
            f"IF {condition} AND NEW.{column} < status_day THEN"
            f" {refusal('has_passed', column, PASSED)} END IF;"
            for column, condition in zip(self.columns, given, strict=True)
        )
        return _by_status_day(model, " OR ".join(given), refused)


def _by_status_day(model: Any, condition: str, refused: str) -> str:
    """Return SQL that reads the status date of the row's portfolio if `condition` holds, and then
    runs the checks `refused`. A row that belongs to no portfolio, such as one about a person, is
    checked against today."""
    if not apps.get_model(model._meta.label).visible_through:
        return f"IF {condition} THEN status_day := {TODAY}; {refused} END IF; RETURN NEW;"
    return (
        f"IF {condition} THEN"  # noqa: S608  # our own names
        f" SELECT {STATUS_DAY} INTO status_day FROM {PORTFOLIO} p"
        f" WHERE p.id = {portfolio_of(model, 'NEW')}; {refused} END IF; RETURN NEW;"
    )
