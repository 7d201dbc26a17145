"""The form of a record, made from the serializer that checks what the form sends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from pmhub.access.scoped_rows import read_anew
from pmhub.access.setters import WRITERS, Setter
from pmhub.database.custom import PREFIX
from pmhub.models import Customised, Record, portfolio_of
from pmhub.registers import Matrix, Register
from pmhub.rules import Rules
from pmhub.serializers.custom import field_of
from pmhub.serializers.fields import NamedRules, Reason, Text
from pmhub.serializers.records import RecordSerializer
from pmhub.text import ONE_LINE
from pmhub.views.registers.cells import columns_for, is_share
from pmhub.views.registers.names import (
    Names,
    choices,
    home_of,
    named_choices,
    offered,
    units_of,
)
from programmes.queries.custom_fields import custom_of, visible_custom_fields

TEMPLATES = "rest_framework/pmhub"
STYLE = {"template_pack": TEMPLATES}
MOST_OPTIONS = 300  # records that a select offers at once
ROOMY = 100  # characters; a field for longer lines is as wide as two
CUSTOM = "Custom fields"  # the section of custom fields
# Fields that a form leaves out, for panels ask for them.
APART = serializers.JSONField | serializers.DictField | serializers.ListSerializer


def fields_of(
    serializer: Any,
    names: Iterable[str],
    *,
    unit: str = "",
    prefix: str = "",
    within: str = "",
    register: Any = None,
) -> list[Any]:
    """Return these fields of a serializer, bound to their values. Amounts show the `unit`; `prefix`
    begins the ids of the inputs, if a page has several forms; `within` begins their names, if a
    form holds several records. If no unit is known yet, it follows from what is chosen in the form:
    by a model's `amounts_by`, or by the parent of a new record, where each choice carries its
    unit."""
    names = list(names)
    if isinstance(serializer, RecordSerializer) and "fields" not in vars(serializer):
        serializer.form_names = names
    wanted = [name for name in names if name in serializer.fields]
    user = serializer.context["request"].user
    columns = columns_for(register, user) if register else {}
    model = register.model if register else None
    flag, own = getattr(model, "amounts_by", ("", ""))
    chosen = bool(flag) or not unit
    places = model.visible_through if model and not unit else ()
    for name in set(serializer.fields) - set(wanted):
        del serializer.fields[name]
    for name in wanted:
        field, column = serializer.fields[name], columns.get(name)
        if register and name in register.labels and not field.style.get("of_history"):
            field.label = register.labels[name]
        field.style = {**field.style, "prefix": prefix, "within": within}
        if isinstance(field, Text) and ROOMY <= (field.max_length or 0) <= ONE_LINE:
            field.style |= {"roomy": True}
        amount = field.style.get("money", column is None or column.look == "money")
        field.style |= _typed(field, unit if amount else "", chosen=chosen and amount)
        field.style |= {"unit_flag": name == flag, "unit_own": name == own}
        if isinstance(field, NamedRules) and field.kind:
            held: Any = getattr(serializer.instance, name, None) or field.get_initial() or {}
            rows = named_rules(field.kind, held)
            field.style |= {"base_template": "rules.html", "legend": field.label, "rows": rows}
            field.style |= {"open": field.kind.is_open()}
        if isinstance(field, serializers.RelatedField | serializers.ManyRelatedField):
            _offer(field, user, serializer.instance, name, with_units=name in places)
    return [serializer[name] for name in wanted]


def _typed(field: Any, unit: str, *, chosen: bool) -> dict[str, Any]:
    """Return the style of a field of numbers: the unit of its amounts, whether this follows from
    what is `chosen` in the form, and whether it is a share of 1."""
    if isinstance(field, serializers.DecimalField):
        share = is_share(field)
        return {
            "inputmode": "decimal",
            "unit": "" if share else unit,
            "unit_chosen": chosen and not share,
            "share": share,
        }
    return {"inputmode": "numeric"} if isinstance(field, serializers.IntegerField) else {}


def named_rules(kind: type[Rules], held: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a row for each rule of a kind, and for each further name in `held`: its label, its
    default in words and the value held; `flag` for a yes or no, `choices` for named values."""
    entries = [kind.entry(name) for name in dict.fromkeys([*kind.entries(), *held])]
    return [
        {
            "name": entry.name,
            "label": entry.label,
            "default": "" if entry.default is None else entry.in_words(entry.default),
            "value": held.get(entry.name),
            "flag": entry.type is bool,
            "choices": [*entry.words.items()],
        }
        for entry in entries
    ]


