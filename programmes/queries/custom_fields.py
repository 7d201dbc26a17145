"""Custom fields, as forms, lists and the check of a write need them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps

from pmhub.access.grants import Reader
from pmhub.database.cached_reads import CachedReads
from pmhub.database.custom import COLUMN, PREFIX
from pmhub.database.history import events_of
from pmhub.models import Customised, portfolio_of
from programmes.models import CustomField, FieldState, FieldType

MOST, EACH = 1_000_000, 600  # bytes that a process keeps of them, and that one takes, about

cache = CachedReads(MOST)


@dataclass(frozen=True, slots=True)
class FieldDescription:
    """A custom field; `values` are its choices."""

    name: str
    label: str
    type: str
    values: tuple[str, ...] = ()
    required_from: date | None = None
    retired: bool = False

    @property
    def key(self) -> str:
        """Return its name among the fields of a record: with a prefix."""
        return f"{PREFIX}{self.name}"

    def asked(self, on: date) -> bool:
        """Return whether a record that is new on a day has to have it."""
        return not self.retired and self.required_from is not None and self.required_from <= on


Fields = tuple[FieldDescription, ...]


def custom_of(record: Any) -> Fields:
    """Return the custom fields of a record, in their order; none while its portfolio is not
    known."""
    model, portfolio = type(record), None
    if isinstance(record, Customised):
        portfolio = portfolio_of(record)
    if portfolio is None:
        return ()
    rows = CustomField.objects.filter(portfolio=portfolio)
    return cache((model, "portfolio"), portfolio, lambda: _read(model, rows), _size)


def present_names(record: Any, names: Iterable[str]) -> dict[str, str]:
    """Return the present names of the custom fields of a record that had these names at some time,
    by the earlier name."""
    given = events_of(CustomField).objects.filter(
        portfolio=portfolio_of(record), entity=record._meta.model_name, name__in=names
    )
    ids = dict(given.order_by("pgh_id").values_list("name", "id"))
    now = dict(CustomField.objects.filter(pk__in=ids.values()).values_list("pk", "name"))
    return {name: now[id] for name, id in ids.items() if id in now}


def visible_custom_fields(model: Any, user: Any) -> Fields:
    """Return the custom fields of a model in all portfolios that a user sees, in their order.
    Fields with the same name become one, a text where their types differ."""
    if not issubclass(model, Customised):
        return ()

    def read() -> Fields:
        by_name: dict[str, list[FieldDescription]] = {}
        for field in _read(model, CustomField.objects.visible_to(user)):
            by_name.setdefault(field.name, []).append(field)
        return tuple(_as_one(fields) for fields in by_name.values())

    return cache((model, "seen"), Reader(user).key, read, _size)


def person_fields() -> Iterator[tuple[Any, str]]:
    """Yield the custom fields that hold people: the model of their records, and the name of the
    field."""
    models = {model._meta.model_name: model for model in apps.get_models() if _is_own(model)}
    fields = CustomField.objects.filter(type=FieldType.PERSON).order_by("entity", "name")
    for entity, name in fields.values_list("entity", "name").distinct():
        yield models[entity], name


def named_in(name: str, person: Any) -> dict[str, Any]:
    """Return the filter for records that name a person in a custom field."""
    return {f"{COLUMN}__contains": {name: person.pk}}


def _is_own(model: Any) -> bool:
    return issubclass(model, Customised) and not model._meta.proxy


def _read(model: Any, rows: Any) -> Fields:
    return tuple(
        FieldDescription(
            row.name,
            row.label,
            row.type,
            tuple(row.values),
            row.required_from,
            row.state == FieldState.RETIRED,
        )
        for row in rows.filter(entity=model._meta.model_name)
    )


def _as_one(fields: list[FieldDescription]) -> FieldDescription:
    first, *others = fields
    if not others:
        return first
    alike = len({field.type for field in fields}) == 1
    values = dict.fromkeys(value for field in fields for value in field.values) if alike else ()
    retired = all(field.retired for field in fields)
    type = first.type if alike else str(FieldType.TEXT)
    return FieldDescription(first.name, first.label, type, tuple(values), None, retired)


def _size(fields: Fields) -> int:
    return EACH * (1 + len(fields))


def spread_custom(rows: Iterable[dict[str, Any]], names: Iterable[str]) -> None:
    """Give rows that have `custom` the values of custom fields of these names, each by itself."""
    keys = [(name, name.removeprefix(PREFIX)) for name in names if name.startswith(PREFIX)]
    for row in rows if keys else ():
        for name, key in keys:
            row[name] = row["custom"].get(key)
