"""The reasons, by field, why the constraints of a model refuse a row."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS
from django.core.exceptions import ValidationError as Invalid
from rest_framework import serializers


def refusals(row: Any, names: Any) -> dict[str, list[Any]]:
    """Return the messages of the model's constraints that the row violates, by field; `names` are
    the fields that can be written."""
    errors: dict[str, list[Any]] = {}
    try:
        row.validate_unique()
    except Invalid as error:
        _gather(errors, error, names, ())
    for constraint in row._meta.constraints:
        try:
            constraint.validate(type(row), row)
        except Invalid as error:
            _gather(errors, error, names, getattr(constraint, "fields", ()))
    return errors


def _gather(errors: dict[str, list[Any]], error: Invalid, names: Any, fields: Any) -> None:
    """Add an error's messages to `errors`; one about the whole record goes to the last of the
    constraint's `fields` that can be written."""
    by_field = error.update_error_dict({})
    place = next((name for name in reversed(fields) if name in names), None)
    for name, items in by_field.items():
        field = name if name in names else place
        key = "non_field_errors" if field is None and name == NON_FIELD_ERRORS else field or name
        for item in items:
            for text in item.messages:
                code = item.code or "invalid"
                errors.setdefault(key, []).append(serializers.ErrorDetail(text, code=code))
