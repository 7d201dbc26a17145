"""The history of a record: its events as people and programs read them."""

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
from pmhub.queries.actors import whose_actors_are_told

Row = dict[str, Any]
LENDER = re.compile(r"person (\d+)")  # for whom a deputy acts: `lent_by` of setters
ACTIONS = {"insert": "created", "update": "changed", "delete": "deleted", "again": "restored"}
ABOUT = ("id", "version", "pgh_label", "pgh_created_at", "pgh_context")
MOST = 2000  # events that one answer looks through
CALLED = ("name", "title", "code")  # what a record is called, the first it has


def events(model: Any, pk: Any) -> QuerySet:
    """Return what happened to a record, newest first."""
    return history.events_of(model).objects.filter(id=pk).order_by("-pgh_id")


def rows(events: QuerySet, names: Sequence[str], start: int, stop: int) -> list[Row]:
    """The events of a window, with these fields of the record."""
    return list(events.values(*ABOUT, *names)[start:stop])


def fields(model: Any) -> list[str]:
    """The names of the fields whose history is kept, in the model's order."""
    kept = {field.name for field in history.events_of(model)._meta.fields}
    declared = [*model._meta.fields, *model._meta.many_to_many]
    return [f.name for f in declared if f.name in kept and f.name not in ("id", "version")]


def changes_of(model: Any, given: Sequence[Row], names: Sequence[str], *, to: Any) -> list[Row]:
    """Return what each event of a record changed, told to a user as by `tell`.

    An event is compared with the one after it in `given`, the one before it in time; the last of
    them should be the record's first, or one more than is shown.
    """
    return event_rows(model, list(zip_longest(given, given[1:])), names, to=to)


def event_rows(
    model: Any, pairs: Iterable[tuple[Row, Row | None]], names: Sequence[str], *, to: Any
) -> list[Row]:
    """Return what events changed, told to a user: `at by via for reason action version changes`.

    Each comes with the one before it. What it was before the history of its table began is not
    known: such an event has no changes. Names of related records are told as far as the user may
    see them. One query for the users, one for each kind of relation.
    """
    told = [
        {
            "at": row["pgh_created_at"],
            "by": (row["pgh_context"] or {}).get("user"),
            "via": (row["pgh_context"] or {}).get("via", WritePath.SQL.value),
            "for": (row["pgh_context"] or {}).get("for"),
            "reason": (row["pgh_context"] or {}).get("reason"),
            "action": ACTIONS["again" if _came_back(row, older) else row["pgh_label"]],
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
    """Return the events with these ids, of any records of a model, each with the one before it in
    the history of its record; one query."""
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
    """Return what happened to records after the versions seen: who was the last, `at by via`, and
    which fields changed; of records the user may see. Two queries beside that of who sees them, and
    one where who acted may be hidden from them."""
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
    """Name nobody of whom the reader may not know that they acted, by the record."""
    where = whose_actors_are_told(model, reader) if told else None
    if where is None:
        return
    seen = set(model._base_manager.filter(where, pk__in=told).values_list("pk", flat=True))
    for id, row in told.items():
        if id not in seen and row["by"] != reader.pk:
            row["by"] = None


def _changes(row: Row, older: Row | None, names: Sequence[str]) -> Iterator[Row]:
    """The fields that differ; of a new record, all that it began with, of a deleted one, all that
    it ended with."""
    label, back = row["pgh_label"], _came_back(row, older)
    if label == "update" and (older is None or older["pgh_label"] == "delete"):
        return
    previous = older if older and (label == "update" or back) else row
    for name in names:
        before = None if label == "insert" and not back else previous[name]
        after = None if label == "delete" else row[name]
        for part, old, new in _parts(name, before, after):
            if old != new and not (_empty(old) and _empty(new)):
                yield {"field": part, "from": old, "to": new, "from_label": None, "to_label": None}


def _came_back(row: Row, older: Row | None) -> bool:
    """Return whether a record came back that had been deleted."""
    return row["pgh_label"] == "insert" and older is not None and older["pgh_label"] == "delete"


def _parts(name: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    """A field with what it was before and after; of custom fields, each by itself."""
    if name != COLUMN:
        yield name, before, after
        return
    old, new = before or {}, after or {}
    for key in dict.fromkeys((*old, *new)):
        yield f"{PREFIX}{key}", old.get(key), new.get(key)


def _empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def name_users(told: Iterable[Row]) -> None:
    """Put id and name in the place of the id under `by`; one query."""
    names = names_of_users({row["by"] for row in told if row["by"] is not None})
    for row in told:
        if row["by"] is not None:
            row["by"] = {"id": row["by"], "name": names.get(row["by"])}


def names_of_users(ids: Iterable[int]) -> dict[int, str]:
    """Return what users are called, as `called` says it, by their ids; one query."""
    wanted = ("id", "username", "first_name", "last_name", "person__name")
    names = {}
    for user in User.objects.filter(pk__in=ids).values(*wanted):
        full = f"{user['first_name']} {user['last_name']}".strip()
        names[user["id"]] = full or user["person__name"] or user["username"]
    return names


def authors(model: Any, ids: Iterable[int]) -> dict[int, str]:
    """Return what those are called who made the records with these ids; two queries."""
    made = dict(model._base_manager.filter(pk__in=ids).values_list("pk", "created_by"))
    names = names_of_users(made.values())
    return {id: names[by] for id, by in made.items() if by in names}


def _name_lenders(told: Iterable[Row]) -> None:
    """Put names in the place of the people by their ids for whom a deputy acted; one query where
    there are any."""
    ids = {id for row in told for id in LENDER.findall(row["for"] or "")}
    if not ids:
        return
    people = Person.objects.filter(pk__in=ids).values_list("id", "name")
    names = {str(id): name for id, name in people}
    for row in told:
        if row["for"]:
            row["for"] = LENDER.sub(lambda match: names.get(match[1], "somebody"), row["for"])


def called(user: User) -> str:
    """Return what a user is called: by their own name, their person's, or the one they sign in
    with."""
    person = getattr(user, "person", None)
    return user.get_full_name() or (person.name if person else "") or user.get_username()


def _name_relations(model: Any, told: Iterable[Row], user: Any) -> None:
    """Add what related records are called, one query for each kind of them."""
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
    names = {related: _called(related, wanted, user) for related, wanted in ids.items()}
    for change, end, related in ends:
        change[f"{end}_label"] = names[related].get(change[end])


def _named(model: Any, name: str, value: Any) -> Any:
    """The model of the record that a value of a field names; None where it names none. A custom
    field names people alone, and nothing else by a number."""
    if name.startswith(PREFIX):
        return Person if type(value) is int else None
    field = model._meta.get_field(name)
    return field.related_model if field.many_to_one or field.one_to_one else None


def _called(model: Any, ids: Iterable[int], user: Any) -> dict[int, str]:
    kept = {field.name for field in model._meta.fields}
    name = next((name for name in CALLED if name in kept), None)
    if name is None or not hasattr(model.objects, "visible_to"):
        return {}
    visible = model.objects.visible_to(user).filter(pk__in=ids)
    return dict(visible.order_by().values_list("pk", name))
