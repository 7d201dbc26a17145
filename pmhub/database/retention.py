"""What is never deleted: declared once beside its states, kept by a trigger on every path.

A model says so in `stays`, of some of its rows, or in `undeletable` of all, which then go only
with what they are of. REST answers 409 with the sentence, the admin pages show it, and a cascade or
plain SQL is refused by the database.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import pgtrigger
from django.db.models import CASCADE, Q

ASSESSED = "An assessment is never deleted: write another."
STAYS = "stays"  # what the trigger calls itself, whichever table it is on


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """A condition under which a record is not deleted, and the sentence that says so. `code` is
    that of the problem."""

    code: str
    when: Q
    says: str

    def trigger(self) -> pgtrigger.Trigger:
        """Refuse to delete such a row, whoever does it."""
        says = self.says.replace("'", "''").replace("%", "%%")
        return pgtrigger.Trigger(
            name=f"kept_{self.code}",
            operation=pgtrigger.Delete,
            when=pgtrigger.Before,
            condition=_before(self.when),
            func=f"RAISE EXCEPTION '{says}'"
            f" USING ERRCODE = 'check_violation', CONSTRAINT = '{STAYS}'; RETURN OLD;",
        )


class GoesWithParent(pgtrigger.Trigger):
    """Refuse to delete a row while what it is of is still there. It is asked at the commit: who
    deletes that as well may do it in any order."""

    name = "goes_with_parent"
    when = pgtrigger.After
    operation = pgtrigger.Delete
    timing = pgtrigger.Deferred

    def __init__(self, says: str, parents: Collection[str]) -> None:
        """Say why, and which relations lead to what it is of, beside those with which it goes."""
        self.says, self.parents = says.replace("'", "''").replace("%", "%%"), parents
        super().__init__()

    def get_func(self, model: Any) -> str:
        """The tables of its parents are known once all models are."""
        there = " OR ".join(
            f'EXISTS (SELECT FROM "{field.related_model._meta.db_table}"'
            f" WHERE id = OLD.{field.column})"
            for field in model._meta.fields
            if field.is_relation
            and (field.name in self.parents or field.remote_field.on_delete is CASCADE)
        )
        return (
            f"IF {there} THEN RAISE EXCEPTION '{self.says}'"
            f" USING ERRCODE = 'check_violation', CONSTRAINT = '{STAYS}'; END IF; RETURN NULL;"
        )


def retained(model: Any) -> Iterator[pgtrigger.Trigger]:
    """Yield the triggers that keep rows of a model, by what it declares."""
    yield from (stay.trigger() for stay in model.stays)
    if model.undeletable:
        yield GoesWithParent(model.undeletable, model.visible_through)


def _before(condition: Q) -> pgtrigger.Q:
    """The condition over the row that would go."""
    old = pgtrigger.Q(_connector=condition.connector, _negated=condition.negated)
    old.children = [
        _before(child) if isinstance(child, Q) else (f"old__{child[0]}", child[1])  # type: ignore[index]  # a lookup and its value
        for child in condition.children
    ]
    return old
