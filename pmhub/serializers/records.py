"""The base of every resource: what it looks like, what may be written, and by whom."""

from __future__ import annotations

import copy
import functools
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.validators import UniqueValidator

from pmhub.access import ONLY_SEEN, Withheld, may_join
from pmhub.access.giving import check_posts
from pmhub.access.hidden_references import hidden_in_list
from pmhub.access.setters import acted_for, check_change, check_setters, limiting
from pmhub.access.writing import allow, check_may_write_here
from pmhub.accounts import reauthentication
from pmhub.database.constraints import BOUNDS
from pmhub.database.custom import COLUMN
from pmhub.database.history import because
from pmhub.lifecycle import with_article
from pmhub.models import Customised
from pmhub.rules import Rules
from pmhub.serializers.coins import check_coins
from pmhub.serializers.custom import CustomValues, with_custom
from pmhub.serializers.fields import (
    LONGEST_TEXT,
    Address,
    Choice,
    Day,
    Flag,
    Moment,
    Number,
    Reason,
    Related,
    Text,
    WholeNumber,
    unbound_copy,
)
from pmhub.serializers.inputs import UNKNOWN, ModelSerializer, validated
from pmhub.services import Conflict, check_days, check_named

HEAD = ("id", "code", "url", "html_url", "version")
RECORD = ("created_at", "updated_at")


class MissingReference(ValidationError):
    """The record that a reference names is missing, or out of the user's sight."""

    status_code = 404
    default_code = "not_found"


