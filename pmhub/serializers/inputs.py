"""The bases of what refuses names that it does not know: the forms of verbs, and some records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from pmhub.models import home_portfolio
from pmhub.serializers.coins import unpayable_asked

UNKNOWN = serializers.ErrorDetail("There is no such field.", code="unknown_field")


def validated(validate: Callable[[Any], Any], data: Any, errors: Mapping[str, Any]) -> Any:
    """Return what `validate` makes of data; raises ValidationError with what it refuses and the
    `errors` found before, all at once."""
    try:
        values = validate(data)
    except ValidationError as error:
        detail: Any = error.detail
        raise ValidationError({**detail, **errors}) from error
    if errors:
        raise ValidationError(errors)
    return values


class InputSerializer(serializers.Serializer):
    """What a verb asks for, and nothing else."""

    def to_internal_value(self, data: Any) -> Any:
        """Validate the fields, and refuse names that are unknown."""
        names = data.keys() - self.fields.keys() if isinstance(data, Mapping) else ()
        values = validated(super().to_internal_value, data, {name: [UNKNOWN] for name in names})
        if errors := unpayable_asked(self, values, self.context.get("record")):
            raise ValidationError(errors)
        return values

    def paid_by(self, values: Mapping[str, Any], record: Any) -> Any:
        """Return the portfolio in whose currency its amounts are: that of its record."""
        return home_portfolio(record)

    def fit(self, record: Any, user: Any) -> None:
        """Take away what makes no sense for this user and this record: pages ask no more, REST
        takes it all."""


class ModelSerializer(serializers.ModelSerializer):
    """A record whose choices may be empty where the model says so, those that nobody writes too."""

    def include_extra_kwargs(self, kwargs: Any, extra_kwargs: Any) -> Any:
        """Keep that a choice may be empty: of a read-only field it is forgotten otherwise."""
        blank = "choices" in kwargs and kwargs.get("allow_blank")
        options = super().include_extra_kwargs(kwargs, extra_kwargs)
        return {**options, "allow_blank": True} if blank else options


class StrictModelSerializer(ModelSerializer):
    """A record that takes the names of the fields that can be written, and no others."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuse names that are unknown or cannot be written."""
        if isinstance(data, dict):
            names = {name for name, field in self.fields.items() if not field.read_only}
            if strange := set(data) - names:
                raise ValidationError({name: [UNKNOWN] for name in sorted(strange)})
        return super().to_internal_value(data)
