"""The bases of serializers that refuse unknown names: those of the forms of verbs, and of some
records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from pmhub.models import home_portfolio
from pmhub.serializers.coins import unpayable_amounts

UNKNOWN = serializers.ErrorDetail("There is no such field.", code="unknown_field")


def validated(validate: Callable[[Any], Any], data: Any, errors: Mapping[str, Any]) -> Any:
    """Return the result of `validate(data)`; raises ValidationError with its errors and the
    `errors` found before together."""
    try:
        values = validate(data)
    except ValidationError as error:
        detail: Any = error.detail
        raise ValidationError({**detail, **errors}) from error
    if errors:
        raise ValidationError(errors)
    return values


class InputSerializer(serializers.Serializer):
    """An input, such as the form of a verb, that refuses unknown names."""

    def to_internal_value(self, data: Any) -> Any:
        """Validate the fields, and refuse names that are unknown."""
        names = data.keys() - self.fields.keys() if isinstance(data, Mapping) else ()
        values = validated(super().to_internal_value, data, {name: [UNKNOWN] for name in names})
        if errors := unpayable_amounts(self, values, self.context.get("record")):
            raise ValidationError(errors)
        return values

    def paid_by(self, values: Mapping[str, Any], record: Any) -> Any:
        """Return the portfolio in whose currency the amounts of the form are: that of the
        record."""
        return home_portfolio(record)

    def fit(self, record: Any, user: Any) -> None:
        """Remove fields and choices that make no sense for this user and this record. Only pages
        call this; REST accepts the whole form."""


class ModelSerializer(serializers.ModelSerializer):
    """A serializer whose choices may be empty where the model allows it, read-only ones too."""

    def include_extra_kwargs(self, kwargs: Any, extra_kwargs: Any) -> Any:
        """Keep `allow_blank` of a choice, which DRF drops for a read-only field."""
        blank = "choices" in kwargs and kwargs.get("allow_blank")
        options = super().include_extra_kwargs(kwargs, extra_kwargs)
        return {**options, "allow_blank": True} if blank else options


class StrictModelSerializer(ModelSerializer):
    """A serializer of a model that refuses names it does not have or does not write."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuse names that are unknown or cannot be written."""
        if isinstance(data, dict):
            names = {name for name, field in self.fields.items() if not field.read_only}
            if strange := set(data) - names:
                raise ValidationError({name: [UNKNOWN] for name in sorted(strange)})
        return super().to_internal_value(data)
