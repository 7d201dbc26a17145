"""What the triggers of the models refuse, in the sentences that the models declare."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps

CHECK = "23514"  # the state of a broken check


@dataclass(frozen=True, slots=True)
class Refusal:
    """The name of the constraint or trigger that refused, the field it speaks of ("" where it is
    none's) and the sentence."""

    name: str
    field: str
    text: str


def declared_refusal(diagnosis: Any) -> Refusal | None:
    """The declared refusal that a diagnosis of the database tells of; None of any other. A trigger
    that names the field itself (`database.triggers.refusal`) has said all there is."""
    constraint = getattr(diagnosis, "constraint_name", None) or ""
    if getattr(diagnosis, "sqlstate", None) == CHECK and diagnosis.column_name:
        return Refusal(constraint, diagnosis.column_name, diagnosis.message_primary)
    if constraint in _declared():
        return _declared()[constraint]
    # A trigger that raises no name is found by its function, where the error was raised.
    context = getattr(diagnosis, "context", None) or ""
    matches = (refusal for name, refusal in _declared().items() if f"pgtrigger_{name}_" in context)
    return next(matches, None)


@cache
def _declared() -> dict[str, Refusal]:
    return {
        name: Refusal(name, field, text)
        for model in apps.get_models()
        for name, (field, text) in getattr(model, "refuses", {}).items()
    }