class RecordSerializer(ModelSerializer):
    """Validates strictly, checks the user's rights with `can` before and after the change, and
    stores only the values that were sent.

    `Meta.expressions` are read-only columns computed by the database; `Meta.derived` are read-only
    values that the view's `finish` adds to the rows of a page; `Meta.verbs` say how verbs differ
    from the moves of the model's life cycles (`pmhub.serializers.verbs`).
    """

    url = serializers.URLField(read_only=True)
    html_url = serializers.URLField(read_only=True, allow_null=True)

    # Relations whose missing or hidden record is answered with 404, as its own address is.
    ends: ClassVar[tuple[str, ...]] = ()

    serializer_related_field = Related
    serializer_choice_field = Choice
    serializer_field_mapping: ClassVar[Any] = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: Text,
        models.TextField: Text,
        models.EmailField: Address,
        models.DecimalField: Number,
        models.IntegerField: WholeNumber,
        models.PositiveIntegerField: WholeNumber,
        models.PositiveSmallIntegerField: WholeNumber,
        models.SmallIntegerField: WholeNumber,
        models.BooleanField: Flag,
        models.DateField: Day,
        models.DateTimeField: Moment,
    }

    class Meta:
        model: ClassVar[Any]
        expressions: ClassVar[dict[str, Any]] = {}
        derived: ClassVar[tuple[str, ...]] = ()
        verbs: ClassVar[dict[str, Any]] = {}

    form_names: Collection[str] | None = None  # the names of the only fields that a form has

    def get_fields(self) -> dict[str, Any]:
        """Return copies of the fields that are asked for. The fields themselves are built once for
        the class, as building them is most of what a serializer costs."""
        names = self._templates() if self.form_names is None else self.form_names
        return {n: unbound_copy(field) for n, field in self._templates().items() if n in names}

    @classmethod
    @functools.cache
    def _templates(cls) -> dict[str, Any]:
        return dict(super(RecordSerializer, cls()).get_fields())

    @classmethod
    @functools.cache
    def read_only_names(cls) -> frozenset[str]:
        """Return the names of the fields that are never written."""
        return frozenset(name for name, field in cls._templates().items() if field.read_only)

    def build_standard_field(self, field_name: str, model_field: Any) -> Any:
        """Leave out the check of uniqueness, which the database does, and limit texts that have no
        limit."""
        if field_name == COLUMN:
            return CustomValues, {"required": False}
        kind, options = super().build_standard_field(field_name, model_field)
        if issubclass(kind, Text):
            options.setdefault("max_length", LONGEST_TEXT)
        if "validators" in options:
            kept = [v for v in options["validators"] if not isinstance(v, UniqueValidator)]
            options["validators"] = kept
        return kind, options

    def get_unique_together_validators(self) -> list[Any]:
        """Return none: the constraints of the model are asked when the database refuses."""
        return []

    def get_unique_for_date_validators(self) -> list[Any]:
        """Return none, for the same reason."""
        return []

    @classmethod
    def begins(cls, row: Any, user: Any) -> dict[str, Any]:
        """Return the values with which the form of a new record opens, beside the defaults; `row`
        has its parents, as far as they are known. A value may be a record that the user does not
        see."""
        return {}

    @classmethod
    def offers(cls, row: Any) -> dict[str, list[str]]:
        """Return, by field, the choices that the form of a record offers, for the fields that do
        not offer all of them; `row` as for `begins`."""
        return {}

    @classmethod
    def holds(cls, row: Any) -> dict[str, type[Rules]]:
        """Return, by field, the class of the rules that the field of a record holds; `row` as for
        `begins`."""
        return {}

    @classmethod
    def suggests(cls, row: Any) -> dict[str, list[str]]:
        """Return, by field, the texts that the form of a record suggests; the user may type
        another. `row` as for `begins`."""
        return {}

    @classmethod
    def typed_as(cls, row: Any, user: Any) -> dict[str, Any]:
        """Return, by name, the fields that replace those of the form where the input depends on the
        record; None removes a field. `row` as for `begins`."""
        return {}

    # Validating

    def is_valid(self, *, raise_exception: bool = False) -> bool:
        """Validate; raises MissingReference when the only errors are missing records that `ends`
        names."""
        valid = super().is_valid()
        if not valid and raise_exception:
            raise (MissingReference if self._absent() else ValidationError)(self.errors)
        return valid

    def _absent(self) -> bool:
        codes = {getattr(error, "code", "") for errors in self.errors.values() for error in errors}
        return codes == {"does_not_exist"} and self.errors.keys() <= set(self.ends)

    def to_internal_value(self, data: Any) -> Any:
        """Validate the fields, and refuse names that are unknown or cannot be written."""
        errors = dict(self._strangers(data)) if isinstance(data, Mapping) else {}
        values = validated(super().to_internal_value, data, errors)
        check_coins(self, values)
        return with_custom(self, values) if issubclass(self.Meta.model, Customised) else values

    def _strangers(self, data: Mapping[str, Any]) -> Iterator[tuple[str, list[Any]]]:
        for name in data:
            field = self.fields.get(name)
            if field is None:
                yield name, [UNKNOWN]
            elif field.read_only:
                yield name, [serializers.ErrorDetail("This field is read-only.", code="read_only")]

    def proposed(self, attrs: Mapping[str, Any]) -> Any:
        """Return the row as it will be once this is saved; its many-to-many lists are not set."""
        row = copy.copy(self.instance) if self.instance else self.Meta.model()
        for name, value in self._split(dict(attrs))[0].items():
            setattr(row, name, value)
        return row

    def after(self, attrs: Mapping[str, Any], name: str) -> Any:
        """Return the value that a field will have once this is saved."""
        return attrs[name] if name in attrs else getattr(self.instance, name, None)

    def alters(self, attrs: Mapping[str, Any], *names: str) -> bool:
        """Return whether one of these fields will have another value once this is saved."""
        return any(self.after(attrs, name) != getattr(self.instance, name, None) for name in names)

    def check_bounds(self, attrs: Mapping[str, Any], name: str, *bounds: str) -> None:
        """Raise ValidationError when one of the two `bounds` is written and the amount `name` lies
        outside them."""
        low, high = (self.after(attrs, bound) for bound in bounds)
        if low is None or high is None or attrs.keys().isdisjoint(bounds):
            return
        amount = self.after(attrs, name)
        if amount is None or not low <= amount <= high:
            raise serializers.ValidationError({bounds[0]: BOUNDS})

    def list_after(self, attrs: Mapping[str, Any], name: str) -> list[Any]:
        """Return the rows that a list will hold once this is saved."""
        stored: Any = getattr(self.instance, name, None)
        return list(attrs[name] if name in attrs else stored.all() if stored is not None else ())

    # Storing

    @property
    def user(self) -> Any:
        """The user who sent the request."""
        return self.context["request"].user

    def create(self, validated_data: dict[str, Any]) -> Any:
        """Make the record, if the user may write its parents."""
        model: Any = self.Meta.model
        reason = self._why(validated_data)
        plain, many = self._split(validated_data)
        row = model(**plain, created_by=self.user, updated_by=self.user)
        given = self.check_new(row, plain, many)
        check_days(row, plain)
        check_named(row, plain | many)
        with because(reason, for_=acted_for(self.user, row, given)):
            row = self.store(row, None)
            self._relate(row, many)
        return row

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        """Change the record, if the user may write it in its old and its new place."""
        reason = self._why(validated_data)
        plain, many = self._split(validated_data)
        many = {
            name: [*rows, *hidden_in_list(instance, name, self.user)] for name, rows in many.items()
        }
        changed = [name for name, value in plain.items() if getattr(instance, name) != value]
        related = any(self._differs(instance, name, rows) for name, rows in many.items())
        before = copy.copy(instance)
        self._check_moves(instance, changed, plain)
        for name in changed:
            setattr(instance, name, plain[name])
        self.check_edit(before, instance, changed, many)
        check_days(instance, changed)
        check_named(instance, {name: plain[name] for name in changed} | many)
        if changed or related:
            instance.updated_by = self.user
            # The trigger sets the moment; saving the column raises the version for a list too.
            instance.updated_at = timezone.now()
            with because(reason, for_=acted_for(self.user, instance, changed)):
                self.store(instance, changed)
                self._relate(instance, many)
        return instance

    def check_new(self, row: Any, names: Iterable[str], many: Mapping[str, list[Any]]) -> list[str]:
        """Raise PermissionDenied unless the user may make the row, in its state, with the values of
        the fields `names` and the lists `many`, and ValidationError where no row begins in its
        state. Return those of the fields that not everybody sets who writes such rows."""
        allow(self.user, row)
        self._check_initial(row)
        self.allow_joins(row, names)
        self.allow_roles(None, row, many)
        given = limiting(row, names)
        check_setters(self.user, row, given)
        return given

    def check_edit(
        self, before: Any, after: Any, changed: list[str], many: Mapping[str, list[Any]]
    ) -> None:
        """Raise PermissionDenied unless the user may make `after` of the row `before`: set the
        fields that are `changed`, put it where it goes, and give the roles of the lists `many`.
        Raise Conflict where its state holds what changes."""
        self._allow_change(before, after, changed)
        self._check_held(before, changed, many)
        self.allow_joins(after, changed)
        self.allow_roles(before, after, many)

    def _check_initial(self, row: Any) -> None:
        """Raise ValidationError unless each life cycle of the row begins in an initial state, and
        Withheld unless the user may write a record down in that state."""
        for table in row.lifecycles:
            state = str(getattr(row, table.field))
            if state not in table.initial:
                text = f"None begins as {state}; it may be: {', '.join(table.initial)}."
                raise ValidationError({table.field: [text]})
            for setter in table.initial[state]:
                if not setter.allows(self.user, row):
                    text = f"As {state} it is written down by {setter.words} alone."
                    raise Withheld(table.field, text)

    def _check_moves(self, row: Any, changed: list[str], values: Mapping[str, Any]) -> None:
        """Raise Conflict where an edit changes a state, or another field that only moves change; it
        names the moves to use instead."""
        for table in row.lifecycles:
            if table.field in changed:
                raise self._moved(row, table, str(values[table.field]))
            for name in table.kept:
                if name in changed:
                    words = ", ".join(move.does for move in table.moves)
                    text = f"This changes with a step of the record alone: {words}."
                    raise Conflict({name: [text]}, kind="use_verb")

    def _check_held(self, row: Any, changed: list[str], many: Mapping[str, list[Any]]) -> None:
        """Raise Conflict where the place or a list of a row would change while its state holds
        it; of its other columns the database says that itself."""
        if not row.holds or not row.lifecycles:
            return
        held = [name for name in changed if name in row.visible_through]
        held += [name for name, rows in many.items() if self._differs(row, name, rows)]
        if held:
            kind, state = with_article(str(row._meta.verbose_name)), row.lifecycles[0].field
            text = f"This stays: {kind} that is {getattr(row, state)} is changed no more."
            raise Conflict({held[0]: [text]}, kind="state_holds")

    def _moved(self, row: Any, table: Any, target: str) -> Conflict:
        """Return the Conflict that answers the edit of a state: it names the moves to use instead
        and their addresses."""
        state, name = getattr(row, table.field), with_article(str(row._meta.verbose_name))
        move = table.between(state, target)
        place = self.context.get("address", "")
        if move is None:
            ways = [way for way in table.moves if state in way.sources]
            words = ", ".join(way.does for way in ways)
            text = f"No move leads {name} from {state} to {target}."
            text += f" From {state} lead: {words}." if ways else ""
            addresses = [f"{place}{way.noun}/" for way in ways]
            return Conflict({table.field: [text]}, kind="use_verb", addresses=addresses)
        address = f"{place}{move.noun}/"
        text = f"The {table.field} of {name} changes by a step of its own: {move.does}."
        return Conflict({table.field: [text]}, kind="use_verb", verb=move.noun, address=address)

    def store(self, row: Any, changed: list[str] | None) -> Any:
        """Save a new row (`changed` is None) or the changed fields of a stored one."""
        if changed is None:
            row.save(force_insert=True)
        else:
            row.save(update_fields=[*changed, "updated_by", "updated_at"])
        return row

    def _why(self, values: dict[str, Any]) -> str:
        """Remove the reason from the values and return it; empty where the record has no such field
        or stores the reason itself."""
        return values.pop("reason", "") if isinstance(self.fields.get("reason"), Reason) else ""

    def _split(self, values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        many = {field.name for field in self.Meta.model._meta.many_to_many}
        return (
            {name: value for name, value in values.items() if name not in many},
            {name: value for name, value in values.items() if name in many},
        )

    @staticmethod
    def _differs(instance: Any, name: str, rows: list[Any]) -> bool:
        return {*getattr(instance, name).values_list("pk", flat=True)} != {row.pk for row in rows}

    @staticmethod
    def _relate(row: Any, many: dict[str, list[Any]]) -> None:
        for name, rows in many.items():
            getattr(row, name).set(rows)

    def allow_roles(self, before: Any, after: Any, many: Mapping[str, list[Any]]) -> None:
        """Raise Withheld unless the user may give the roles of the posts that change, and take them
        from the former holders; a session then has to confirm who its user is. `many` are the new
        lists; `before` is None for a new row."""
        if check_posts(self.user, before, after, many):
            reauthentication.require(self.context["request"])

    def allow_joins(self, row: Any, named: Iterable[str]) -> None:
        """Raise Withheld where one of the fields `named` refers to a record that the user may not
        join with the row."""
        for name in named:
            if row._meta.get_field(name).is_relation and not may_join(self.user, row, name):
                raise Withheld(name, ONLY_SEEN)

    def _allow_change(self, before: Any, after: Any, changed: list[str]) -> None:
        if moved := set(changed) & set(after.visible_through):
            # A role on the row itself does not decide where the row may go.
            check_may_write_here(self.user, before)
            check_may_write_here(self.user, after)
        if moved or after.grant_kind:
            allow(self.user, after)
        check_change(self.user, before, after, changed, moved=bool(moved))
