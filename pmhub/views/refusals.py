"""What a page says to somebody who may not do what it is for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied

from pmhub.models import RoleChoice
from pmhub.permissions import writers_of
from pmhub.queries.writers import writers_near

READ_ONLY = "You may see it and not change it."
NO_ROLE = "None of your roles lets you."

Way = tuple[str, str]  # the name and the address of a page


class NotAllowed(PermissionDenied):
    """Raised where somebody may see a record, but not do what a page is for. `title` says what that
    is, `why` in a sentence why not, `people` are those who may, as (name, role), `who` says it in
    words where nobody is named; `way` is the page on which to go on."""

    def __init__(
        self,
        title: str,
        why: str = NO_ROLE,
        *,
        people: Sequence[tuple[str, str]] = (),
        who: str = "",
        way: Way | None = None,
    ) -> None:
        super().__init__(f"{title}. {why}")
        self.title, self.why, self.people, self.who, self.way = title, why, people, who, way


def not_theirs(title: str, row: Any, user: Any, *, way: Way | None = None) -> NotAllowed:
    """Return the refusal of somebody who may not write a record, with those who may; a new one
    needs only its parents."""
    if row.of_author and row.created_by_id is not None:
        why, who = "Only who wrote it changes it.", ""
        return NotAllowed(title, why, way=way)
    why = READ_ONLY if row.pk else NO_ROLE
    placed = row.pk or any(getattr(row, f"{name}_id", None) for name in row.visible_through)
    if placed and row.rights_from is not None and row.judges_own(user):
        why = "Nobody sets what limits them, or judges their own."
    who = ", ".join(str(RoleChoice(role).label) for role in writers_of(row.noun))
    return NotAllowed(title, why, people=writers_near(row, user), who=who, way=way)
