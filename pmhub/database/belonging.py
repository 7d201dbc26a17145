"""What a record names belongs with it: a tranche to the programme of its project, say. REST says so
at the field; here the database does, to plain SQL too."""

import pgtrigger

from pmhub.database.triggers import refusal


def belongs(model: str, field: str, row: str, text: str) -> pgtrigger.Trigger:
    """Return the trigger that refuses a row of `model` whose `field` names a row that does not
    belong with it. `row` is SQL that finds the one named, if it does belong: what stands after
    SELECT, where NEW is the row that is written. `text` is the sentence. It is asked when something
    is named, and not again when either of the two moves afterwards."""
    said = refusal(f"{model}_{field}", field, text.replace("'", "''"))
    named = f"TG_OP = 'INSERT' OR NEW.{field}_id IS DISTINCT FROM OLD.{field}_id"
    return pgtrigger.Trigger(
        name=f"{field}_belongs",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf(f"{field}_id"),
        condition=pgtrigger.Q(**{f"new__{field}__isnull": False}),
        func=f"IF ({named}) AND NOT EXISTS (SELECT {row}) THEN {said} END IF; RETURN NULL;",
    )
