"""What a change of a scenario writes, in words: "CAM-02: estimate to complete 64,300 → 70,000"."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models

from pmhub import formats
from programmes.models import ScenarioChange
from programmes.queries.whatif.targets import WRITABLE, Target, named_by, target_of
from projects.models import Dependency, Risk

SHARE_DIGITS = 5  # of a number from 0 to 1; money has more
MOST_DIGITS = 40  # on either side of the point; a longer number is said as it was written
ID = re.compile(r"[0-9]{1,18}")
VERBS = {"closure": "close it", "termination": "stop it", "move": "move it"}
# Fields of the end of a project that hold ids of other records.
ANSWERS = {"risks": Risk, "acknowledged_dependencies": Dependency}
Records = Mapping[tuple[Any, int], Any]  # by model and id, those the reader may see


def writes(changes: Sequence[ScenarioChange], user: Any) -> dict[int, dict[str, Any]]:
    """Return by id what each change writes: `about` which record, and rows of (field, before,
    after), in words."""
    named = [(change, target_of(change.path)) for change in changes]
    records = _records(named, user)
    return {change.pk: _written(change, target, records) for change, target in named}


def title_of(change: ScenarioChange, user: Any) -> str:
    """Return the title of a change to which nobody gave one: what it writes, in words."""
    sentence = writes([change], user)[change.pk]
    changes = ", ".join(f"{row['label']} {row['after']}" for row in sentence["rows"])
    return f"{sentence['about']}: {changes}" if changes else str(sentence["about"])


def value_in_words(model: Any, name: str, value: Any, user: Any) -> str:
    """Return a value of a field, which may be given as text, in the words of pages."""
    field = _field(model, name)
    joined: Records = {}
    if isinstance(field, models.ForeignKey) and ID.fullmatch(str(value)):
        value = int(value)
        joined = _visible({field.related_model: {value}}, user)
    return _formatted(value, field, joined)


def value_now(record: Any, name: str, user: Any) -> str:
    """Return the present value of a field of a record, in the words of pages."""
    field = _field(type(record), name)
    return value_in_words(
        type(record), name, getattr(record, field.attname if field else name), user
    )


def is_unnamed(change: Any) -> bool:
    """Return whether the title of a change is only its method and address."""
    return bool(change.title == f"{change.method} {change.path}")


def _records(named: Sequence[tuple[ScenarioChange, Target]], user: Any) -> Records:
    """Return the changed records, and those that they name: one query for each model."""
    about: dict[Any, set[int]] = defaultdict(set)
    for _, target in named:
        if target.id is not None:
            about[WRITABLE[target.resource].model].add(target.id)
    records = _visible(about, user)
    joined: dict[Any, set[int]] = defaultdict(set)
    for change, target in named:
        model = WRITABLE[target.resource].model
        record = records.get((model, target.id or 0))
        for name, value in change.body.items():
            field = _field(model, name)
            if target.verb and name in ANSWERS:
                joined[ANSWERS[name]] |= {id for id, _ in _answers(value)}
            elif isinstance(field, models.ForeignKey):
                ends = (value, getattr(record, field.attname, None))
                ids = {end for end in ends if isinstance(end, int)}
                joined[field.related_model] |= ids
    return records | _visible(joined, user)


def _visible(ids: Mapping[Any, set[int]], user: Any) -> dict[tuple[Any, int], Any]:
    return {
        (model, row.pk): row
        for model, wanted in ids.items()
        for row in _rows(model, user).filter(pk__in=wanted)
    }


def _rows(model: Any, user: Any) -> Any:
    rows = model._default_manager.all()
    return rows.visible_to(user) if hasattr(rows, "visible_to") else rows


def _field(model: Any, name: str) -> Any:
    """Return the model's field with this name; None for another name, and for the reverse of a
    relation."""
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return field if isinstance(field, models.Field) else None


def _written(change: ScenarioChange, target: Target, records: Records) -> dict[str, Any]:
    model = WRITABLE[target.resource].model
    record = records.get((model, target.id or 0))
    fields = {name: None if target.verb else _field(model, name) for name in change.body}
    return {
        "about": _about(change, target, record, model._meta.verbose_name),
        "rows": [
            {
                "label": formats.says(name),
                "before": _before(record, fields[name], records),
                "after": _answered(name, value, records)
                if target.verb and name in ANSWERS
                else _formatted(value, fields[name], records),
            }
            for name, value in change.body.items()
        ],
    }


def _about(change: ScenarioChange, target: Target, record: Any, kind: str) -> str:
    if target.id is None:
        return f"New {kind}"
    code = getattr(record, "code", "") or (str(record) if record else f"The {kind}")
    if target.verb:
        return f"{code}: {VERBS.get(target.verb, target.verb)}"
    return f"{code}: delete it" if change.method == "DELETE" else code


def _before(record: Any, field: Any, records: Records) -> str:
    """Return the present value of the field in words; empty where the record has no such field."""
    if record is None or field is None or field.many_to_many:
        return ""
    return _formatted(getattr(record, field.attname), field, records)


def _answers(value: Any) -> list[tuple[int, Any]]:
    """Return the ids in what the end of a project is told about other records, each with what
    becomes of that record. Anything that is no id is left out: the write itself will refuse it."""
    if isinstance(value, Mapping):
        answers = list(value.items())
    else:
        answers = [(id, "") for id in value] if isinstance(value, list) else []
    return [(int(id), word) for id, word in answers if ID.fullmatch(str(id))]


def _answered(name: str, value: Any, records: Records) -> str:
    """Return the codes of these records, each with what becomes of it if that is said."""

    def code(id: int) -> str:
        record = records.get((ANSWERS[name], id))
        return record.code if record else "one that you may not open"

    return ", ".join(f"{code(id)} {word}".strip() for id, word in _answers(value)) or "none"


def _formatted(value: Any, field: Any, records: Records) -> str:
    """Return a value, of a field or of a form without one, in the words of pages."""
    if value is None or value == "":
        return "not set"
    if named_by(value) is not None:
        return "what another change adds"
    if isinstance(field, models.ForeignKey):
        record = records.get((field.related_model, value)) if isinstance(value, int) else None
        return str(record) if record else "a record that you may not open"
    if isinstance(value, list):
        return ", ".join(_formatted(item, None, records) for item in value) or "none"
    return _plain(_typed(value, field), field)


def _plain(value: Any, field: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return formats.day(value)
    if isinstance(value, Decimal):
        share = isinstance(field, models.DecimalField) and field.max_digits == SHARE_DIGITS
        return formats.percent(value) if share else formats.grouped(value)
    if field is None or not isinstance(value, str):
        return str(value)
    return str(dict(field.flatchoices).get(value, value))


def _typed(value: Any, field: Any) -> Any:
    """Return the value in the type of its field; without a field as a date or a number, where its
    text is one."""
    kinds: list[Any] = [field] if field is not None else [models.DateField(), models.DecimalField()]
    if isinstance(value, bool):
        return value
    for kind in kinds:
        try:
            typed = kind.to_python(value)
        except (ValidationError, TypeError, ArithmeticError):
            continue
        number = Decimal(typed) if isinstance(typed, int | float) else typed
        return str(value) if _is_long(number) else number
    return value


def _is_long(value: Any) -> bool:
    return isinstance(value, Decimal) and (
        max(abs(value.adjusted()), len(value.as_tuple().digits)) > MOST_DIGITS
    )
