"""Only people who are not archived may be named as answering for a record: the triggers that refuse
an archived person, whoever writes. A model lists the fields concerned in `answered_for`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pgtrigger

from pmhub.database.triggers import refusal

PERSON = "pmhub_person"
TEXT = "This person is archived: choose somebody else."


def in_use(fields: Iterable[str]) -> pgtrigger.Trigger:
    """Return the trigger that refuses to name an archived person in one of these fields of a
    record. A person who was named before they were archived stays."""
    columns = {f"{field}_id": field for field in fields}
    steps = (
        f"IF NEW.{column} IS DISTINCT FROM OLD.{column} THEN {_locked_person(column)}"
        f" IF {_is_archived(column)} THEN {refusal('person_in_use', field, TEXT)} END IF; END IF;"
        for column, field in columns.items()
    )
    return pgtrigger.Trigger(
        name="person_in_use",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf(*columns),
        func=f"{' '.join(steps)} RETURN NEW;",
    )


def in_use_in_list(field: Any) -> pgtrigger.Trigger:
    """Return the trigger that refuses to add an archived person to this list of people of a
    record."""
    column = field.m2m_reverse_name()
    return pgtrigger.Trigger(
        name="person_in_use",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func=f"{_locked_person(column)} IF {_is_archived(column)} THEN"
        f" {refusal('person_in_use', field.name, TEXT)} END IF; RETURN NEW;",
    )


def _locked_person(column: str) -> str:
    """Return SQL that locks the named person. A transaction that archives the person meanwhile
    waits for this one and then finds the record; or this one waits for it and then finds them
    archived."""
    return f"PERFORM FROM {PERSON} WHERE id = NEW.{column} FOR SHARE;"


def _is_archived(column: str) -> str:
    return (
        f"EXISTS (SELECT FROM {PERSON} WHERE id = NEW.{column}"  # our own names
        " AND archived_at IS NOT NULL)"
    )
