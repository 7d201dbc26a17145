"""The history of a record, in the form in which pages and REST show it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, zip_longest
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from pmhub.access import restricted_fields
from pmhub.database import history
from pmhub.database.custom import COLUMN, PREFIX
from pmhub.database.history import WritePath
from pmhub.models import Person, User
from pmhub.queries.actors import actor_visibility

Row = dict[str, Any]
LENDER = re.compile(r"person (\d+)")  # the lender of a deputy's role, as in `lent_by` of setters
ACTIONS = {"insert": "created", "update": "changed", "delete": "deleted", "again": "restored"}
ABOUT = ("id", "version", "pgh_label", "pgh_created_at", "pgh_context")
MOST = 2000  # events that one answer searches
# Fields with the name of a record; the first that is filled is used.
CALLED = ("name", "title", "code")


def events(model: Any, pk: Any) -> QuerySet:
    """Return the events of a record, the newest first."""
    return history.events_of(model).objects.filter(id=pk).order_by("-pgh_id")


def rows(events: QuerySet, names: Sequence[str], start: int, stop: int) -> list[Row]:
    """Return the events from `start` to `stop` as dictionaries, with these fields of the record."""
    return list(events.values(*ABOUT, *names)[start:stop])


def fields(model: Any) -> list[str]:
    """Return the names of the fields whose history is kept, in the order of the model."""
    kept = {field.name for field in history.events_of(model)._meta.fields}
    declared = [*model._meta.fields, *model._meta.many_to_many]
    return [f.name for f in declared if f.name in kept and f.name not in ("id", "version")]


def changes_of(model: Any, given: Sequence[Row], names: Sequence[str], *, to: Any) -> list[Row]:
    """Return what each event of a record changed, as `event_rows` does.

    `given` are the events, newest first: each is compared with the one after it in the list. The
    last one should be the first event of the record, or one more than is shown.
    """
    return event_rows(model, list(zip_longest(given, given[1:])), names, to=to)


def event_rows(
    model: Any, pairs: Iterable[tuple[Row, Row | None]], names: Sequence[str], *, to: Any
) -> list[Row]:
    """Return what events changed, as a user may see it: `at by via for reason action version
    changes`.

    Each event is paired with the one before it in time. If there is none, because the record is
    older than the history of its table, the event has no changes. Names of related records are
    given as far as the user may see them. Takes one query for the users, and one for each kind of
    relation.
    """
    told = [
        {
            "at": row["pgh_created_at"],
            "by": (row["pgh_context"] or {}).get("user"),
            "via": (row["pgh_context"] or {}).get("via", WritePath.SQL.value),
            "for": (row["pgh_context"] or {}).get("for"),
            "reason": (row["pgh_context"] or {}).get("reason"),
            "action": ACTIONS["again" if _is_restoration(row, older) else row["pgh_label"]],
            "version": row["version"],
            "changes": list(_changes(row, older, names)),
        }
        for row, older in pairs
    ]
    name_users(told)
    _name_lenders(told)
    _name_relations(model, told, to)
    return told


def with_earlier(
    model: Any, ids: Collection[int], names: Sequence[str]
) -> list[tuple[Row, Row | None]]:
    """Return the events with these ids, of any records of a model, each paired with the event
    before it in the history of its record; one query."""
    kept = history.events_of(model).objects
    before = kept.filter(id=OuterRef("id"), pgh_id__lt=OuterRef("pgh_id")).order_by("-pgh_id")
    earlier = kept.filter(pgh_id__in=ids).values_list(Subquery(before.values("pgh_id")[:1]))
    events = kept.filter(Q(pgh_id__in=ids) | Q(pgh_id__in=earlier)).order_by("id", "-pgh_id")
    rows = list(events.values("pgh_id", *ABOUT, *names))
    return [
        (row, older if older and older["id"] == row["id"] else None)
        for row, older in zip_longest(rows, rows[1:])
        if row["pgh_id"] in ids
    ]


def changes_since(model: Any, seen: Mapping[int, int], *, to: Any) -> dict[int, Row]:
    """Return, for records that the user may see, who changed each last since the version in `seen`,
    as `at by via`, and which fields have changed since. Takes two queries beside those for
    visibility, and one more if the user may not know of all records who acted."""
    visible = model.objects.visible_to(to).filter(pk__in=seen).values_list("pk", flat=True)
    events = history.events_of(model).objects.filter(
        id__in=list(visible), version__gte=min(seen.values(), default=0)
    )
    names = fields(model)
    by_record: dict[int, list[Row]] = defaultdict(list)
    for row in events.order_by("-pgh_id").values(*ABOUT, *names)[:MOST]:
        if row["version"] >= seen[row["id"]]:
            by_record[row["id"]].append(row)
    hidden = restricted_fields.hidden_in(model, by_record.keys(), to)
    told = {
        id: {
            "at": rows[0]["pgh_created_at"],
            "by": (rows[0]["pgh_context"] or {}).get("user"),
            "via": (rows[0]["pgh_context"] or {}).get("via", WritePath.SQL.value),
            "fields_changed": [
                name
                for name in names
                if name not in hidden.get(id, ())
                and any(new[name] != old[name] for new, old in pairwise(rows))
            ],
        }
        for id, rows in by_record.items()
    }
    _conceal_actors(model, told, to)
    name_users(told.values())
    return told


def _conceal_actors(model: Any, told: Mapping[int, Row], reader: Any) -> None:
    """Empty `by` for records of which the reader may not know who acted."""
    where = actor_visibility(model, reader) if told else None
    if where is None:
        return
    seen = set(model._base_manager.filter(where, pk__in=told).values_list("pk", flat=True))
    for id, row in told.items():
        if id not in seen and row["by"] != reader.pk:
            row["by"] = None


def _changes(row: Row, older: Row | None, names: Sequence[str]) -> Iterator[Row]:
    """Yield the fields that differ: for a new record all that it began with, for a deleted one all
    that it had."""
    label, back = row["pgh_label"], _is_restoration(row, older)
    if label == "update" and (older is None or older["pgh_label"] == "delete"):
        return
    previous = older if older and (label == "update" or back) else row
    for name in names:
        before = None if label == "insert" and not back else previous[name]
        after = None if label == "delete" else row[name]
        for part, old, new in _parts(name, before, after):
            if old != new and not (_empty(old) and _empty(new)):
                yield {"field": part, "from": old, "to": new, "from_label": None, "to_label": None}


def _is_restoration(row: Row, older: Row | None) -> bool:
    """Return whether the event restored a deleted record."""
    return row["pgh_label"] == "insert" and older is not None and older["pgh_label"] == "delete"


def _parts(name: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield a field with its value before and after; custom fields are yielded one by one."""
    if name != COLUMN:
        yield name, before, after
        return
    old, new = before or {}, after or {}
    for key in dict.fromkeys((*old, *new)):
        yield f"{PREFIX}{key}", old.get(key), new.get(key)


