"""The base of the form of a verb, and what pages ask of a form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

UNKNOWN = serializers.ErrorDetail("There is no such field.", code="unknown_field")


class Fitting:
    """A form that a page makes for somebody, about a record."""

    def fit(self, record: Any, user: Any) -> None:
        """Keep the fields, and the choices of each, that make sense for this user and this record.
        REST takes them all."""

    def offer(self, name: str, rows: QuerySet) -> None:
        """Have a field of a related record offer these alone."""
        fields: Any = self.fields  # type: ignore[attr-defined]  # of the serializer that it is
        fields[name].queryset = rows


class Asked(Fitting, serializers.Serializer):
    """What a verb asks for, and nothing else."""

    def to_internal_value(self, data: Any) -> Any:
        """Validate the fields, and refuse names that are unknown."""
        names = data.keys() - self.fields.keys() if isinstance(data, Mapping) else ()
        errors = {name: [UNKNOWN] for name in names}
        try:
            values = super().to_internal_value(data)
        except ValidationError as error:
            found: Any = error.detail
            raise ValidationError({**found, **errors}) from error
        if errors:
            raise ValidationError(errors)
        return values
