"""Who answers for a record is in use: the trigger that refuses somebody who is put away, whoever
writes them. A model names the fields in `answered_for`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pgtrigger

from pmhub.database.triggers import refusal

PERSON = "pmhub_person"
TEXT = "This person is archived: choose somebody else."


def in_use(fields: Iterable[str]) -> pgtrigger.Trigger:
    """Refuse that somebody who is put away is named in one of these fields of a record. Who was
    named before stays."""
    columns = {f"{field}_id": field for field in fields}
    steps = (
        f"IF NEW.{column} IS DISTINCT FROM OLD.{column} THEN {_held(column)}"
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
    """Refuse the same in a list of people of a record."""
    column = field.m2m_reverse_name()
    return pgtrigger.Trigger(
        name="person_in_use",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func=f"{_held(column)} IF {_is_archived(column)} THEN"
        f" {refusal('person_in_use', field.name, TEXT)} END IF; RETURN NEW;",
    )


def _held(column: str) -> str:
    """Whoever puts the person away waits, and then finds what they answer for; or this waits, and
    then reads that they are."""
    return f"PERFORM FROM {PERSON} WHERE id = NEW.{column} FOR SHARE;"


def _is_archived(column: str) -> str:
    return (
        f"EXISTS (SELECT FROM {PERSON} WHERE id = NEW.{column}"  # our own names
        " AND archived_at IS NOT NULL)"
    )
