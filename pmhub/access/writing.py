"""The right to write a record, with a refusal that says who has it."""

from __future__ import annotations

import copy
from typing import Any

from django.apps import apps
from django.core.exceptions import PermissionDenied

from pmhub.access import can
from pmhub.permissions import writers_of


def allow(user: Any, row: Any) -> None:
    """Raise PermissionDenied unless the user may write the row; it says who may."""
    if can(user, "write", row):
        return
    text = "You may see this and not change it."
    if row.rights_from is not None and row.judges_own(user):
        text = "Nobody sets what limits them, or judges their own."
    role: Any = apps.get_model("pmhub", "RoleAssignment")._meta.get_field("role")
    labels = dict(role.choices)
    who = ", ".join(str(labels[name]) for name in writers_of(row.noun))
    raise PermissionDenied(text if row.of_author else f"{text} Ask whoever may: {who}.")


def check_may_write_here(user: Any, row: Any) -> None:
    """Raise PermissionDenied unless the user may write such a row under its parents, whatever
    their role on the row itself: for making, moving and deleting."""
    unplaced = copy.copy(row)
    unplaced.pk = None
    allow(user, unplaced)
