"""The base of all filter sets: exact names, ranges as `__lt __lte __gt __gte`, and the operators
that follow from them (`operators.py`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import django_filters as df
from django.db import models
from django.db.models import Q

from pmhub.access.restricted_fields import narrowed_rows
from pmhub.database.custom import PREFIX
from pmhub.database.search_table import CALLED
from pmhub.filters.custom import aliased, filters_of
from pmhub.filters.operators import operators
from pmhub.filters.units import WithinUnitFilter
from pmhub.filters.values import (
    UNSAID,
    DateFilter,
    FindingFilter,
    NumberFilter,
    OptionalFilter,
    OverdueFilter,
    TextFilter,
    TruthFilter,
    VisibleFilter,
    visible,
)
from pmhub.models import (
    Attachment,
    Comment,
    Delegation,
    DelegationStanding,
    Favourite,
    Follow,
    Person,
    RoleAssignment,
    SavedView,
    attachable,
)
from pmhub.models.delegation import standing
from pmhub.queries.data_quality import rules_of
from programmes.queries.custom_fields import visible_custom_fields

__all__ = [
    "FINDING",
    "MINE",
    "RANGE",
    "DateFilter",
    "FindingFilter",
    "NumberFilter",
    "OptionalFilter",
    "OverdueFilter",
    "RecordFilter",
    "TextFilter",
    "TruthFilter",
    "VisibleFilter",
    "visible",
]

MINE = "mine"  # the filter for what the user answers for
FINDING = "finding"  # the filter for findings
MOST_WORDS = 8
RANGE = ["exact", "lt", "lte", "gt", "gte"]


def _of_people(model: Any) -> dict[str, Q]:
    """Return the fields of a model that name the person who has to act on a record, each with the
    condition under which they have to."""
    return {**getattr(model, "answered_for", {}), **getattr(model, "waits_for", {})}


class RecordFilter(df.FilterSet):
    """The filters of a resource: `fields` names the fields of the model, with their lookups. A
    filter by a field that only some may see finds only rows in which it is shown."""

    base_filters: dict[str, Any]

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        # Copies of filters are made only of those that are asked for.
        filters = self.known_to(getattr(kwargs.get("request"), "user", None), data or ())
        self.base_filters = {name: filters[name] for name in data or () if name in filters}
        super().__init__(data, *args, **kwargs)

    @classmethod
    def known_to(cls, user: Any, asked: Iterable[str] = (PREFIX,)) -> Mapping[str, df.Filter]:
        """Return the filters for a user; those by custom fields are included only if one of the
        names `asked` needs them."""
        if cls._meta.model is None or not any(name.startswith(PREFIX) for name in asked):
            return cls.base_filters
        return {**cls.base_filters, **filters_of(visible_custom_fields(cls._meta.model, user))}

    def filter_queryset(self, queryset: Any) -> Any:
        """Return the rows that fulfil the filters."""
        queryset = aliased(queryset, self.filters.values())
        asked = self.form.cleaned_data.items()
        names = {self.filters[name].field_name for name, value in asked if value not in UNSAID}
        user = getattr(self.request, "user", None)
        return super().filter_queryset(narrowed_rows(queryset, sorted(filter(None, names)), user))

    @classmethod
    def filter_for_lookup(cls, field: Any, lookup_type: str) -> tuple[Any, dict[str, Any]]:
        """Return our strict filter for a field, in place of django-filter's lenient one."""
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
        """Add the fields by which records are named."""
        fields: dict[str, Any] = super().get_fields()
        model = cls._meta.model
        kept = {field.name for field in model._meta.fields} if model else set()
        return {name: ["exact"] for name in CALLED if name in kept} | fields

    @classmethod
    def get_filters(cls) -> dict[str, Any]:
        """Add the operators; for models with people who have to act, `mine`; and for models with
        rules of data quality, `finding`."""
        filters: dict[str, Any] = super().get_filters()
        model = cls._meta.model
        if model:
            filters |= operators(model, filters, TruthFilter)
        if _of_people(model):
            filters[MINE] = TruthFilter(method="of_whoever_asks", label="Mine")
        if rules := rules_of(model):
            filters[FINDING] = FindingFilter(choices=[(rule.name, rule.title) for rule in rules])
        return filters

    def of_whoever_asks(self, rows: Any, name: str, value: bool) -> Any:  # called by the filter
        """Narrow rows to those on which the user has to act, as they answer for them or are waited
        for; or to the others."""
        person = getattr(self.request.user, "person", None)
        fields = _of_people(rows.model)
        mine = Q(pk__in=[])
        for field, condition in fields.items() if person else ():
            mine |= Q(**{field: person}) & condition
        ids = rows.model._base_manager.filter(mine).values("pk")
        return rows.filter(pk__in=ids) if value else rows.exclude(pk__in=ids)


class PersonFilter(RecordFilter):
    """Filters of people."""

    within_unit = WithinUnitFilter()

    class Meta:
        model = Person
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "email": ["exact"],
            "unit": ["exact"],
            "organisation": ["exact"],
            "organisation_unit": ["exact"],
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

    standing = df.ChoiceFilter(choices=DelegationStanding.choices, method="of_standing")

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

    def of_standing(self, rows: models.QuerySet, name: str, value: str) -> models.QuerySet:
        """Return the delegations that stand so today."""
        return rows.alias(_standing=standing()).filter(_standing=value)


class AtRecordFilter(RecordFilter):
    """Filters of rows added to records, such as comments."""

    record_type = df.ChoiceFilter(choices=[(name, name) for name in sorted(attachable())])


class CommentFilter(AtRecordFilter):
    """Filters of comments: `author` and `mentions` are people."""

    author = VisibleFilter(field_name="created_by__person", queryset=visible(Person))

    class Meta:
        model = Comment
        fields: ClassVar[Any] = {"record_id": ["exact"], "mentions": ["exact"]}


class FollowFilter(AtRecordFilter):
    """Filters of the user's follows."""

    class Meta:
        model = Follow
        fields: ClassVar[Any] = {"record_id": ["exact"]}


class AttachmentFilter(AtRecordFilter):
    """Filters of attachments. `latest=true` leaves out those with a newer version."""

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
