"""Sentences as database constraints, each naming the field it speaks of."""

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


BOUNDS = "Say both the least and the most, with what is expected between them."


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
    """Return the constraint that, where both days are given, the first is not after the second."""
    return _in_order(prefix, first, second, "before")


def rising(prefix: str, low: str, likely: str, high: str) -> list[Rule]:
    """Return the constraints that, of three amounts, those that are given do not fall."""
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
    """Both bounds of an amount are given, the least not above the most, or neither is."""
    return rule(
        f"{prefix}_{low}_bounds",
        low,
        Q(**{f"{low}__isnull": True, f"{high}__isnull": True})
        | Q(**{f"{low}__isnull": False, f"{high}__isnull": False, f"{low}__lte": F(high)}),
        BOUNDS,
    )


def one_of(prefix: str, *fields: str) -> Rule:
    """Exactly one of the fields is given."""
    condition = Q()
    for field in fields:
        others = {f"{name}__isnull": name != field for name in fields}
        condition |= Q(**others)
    words = " or ".join(name.replace("_", " ") for name in fields)
    return rule(f"{prefix}_one_parent", fields[0], condition, f"Give exactly one: {words}.")


def choices(
    prefix: str, field: str, values: type[models.TextChoices], *, blank: bool = False
) -> Rule:
    """The field holds one of the values, or nothing where it may be `blank`, whoever writes it."""
    empty = [""] if blank or "" in values.values else []
    return rule(
        f"{prefix}_{field}_choice",
        field,
        Q(**{f"{field}__in": [*values.values, *empty]}),
        f"Choose one of: {', '.join(values.values)}.",
    )


def dated(prefix: str, field: str, state: str, *states: str, message: str) -> Rule:
    """The field is given only in these states: what has not come to that has no such day."""
    condition = Q(**{f"{field}__isnull": True}) | Q(**{f"{state}__in": [*map(str, states)]})
    return rule(f"{prefix}_{field}_state", field, condition, message)


def has_day(prefix: str, field: str, state: str, *states: str, message: str) -> Rule:
    """The field is given in these states: what has come to that has the day of it."""
    condition = Q(**{f"{field}__isnull": False}) | ~Q(**{f"{state}__in": [*map(str, states)]})
    return rule(f"{prefix}_{field}_given", field, condition, message)


class UniqueText(models.UniqueConstraint):
    """No two records that are compared have the same text in a field, whatever its case; a refusal
    lands there."""

    def __init__(self, *expressions: Any, field: str = "", **kwargs: Any) -> None:
        self.field = field
        super().__init__(*expressions, **kwargs)

    def validate(
        self, model: Any, instance: Any, exclude: Any = None, using: str = "default"
    ) -> None:
        """Raise ValidationError on `field` when another record has it."""
        try:
            super().validate(model, instance, exclude=exclude, using=using)
        except ValidationError as error:
            taken = ValidationError(str(self.violation_error_message), code="unique")
            raise ValidationError({self.field: taken}) from error

    def clone(self) -> "UniqueText":
        """A copy, as each model takes of its constraints: by default it would forget the field."""
        _, args, kwargs = self.deconstruct()
        return type(self)(*args, field=self.field, **kwargs)

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        """Migrations store the plain constraint."""
        _, args, kwargs = super().deconstruct()
        return "django.db.models.UniqueConstraint", args, kwargs


def once(
    name: str, field: str, *parents: str, message: str, condition: Q | None = None
) -> UniqueText:
    """A text is unique among the records with the same parents that fulfil the condition."""
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
    """The code is unique below its parents; with none, over all."""
    where = parents[-1] if len(parents) == 1 else "place"
    message = f"This code is taken{f' in this {where}' if parents else ''}."
    return once(f"{prefix}_code", "code", *parents, message=message)


