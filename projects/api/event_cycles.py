"""How the database's refusal of a circle of events is answered."""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any

from django.db import IntegrityError
from rest_framework.exceptions import ErrorDetail, ValidationError

from projects.models import Project


def circle(error: IntegrityError, user: Any, field: str) -> ValidationError | None:
    """Return the circle of events that wait for one another as an error of a field; None where the
    database refused something else. Projects that the user may not see are not named."""
    diagnosis = getattr(error.__cause__, "diag", None)
    if getattr(diagnosis, "constraint_name", "") != "dependency_no_cycle":
        return None
    steps = json.loads(diagnosis.message_detail)  # type: ignore[union-attr]  # told by the trigger
    seen = set(
        Project.objects.visible_to(user)
        .filter(pk__in={id for id, _ in steps})
        .values_list("pk", flat=True)
    )
    names = [label if id in seen else "a project out of sight" for id, label in steps]
    path = [name for name, _ in groupby([*names, names[0]])]
    text = f"An event would wait for itself: {' → '.join(path)}."
    return ValidationError({field: [ErrorDetail(text, code="cycle")]})
