"""What a record names belongs with it: a tranche to the programme of its project, say. REST says so
at the field; here the database does, to plain SQL too."""

import pgtrigger

from pmhub.triggers import refusal


def belongs(model: str, field: str, row: str, text: str, *others: str) -> pgtrigger.Trigger:
    """Return the trigger that refuses a row of `model` whose `field` names a row that does not
    belong with it. `row` is SQL that finds the one named, if it does belong: what stands after
    SELECT, where NEW is the row that is written. `others` are the columns on which that depends
    beside the field; `text` is the sentence."""
    said = refusal(f"{model}_{field}", field, text.replace("'", "''"))
    written = (f"{field}_id", *others)
    old, new = (", ".join(f"{side}.{name}" for name in written) for side in ("OLD", "NEW"))
    # A row that is written as it was stays: what it names may have moved away since.
    asked = f"TG_OP = 'INSERT' OR ({new}) IS DISTINCT FROM ({old})"
    return pgtrigger.Trigger(
        name=f"{field}_belongs",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf(f"{field}_id", *others),
        condition=pgtrigger.Q(**{f"new__{field}__isnull": False}),
        func=f"IF ({asked}) AND NOT EXISTS (SELECT {row}) THEN {said} END IF; RETURN NULL;",
    )
