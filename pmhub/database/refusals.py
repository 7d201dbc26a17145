"""Refusals by constraints and triggers, found from an error of the database, with the sentences
that the models declare."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps

CHECK = "23514"  # the state of a violated check
# The name of a trigger's function in the context of an error.
FUNCTION = re.compile(r"pgtrigger_\w+")


@dataclass(frozen=True, slots=True)
class Refusal:
    """The name of the constraint or trigger that refused, the field at which it is shown ("" for
    none) and its sentence."""

    name: str
    field: str
    text: str


def declared_refusal(diagnosis: Any) -> Refusal | None:
    """Return the refusal that the database's diagnosis of an error stands for; None of any other
    error. If a trigger named the field itself (`database.triggers.refusal`), the diagnosis holds
    all of it."""
    constraint = getattr(diagnosis, "constraint_name", None) or ""
    if getattr(diagnosis, "sqlstate", None) == CHECK and diagnosis.column_name:
        return Refusal(constraint, diagnosis.column_name, diagnosis.message_primary)
    if constraint in _declared():
        return _declared()[constraint]
    # A trigger that raises no name is identified by its function, the innermost first: a function
    # belongs to one model, while several models may have triggers of the same name.
    functions = FUNCTION.findall(getattr(diagnosis, "context", None) or "")
    return next((_of_functions()[name] for name in functions if name in _of_functions()), None)


@cache
def _declared() -> dict[str, Refusal]:
    return {
        name: Refusal(name, field, text)
        for model in apps.get_models()
        for name, (field, text) in getattr(model, "refuses", {}).items()
    }


@cache
def _of_functions() -> dict[str, Refusal]:
    return {
        trigger.get_pgid(model): Refusal(trigger.name, *refuses[trigger.name])
        for model in apps.get_models()
        for refuses in [getattr(model, "refuses", {})]
        for trigger in getattr(model._meta, "triggers", ())
        if trigger.name in refuses
    }
