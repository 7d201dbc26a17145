"""Triggers that refuse to name a record that does not belong with the row that names it, such as a
tranche of another programme than the project's. REST says so at the field; the triggers hold for
plain SQL too."""

from collections.abc import Sequence

import pgtrigger

from pmhub.database.triggers import refusal


def belongs(
    model: str, field: str, row: str, text: str, *, same: Sequence[str] = ()
) -> pgtrigger.Trigger:
    """Return the trigger that refuses a row of `model` whose `field` names a record that does not
    belong with it. `row` is SQL, to stand after SELECT, that finds the named record if it belongs;
    NEW is the written row. `text` is the sentence of the refusal. The trigger asks when a record is
    named. It does not ask again when either of the two moves later, unless one of the columns
    `same` changes, in which both agree."""
    refusal_sql = refusal(f"{model}_{field}", field, text.replace("'", "''"))
    columns = (f"{field}_id", *same)
    changed = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in columns)
    return pgtrigger.Trigger(
        name=f"{field}_belongs",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf(*columns),
        condition=pgtrigger.Q(**{f"new__{field}__isnull": False}),
        func=f"IF (TG_OP = 'INSERT' OR {changed}) AND NOT EXISTS (SELECT {row})"
        f" THEN {refusal_sql} END IF; RETURN NULL;",
    )


def of_one_portfolio(
    model: str, field: str, own: str, other: str, text: str, *, same: Sequence[str] = ()
) -> pgtrigger.Trigger:
    """Return the trigger that refuses a row of `model` whose `field` names a record of another
    portfolio. `own` is SQL for the portfolio of the row NEW, `other` SQL for that of the named
    record."""
    return belongs(model, field, f"WHERE {own} = {other}", text, same=same)


def still_there(model: str, field: str, over: str, text: str) -> pgtrigger.Trigger:
    """Return the trigger that refuses to name, in `field` of a row of `model`, a record that is
    archived, cancelled or over. `over` is SQL, to stand after SELECT, that finds the named record
    if it is; NEW is the written row. A record that was named before stays."""
    column = f"{field}_id"
    refusal_sql = refusal(f"{model}_{field}_over", field, text.replace("'", "''"))
    return pgtrigger.Trigger(
        name=f"{field}_still_there",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf(column),
        condition=pgtrigger.Q(**{f"new__{field}__isnull": False}),
        func=f"IF (TG_OP = 'INSERT' OR NEW.{column} IS DISTINCT FROM OLD.{column})"
        f" AND EXISTS (SELECT {over}) THEN {refusal_sql} END IF; RETURN NEW;",
    )
