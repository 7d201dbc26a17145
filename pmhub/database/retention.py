"""What is never deleted: declared once beside its states, kept by a trigger on every path.

A model says so in `stays`. REST answers 409 with the sentence, the admin pages show it, and a
cascade or plain SQL is refused by the database.
"""

from __future__ import annotations

from dataclasses import dataclass

import pgtrigger
from django.db.models import Q

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


def _before(condition: Q) -> pgtrigger.Q:
    """The condition over the row that would go."""
    old = pgtrigger.Q(_connector=condition.connector, _negated=condition.negated)
    old.children = [
        _before(child) if isinstance(child, Q) else (f"old__{child[0]}", child[1])  # type: ignore[index]  # a lookup and its value
        for child in condition.children
    ]
    return old