def _empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def name_users(told: Iterable[Row]) -> None:
    """Replace the user id under `by` with {id, name}; one query."""
    names = names_of_users({row["by"] for row in told if row["by"] is not None})
    for row in told:
        if row["by"] is not None:
            row["by"] = {"id": row["by"], "name": names.get(row["by"])}


def names_of_users(ids: Iterable[int]) -> dict[int, str]:
    """Return the names of users by their ids, as `User.called` makes them; one query."""
    wanted = ("id", "username", "first_name", "last_name", "person__name")
    names = {}
    for user in User.objects.filter(pk__in=ids).values(*wanted):
        full = f"{user['first_name']} {user['last_name']}".strip()
        names[user["id"]] = full or user["person__name"] or user["username"]
    return names


def authors(model: Any, ids: Iterable[int]) -> dict[int, str]:
    """Return, by record, the name of the user who created it; two queries."""
    made = dict(model._base_manager.filter(pk__in=ids).values_list("pk", "created_by"))
    names = names_of_users(made.values())
    return {id: names[by] for id, by in made.items() if by in names}


def _name_lenders(told: Iterable[Row]) -> None:
    """Replace, under `for`, the ids of people for whom a deputy acted with their names; one query
    if there are any."""
    ids = {id for row in told for id in LENDER.findall(row["for"] or "")}
    if not ids:
        return
    people = Person.objects.filter(pk__in=ids).values_list("id", "name")
    names = {str(id): name for id, name in people}
    for row in told:
        if row["for"]:
            row["for"] = LENDER.sub(lambda match: names.get(match[1], "somebody"), row["for"])


def _name_relations(model: Any, told: Iterable[Row], user: Any) -> None:
    """Add the names of related records to the changes; one query for each kind of record."""
    ends = [
        (change, end, related)
        for row in told
        for change in row["changes"]
        for end in ("from", "to")
        if change[end] is not None and (related := _named(model, change["field"], change[end]))
    ]
    ids = defaultdict(set)
    for change, end, related in ends:
        ids[related].add(change[end])
    names = {related: _names_of_rows(related, wanted, user) for related, wanted in ids.items()}
    for change, end, related in ends:
        change[f"{end}_label"] = names[related].get(change[end])


def _named(model: Any, name: str, value: Any) -> Any:
    """Return the model of the record to which a value of a field refers; None if it refers to none.
    In a custom field, a number is the id of a person."""
    if name.startswith(PREFIX):
        return Person if type(value) is int else None
    field = model._meta.get_field(name)
    return field.related_model if field.many_to_one or field.one_to_one else None


def _names_of_rows(model: Any, ids: Iterable[int], user: Any) -> dict[int, str]:
    kept = {field.name for field in model._meta.fields}
    name = next((name for name in CALLED if name in kept), None)
    if name is None or not hasattr(model.objects, "visible_to"):
        return {}
    visible = model.objects.visible_to(user).filter(pk__in=ids)
    return dict(visible.order_by().values_list("pk", name))
