"""The base of every serializer: it says what a resource looks like and what may be written.

Reading goes past serializers, by `pmhub.api.shapes`, which follows the fields declared here.
"""

from __future__ import annotations

import copy
import functools
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.core.exceptions import ValidationError as Invalid
from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.validators import UniqueValidator

from pmhub.access import can
from pmhub.models import Person, RoleAssignment

EARLIEST, LATEST = date(1900, 1, 1), date(2200, 12, 31)
LONGEST_TEXT = 20_000
MOST_RELATED = 500
DECIMAL = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
WHOLE = re.compile(r"-?[0-9]{1,18}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LINES = "\n\r\t"
RECORD = ("created_at", "updated_at")
HEAD = ("id", "code", "url", "html_url", "version")


class Text(serializers.CharField):
    """Text, and only text: no number in its place, nothing invisible in it."""

    default_error_messages = {"invisible": "Characters that cannot be seen are not accepted."}

    def to_internal_value(self, data: Any) -> str:
        """Refuse other types and control characters; a long text may have lines."""
        if not isinstance(data, str):
            self.fail("invalid")
        lines = (self.max_length or LONGEST_TEXT) > 500
        for character in data.strip():
            if unicodedata.category(character) in ("Cc", "Cf") and not _harmless(character, lines):
                self.fail("invisible")
        return super().to_internal_value(data)


def _harmless(character: str, lines: bool) -> bool:
    """Line ends in long texts; joiners, which some scripts and pictures need."""
    return (lines and character in LINES) or character in "\u200d\u200c\u00ad"


class Address(serializers.EmailField):
    """An e-mail address."""

    def to_internal_value(self, data: Any) -> str:
        """Refuse other types."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Number(serializers.DecimalField):
    """A decimal, as a string or a number of JSON."""

    def to_internal_value(self, data: Any) -> Decimal:
        """Refuse what Python would take for a number and people would not."""
        if isinstance(data, bool | float) or not isinstance(data, str | int | Decimal):
            self.fail("invalid")
        if isinstance(data, str) and not DECIMAL.fullmatch(data.strip(" ")):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A whole number."""

    def to_internal_value(self, data: Any) -> int:
        """Refuse `1.0`, `true` and digits of other scripts."""
        if isinstance(data, bool) or not isinstance(data, str | int):
            self.fail("invalid")
        if not WHOLE.fullmatch(str(data).strip(" ")):
            self.fail("invalid")
        return int(data)


class Flag(serializers.BooleanField):
    """true or false; a form may send the words."""

    def to_internal_value(self, data: Any) -> bool:
        """Refuse numbers and other words."""
        if isinstance(data, bool):
            return data
        if data in ("true", "false"):
            return data == "true"
        self.fail("invalid", input=data)
        raise AssertionError  # fail() has raised


class Day(serializers.DateField):
    """YYYY-MM-DD, from 1900 to 2200."""

    default_error_messages = {"absurd": "Give a day from 1900 to 2200."}

    def to_internal_value(self, value: Any) -> date:
        """Refuse other forms of a date, and days that nobody means."""
        if not isinstance(value, str) or not DAY.fullmatch(value):
            self.fail("invalid", format="YYYY-MM-DD")
        day = super().to_internal_value(value)
        if not EARLIEST <= day <= LATEST:
            self.fail("absurd")
        return day


class Moment(serializers.DateTimeField):
    """A moment with its time zone."""

    default_error_messages = {"absurd": "Give a moment from 1900 to 2200."}

    def to_internal_value(self, value: Any) -> datetime:
        """Refuse other types and moments that nobody means."""
        if not isinstance(value, str):
            self.fail("invalid", format="2026-10-31T12:00:00Z")
        moment = super().to_internal_value(value)
        if not EARLIEST.year <= moment.year <= LATEST.year:
            self.fail("absurd")
        return moment


class Choice(serializers.ChoiceField):
    """One of the choices, in its own type."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuse objects and booleans, which only look like a choice as text."""
        if isinstance(data, bool) or not isinstance(data, str | int):
            self.fail("invalid_choice", input=str(data)[:100])
        return super().to_internal_value(data)


class Related(serializers.PrimaryKeyRelatedField):
    """The id of another record the user may see; one out of sight answers like one not there."""

    def get_queryset(self) -> Any:
        """The rows the user may see, with what decides about rights on them."""
        rows: Any = self.queryset  # type: ignore[arg-type]  # the stubs take it for a manager's
        model = rows.model
        visible = model._default_manager.visible_to(self.context["request"].user)
        return visible.select_related(*lineage(model))

    def use_pk_only_optimization(self) -> bool:
        """Only the id is ever shown."""
        return True

    def to_internal_value(self, data: Any) -> Any:
        """The row; the one that is there already may stay even when out of sight."""
        if isinstance(data, bool) or not isinstance(data, str | int):
            self.fail("incorrect_type", data_type=type(data).__name__)
        if not WHOLE.fullmatch(str(data)):
            self.fail("incorrect_type", data_type=type(data).__name__)
        pk = int(data)
        instance = getattr(self.parent, "instance", None)
        name = str(self.source)
        if instance is not None and getattr(instance, f"{name}_id", None) == pk:
            return getattr(instance, name)
        row = self.get_queryset().filter(pk=pk).first()
        if row is None:
            self.fail("does_not_exist", pk_value=pk)
        return row


def _fresh(field: Any) -> Any:
    """A copy that can be bound; one with a child, which knows its parent, is copied through."""
    nested = hasattr(field, "child_relation") or hasattr(field, "child")
    return copy.deepcopy(field) if nested else copy.copy(field)


def lineage(model: Any) -> list[str]:
    """The paths of foreign keys up to every root of access, for `select_related`."""
    return list(_lineage(model))


def _lineage(model: Any, prefix: str = "") -> Iterator[str]:
    for name in model.visible_through:
        path = f"{prefix}{name}"
        yield path
        yield from _lineage(model._meta.get_field(name).related_model, f"{path}__")


class Currency(serializers.CharField):
    """The currency of the money beside it: the portfolio's."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"read_only": True, "min_length": 3, "max_length": 3, **kwargs})


class Money(serializers.DecimalField):
    """An amount that is computed: read-only, in the portfolio's unit."""

    def __init__(self, **kwargs: Any) -> None:
        options = {"read_only": True, "max_digits": 14, "decimal_places": 2, **kwargs}
        super().__init__(**options)


class NoCode(serializers.CharField):
    """`code` of a record that has none: null, so that every object has the same head."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"read_only": True, "allow_null": True, **kwargs})


def first(*paths: str) -> Coalesce:
    """The first of several columns that is not empty: one of them is there for each row."""
    return Coalesce(*(models.F(path) for path in paths))


class RecordSerializer(serializers.ModelSerializer):
    """Validates strictly, applies, asks `can` before and after, and stores only what was sent.

    `Meta.expressions` are read-only columns computed by the database; `Meta.derived` are read-only
    values that the view's `finish` adds to the rows of a page.
    """

    url = serializers.URLField(read_only=True)
    html_url = serializers.URLField(read_only=True, allow_null=True)

    row: Any = None  # what is being stored: asked for its sentences when the database refuses

    serializer_related_field = Related
    serializer_choice_field = Choice
    serializer_field_mapping: ClassVar[Any] = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: Text,
        models.TextField: Text,
        models.EmailField: Address,
        models.DecimalField: Number,
        models.IntegerField: Whole,
        models.PositiveIntegerField: Whole,
        models.PositiveSmallIntegerField: Whole,
        models.SmallIntegerField: Whole,
        models.BooleanField: Flag,
        models.DateField: Day,
        models.DateTimeField: Moment,
    }

    class Meta:
        expressions: ClassVar[dict[str, Any]] = {}
        derived: ClassVar[tuple[str, ...]] = ()

    # Declaring

    def get_fields(self) -> dict[str, Any]:
        """The fields, built once for the class: that is most of the cost of a serializer."""
        return {name: _fresh(field) for name, field in self._templates().items()}

    @classmethod
    @functools.cache
    def _templates(cls) -> dict[str, Any]:
        return dict(super(RecordSerializer, cls()).get_fields())

    def build_standard_field(self, field_name: str, model_field: Any) -> Any:
        """The database judges uniqueness; texts without a limit get one."""
        kind, options = super().build_standard_field(field_name, model_field)
        if issubclass(kind, Text):
            options.setdefault("max_length", LONGEST_TEXT)
        if "validators" in options:
            kept = [v for v in options["validators"] if not isinstance(v, UniqueValidator)]
            options["validators"] = kept
        return kind, options

    def get_unique_together_validators(self) -> list[Any]:
        """None: the constraints of the model are asked when the database refuses."""
        return []

    def get_unique_for_date_validators(self) -> list[Any]:
        """None."""
        return []

    # Validating

    def to_internal_value(self, data: Any) -> Any:
        """Validate the fields, and refuse names that are unknown or cannot be written."""
        errors = dict(self._strangers(data)) if isinstance(data, Mapping) else {}
        try:
            values = super().to_internal_value(data)
        except ValidationError as error:
            found: Any = error.detail
            raise ValidationError({**found, **errors}) from error
        if errors:
            raise ValidationError(errors)
        return values

    def _strangers(self, data: Mapping[str, Any]) -> Iterator[tuple[str, list[Any]]]:
        for name, value in data.items():
            field = self.fields.get(name)
            if field is None:
                text = "There is no such field."
                yield name, [serializers.ErrorDetail(text, code="unknown_field")]
            elif field.read_only and not self._echoes(name, value):
                text = "This field is read-only."
                yield name, [serializers.ErrorDetail(text, code="read_only")]

    def _echoes(self, name: str, value: Any) -> bool:
        """Whether the value is what the answer to GET has there, sent back unchanged."""
        current: Callable[[], Mapping[str, Any]] | None = self.context.get("current")
        return self.instance is not None and current is not None and current().get(name) == value

    def after(self, attrs: Mapping[str, Any], name: str) -> Any:
        """The value a field will have once this is saved."""
        return attrs[name] if name in attrs else getattr(self.instance, name, None)

    # Storing

    @property
    def user(self) -> Any:
        """Whoever asks."""
        return self.context["request"].user

    def create(self, validated_data: dict[str, Any]) -> Any:
        """Make the record, if its parents are the user's to write."""
        model: Any = self.Meta.model
        plain, many = self._split(validated_data)
        row = model(**plain, created_by=self.user, updated_by=self.user)
        self.row = row
        allow(self.user, row)
        row = self.store(row, None)
        self._relate(row, many)
        return row

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        """Change the record, if it is the user's to write in its old and its new place."""
        plain, many = self._split(validated_data)
        changed = [name for name, value in plain.items() if getattr(instance, name) != value]
        related = any(self._differs(instance, name, rows) for name, rows in many.items())
        before = copy.copy(instance)
        for name in changed:
            setattr(instance, name, plain[name])
        self.row = instance
        self._allow_change(before, instance, changed)
        if changed or related:
            instance.updated_by = self.user
            # The trigger sets the moment anew; naming it raises the version for a changed list too.
            instance.updated_at = timezone.now()
            self.store(instance, changed)
            self._relate(instance, many)
        return instance

    def store(self, row: Any, changed: list[str] | None) -> Any:
        """Save a new row (`changed` is None) or the changed fields of one; verbs go here."""
        if changed is None:
            row.save(force_insert=True)
        else:
            row.save(update_fields=[*changed, "updated_by", "updated_at"])
        return row

    def _split(self, values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        many = {field.name for field in self.Meta.model._meta.many_to_many}
        return (
            {name: value for name, value in values.items() if name not in many},
            {name: value for name, value in values.items() if name in many},
        )

    @staticmethod
    def _differs(instance: Any, name: str, rows: list[Any]) -> bool:
        before = set(getattr(instance, name).values_list("pk", flat=True))
        return before != {row.pk for row in rows}

    @staticmethod
    def _relate(row: Any, many: dict[str, list[Any]]) -> None:
        for name, rows in many.items():
            getattr(row, name).set(rows)

    def _allow_change(self, before: Any, after: Any, changed: list[str]) -> None:
        if moved := set(changed) & set(after.visible_through):
            # A role on the row itself does not decide where the row may go.
            allow_here(self.user, before)
            allow_here(self.user, after)
        if moved or after.grant_kind:
            allow(self.user, after)


def allow(user: Any, row: Any) -> None:
    """Raise PermissionDenied unless the user may write the row."""
    if not can(user, "write", row):
        raise PermissionDenied("You may see this and not change it.")


def allow_here(user: Any, row: Any) -> None:
    """Raise PermissionDenied unless the user may write such a row under its parents, whatever
    their role on the row itself: for making, moving and deleting."""
    unplaced = copy.copy(row)
    unplaced.pk = None
    allow(user, unplaced)


def refusals(row: Any, names: Any) -> dict[str, list[Any]]:
    """What the model's own sentences say against the row, by field; `names` can be written."""
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
    """Messages of the whole record go to the last field of the constraint."""
    found = error.update_error_dict({})
    place = next((name for name in reversed(fields) if name in names), None)
    for name, items in found.items():
        known = name if name in names else place
        key = "non_field_errors" if known is None and name == NON_FIELD_ERRORS else known or name
        for item in items:
            for text in item.messages:
                code = item.code or "invalid"
                errors.setdefault(key, []).append(serializers.ErrorDetail(text, code=code))


class PersonSerializer(RecordSerializer):
    """A person; whether they sign in, and as whom, is set in the admin pages."""

    class Meta(RecordSerializer.Meta):
        model = Person
        fields = [
            *HEAD, "name", "email", "organisation", "unit", "title", "competence",
            "certifications", *RECORD,
        ]  # fmt: skip


class RoleAssignmentSerializer(RecordSerializer):
    """A role held by a person on a portfolio, a programme, a project or the organisation."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = RoleAssignment
        fields = [
            *HEAD, "person", "role", "portfolio", "programme", "project", "starts_on", "ends_on",
            *RECORD,
        ]  # fmt: skip
        derived = ("code",)
