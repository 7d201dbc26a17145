"""Custom fields as fields of a record: which values they take, and how these are stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from pmhub.database.custom import COLUMN, LONGEST, NO_OBJECT
from pmhub.models import Person
from pmhub.rounding import exact
from pmhub.serializers.fields import Choice, Day, Number, Related, Text
from pmhub.serializers.inputs import UNKNOWN
from programmes.queries.custom_fields import FieldDescription, custom_of, present_names

MOST_GIVEN = 200
NEEDED = ErrorDetail("This field is required.", code="required")
RETIRED = ErrorDetail("This field is retired: it takes no new value.", code="retired")
VALUE = {"type": ["string", "integer", "boolean", "null"]}


@extend_schema_field({"type": "object", "additionalProperties": VALUE})
class CustomValues(serializers.JSONField):
    """Values of custom fields by name: numbers and amounts as text, a day as YYYY-MM-DD, a person
    by id. PATCH changes the given ones, and null clears one. /custom-fields/ lists the fields."""

    default_error_messages = {"object": NO_OBJECT}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Check that this is an object; which names and values it may hold depends on the portfolio
        of the record."""
        if not isinstance(data, dict) or len(data) > MOST_GIVEN:
            self.fail("object")
        return {str(name): value for name, value in data.items()}


class YesNo(Choice):
    """Yes or no, or nothing yet."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"choices": [("true", "Yes"), ("false", "No")], **kwargs})

    def to_internal_value(self, data: Any) -> Any:
        """Accept true and false, and the words."""
        if isinstance(data, bool):
            return data
        return bool(super().to_internal_value(data) == "true")

    def to_representation(self, value: Any) -> Any:
        """Return the value as a word of the form."""
        return str(value).lower()


class PersonById(Related):
    """A person, stored by their id."""

    def to_representation(self, value: Any) -> Any:
        """Return the id of a person; a stored value is the id already."""
        return getattr(value, "pk", value)


MADE: Mapping[str, Callable[..., serializers.Field]] = {
    "text": lambda **given: Text(max_length=LONGEST, allow_blank=True, **given),
    "number": lambda **given: Number(max_digits=20, decimal_places=6, **given),
    "money": lambda **given: Number(max_digits=14, decimal_places=2, **given),
    "date": Day,
    "person": lambda **given: PersonById(queryset=Person.objects.all(), **given),
    "bool": YesNo,
}
KEPT: Mapping[str, Callable[[Any], Any]] = {
    "number": exact,
    "money": lambda value: f"{value:.2f}",
    "date": lambda value: value.isoformat(),
    "person": lambda value: value.pk,
}


def field_of(described: FieldDescription, *, required: bool = False) -> serializers.Field:
    """Return a custom field as a field of a serializer."""
    given: dict[str, Any] = {"required": required, "allow_null": True, "label": described.label}
    if described.type == "choice":
        return Choice(choices=[(value, value) for value in described.values], **given)
    return MADE[described.type](**given)


class GivenValues(serializers.Serializer):
    """Checks given values of custom fields, by name."""

    def __init__(self, fields: Mapping[str, serializers.Field], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.own = fields

    def get_fields(self) -> dict[str, Any]:
        """Return the fields with which the serializer was made."""
        return dict(self.own)


def with_custom(serializer: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Return validated values of a record, with `custom` replaced by all custom values that the
    record will hold. Raises ValidationError by `custom` and name."""
    given, row = values.pop(COLUMN, None), serializer.instance
    if given is None and row is not None:
        return values
    if row is not None and not serializer.partial:
        given = dict.fromkeys(row.custom) | given
    moved = row is None or {*row.visible_through} & values.keys()
    record = serializer.proposed(values) if moved else row
    return values | {COLUMN: merged_values(record, given or {}, row, serializer.context)}


def merged_values(
    record: Any, given: Mapping[str, Any], before: Any, context: Any
) -> dict[str, Any]:
    """Return all custom values that a record will hold: those of `before`, the stored record (None
    for a new one), with the given ones merged in. Raises ValidationError by `custom` and name."""
    fields = {field.name: field for field in custom_of(record)}
    old = dict(before.custom) if before else {}
    if before is None:
        values = {name: value for name, value in given.items() if value not in (None, "")}
        given = {name: None for name, field in fields.items() if _is_required(field)} | values
    changed = {name: value for name, value in given.items() if not _echo(old, name, value)}
    kept = {name: value for name, value in old.items() if name not in changed}
    return kept | _judged(context, fields, changed)


def restored_custom_values(record: Any, context: Any) -> dict[str, Any]:
    """Return the custom values that a restored record keeps, by the present names of their fields:
    since its deletion a field may have been renamed or removed, or take other values."""
    fields = {field.name: field for field in custom_of(record)}
    now = present_names(record, record.custom.keys() - fields) if record.custom else {}
    values = {now.get(name, name): value for name, value in record.custom.items()}
    return {
        name: value
        for name, value in values.items()
        if name in fields
        and GivenValues(
            {name: field_of(fields[name])}, data={name: value}, context=context
        ).is_valid()
    }


def _is_required(field: FieldDescription) -> bool:
    return field.asked(timezone.localdate())


def _echo(before: Mapping[str, Any], name: str, value: Any) -> bool:
    """Return whether a value is the stored one."""
    return name in before and before[name] == value and type(before[name]) is type(value)


def _judged(
    context: Any, fields: Mapping[str, FieldDescription], given: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the given values as they are stored, without empty ones; raises ValidationError by
    `custom` and name."""
    errors: dict[str, Any] = {}
    for name, value in given.items():
        if name not in fields:
            errors[name] = [UNKNOWN]
        elif value in (None, "") and _is_required(fields[name]):
            errors[name] = [NEEDED]
        elif value is not None and fields[name].retired:
            errors[name] = [RETIRED]
    fit = {name: value for name, value in given.items() if name not in errors}
    judge = GivenValues({name: field_of(fields[name]) for name in fit}, data=fit, context=context)
    judge.is_valid()
    errors |= judge.errors
    if errors:
        raise ValidationError({COLUMN: errors})
    values = {
        name: value for name, value in judge.validated_data.items() if value not in (None, "")
    }
    return {name: KEPT.get(fields[name].type, _same)(value) for name, value in values.items()}


def _same(value: Any) -> Any:
    return value
