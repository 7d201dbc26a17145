"""How rows of a file relate to stored records: which record has the code of a row, and which values
empty cells take away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from rest_framework import serializers

from pmhub.access.hidden_references import conceal_references
from pmhub.api.columns import has_code
from pmhub.api.problems import parameter_problem
from pmhub.database.custom import COLUMN, PREFIX
from pmhub.queries.codes import ids_by_code

SEVERAL = "Several have the code {}: name in another column what it belongs to, or the id."
NO_CODES = "Records here have no code by which a row could find them."
NOTHING: tuple[Any, ...] = (None, "", [], {})


def match_codes(view: Any, items: Sequence[dict[str, Any]]) -> Iterator[tuple[int, str]]:
    """Have each row without an id change the record that has its code, in whatever case, or had it
    before: the row gets the record's id and code, and its version unless the row names one. A
    record that belongs elsewhere than the row says does not match, nor does one whose parent the
    row names and the user cannot see. Yield the places of the rows whose code several records have,
    each with a sentence. The number of queries is fixed."""
    if not has_code(view.model):
        raise parameter_problem("match", "invalid_choice", NO_CODES)
    within = _belonging(view.model)
    codes = [item["code"] for item in items if "id" not in item and item.get("code")]
    there = view.get_queryset()
    ids = ids_by_code(there, codes)
    found = there.filter(pk__in={pk for each in ids.values() for pk in each}).order_by()
    records = list(found.values("id", "code", "version", *within))
    conceal_references(view.model, records, view.request.user)
    by_id = {row["id"]: row for row in records}
    for place, item in enumerate(items):
        if "id" in item:
            continue
        mine = [
            by_id[pk]
            for pk in ids.get(item.get("code", ""), ())
            if all(_equals(by_id[pk][name], item[name]) for name in within if name in item)
        ]
        if len(mine) > 1:
            yield place, SEVERAL.format(item["code"])
        elif mine:
            item["id"], item["code"] = mine[0]["id"], mine[0]["code"]
            item.setdefault("version", mine[0]["version"])


def _belonging(model: Any) -> list[str]:
    """Return the names of the fields that say what a record belongs to."""
    names = {*(getattr(model, "code_from", ()) or ()), *model.visible_through}
    return [field.name for field in model._meta.concrete_fields if field.name in names]


def _equals(stored: Any, value: Any) -> bool:
    return stored is not None and str(stored) == str(value)


def cleared_cells(view: Any, rows: Any, ids: Mapping[int, int]) -> Iterator[dict[str, Any]]:
    """Yield the values that the empty cells of a file take away: row, column and the stored value.
    `ids` are those of the records by the places of their rows."""
    named = {place: names for place, names in rows.empty.items() if names and place in ids}
    stored = {row["id"]: row for row in view.stored_rows([ids[place] for place in named])}
    for place, names in named.items():
        for name in names:
            was = _stored_value(stored[ids[place]], name)
            if was not in NOTHING:
                title = rows.titles.get(name, name)
                yield {"row": rows.numbers[place], "column": title, "was": was}


def _stored_value(row: Mapping[str, Any], name: str) -> Any:
    if name.startswith(PREFIX):
        return row.get(COLUMN, {}).get(name.removeprefix(PREFIX))
    return row.get(name)


def unchanged_rows(view: Any, items: Mapping[int, Any]) -> dict[int, int]:
    """Return the ids of the records whose rows hold only what is stored, as the user sees it, by
    the places of the rows. Nothing is written for these rows, so that a file which is sent back as
    it came is accepted, even with records that are frozen or that the user may not write."""
    stored = {row["id"]: row for row in view.stored_rows([item.pk for item in items.values()])}
    fields = view.get_serializer().fields
    return {
        place: item.pk
        for place, item in items.items()
        if all(
            _is_as_it_was(value, _stored_value(stored[item.pk], name), fields.get(name))
            for name, value in _values(item.body)
        )
    }


def _values(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the names and values of a row, custom fields each by the name of their column."""
    for name, value in body.items():
        if name == COLUMN:
            yield from ((f"{PREFIX}{own}", each) for own, each in value.items())
        else:
            yield name, value


def _is_as_it_was(value: Any, was: Any, field: Any) -> bool:
    """Return whether the value of a cell is the stored one (`was`)."""
    if isinstance(value, list) and isinstance(was, list):
        return sorted(map(str, value)) == sorted(map(str, was))
    if was in NOTHING or isinstance(value, Mapping | list):
        return value in NOTHING if was in NOTHING else bool(value == was)
    if isinstance(was, bool):
        return str(value).lower() == str(was).lower()
    if isinstance(field, serializers.DecimalField):
        try:
            return Decimal(str(value)) == Decimal(str(was))
        except InvalidOperation:
            return False
    return str(value) == str(was)
