"""Constraints of the database, each with the sentence that is shown when it is broken and the field
at which it is shown."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Deferrable, F, Func, Q, Value
from django.utils.formats import date_format

from pmhub.database.collation import Folded

# numeric(14,2) admits NaN, and one NaN makes a whole programme's sum NaN. PostgreSQL orders NaN
# above every number, so an upper bound keeps it out.
LARGEST = Decimal("999999999999.99")


class Rule(models.CheckConstraint):
    """A check constraint whose message is shown at one field instead of at the whole record."""

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
        """Return a copy with its field, which the default copy would lose; each model takes copies
        of its constraints."""
        _, _, kwargs = self.deconstruct()
        return type(self)(field=self.field, **kwargs)

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        """Return a plain check constraint, for migrations."""
        _, args, kwargs = super().deconstruct()
        return "django.db.models.CheckConstraint", args, kwargs


BOUNDS = "Say both the least and the most, with what is expected between them."


def rule(name: str, field: str, condition: Any, message: str) -> Rule:
    """Return the constraint that `condition` holds; where it does not, `message` is shown at
    `field`."""
    return Rule(name=name, field=field, condition=condition, violation_error_message=message)


def numbers(prefix: str, *fields: str, low: Decimal | int | None = None) -> list[Rule]:
    """Return the constraints that each field is a number (never NaN) and, if `low` is given, at
    least `low`."""
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
    """Return the constraint that the field, if given, lies between two bounds, both included."""
    condition = Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gte": low, f"{field}__lte": high})
    return rule(
        f"{prefix}_{field}_range",
        field,
        condition,
        f"Enter a value from {low} to {high}.",
    )


def ordered(prefix: str, first: str, second: str) -> Rule:
    """Return the constraint that, where both days are given, the first is not after the second."""
    return _in_order(prefix, first, second, "before")


def rising(prefix: str, low: str, likely: str, high: str) -> list[Rule]:
    """Return the constraints that three amounts, as far as they are given, do not fall from low to
    high."""
    pairs = ((low, likely), (likely, high), (low, high))
    return [_in_order(prefix, *pair, "less than") for pair in pairs]


def _in_order(prefix: str, first: str, second: str, word: str) -> Rule:
    condition = (
        Q(**{f"{first}__isnull": True})
        | Q(**{f"{second}__isnull": True})
        | Q(**{f"{second}__gte": F(first)})
    )
    words = f"{second.replace('_', ' ')} must not be {word} {first.replace('_', ' ')}."
    return rule(f"{prefix}_{first}_{second}_order", second, condition, words.capitalize())


def bounds(prefix: str, low: str, high: str) -> Rule:
    """Return the constraint that both bounds of an amount are given, with `low` not above `high`,
    or neither."""
    return rule(
        f"{prefix}_{low}_bounds",
        low,
        Q(**{f"{low}__isnull": True, f"{high}__isnull": True})
        | Q(**{f"{low}__isnull": False, f"{high}__isnull": False, f"{low}__lte": F(high)}),
        BOUNDS,
    )


def one_of(prefix: str, *fields: str) -> Rule:
    """Return the constraint that exactly one of the fields is given."""
    condition = Q()
    for field in fields:
        others = {f"{name}__isnull": name != field for name in fields}
        condition |= Q(**others)
    words = " or ".join(name.replace("_", " ") for name in fields)
    return rule(f"{prefix}_one_parent", fields[0], condition, f"Give exactly one: {words}.")


def choices(
    prefix: str, field: str, values: type[models.TextChoices], *, blank: bool = False
) -> Rule:
    """Return the constraint that the field holds one of the values, or is empty if it may be
    `blank`."""
    empty = [""] if blank or "" in values.values else []
    return rule(
        f"{prefix}_{field}_choice",
        field,
        Q(**{f"{field}__in": [*values.values, *empty]}),
        f"Choose one of: {', '.join(values.values)}.",
    )


def dated(prefix: str, field: str, state: str, *states: str, message: str) -> Rule:
    """Return the constraint that the field is empty unless `state` is one of these states: a record
    that has not reached them has no such day."""
    condition = Q(**{f"{field}__isnull": True}) | Q(**{f"{state}__in": [*map(str, states)]})
    return rule(f"{prefix}_{field}_state", field, condition, message)


def has_day(prefix: str, field: str, state: str, *states: str, message: str) -> Rule:
    """Return the constraint that the field is given if `state` is one of these states: a record
    that has reached one of them says on which day."""
    condition = Q(**{f"{field}__isnull": False}) | ~Q(**{f"{state}__in": [*map(str, states)]})
    return rule(f"{prefix}_{field}_given", field, condition, message)


class UniqueText(models.UniqueConstraint):
    """A unique constraint on a text, whatever its case; its message is shown at the field of that
    text."""

    def __init__(self, *expressions: Any, field: str = "", **kwargs: Any) -> None:
        self.field = field
        super().__init__(*expressions, **kwargs)

    def validate(
        self, model: Any, instance: Any, exclude: Any = None, using: str = "default"
    ) -> None:
        """Raise ValidationError on `field` when another record has the same text."""
        try:
            super().validate(model, instance, exclude=exclude, using=using)
        except ValidationError as error:
            taken = ValidationError(str(self.violation_error_message), code="unique")
            raise ValidationError({self.field: taken}) from error

    def clone(self) -> "UniqueText":
        """Return a copy with its field, which the default copy would lose; each model takes copies
        of its constraints."""
        _, args, kwargs = self.deconstruct()
        return type(self)(*args, field=self.field, **kwargs)

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        """Return a plain unique constraint, for migrations."""
        _, args, kwargs = super().deconstruct()
        return "django.db.models.UniqueConstraint", args, kwargs


def once(
    name: str, field: str, *parents: str, message: str, condition: Q | None = None
) -> UniqueText:
    """Return the constraint that a text is unique, whatever its case, among records with the same
    parents, or among those of them that fulfil the condition."""
    return UniqueText(
        *parents,
        Folded(field),
        field=field,
        name=name,
        condition=condition,
        nulls_distinct=False if condition is None else None,
        violation_error_message=message,
    )


def code_once(prefix: str, *parents: str) -> UniqueText:
    """Return the constraint that a code is unique among records with the same parents; among all
    records if no parents are named."""
    where = parents[-1] if len(parents) == 1 else "place"
    message = f"This code is taken{f' in this {where}' if parents else ''}."
    return once(f"{prefix}_code", "code", *parents, message=message)


def joint(model: type[models.Model]) -> list[str]:
    """Return the sentences of the constraints of a model, each once. Check constraints on a single
    field are left out: the field itself describes them."""
    sentences = []
    for constraint in model._meta.constraints:
        together = (
            not isinstance(constraint, models.CheckConstraint)
            or len(_named(constraint.condition)) > 1
        )
        message = str(constraint.violation_error_message)
        if together and message != str(constraint.default_violation_error_message):
            sentences.append(message)
        elif isinstance(constraint, NoOverlap):
            sentences.append("Periods do not overlap.")
    return list(dict.fromkeys(sentences))


def _named(condition: Any) -> set[str]:
    """Return the names of the fields in a condition, those on its left side and those it compares
    with."""
    if isinstance(condition, Q):
        return {name for child in condition.children for name in _named(child)}
    if isinstance(condition, tuple):
        lookup, value = condition
        names = {lookup.partition("__")[0]}
        if isinstance(value, F):
            names.add(value.name)  # type: ignore[attr-defined]  # every F has a name
        return names
    return set()


# Periods

PERIOD = ("period_start", "period_end")


class NoOverlap(ExclusionConstraint):
    """An exclusion constraint: no two rows with the same values of the fields `within` share a day
    of their periods. Its message is shown at the first day of the period and names the other
    period. Only rows that fulfil `condition`, if there is one, are compared."""

    def __init__(
        self, *, within: Sequence[str] = (), days: tuple[str, str] = PERIOD, **kwargs: Any
    ) -> None:
        self.within, self.days = within, days
        super().__init__(**kwargs)

    def validate(
        self, model: Any, instance: Any, exclude: Any = None, using: str = "default"
    ) -> None:
        """Raise ValidationError on the first day of the period when the period overlaps that of
        another row."""
        names = {*self.within, *self.days}
        if names & set(exclude or ()) or None in self._ends(instance):
            return
        if row := self.met(model._base_manager.using(using), instance):
            text = overlap(*self._ends(row))
            raise ValidationError({self.days[0]: ValidationError(text, code="overlap")})

    def _ends(self, row: Any) -> list[Any]:
        """Return the first and the last day of the period of a row."""
        return [getattr(row, name) for name in self.days]

    def met(self, rows: Any, instance: Any) -> Any:
        """Return the first of the rows whose period overlaps that of the record; None if there is
        none."""
        fields = {
            field.attname: getattr(instance, field.attname) for field in instance._meta.fields
        }
        if self.condition and not self.condition.check(fields):
            return None
        same = {name: fields[instance._meta.get_field(name).attname] for name in self.within}
        if None in same.values():  # as in the database, NULL equals nothing
            return None
        (start, end), (first, last) = self.days, self._ends(instance)
        meeting = rows.filter(
            self.condition or Q(), **same, **{f"{start}__lte": last, f"{end}__gte": first}
        )
        return meeting.exclude(pk=instance.pk).order_by(start).first()

    def clone(self) -> "NoOverlap":
        """Return a copy with its fields, which the default copy would lose; each model takes copies
        of its constraints."""
        _, _, kwargs = self.deconstruct()
        return type(self)(within=self.within, days=self.days, **kwargs)

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        """Return a plain exclusion constraint, for migrations."""
        _, args, kwargs = super().deconstruct()
        return "django.contrib.postgres.constraints.ExclusionConstraint", args, kwargs


def no_overlap(
    prefix: str, *within: str, days: tuple[str, str] = PERIOD, condition: Q | None = None
) -> NoOverlap:
    """Return the constraint that periods of rows with the same values of these fields do not
    overlap. `days` names the fields of the first and the last day of a period.

    The database checks it at the end of a statement, so that one statement can move several
    periods.
    """
    covered = Func(
        F(days[0]),
        F(days[1]),
        Value("[]"),
        function="daterange",
        output_field=DateRangeField(),
    )
    return NoOverlap(
        name=f"{prefix}_apart",
        within=within,
        days=days,
        expressions=[
            *((name, RangeOperators.EQUAL) for name in within),
            (covered, RangeOperators.OVERLAPS),
        ],
        condition=condition,
        deferrable=Deferrable.IMMEDIATE,
    )


def overlap(first: date, last: date) -> str:
    """Return the sentence that a period overlaps the one between these days."""
    return f"It overlaps {date_format(first, 'j M Y')} to {date_format(last, 'j M Y')}."


# How PostgreSQL writes the period of the row that another overlaps.
DAYS = re.compile(r"\[(\d{4}-\d\d-\d\d),(\d{4}-\d\d-\d\d)\)")


def overlap_of(diagnosis: Any) -> str | None:
    """Return the sentence about an overlap that the database refused, from its diagnosis of the
    error; None if the error is no violation of an exclusion constraint."""
    if getattr(diagnosis, "sqlstate", None) != "23P01":
        return None
    *_, (first, after) = DAYS.findall(diagnosis.message_detail or "") or [("", "")]
    if not first:
        return None
    return overlap(date.fromisoformat(first), date.fromisoformat(after) - timedelta(days=1))
