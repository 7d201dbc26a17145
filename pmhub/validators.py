"""Validators for the values of a record, on every path: REST, admin and import.

`guard(model)` adds them to every field of a record, where serializers and the forms of the admin
pages find them alike.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from pmhub.database.triggers import Column
from pmhub.text import empty, has_lines, legible

EARLIEST, LATEST = date(1900, 1, 1), date(2200, 12, 31)


def seen_line(text: Any) -> None:
    """Raise ValidationError for invisible characters, line ends included."""
    _seen(text, lines=False)


def seen_text(text: Any) -> None:
    """Raise ValidationError for invisible characters; line ends and tabs are allowed."""
    _seen(text, lines=True)


def _seen(text: Any, *, lines: bool) -> None:
    if isinstance(text, str) and not legible(text, lines=lines):
        message = "Characters that cannot be seen are not accepted."
        raise ValidationError(message, code="invisible")


def not_empty(text: Any) -> None:
    """Raise ValidationError for a text in which nothing is visible."""
    if isinstance(text, str) and text and empty(text):
        raise ValidationError("There is nothing to see in this.", code="blank")


def meant_day(value: Any) -> None:
    """Raise ValidationError for a day that cannot be meant, before 1900 or after 2200."""
    if isinstance(value, datetime):
        day = value.date()
    elif isinstance(value, date):
        day = value
    else:
        return
    if not EARLIEST <= day <= LATEST:
        raise ValidationError("Give a day from 1900 to 2200.", code="absurd")


def finite(value: Any) -> None:
    """Raise ValidationError for NaN and the infinities."""
    if isinstance(value, Decimal) and not value.is_finite():
        raise ValidationError("Enter a number.", code="invalid")


def guard(model: type[models.Model]) -> None:
    """Add to each field of a model the validators for its type."""
    for field in model._meta.local_fields:
        if rules := _rules(field):
            # Set on the field and not in its declaration, so that migrations do not hold them.
            field.validators = [*field.validators, *rules]


def texts(model: type[models.Model]) -> list[Column]:
    """Return the columns of a model that hold text written by people."""
    return [
        Column(str(field.column), has_lines(field.max_length), field.blank)
        for field in model._meta.local_fields
        if _is_text(field)
    ]


def _is_text(field: Any) -> bool:
    return isinstance(field, models.CharField | models.TextField) and not field.choices


def _rules(field: Any) -> list[Any]:
    if _is_text(field):
        seen = seen_text if has_lines(field.max_length) else seen_line
        return [seen, not_empty]
    if isinstance(field, models.DateField):
        return [meant_day]
    return [finite] if isinstance(field, models.DecimalField) else []