def joint(model: type[models.Model]) -> list[str]:
    """Return the sentences about several values of a record together, once each: what one value
    may be by itself its field says."""
    sentences = []
    for constraint in model._meta.constraints:
        together = (
            not isinstance(constraint, models.CheckConstraint)
            or len(_named(constraint.condition)) > 1
        )
        said = str(constraint.violation_error_message)
        if together and said != str(constraint.default_violation_error_message):
            sentences.append(said)
        elif isinstance(constraint, NoOverlap):
            sentences.append("Periods do not overlap.")
    return list(dict.fromkeys(sentences))


def _named(condition: Any) -> set[str]:
    """The fields that a condition names, on its left and as a value."""
    if isinstance(condition, Q):
        return {name for child in condition.children for name in _named(child)}
    if isinstance(condition, tuple):
        lookup, value = condition
        names = {lookup.partition("__")[0]}
        if isinstance(value, F):
            names.add(value.name)  # type: ignore[attr-defined]  # every F has one
        return names
    return set()


# Periods

PERIOD = ("period_start", "period_end")


class NoOverlap(ExclusionConstraint):
    """No two rows that agree on `within` share a day of their periods; a refusal lands on the
    period and names the one it meets. Rows that `condition` does not cover may."""

    def __init__(
        self, *, within: Sequence[str] = (), days: tuple[str, str] = PERIOD, **kwargs: Any
    ) -> None:
        self.within, self.days = within, days
        super().__init__(**kwargs)

    def validate(
        self, model: Any, instance: Any, exclude: Any = None, using: str = "default"
    ) -> None:
        """Raise ValidationError on the period when the record meets another."""
        names = {*self.within, *self.days}
        if names & set(exclude or ()) or None in self._ends(instance):
            return
        if row := self.met(model._base_manager.using(using), instance):
            text = overlap(*self._ends(row))
            raise ValidationError({self.days[0]: ValidationError(text, code="overlap")})

    def _ends(self, row: Any) -> list[Any]:
        """The first and the last day of a row."""
        return [getattr(row, name) for name in self.days]

    def met(self, rows: Any, instance: Any) -> Any:
        """The first row that the record meets; None where it may stand."""
        fields = {
            field.attname: getattr(instance, field.attname) for field in instance._meta.fields
        }
        if self.condition and not self.condition.check(fields):
            return None
        same = {name: fields[instance._meta.get_field(name).attname] for name in self.within}
        if None in same.values():  # as in the database, nothing is the same as none
            return None
        (start, end), (first, last) = self.days, self._ends(instance)
        meeting = rows.filter(
            self.condition or Q(), **same, **{f"{start}__lte": last, f"{end}__gte": first}
        )
        return meeting.exclude(pk=instance.pk).order_by(start).first()

    def clone(self) -> "NoOverlap":
        """A copy, as each model takes of its constraints: by default it would forget these."""
        _, _, kwargs = self.deconstruct()
        return type(self)(within=self.within, days=self.days, **kwargs)

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        """Migrations store the plain exclusion constraint."""
        _, args, kwargs = super().deconstruct()
        return "django.contrib.postgres.constraints.ExclusionConstraint", args, kwargs


def no_overlap(
    prefix: str, *within: str, days: tuple[str, str] = PERIOD, condition: Q | None = None
) -> NoOverlap:
    """Periods of rows that agree on these fields do not overlap; `days` are the first and the last.

    Checked at the end of a statement, so that one that moves all of them may.
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
    """The sentence about a period that another meets."""
    return f"It overlaps {date_format(first, 'j M Y')} to {date_format(last, 'j M Y')}."


# How PostgreSQL writes the days of the row that was there before.
DAYS = re.compile(r"\[(\d{4}-\d\d-\d\d),(\d{4}-\d\d-\d\d)\)")


def overlap_of(diagnosis: Any) -> str | None:
    """Return the sentence of a refused overlap, from what the database said of an exclusion
    constraint; None of any other."""
    if getattr(diagnosis, "sqlstate", None) != "23P01":
        return None
    *_, (first, after) = DAYS.findall(diagnosis.message_detail or "") or [("", "")]
    if not first:
        return None
    return overlap(date.fromisoformat(first), date.fromisoformat(after) - timedelta(days=1))
