"""The names of the records that a page mentions, and the addresses of their pages."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from typing import Any

from django.db import models
from django.db.models import F
from django.db.models.functions import Coalesce
from django.http import Http404
from django.utils.translation import get_language

from pmhub import formats, reading_clock
from pmhub.access.grants import Reader
from pmhub.caching import quarter
from pmhub.database.cached_reads import CachedReads
from pmhub.models import lineage
from pmhub.page_addresses import address_of, then
from pmhub.registers import registers
from pmhub.services import over_of
from programmes.models import Portfolio

CALLED = ("name", "title", "deliverable", "text")
# A field in a pattern of names; with + its name is added to its code.
PART = re.compile(r"\{([a-z_|]+)(\+?)\}")
HIDDEN = "not yours to see"
OFFERED = 4_000_000  # bytes of offered choices that a process keeps
CHOICE = 200  # bytes of one choice, about

Choices = tuple[tuple[int, str], ...]  # records as (id, code and name)
offers = CachedReads(OFFERED)


class Names:
    """The names of records that a user may see; a record that they may not see is shown as
    hidden."""

    def __init__(self, wanted: Mapping[Any, Iterable[int]], user: Any) -> None:
        self._found = {model: _called(model, ids, user) for model, ids in wanted.items() if ids}

    def part(self, model: Any, id: int, *, long: bool) -> tuple[str, str]:
        """Return the name of a record, and the address of its page, empty if it has none. `long`
        gives code and name."""
        pair = self._found.get(model, {}).get(id)
        if pair is None:
            return HIDDEN, ""
        code, name = pair
        people = model._meta.model_name == "person"
        text = name if people or not code else f"{code} {name}".strip() if long else code
        return text or f"{model._meta.verbose_name} {id}", _address(model, id)

    def label(self, model: Any, id: int) -> str:
        """Return the name of a record, with its code."""
        return self.part(model, id, long=True)[0]


def _address(model: Any, id: int) -> str:
    """Return the address of a record's page; empty if it has none."""
    register = registers.of(model)
    return (
        address_of("record", register.name, id) + then(reading_clock.moment()) if register else ""
    )


def _called(model: Any, ids: Iterable[int], user: Any) -> dict[int, tuple[str, str]]:
    rows = model._default_manager.visible_to(user).filter(pk__in=ids).order_by()
    return {id: (code, name) for id, code, name in named_rows(rows, user)}


def named_rows(rows: models.QuerySet, user: Any) -> list[tuple[int, str, str]]:
    """Return rows as (id, code or "", name or ""). A record without a name of its own is named by
    the template `called` of its register; that takes one more query for each kind of record that
    the template mentions."""
    model = rows.model._meta.model
    code, name = name_fields(model)
    if not (template := _template(model)):
        columns = [code or models.Value(""), name or models.Value("")]
        return [(id, code or "", name or "") for id, code, name in rows.values_list("pk", *columns)]
    fields = _fields(template)
    code = "" if code in fields else code
    records = list(rows.values("pk", *filter(None, {*fields, code})))
    ends = Names(_ends(model, fields, records), user)
    return [
        (row["pk"], row[code] if code else "", _filled_in(template, model, row, ends))
        for row in records
    ]


def name_of(record: Any, user: Any) -> tuple[str, str]:
    """Return the code and the name of a record, as `named_rows` does; raises Http404 if a record in
    its name did not exist at the moment that is read."""
    model: Any = type(record)
    if not _template(model):
        code, name = (getattr(record, field) if field else "" for field in name_fields(model))
        return code or "", name or ""
    for _, code, name in named_rows(model._base_manager.filter(pk=record.pk), user):
        return code, name
    raise Http404


def _fields(template: str) -> set[str]:
    """Return the fields that a template mentions."""
    return {field for names, _ in PART.findall(template) for field in names.split("|")}


