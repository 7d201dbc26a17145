"""Operators: further questions that can be asked of a field, as `{filter}__{operator}`.

| of | operators |
| --- | --- |
| choices, records | `in`, `not`: one, or none, of several; commas between |
| text | `contains`, `begins`, `not` |
| days | `next`, `last`: within so many days; `when`: a period such as `this_month` |
| days and numbers that may be empty | `isnull` |

They follow from the filter by a value, so that every list with such a filter has its operators too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import django_filters as df
from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Contains, StartsWith
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field

from pmhub.database.collation import Plain, same
from pmhub.models import lineage
from projects.queries import day_of

NO_RECORD = "none"  # the value that asks for rows without a related record
MOST_VALUES = 50
MOST_DAYS = 3660
DAYS = re.compile(r"[0-9]{1,4}", re.ASCII)
PERIODS = {
    "past": "before today",
    "today": "today",
    "future": "after today",
    "this_week": "this week",
    "next_week": "next week",
    "last_month": "last month",
    "this_month": "this month",
    "next_month": "next month",
    "this_quarter": "this quarter",
    "next_quarter": "next quarter",
    "this_year": "this year",
}
TODAY = F("_today")
STEPS = {"last": -1, "this": 0, "next": 1}


class ValuesField(forms.Field):
    """Several values separated by commas, each in the form that another field takes."""

    def __init__(self, *, each: forms.Field, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.each = each

    def to_python(self, value: Any) -> list[Any] | None:
        """Return the values; None if there are none."""
        if value in self.empty_values:
            return None
        texts = list(dict.fromkeys(str(value).split(",")))
        if len(texts) > MOST_VALUES:
            raise ValidationError(f"Give at most {MOST_VALUES} values.", code="too_many")
        if "" in texts:
            raise ValidationError("Give values with commas between.", code="invalid")
        return [self.each.clean(text) for text in texts]


def excluding(rows: models.QuerySet, name: str, condition: Q) -> models.QuerySet:
    """Return the rows that do not fulfil a condition on a field, including those where it is empty,
    as `exclude` does for fields but not for aliases."""
    if name not in rows.query.annotations:
        return rows.exclude(condition)
    return rows.exclude(pk__in=rows.filter(condition).order_by().values("pk"))


@extend_schema_field({"type": "string", "description": "Values, commas between."})
class SeveralFilter(df.Filter):
    """A filter for one of several values or, if it excludes, for none of them."""

    def __init__(self, of: df.Filter, **kwargs: Any) -> None:
        super().__init__(of.field_name, "in", **kwargs)
        self.of = of

    @property
    def field(self) -> forms.Field:
        """The form field that reads the values."""
        self.of.parent, self.of.model = self.parent, self.model
        return ValuesField(each=self.of.field, required=False)

    def filter(self, rows: Any, value: Any) -> Any:
        """Narrow the rows."""
        if value is None:
            return rows
        # A choice may have this word as a value of its own, as issues that block nothing do.
        none = NO_RECORD if isinstance(self.of, df.ModelChoiceFilter) else None
        chosen = [getattr(item, "pk", item) for item in value if item != none]
        picked = Q(**{f"{self.field_name}__in": chosen})
        if none in value:
            picked |= Q(**{f"{self.field_name}__isnull": True})
        return excluding(rows, self.field_name, picked) if self.exclude else rows.filter(picked)


@extend_schema_field({"type": "string", "maxLength": 200})
class WordsFilter(df.CharFilter):
    """A filter for a text that occurs in the field, or with which it begins, with or without
    accents."""

    def __init__(self, field_name: str, lookup: type[models.Lookup], **kwargs: Any) -> None:
        super().__init__(field_name, **{"max_length": 200, **kwargs})
        self.lookup = lookup

    def filter(self, rows: Any, value: Any) -> Any:
        """Narrow the rows."""
        if not value:
            return rows
        return rows.filter(self.lookup(Plain(F(self.field_name)), Plain(Value(value))))


@extend_schema_field({"type": "string", "maxLength": 200})
class OtherTextFilter(df.CharFilter):
    """A filter for every other text, whatever its case."""

    def filter(self, rows: Any, value: Any) -> Any:
        """Narrow the rows."""
        if not value:
            return rows
        return excluding(rows, self.field_name, same(self.field_name, value))


class DaysField(forms.IntegerField):
    """A number of days."""

    def to_python(self, value: Any) -> Any:
        """Return the number; refuse anything but plain digits."""
        if value not in self.empty_values and not DAYS.fullmatch(str(value)):
            raise ValidationError("Give a number of days.", code="invalid")
        return super().to_python(value)


@extend_schema_field({"type": "integer", "minimum": 0, "maximum": MOST_DAYS})
class DaysFilter(df.Filter):
    """A filter for days at most so many days after the status date or, with a negative sign, before
    it."""

    field_class = DaysField

    def __init__(self, field_name: str, sign: int, **kwargs: Any) -> None:
        super().__init__(field_name, **{"max_value": MOST_DAYS, **kwargs})
        self.sign = sign

    def filter(self, rows: Any, value: Any) -> Any:
        """Narrow the rows."""
        if value is None:
            return rows
        first, last = (_shifted(TODAY, days) for days in sorted((0, self.sign * value)))
        within = {f"{self.field_name}__gte": first, f"{self.field_name}__lte": last}
        return on_its_day(rows).filter(**within)


class PeriodFilter(df.ChoiceFilter):
    """A filter for days in a period that moves with the status date."""

    def __init__(self, field_name: str, **kwargs: Any) -> None:
        super().__init__(field_name, **{"choices": list(PERIODS.items()), **kwargs})

    def filter(self, rows: Any, value: Any) -> Any:
        """Narrow the rows."""
        return on_its_day(rows).filter(_in_period(self.field_name, value)) if value else rows


def late(day: str, pending: Q) -> Q:
    """Return the condition that something pending was due before the status date; the rows need
    `on_its_day`."""
    return pending & Q(**{f"{day}__lt": TODAY})


def _in_period(name: str, period: str) -> Q:
    """Return the condition that a day lies in a period."""
    if period in ("past", "today", "future"):
        lookup = {"past": "__lt", "today": "", "future": "__gt"}[period]
        return Q(**{f"{name}{lookup}": TODAY})
    which, unit = period.split("_")
    step = STEPS[which]
    begins, ends = (_beginning(TODAY, unit, shift) for shift in (step, step + 1))
    return Q(**{f"{name}__gte": begins, f"{name}__lt": ends})


def on_its_day(rows: models.QuerySet) -> models.QuerySet:
    """Return the rows with the status date of their portfolio; today for rows of none."""
    # As an annotation: what a condition names itself would have to be there.
    paths = [path for path in lineage(rows.model) if _end(rows.model, path) == "portfolio"]
    today = Value(timezone.localdate(), output_field=models.DateField())
    return rows.alias(_today=Coalesce(day_of(*paths), today) if paths else today)


def _end(model: Any, path: str) -> str:
    for name in path.split("__"):
        model = model._meta.get_field(name).related_model
    return str(model._meta.model_name)


def _shifted(day: Any, days: int) -> Func:
    whole = Value(days, output_field=models.IntegerField())
    return Func(day, whole, template="(%(expressions)s)", arg_joiner=" + ",
                output_field=models.DateField())  # fmt: skip


def _beginning(day: Any, unit: str, step: int) -> Func:
    """Return an expression for the first day of the week, month, quarter or year of `day`, moved by
    `step` of these."""
    length = {"week": "7 days", "quarter": "3 months"}.get(unit, f"1 {unit}")
    start = f"date_trunc('{unit}', (%(expressions)s)::timestamp)"
    template = f"({start} + {step} * interval '{length}')::date"
    return Func(day, template=template, output_field=models.DateField())


def operators(model: Any, filters: Mapping[str, df.Filter], truth: type[df.Filter]) -> Any:
    """Return the filters by operators that follow from filters by a value, by name. Without a
    model, the filters are of no column and have `isnull` already."""
    return {
        f"{name}__{operator}": made
        for name, base in filters.items()
        if base.lookup_expr == "exact" and base.method is None and not isinstance(base, truth)
        for operator, made in _of(model, base, truth)
        if f"{name}__{operator}" not in filters
    }


def _of(model: Any, base: df.Filter, truth: type[df.Filter]) -> Iterator[tuple[str, df.Filter]]:
    name = base.field_name
    if isinstance(base, df.ChoiceFilter | df.ModelChoiceFilter):
        yield "in", SeveralFilter(base)
        yield "not", SeveralFilter(base, exclude=True)
    elif isinstance(base, df.CharFilter):
        yield "contains", WordsFilter(name, Contains)
        yield "begins", WordsFilter(name, StartsWith)
        yield "not", OtherTextFilter(name)
    elif isinstance(base, df.DateFilter):
        yield "next", DaysFilter(name, 1)
        yield "last", DaysFilter(name, -1)
        yield "when", PeriodFilter(name)
    if model and isinstance(base, df.DateFilter | df.NumberFilter) and _may_be_empty(model, name):
        yield "isnull", truth(field_name=name, lookup_expr="isnull")


def _may_be_empty(model: Any, path: str) -> bool:
    *way, last = path.split("__")
    for name in way:
        model = model._meta.get_field(name).related_model
    return bool(model._meta.get_field(last).null)