def _offer(field: Any, user: Any, record: Any, name: str, *, with_units: bool) -> None:
    """Make a field of related records offer those that the user may see, by code and name, each
    with the unit of the amounts below it."""
    several = isinstance(field, serializers.ManyRelatedField)
    related = field.child_relation if several else field
    model = related.queryset.model
    options = dict(_options(related, user))
    begun = [*field.initial] if several and record is None else []
    held = begun or _chosen_ids(record, name, several=several)
    missing = [id for id in held if id not in options]
    names = Names({model: missing}, user)
    options |= {id: names.label(model, id) for id in missing}
    if several:
        homes = _homes(related, model, options)
        boxes = [
            {"id": id, "name": words, "checked": id in held, "portfolio": homes.get(id, "")}
            for id, words in options.items()
        ]
        field.style |= {
            "base_template": "list_field.html", "legend": field.label, "rows": boxes,
        }  # fmt: skip
    else:
        if field.required and len(options) == 1 and not (held or field.initial):
            field.initial = next(iter(options))
        units = units_of(model, options, user) if with_units else {}
        rows = [(id, words, units.get(id, "")) for id, words in options.items()]
        field.style |= {"base_template": "record.html", "options": rows}


def _homes(related: Any, model: Any, ids: Iterable[int]) -> dict[int, int]:
    """Return the portfolios of the records that a list offers, by id, where only those of one
    portfolio fit and the form does not know yet of which."""
    record = related.context.get("record")
    if related.among is None or record is None or record.pk or portfolio_of(record):
        return {}
    if "portfolio" not in related.root.fields:
        return {}
    return dict(model._base_manager.filter(pk__in=ids).values_list("pk", home_of(model)))


def _options(related: Any, user: Any) -> Iterable[tuple[int, str]]:
    """Return the first of the records in use that a field offers, as (id, code and name)."""
    model = related.queryset.model
    if related.offers_all:
        return choices(model, user, MOST_OPTIONS, in_use=True)
    record = related.context.get("record")
    if not related.offers_around or not isinstance(record, Record) or record.pk is None:
        return named_choices(related.offered(), user, MOST_OPTIONS, in_use=True)

    def read() -> tuple[tuple[int, str], ...]:
        # Read anew, so that only what decides about the choices counts as read.
        rows = related.offered(read_anew(record))
        return named_choices(rows, user, MOST_OPTIONS, in_use=True)

    return offered((model, related.among, type(record)), record.pk, user, read)


def _chosen_ids(record: Any, name: str, *, several: bool) -> list[int]:
    if record is None or record.pk is None:
        pk = getattr(record, f"{name}_id", None) if record is not None and not several else None
        return [pk] if pk else []
    if several:
        return list(getattr(record, name).values_list("pk", flat=True))
    if name.startswith(PREFIX):
        pk = record.custom.get(name.removeprefix(PREFIX))
    else:
        pk = getattr(record, f"{name}_id", None)
    return [pk] if pk else []


def editable(register: Register, record: Any, user: Any) -> list[str]:
    """Return the fields of a record that a user may fill in: not those that verbs change, nor those
    that only others may set."""
    names = fillable(register, record)
    if not any(getattr(record, name, None) for name in record.visible_through):
        return names
    setters = setters_of(record, names)
    allowed = {setter: setter.allows(user, record) for setter in {*setters.values()}}
    return [name for name in names if allowed[setters[name]]]


def set_by_others(register: Register, record: Any, user: Any) -> list[tuple[str, str]]:
    """Return the fields that only others may fill in, each with the words for who."""
    setters = setters_of(record, fillable(register, record))
    allowed = {setter: setter.allows(user, record) for setter in {*setters.values()}}
    return [
        (name, setter.words)
        for name, setter in setters.items()
        if setter.anybody and not allowed[setter]
    ]