def _ends(model: Any, fields: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> dict[Any, Any]:
    """Return the ids of the records that these fields of the rows refer to, by model."""
    wanted: dict[Any, set[int]] = defaultdict(set)
    for name in fields:
        if end := model._meta.get_field(name).related_model:
            wanted[end] |= {row[name] for row in rows if row[name] is not None}
    return wanted


def _template(model: Any) -> str:
    """Return the template for the names of a model's records; empty if they have a name of their
    own."""
    register = registers.of(model)
    return register.called if register else ""


def _filled_in(template: str, model: Any, row: Mapping[str, Any], ends: Names) -> str:
    """Return a template filled in with the values of a row."""

    def said(match: re.Match[str]) -> str:
        fields = match[1].split("|")
        name = next((field for field in fields if row[field] not in (None, "")), fields[0])
        return _value_text(model._meta.get_field(name), row[name], ends, long=bool(match[2]))

    text = PART.sub(said, template)
    return text[:1].upper() + text[1:]


def _value_text(field: Any, value: Any, ends: Names, *, long: bool) -> str:
    """Return a value as part of a name: a record by its code (with `long` also its name), one that
    the user may not see as "another" of its kind."""
    if value is None:
        return "none"
    if field.related_model:
        text = ends.part(field.related_model, value, long=long)[0]
        return f"another {field.related_model._meta.verbose_name}" if text == HIDDEN else text
    if field.choices:
        return str(dict(field.flatchoices)[value])
    if isinstance(value, date):
        return formats.day(value)
    return formats.amount(value) if isinstance(value, Decimal) else str(value)


def choices(model: Any, user: Any, most: int, *, in_use: bool = False) -> Choices:
    """Return the first records of a model that a user may see, as (id, code and name); with
    `in_use`, without those that are archived or over."""

    def read() -> Choices:
        rows = model._default_manager.visible_to(user)
        return named_choices(rows, user, most, in_use=in_use)

    return offered(model, (most, in_use), user, read)


def named_choices(rows: models.QuerySet, user: Any, most: int, *, in_use: bool = False) -> Choices:
    """Return the first of these rows as (id, code and name); with `in_use`, without those that are
    archived or over."""
    if in_use and (over := over_of(rows.model)) is not None:
        rows = rows.exclude(over)
    return tuple((id, f"{code} {text}".strip()) for id, code, text in named_rows(rows[:most], user))


def offered(kind: Hashable, key: Hashable, user: Any, read: Callable[[], Choices]) -> Choices:
    """Return the choices that `read` reads for a user, from the cache if possible; they depend on
    nothing but `kind`, `key`, the user's rights, the day and what is read."""
    # Some records are seen by their owner alone.
    reader = getattr(user, "pk", None), Reader(user).key, get_language(), quarter()
    return offers(kind, (reader, key), read, lambda pairs: CHOICE * (1 + len(pairs)))


@cache
def name_fields(model: Any) -> tuple[str, str]:
    """Return the fields that hold the code and the name of a model's records; "" for one that it
    does not have."""
    names = {field.name for field in model._meta.fields if not isinstance(field, models.TextField)}
    return ("code" if "code" in names else ""), next((n for n in CALLED if n in names), "")


class Units:
    """The units of the money on a page: one for all of it, or one for each row. `rows` are the rows
    of its list; without them, the units of all portfolios that the user sees count."""

    def __init__(self, user: Any, rows: Any = None) -> None:
        self.user, self.rows = user, rows

    @cached_property
    def _by_portfolio(self) -> dict[int, str]:
        def read() -> dict[int, str]:
            seen = Portfolio.objects.visible_to(self.user).only("currency", "money_unit", "name")
            return {row.pk: formats.money_unit(row) for row in seen}

        key = "units", getattr(self.user, "pk", None), Reader(self.user).key, get_language()
        return offers(Portfolio, key, read, lambda units: CHOICE * (1 + len(units)))

    @cached_property
    def one(self) -> str:
        """The unit of all money; empty if there are several. Takes one query if the user sees only
        one unit, else two."""
        units = set(self._by_portfolio.values())
        if len(units) > 1 and self.rows is not None:
            homes = self.rows.order_by().values_list(home_of(self.rows.model), flat=True)
            units = {self._by_portfolio.get(home, "") for home in homes.distinct()}
        return units.pop() if len(units) == 1 else ""

    def of_portfolio(self, id: int | None) -> str:
        """Return the unit of a portfolio's money; empty if the user may not see it."""
        return self._by_portfolio.get(id, "") if id else ""

    def of(self, model: Any, ids: Iterable[int]) -> dict[int, str]:
        """Return the unit of each record, by id, from its portfolio. Takes one query; empty if all
        have the same unit."""
        if self.one:
            return {}
        homes = model._base_manager.filter(pk__in=ids).values_list("pk", home_of(model))
        return {id: self._by_portfolio.get(home, "") for id, home in homes}


def units_of(model: Any, ids: Iterable[int], user: Any) -> dict[int, str]:
    """Return the unit of the amounts below records of a model, by id: the record's own unit, or
    that of its portfolio's money."""
    if hasattr(model, "amounts_in"):
        rows = model._default_manager.filter(pk__in=ids).select_related(*lineage(model))
        return {row.pk: row.amounts_in for row in rows}
    units = Units(user)
    return dict.fromkeys(ids, units.one) if units.one else units.of(model, ids)


@cache
def home_of(model: Any) -> Any:
    """Return an expression for the portfolio to which a record belongs."""
    paths = [path for path in lineage(model) if _end(model, path) is Portfolio]
    fields = [F(f"{path}__pk") for path in paths]
    if model is Portfolio:
        return F("pk")
    return Coalesce(*fields) if len(fields) > 1 else fields[0] if fields else models.Value(0)


def _end(model: Any, path: str) -> Any:
    for name in path.split("__"):
        model = model._meta.get_field(name).related_model
    return model
