"""The base of every filter set: exact names, ranges as `__lt __lte __gt __gte`, and what follows
from them (`operators.py`)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, ClassVar

import django_filters as df
from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from drf_spectacular.utils import extend_schema_field

from pmhub.database.collation import same
from pmhub.filters.operators import NO_RECORD, late, on_its_day, operators
from pmhub.models import (
    Attachment,
    Coded,
    Comment,
    Delegation,
    Favourite,
    Follow,
    FormerCode,
    Person,
    RoleAssignment,
    SavedView,
    attachable,
)
from pmhub.queries.quality import BY_NAME, rules_of
from pmhub.showing import narrowed
from pmhub.validators import meant_day

MINE = "mine"  # the filter by what whoever asks answers for
FINDING = "finding"  # the filter by what is amiss
MOST_WORDS = 8
UNSAID = (None, "")
CALLED = ("name", "title", "deliverable")  # what a record is called: always found by
RANGE = ["exact", "lt", "lte", "gt", "gte"]
TEXT = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,10})?")
WHOLE = re.compile(r"[0-9]{1,18}")


def _number(text: Any) -> None:
    if text not in (None, "") and not TEXT.fullmatch(str(text)):
        raise ValidationError("Give a number.", code="invalid")


class NumberField(forms.DecimalField):
    """Digits, a point and a sign, nothing else that Python would call a number."""

    def to_python(self, value: Any) -> Any:
        """Refuse what is not plain before converting it."""
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
    """The id of a row; any other text is no choice."""

    def to_python(self, value: Any) -> Any:
        """Refuse what is no id."""
        if value not in self.empty_values and not WHOLE.fullmatch(str(value)):
            raise ValidationError(
                self.error_messages["invalid_choice"],
                code="invalid_choice",
                params={"value": value},
            )
        return super().to_python(value)


class VisibleFilter(df.ModelChoiceFilter):
    """The id of another record: one out of sight is no choice, as if it did not exist."""

    field_class = IdField


class TextFilter(df.CharFilter):
    """A text, whatever its case."""

    def filter(self, rows: Any, value: Any) -> Any:
        """The rows whose field holds this text; a code that a record had before leads on to it."""
        if not value:
            return rows
        found = same(self.field_name, value)
        if self.field_name == "code" and issubclass(rows.model, Coded):
            kind = rows.model._meta.model_name
            found |= Q(pk__in=FormerCode.leading_on(value, kind=kind).values("object_id"))
        return rows.filter(found)


class TruthFilter(df.TypedChoiceFilter):
    """true or false; django-filter's own takes any other word for "no matter"."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        words = [(word, word) for word in ("true", "false")]
        super().__init__(*args, **{**kwargs, "choices": words, "coerce": lambda w: w == "true"})


class OverdueFilter(TruthFilter):
    """Whether what is pending should have come by the day of a field."""

    def __init__(self, day: str, pending: Q, **kwargs: Any) -> None:
        super().__init__(day, **{"label": "Overdue", **kwargs})
        self.pending = pending

    def filter(self, rows: Any, value: Any) -> Any:
        """The rows that are overdue, or the others."""
        if value in UNSAID:
            return rows
        dated, found = on_its_day(rows), late(self.field_name, self.pending)
        return dated.filter(found) if value else dated.exclude(found)


class FindingFilter(df.ChoiceFilter):
    """The records in which something is amiss, by the name of the rule that finds it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label": "What is amiss", **kwargs})

    def filter(self, rows: Any, value: Any) -> Any:
        """The rows that the rule finds among those that the user may see."""
        if value in UNSAID:
            return rows
        found = BY_NAME[value].found(self.parent.request.user)
        return rows.filter(pk__in=found.values("pk"))


class OptionalIdField(IdField):
    """The id of a row, or the word for none."""

    def to_python(self, value: Any) -> Any:
        """The row, or the word."""
        return value if value == NO_RECORD else super().to_python(value)

    def validate(self, value: Any) -> None:
        """Take the word as it is."""
        if value != NO_RECORD:
            super().validate(value)


@extend_schema_field({"anyOf": [{"type": "integer"}, {"type": "string", "enum": [NO_RECORD]}]})
class OptionalFilter(VisibleFilter):
    """The id of another record, or `none`: the rows that name no record there."""

    field_class = OptionalIdField

    def filter(self, rows: Any, value: Any) -> Any:
        """The rows that name this record, or none."""
        if value == NO_RECORD:
            return rows.filter(**{f"{self.field_name}__isnull": True})
        return super().filter(rows, value)


def visible(model: type[Any]) -> Callable[[Any], models.QuerySet]:
    """The rows of the model that the asking user may see."""

    def rows(request: Any) -> models.QuerySet:
        if request is None:  # the schema is drawn without anybody asking
            return model._default_manager.none()
        return model._default_manager.visible_to(request.user)

    return rows


def _of_people(model: Any) -> dict[str, Q]:
    """The fields of a model by which a record is somebody's to see to, each with when it is."""
    return {**getattr(model, "answered_for", {}), **getattr(model, "waits_for", {})}


