"""Filters by a value, which take only values in the exact documented form."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import django_filters as df
from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from drf_spectacular.utils import extend_schema_field

from pmhub.database.collation import same
from pmhub.filters.operators import NO_RECORD, late, on_its_day
from pmhub.models import Coded, FormerCode
from pmhub.queries.data_quality import BY_NAME
from pmhub.validators import meant_day

UNSAID = (None, "")
TEXT = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,12})?")
WHOLE = re.compile(r"[0-9]{1,18}")


def _number(text: Any) -> None:
    if text not in (None, "") and not TEXT.fullmatch(str(text)):
        raise ValidationError("Give a number.", code="invalid")


class NumberField(forms.DecimalField):
    """A number of digits, a point and a sign, without other forms that Python reads as a number."""

    def to_python(self, value: Any) -> Any:
        """Return the number; refuse any other form."""
        _number(value)
        return super().to_python(value)


class NumberFilter(df.NumberFilter):
    """A plain number."""

    field_class = NumberField


class DateField(forms.DateField):
    """A day from 1900 to 2200."""

    default_validators = [meant_day]


class DateFilter(df.DateFilter):
    """YYYY-MM-DD."""

    field_class = DateField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"input_formats": ["%Y-%m-%d"], **kwargs})


class IdField(forms.ModelChoiceField):
    """The id of a row; any other text is an invalid choice."""

    def to_python(self, value: Any) -> Any:
        """Return the row; refuse what is no id."""
        if value not in self.empty_values and not WHOLE.fullmatch(str(value)):
            raise ValidationError(
                self.error_messages["invalid_choice"],
                code="invalid_choice",
                params={"value": value},
            )
        return super().to_python(value)


class VisibleFilter(df.ModelChoiceFilter):
    """The id of another record; for one that the user may not see, the answer is the same as for
    one that does not exist."""

    field_class = IdField


class TextFilter(df.CharFilter):
    """A text, whatever its case."""

    def filter(self, rows: Any, value: Any) -> Any:
        """Return the rows whose field has this text; for codes, also those that had it as a former
        code."""
        if not value:
            return rows
        matches = same(self.field_name, value)
        if self.field_name == "code" and issubclass(rows.model, Coded):
            kind = rows.model._meta.model_name
            matches |= Q(pk__in=FormerCode.leading_on(value, kind=kind).values("object_id"))
        return rows.filter(matches)


class TruthFilter(df.TypedChoiceFilter):
    """A filter for true or false; django-filter's own ignores any other word."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        words = [(word, word) for word in ("true", "false")]
        super().__init__(*args, **{**kwargs, "choices": words, "coerce": lambda w: w == "true"})


class OverdueFilter(TruthFilter):
    """A filter for pending records whose day, in this field, has passed."""

    def __init__(self, day: str, pending: Q, **kwargs: Any) -> None:
        super().__init__(day, **{"label": "Overdue", **kwargs})
        self.pending = pending

    def filter(self, rows: Any, value: Any) -> Any:
        """Return the rows that are overdue, or the others."""
        if value in UNSAID:
            return rows
        dated, overdue = on_its_day(rows), late(self.field_name, self.pending)
        return dated.filter(overdue) if value else dated.exclude(overdue)


class FindingFilter(df.ChoiceFilter):
    """A filter for records with a fault, by the name of the rule of data quality that finds it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label": "What is amiss", **kwargs})

    def filter(self, rows: Any, value: Any) -> Any:
        """Return the rows that the rule finds among those that the user may see."""
        if value in UNSAID:
            return rows
        matches = BY_NAME[value].faulty(self.parent.request.user)
        return rows.filter(pk__in=matches.values("pk"))


class OptionalIdField(IdField):
    """The id of a row, or the word for none."""

    def to_python(self, value: Any) -> Any:
        """Return the row, or the word."""
        return value if value == NO_RECORD else super().to_python(value)

    def validate(self, value: Any) -> None:
        """Accept the word as it is."""
        if value != NO_RECORD:
            super().validate(value)


@extend_schema_field({"anyOf": [{"type": "integer"}, {"type": "string", "enum": [NO_RECORD]}]})
class OptionalFilter(VisibleFilter):
    """The id of another record, or `none` for rows that name no record there."""

    field_class = OptionalIdField

    def filter(self, rows: Any, value: Any) -> Any:
        """Return the rows that name this record, or those that name none."""
        if value == NO_RECORD:
            return rows.filter(**{f"{self.field_name}__isnull": True})
        return super().filter(rows, value)


def visible(model: type[Any]) -> Callable[[Any], models.QuerySet]:
    """Return a function from a request to the rows of the model that its user may see."""

    def rows(request: Any) -> models.QuerySet:
        if request is None:  # without a request, as while the schema is written
            return model._default_manager.none()
        return model._default_manager.visible_to(request.user)

    return rows