def setters_of(record: Any, names: Iterable[str]) -> dict[str, Setter]:
    """Return who may set these fields of a record, by field. Most fields have the same setter."""
    return {name: record.set_by.get(name, WRITERS) for name in names}


def fillable(register: Register, record: Any) -> list[str]:
    """Return the fields that the form of a record has: not those that verbs change; none if the
    record can no longer be changed."""
    if getattr(record, "holds", False):
        return []
    moved = {lifecycle.field for lifecycle in record.lifecycles}
    moved |= {name for lifecycle in record.lifecycles for name in lifecycle.kept}
    asked = {
        name for lifecycle in record.lifecycles for move in lifecycle.moves for name in move.asks
    }
    return [
        name
        for name, field in register.serializer._templates().items()
        if not field.read_only
        and name not in moved
        and (record.pk is None or name not in asked or getattr(record, name) is not None)
        and (not isinstance(field, APART) or isinstance(field, NamedRules))
    ]


def sections(
    register: Register, serializer: Any, names: Iterable[str], *, record: Any, unit: str
) -> list[dict[str, Any]]:
    """Return the form of a record by section: `title says` and `fields`, or `matrix`, rows of
    (words, fields) under `views`."""
    wanted = set(names) - _suit(register, serializer, record)
    custom = _custom(serializer, record) if wanted else []
    bound = {
        field.name: field
        for field in fields_of(
            serializer,
            [name for part in register.sections for name in part.names if name in wanted] + custom,
            unit=unit,
            register=register,
        )
    }
    sections = []
    for section in register.sections:
        fields = [bound[name] for name in section.names if name in bound]
        if not fields:
            continue
        made: dict[str, Any] = {"title": section.title, "says": section.says, "fields": fields}
        if isinstance(section, Matrix):
            made |= _matrix(section, bound)
        sections.append(made)
    if custom:
        sections.append({"title": CUSTOM, "says": "", "fields": [bound[name] for name in custom]})
    if why := _reason(serializer, register):
        sections.append({"title": "", "says": "", "fields": [why]})
    return sections


def _suit(register: Register, serializer: Any, record: Any) -> set[str]:
    """Adapt the fields of a form to the record; return the names of fields that it does not
    have."""
    fields, resource = serializer.fields, register.serializer
    typed = resource.typed_as(record, serializer.context["request"].user)
    for name, field in typed.items():
        if field is not None:
            field.initial = fields[name].initial
            fields[name] = field
    for name, texts in resource.suggests(record).items():
        fields[name].style = {**fields[name].style, "suggested": texts}
    for name, kind in resource.holds(record).items():
        fields[name].kind = kind
    for name, values in resource.offers(record).items():
        choices = fields[name].choices
        fields[name].choices = [(value, choices[value]) for value in values]
    return {name for name, field in typed.items() if field is None}


def _custom(serializer: Any, record: Any) -> list[str]:
    """Add the record's custom fields to its form and return their names; if its portfolio is not
    known yet, those are all custom fields that the user sees."""
    placed = portfolio_of(record) is not None if isinstance(record, Customised) else True
    user = serializer.context["request"].user
    fields = custom_of(record) if placed else visible_custom_fields(type(record), user)
    asked = [field for field in fields if not field.retired]
    today = timezone.localdate()
    for field in asked:
        serializer.fields[field.key] = field_of(field, required=field.asked(today))
    return [field.key for field in asked]


def _matrix(section: Matrix, bound: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "views": list(section.views.values()),
        "priced": any(bound[name].style.get("unit") for name in section.names if name in bound),
        "matrix": [
            (words, [(said, bound.get(f"{view}_{part}")) for view, said in section.views.items()])
            for part, words in section.parts.items()
        ],
    }


def _reason(serializer: Any, register: Register) -> Any:
    """Return the field for the reason of a change, if the record has one."""
    template = register.serializer._templates().get("reason")
    said = any("reason" in section.names for section in register.sections)
    if not isinstance(template, Reason) or said or serializer.instance is None:
        return None
    serializer.fields["reason"] = Reason(label="Reason", help_text="Kept in the history")
    return serializer["reason"]