class RecordFilter(df.FilterSet):
    """The filters of a resource: `fields` names those of the model, and their lookups. What is
    filtered by a field that only some see is found where it is shown."""

    base_filters: dict[str, Any]

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        # Every filter of a set is copied: only those that are asked for are.
        known = self.base_filters
        self.base_filters = {name: known[name] for name in data or () if name in known}
        super().__init__(data, *args, **kwargs)

    def filter_queryset(self, queryset: Any) -> Any:
        """The rows that fit."""
        asked = self.form.cleaned_data.items()
        names = {self.filters[name].field_name for name, value in asked if value not in UNSAID}
        user = getattr(self.request, "user", None)
        return super().filter_queryset(narrowed(queryset, sorted(filter(None, names)), user))

    @classmethod
    def filter_for_lookup(cls, field: Any, lookup_type: str) -> tuple[Any, dict[str, Any]]:
        """Strict filters in the place of django-filter's lenient ones."""
        if lookup_type == "isnull" or isinstance(field, models.BooleanField):
            return TruthFilter, {}
        if isinstance(field, models.ForeignKey | models.ManyToManyField):
            kind = OptionalFilter if field.null else VisibleFilter
            return kind, {"queryset": visible(field.related_model)}
        if lookup_type in RANGE:
            if isinstance(field, models.DateField) and not isinstance(field, models.DateTimeField):
                return DateFilter, {}
            plain = models.DecimalField | models.IntegerField
            if isinstance(field, plain) and not getattr(field, "choices", None):
                return NumberFilter, {}
        if lookup_type == "exact" and isinstance(field, models.CharField) and not field.choices:
            return TextFilter, {}
        return super().filter_for_lookup(field, lookup_type)

    @classmethod
    def get_fields(cls) -> dict[str, Any]:
        """With what records are called."""
        fields: dict[str, Any] = super().get_fields()
        model = cls._meta.model
        kept = {field.name for field in model._meta.fields} if model else set()
        return {name: ["exact"] for name in CALLED if name in kept} | fields

    @classmethod
    def get_filters(cls) -> dict[str, Any]:
        """With the operators and, of what people answer for or have a word in, `mine`."""
        filters: dict[str, Any] = super().get_filters()
        model = cls._meta.model
        if model:
            filters |= operators(model, filters, TruthFilter)
        if _of_people(model):
            filters[MINE] = TruthFilter(method="of_whoever_asks", label="Mine")
        if rules := rules_of(model):
            filters[FINDING] = FindingFilter(choices=[(each.name, each.title) for each in rules])
        return filters

    def of_whoever_asks(self, rows: Any, name: str, value: bool) -> Any:  # as called
        """Narrow rows to those that the user answers for, or that wait for their own word, or to
        the others."""
        person = getattr(self.request.user, "person", None)
        fields = _of_people(rows.model)
        mine = Q(pk__in=[])
        for field, condition in fields.items() if person else ():
            mine |= Q(**{field: person}) & condition
        found = rows.model._base_manager.filter(mine).values("pk")
        return rows.filter(pk__in=found) if value else rows.exclude(pk__in=found)


class PersonFilter(RecordFilter):
    """Filters of people."""

    class Meta:
        model = Person
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "email": ["exact"],
            "unit": ["exact"],
            "organisation": ["exact"],
            "competence": ["exact"],
            "mentor": ["exact"],
        }


class RoleAssignmentFilter(RecordFilter):
    """Filters of role assignments."""

    class Meta:
        model = RoleAssignment
        fields: ClassVar[Any] = {
            "person": ["exact"],
            "role": ["exact"],
            "portfolio": ["exact"],
            "programme": ["exact"],
            "project": ["exact"],
            "starts_on": RANGE,
            "ends_on": RANGE,
        }


class DelegationFilter(RecordFilter):
    """Filters of delegations."""

    class Meta:
        model = Delegation
        fields: ClassVar[Any] = {
            "giver": ["exact"],
            "deputy": ["exact"],
            "role": ["exact"],
            "portfolio": ["exact"],
            "programme": ["exact"],
            "project": ["exact"],
            "state": ["exact"],
            "starts_on": RANGE,
            "ends_on": RANGE,
        }


class AtRecordFilter(RecordFilter):
    """Filters of what stands at records."""

    record_type = df.ChoiceFilter(choices=[(name, name) for name in sorted(attachable())])


class CommentFilter(AtRecordFilter):
    """Filters of comments: `author` and `mentions` are people."""

    author = VisibleFilter(field_name="created_by__person", queryset=visible(Person))

    class Meta:
        model = Comment
        fields: ClassVar[Any] = {"record_id": ["exact"], "mentions": ["exact"]}


class FollowFilter(AtRecordFilter):
    """Filters of what one follows."""

    class Meta:
        model = Follow
        fields: ClassVar[Any] = {"record_id": ["exact"]}


class AttachmentFilter(AtRecordFilter):
    """Filters of attachments. `latest=true` leaves out what has a next version."""

    latest = TruthFilter(field_name="next_versions", lookup_expr="isnull")

    class Meta:
        model = Attachment
        fields: ClassVar[Any] = {
            "record_id": ["exact"],
            "media_type": ["exact"],
            "sha256": ["exact"],
            "version_of": ["exact", "isnull"],
        }


class FavouriteFilter(RecordFilter):
    """Filters of favourites."""

    class Meta:
        model = Favourite
        fields: ClassVar[Any] = {"record_type": ["exact"], "record_id": ["exact"]}


class SavedViewFilter(RecordFilter):
    """Filters of saved views."""

    class Meta:
        model = SavedView
        fields: ClassVar[Any] = {
            "collection": ["exact"],
            "portfolio": ["exact"],
            "programme": ["exact"],
            "is_default": ["exact"],
        }
