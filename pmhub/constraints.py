"""Sentences as database constraints, each naming the field it speaks of."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

# numeric(14,2) admits NaN, and one NaN makes a whole programme's sum NaN. PostgreSQL orders NaN
# above every number, so an upper bound keeps it out.
LARGEST = Decimal("999999999999.99")


class Rule(models.CheckConstraint):
    """A check constraint whose message lands on one field instead of on the whole record."""

    def __init__(self, *, field: str = "", **kwargs: Any) -> None:
        self.field = field
        super().__init__(**kwargs)

    def validate(
        self, model: Any, instance: Any, exclude: Any = None, using: str = "default"
    ) -> None:
        """Raise ValidationError on `field` when the record breaks the rule."""
        try:
            super().validate(model, instance, exclude=exclude, using=using)
        except ValidationError as error:
            if self.field and (exclude is None or self.field not in exclude):
                raise ValidationError({self.field: error.messages}, code="rule") from error
            raise

    def clone(self) -> "Rule":
        """A copy, as each model takes of its constraints: by default it would forget the field."""
        _, _, kwargs = self.deconstruct()
        return type(self)(field=self.field, **kwargs)

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        """Migrations store the plain check constraint."""
        _, args, kwargs = super().deconstruct()
        return "django.db.models.CheckConstraint", args, kwargs


def rule(name: str, field: str, condition: Any, message: str) -> Rule:
    """One sentence: `condition` must hold, or `message` is shown at `field`."""
    return Rule(name=name, field=field, condition=condition, violation_error_message=message)


def numbers(prefix: str, *fields: str, low: Decimal | int | None = None) -> list[Rule]:
    """Each field is a number (never NaN) and, if `low` is given, at least that."""
    return [_number(prefix, field, low) for field in fields]


def _number(prefix: str, field: str, low: Decimal | int | None) -> Rule:
    condition = Q(**{f"{field}__lte": LARGEST})
    message = "Enter a number."
    if low is not None:
        condition &= Q(**{f"{field}__gte": low})
        message = f"Enter a number of at least {low}."
    return rule(
        f"{prefix}_{field}_number",
        field,
        Q(**{f"{field}__isnull": True}) | condition,
        message,
    )


def between(prefix: str, field: str, low: Decimal | int, high: Decimal | int) -> Rule:
    """The field, if given, lies between two bounds, both included."""
    condition = Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gte": low, f"{field}__lte": high})
    return rule(
        f"{prefix}_{field}_range",
        field,
        condition,
        f"Enter a value from {low} to {high}.",
    )


def ordered(prefix: str, first: str, second: str) -> Rule:
    """Where both are given, the first is not after (or above) the second."""
    condition = (
        Q(**{f"{first}__isnull": True})
        | Q(**{f"{second}__isnull": True})
        | Q(**{f"{second}__gte": F(first)})
    )
    words = f"{second.replace('_', ' ')} must not be before {first.replace('_', ' ')}."
    return rule(f"{prefix}_{first}_{second}_order", second, condition, words.capitalize())


def one_of(prefix: str, *fields: str) -> Rule:
    """Exactly one of the fields is given."""
    condition = Q()
    for field in fields:
        others = {f"{name}__isnull": name != field for name in fields}
        condition |= Q(**others)
    words = " or ".join(name.replace("_", " ") for name in fields)
    return rule(f"{prefix}_one_parent", fields[0], condition, f"Give exactly one: {words}.")


def choices(prefix: str, field: str, values: type[models.TextChoices]) -> Rule:
    """The field holds one of the values, whoever writes it."""
    return rule(
        f"{prefix}_{field}_choice",
        field,
        Q(**{f"{field}__in": [*values.values, *([""] if "" in values.values else [])]}),
        f"Choose one of: {', '.join(values.values)}.",
    )


def dated(prefix: str, field: str, state: str, *states: str, message: str) -> Rule:
    """The field is given only in these states: what has not come to that has no such day."""
    condition = Q(**{f"{field}__isnull": True}) | Q(**{f"{state}__in": [*map(str, states)]})
    return rule(f"{prefix}_{field}_state", field, condition, message)
