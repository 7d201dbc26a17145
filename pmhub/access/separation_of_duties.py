"""People who have a part in what is decided about a record: they do not decide it.

A model gives them by `parties`, the lookup paths from a record to people. Where a path leads to a
post, whoever holds the role of that post there or above counts too, by `pmhub/access/posts.py`. A
person, their deputies and those whose deputy they are count as one side: if one of them has a part,
none of them decides. A trigger asks the same of plain SQL, which names the person who decides in a
column.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pgtrigger
from django.apps import apps
from django.db import models
from django.db.models import Q
from django.utils import timezone

from pmhub.access import Withheld
from pmhub.access.posts import leading_by_role, people_of
from pmhub.database.history import USER
from pmhub.database.triggers import refusal

OWN = "Nobody decides about what they wrote, propose or lead."
# SQL for who leads a project or a programme (its id), by the post or by a role.
LEADS_PROJECT = (
    "SELECT project_manager_id FROM projects_project WHERE id = {0}"  # noqa: S608  # our own names
    f" AND project_manager_id IS NOT NULL UNION {leading_by_role('project')}"
)
LEADS_PROGRAMME = (
    "SELECT programme_manager_id FROM programmes_programme WHERE id = {0}"  # noqa: S608  # as above
    f" AND programme_manager_id IS NOT NULL UNION {leading_by_role('programme')}"
)
WROTE = "SELECT id FROM pmhub_person WHERE user_id = NEW.created_by_id"


WROTE_LAST = "SELECT NEW.written_by_id"


def written_last(*columns: str, by_parts: bool = False) -> pgtrigger.Trigger:
    """Return the trigger that keeps, in `written_by_id`, who last wrote these columns, on which
    others decide. A column may be SQL in which `{row}` stands for the row. With `by_parts`, the
    triggers of its parts (`written_with`) write it too. Its name makes it run before
    `decided_by_another`."""
    values = [name if "{row}" in name else f"{{row}}.{name}" for name in columns]
    before, after = (", ".join(values).replace("{row}", row) for row in ("OLD", "NEW"))
    writer = "(SELECT id FROM pmhub_person WHERE user_id = NEW.updated_by_id)"
    kept = "ELSIF pg_trigger_depth() < 2 THEN" if by_parts else "ELSE"
    return pgtrigger.Trigger(
        name="author",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        func=f"IF TG_OP = 'INSERT' THEN NEW.written_by_id := {writer};"
        f" ELSIF ({before}) IS DISTINCT FROM ({after}) THEN"
        f" NEW.written_by_id := coalesce({writer}, OLD.written_by_id);"
        f" {kept} NEW.written_by_id := OLD.written_by_id; END IF; RETURN NEW;",
    )


def written_with(table: str, whole: str, *columns: str) -> pgtrigger.Trigger:
    """Return the trigger that keeps in `written_by_id` of a record of `table` who last added,
    changed or removed a part of it. `whole` is SQL for the id of the record of a `{row}`; `columns`
    are what people write of a part. What other triggers write, such as an amount by another rate,
    is nobody's."""
    before, after = (", ".join(f"{row}.{name}" for name in columns) for row in ("OLD", "NEW"))
    writes = (
        f"UPDATE {table} c SET written_by_id = w.id FROM pmhub_person w"  # noqa: S608  # our own names
        " WHERE w.user_id = {writer} AND c.id = "
        + whole
        + " AND c.written_by_id IS DISTINCT FROM w.id;"
    )
    old, new = (
        writes.format(row="OLD", writer=USER),
        writes.format(row="NEW", writer="NEW.updated_by_id"),
    )
    return pgtrigger.Trigger(
        name="author_of_whole",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=f"IF pg_trigger_depth() > 1 THEN RETURN NULL; END IF;"
        f" IF TG_OP = 'DELETE' THEN {old} RETURN NULL; END IF;"
        f" IF TG_OP = 'INSERT' OR ({before}) IS DISTINCT FROM ({after}) THEN {new} END IF;"
        " RETURN NULL;",
    )


def last_writer() -> Any:
    """Return the field that names who last wrote what others decide on (`written_last`)."""
    return models.ForeignKey(
        "pmhub.Person", models.PROTECT, null=True, editable=False, related_name="+"
    )


def on_one_side(
    by: Any, *people: int | None, author: int | None = None, on: date | None = None
) -> bool:
    """Return whether the user `by` is one of these people (ids) or the author (the id of a user),
    or is the deputy of one, or has one as deputy: what a deputy does counts as done by the other.
    Delegations of today count, or of the day `on`."""
    person = getattr(by, "person", None)
    if person is None:
        return by is not None and by.pk == author
    delegations: Any = apps.get_model("pmhub", "Delegation").objects
    current = delegations.current(on or timezone.localdate())
    pairs = current.filter(Q(giver=person) | Q(deputy=person)).values_list("giver", "deputy")
    near = {person.pk}.union(*pairs)
    if near & {*people}:
        return True
    return author is not None and type(person).objects.filter(pk__in=near, user=author).exists()


def has_part(by: Any, row: Any) -> bool:
    """Return whether the user `by` has a part in what is decided about a row."""
    if not row.parties or row.pk is None:
        return False
    return on_one_side(by, *people_of(row, *row.parties))


def check_apart(by: Any, row: Any, field: str, text: str = OWN) -> None:
    """Raise Withheld at `field` if the user `by` has a part in what is decided about a row."""
    if has_part(by, row):
        raise Withheld(field, text)


# SQL for a delegation that counts today, between a person and another with a part in the same.
BESIDE = (
    "EXISTS (SELECT FROM pmhub_delegation d WHERE d.state = 'given'"
    " AND current_date BETWEEN d.starts_on AND d.ends_on"
    " AND (d.giver_id = {0} AND d.deputy_id IN ({1}) OR d.deputy_id = {0} AND d.giver_id IN ({1})))"
)


def decided_by_another(
    column: str, *parts: str, text: str = OWN, again: str = "", reads: tuple[str, ...] = ()
) -> pgtrigger.Trigger:
    """Return the trigger that refuses to name in `column`, as the person who decides, somebody who
    has a part in the record, or whose deputy or lender has. `parts` are SQL for the ids of people
    who have a part. It checks a newly named person, and also one named before if the condition
    `again` (SQL over the columns that it `reads`) holds."""
    those = " UNION ".join(parts)
    changed = f"TG_OP = 'INSERT' OR NEW.{column} IS DISTINCT FROM OLD.{column}"
    changed += f" OR {again}" if again else ""
    field = column.removesuffix("_id")
    return pgtrigger.Trigger(
        name="decided_by_another",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf(column, *reads),
        condition=pgtrigger.Condition(f"NEW.{column} IS NOT NULL"),
        func=f"IF ({changed}) AND (NEW.{column} IN ({those})"
        f" OR {BESIDE.format(f'NEW.{column}', those)}) THEN"
        f" {refusal('not_independent', field, text)} END IF; RETURN NEW;",
    )
