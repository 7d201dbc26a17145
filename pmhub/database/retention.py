"""Records that are never deleted: a model declares them, and triggers refuse to delete them on
every path.

A model lists the rules for some of its rows in `stays`. If it sets `undeletable`, none of its rows
is deleted except together with its parent. REST answers 409 with the sentence of the rule, the
admin pages show it, and the database refuses a cascade or plain SQL.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import pgtrigger
from django.db.models import CASCADE, Q

ASSESSED = "An assessment is never deleted: write another."
STAYS = "stays"  # the name of the trigger on every table


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """The condition `when` under which a record is not deleted, the sentence that says so, and the
    `code` of the problem that REST answers."""

    code: str
    when: Q
    says: str

    def trigger(self) -> pgtrigger.Trigger:
        """Return the trigger that refuses to delete such a row, whoever does it."""
        says = self.says.replace("'", "''").replace("%", "%%")
        return pgtrigger.Trigger(
            name=f"kept_{self.code}",
            operation=pgtrigger.Delete,
            when=pgtrigger.Before,
            condition=_before(self.when),
            func=f"RAISE EXCEPTION '{says}'"
            f" USING ERRCODE = 'check_violation', CONSTRAINT = '{STAYS}'; RETURN OLD;",
        )


class DeletedWithParent(pgtrigger.Trigger):
    """Refuses to delete a row while one of its parents still exists. It checks at the commit, so
    that both can be deleted in any order."""

    name = "goes_with_parent"
    when = pgtrigger.After
    operation = pgtrigger.Delete
    timing = pgtrigger.Deferred

    def __init__(self, says: str, parents: Collection[str]) -> None:
        """Take the sentence of the refusal and the relations to parents; relations that cascade
        count as such too."""
        self.says, self.parents = says.replace("'", "''").replace("%", "%%"), parents
        super().__init__()

    def get_func(self, model: Any) -> str:
        """Return the function of the trigger; it is made late, as the tables of the parents are
        known only once all models are loaded."""
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
    """Yield the triggers for the rules of retention that a model declares."""
    yield from (stay.trigger() for stay in model.stays)
    if model.undeletable:
        yield DeletedWithParent(model.undeletable, model.visible_through)


def _before(condition: Q) -> pgtrigger.Q:
    """Return the condition as one on the row OLD, which would be deleted."""
    old = pgtrigger.Q(_connector=condition.connector, _negated=condition.negated)
    old.children = [
        _before(child) if isinstance(child, Q) else (f"old__{child[0]}", child[1])  # type: ignore[index]  # a lookup and its value
        for child in condition.children
    ]
    return old
