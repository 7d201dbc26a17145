"""Deleted records that can be restored: for 30 days, by who deleted them or by the PMO.

The history keeps the last state of a deleted row in the event of its deletion, and its attachments
are kept as long. A record that was deleted together with another one is restored with that one
only. Records removed for good, such as those of the demo, cannot be restored.
"""

from __future__ import annotations

import functools
import operator
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import CASCADE, BigIntegerField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils import timezone

from pmhub.access import Visible, by_roles, inherited
from pmhub.access.grants import Grants, for_writing, grants_of, holding
from pmhub.caching import BoundedCache, quarter
from pmhub.database import history, touches
from pmhub.database.history import events_of
from pmhub.models import Record, kinds_of_records
from pmhub.permissions import Role
from pmhub.queries.actors import actor_visibility
from pmhub.queries.history import CALLED, names_of_users

KEPT = timedelta(days=30)
NEARBY = timedelta(minutes=1)  # more than one statement without a request takes
NONE, EVERY = Q(pk__in=[]), Q(pk__isnull=False)
FOR_GOOD = Q(pgh_context__has_key=history.FOR_GOOD)
_kinds = BoundedCache(100_000)
COLUMNS = ("gone_at", "gone_kind", "gone_event", "gone_id", "gone_by")


@dataclass(frozen=True, slots=True)
class Deletion:
    """The deletion of a record: its moment, the id of the user who deleted it (None if unknown),
    and the id of its event, which holds the last state."""

    at: datetime
    kind: str
    event: int
    id: int
    by: int | None

    @property
    def model(self) -> Any:
        """The model of the record."""
        return kinds_of_records()[self.kind]

    @property
    def until(self) -> datetime:
        """The moment until which the record can be restored."""
        return self.at + KEPT

    @property
    def days_left(self) -> int:
        """The number of days until then, a day that has begun included."""
        return max(0, -((timezone.now() - self.until) // timedelta(days=1)))


def restorable() -> list[Any]:
    """Return the models whose deleted records can be restored."""
    return [model for model in kinds_of_records().values() if not model.gone_for_good]


def deletions(user: Any, models: Iterable[Any]) -> QuerySet | list[Any]:
    """Return the deletions of the last 30 days that a user may undo, the latest first, as rows for
    `Deletion`. Tables without any deletion, which are most, are not read."""
    since = timezone.now() - KEPT
    parts = [
        deletions_to_undo(model, user)
        .filter(pgh_created_at__gt=since)
        .order_by()
        .annotate(**_columns(model))
        .values_list(*COLUMNS)
        for model in _with_some(list(models), since)
    ]
    if not parts:
        return []
    rows = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    return rows.order_by("-gone_at", "-gone_event")


def _columns(model: Any) -> dict[str, Any]:
    return {
        "gone_at": F("pgh_created_at"),
        "gone_kind": Value(model._meta.model_name),
        "gone_event": F("pgh_id"),
        "gone_id": F("id"),
        "gone_by": Cast(KT("pgh_context__user"), BigIntegerField()),
    }


def _with_some(models: Sequence[Any], since: datetime) -> list[Any]:
    """Return those of these models of which a record was deleted since a moment. The answer is
    cached for all models until `EVERYWHERE` is touched, as every deletion touches it."""
    if len(models) < 2:
        return [*models]
    key = touches.note_stamp(touches.EVERYWHERE), quarter()
    kinds: frozenset[str] | None = _kinds.get(key)
    if kinds is None:
        kinds = _kinds_with_some(since)
        _kinds.put(key, kinds, 100 * (1 + len(kinds)))
    return [model for model in models if model._meta.model_name in kinds]


def _kinds_with_some(since: datetime) -> frozenset[str]:
    queries = [
        events_of(model)
        .objects.filter(pgh_label="delete", pgh_created_at__gt=since)
        .order_by()
        .annotate(gone_kind=Value(model._meta.model_name))
        .values_list("gone_kind")[:1]
        for model in restorable()
    ]
    return frozenset(kind for (kind,) in queries[0].union(*queries[1:], all=True))


def deletions_to_undo(model: Any, user: Any) -> QuerySet:
    """Return the events of deletions of a model's records that a user may undo, however long ago.
    They are the user's own, and those of others for the PMO of the place of the record; the user
    must be allowed to write such records there. Records that have been restored, or that were
    deleted with another one, are left out."""
    events, grants = events_of(model).objects, grants_of(user)
    if model.gone_for_good or not grants.roles:
        return events.none()
    later = events.filter(id=OuterRef("id"), pgh_id__gt=OuterRef("pgh_id"))
    return events.filter(
        ~Exists(later),
        Q(pgh_context__user=user.pk) | _of_the_office(model, grants),
        _was_writable(model, grants),
        *_parents_exist(model),
        *([] if by_roles(model) else [_sees_a_parent(model, user)]),
        ~FOR_GOOD,
        pgh_label="delete",
    )


def restorable_ids(model: Any) -> QuerySet:
    """Return a query for the ids of deleted records of a model that can still be restored."""
    events = events_of(model).objects.filter(~FOR_GOOD, pgh_label="delete")
    return events.filter(pgh_created_at__gt=timezone.now() - KEPT).values("id")


def _of_the_office(model: Any, grants: Grants) -> Q:
    """Return the condition on deletions by others that the PMO may undo: not of records that only
    their author sees."""
    if model.of_author:
        return NONE
    where = _under(model, holding(grants, frozenset({Role.PMO})), model.visible_through)
    return where if model.of_author_alone is None else where & ~model.of_author_alone


def _was_writable(model: Any, grants: Grants) -> Q:
    """Return the condition that the record was where the user may write such records. If only its
    author writes it, or if the row itself says which table of rights applies, that is checked on
    the row later."""
    if model.of_author:
        return EVERY
    plain = model.noun is Visible.noun
    held = for_writing(grants, str(model._meta.model_name)) if plain else grants
    return _under(model, held, model.written_through or model.visible_through)


def _under(model: Any, grants: Grants, through: Collection[str]) -> Q:
    """Return the condition that one of these roles is held on a parent, by these relations, or
    above it."""
    if grants.everywhere:
        return EVERY
    conditions = NONE
    for name in through:
        parent = model._meta.get_field(name).related_model
        if above := inherited(parent, grants):
            rows = parent._base_manager.filter(functools.reduce(operator.or_, above))
            conditions |= Q(**{f"{name}__in": rows.values("pk")})
    return conditions


def _parents_exist(model: Any) -> Iterator[Q]:
    """Yield the conditions that the records exist with which this one is deleted, or through which
    it is seen."""
    for field in model._meta.concrete_fields:
        if not field.is_relation:
            continue
        if field.name in model.visible_through or field.remote_field.on_delete is CASCADE:
            rows = field.related_model._base_manager.order_by().values("pk")
            yield Q(**{f"{field.name}__in": rows}) | Q(**{f"{field.name}__isnull": True})
    for above, key in model.held_by.items():
        held = {theirs: OuterRef(mine) for mine, theirs in key.items()}
        yield Q(Exists(above._base_manager.filter(**held)))


def _sees_a_parent(model: Any, user: Any) -> Q:
    """Return the condition that the user sees a parent, for a model of which more than roles
    decides who sees its records."""
    seen = NONE if model.visible_through else EVERY
    for name in model.visible_through:
        rows = model._meta.get_field(name).related_model._default_manager.visible_to(user)
        seen |= Q(**{f"{name}__in": rows.order_by().values("pk")})
    return seen


# What is told of deletions


@dataclass(frozen=True, slots=True)
class DeletionDescription:
    """A deletion as a reader sees it: the code and name of the record, and `by`, who deleted it, as
    {id, name}; None if unknown, or if the reader may not know."""

    deletion: Deletion
    code: str
    called: str
    by: dict[str, Any] | None


def described(rows: Iterable[Sequence[Any]], user: Any) -> list[DeletionDescription]:
    """Return these deletions as a user sees them: one query for each kind of record, and one for
    the users."""
    given = [Deletion(*row) for row in rows]
    by_kind: dict[str, list[int]] = defaultdict(list)
    for deletion in given:
        by_kind[deletion.kind].append(deletion.event)
    words = {
        event: called
        for kind, ids in by_kind.items()
        for event, called in _former_names(kinds_of_records()[kind], ids)
    }
    names = names_of_users({deletion.by for deletion in given if deletion.by})
    closed = {kind for kind in by_kind if actor_visibility(kinds_of_records()[kind], user)}
    return [
        DeletionDescription(
            deletion,
            *words[deletion.event],
            {"id": deletion.by, "name": names.get(deletion.by)}
            if deletion.by and (deletion.by == user.pk or deletion.kind not in closed)
            else None,
        )
        for deletion in given
    ]


def _former_names(model: Any, events: Collection[int]) -> Iterator[tuple[int, tuple[str, str]]]:
    """Yield, by event, the former code and name of the records; if some fields are not shown to
    everybody, the code alone."""
    kept = {field.name for field in events_of(model)._meta.fields}
    names = [] if model.shown_to else [name for name in CALLED if name in kept and name != "code"]
    columns = [*(["code"] if "code" in kept else []), *names[:1]]
    rows = events_of(model).objects.filter(pk__in=events).values("pgh_id", "id", *columns)
    for row in rows:
        code = row.get("code") or ""
        name = next((str(row[name]) for name in names[:1] if row[name]), "")
        yield (
            row["pgh_id"],
            (code, name or ("" if code else f"{model._meta.verbose_name} {row['id']}")),
        )


# What is restored


@dataclass(frozen=True, slots=True)
class DeletedRow:
    """A row that a deletion removed: the event with the state to restore, its version when it was
    deleted, and the ids in its lists."""

    model: Any
    event: Any
    version: int
    lists: dict[str, list[int]]


def deleted_rows(model: Any, event: Any) -> list[DeletedRow]:
    """Return the rows that a deletion removed, the record itself and all its parts at that time,
    each after the rows that it belongs to. Takes a few queries for each kind of record."""
    act = _of_the_act(event)
    taken: dict[Any, dict[int, Any]] = {}
    below = {model: {event.id: event}}
    while below:
        for kind, events in below.items():
            taken[kind] = taken.pop(kind, {}) | events  # placed after the rows that hold it
        below = _below(below, act)
    return [one for kind, events in taken.items() for one in _as_it_was(kind, events, act)]


def _as_it_was(model: Any, taken: dict[int, Any], act: Q) -> Iterator[DeletedRow]:
    """Yield rows in their state before the request that deleted them, as that empties lists and may
    change rows whose parts it deletes. A deletion without a request cannot be told from what was
    done shortly before: its rows are as they were deleted, with the lists of before."""
    events = events_of(model).objects.filter(id__in=taken)
    earlier = events.exclude(pk__in=events.filter(act).values("pk"))
    before = {one.id: one for one in earlier.order_by("id", "-pgh_id").distinct("id")}
    lists = [field.name for field in model._meta.local_many_to_many]
    for id, event in taken.items():
        was = before.get(id, event)
        row = was if _request(event) else event
        yield DeletedRow(model, row, event.version, {name: getattr(was, name) for name in lists})


def _below(above: dict[Any, dict[int, Any]], act: Q) -> dict[Any, dict[int, Any]]:
    found: dict[Any, dict[int, Any]] = defaultdict(dict)
    for model, taken in above.items():
        for part, key in parts_of(model):
            events = events_of(part).objects
            later = events.filter(id=OuterRef("id"), pgh_id__gt=OuterRef("pgh_id"))
            keys = {_values(one, key.values()) for one in taken.values()}
            named = zip(key, zip(*keys, strict=True), strict=True)
            fell = events.filter(
                act,
                ~Exists(later),
                pgh_label="delete",
                **{f"{name}__in": set(ids) for name, ids in named},
            )
            found[part].update(
                (one.id, one) for one in fell.order_by("id") if _values(one, key) in keys
            )
    return {part: events for part, events in found.items() if events}


def _values(event: Any, names: Iterable[str]) -> tuple[Any, ...]:
    return tuple(getattr(event, name) for name in names)


@functools.cache
def parts_of(model: Any) -> tuple[tuple[Any, dict[str, str]], ...]:
    """Return the models whose records are deleted with one of `model`, each with the columns by
    which they refer to it: to its id, or to a key that only the database enforces."""
    by_id = [
        (relation.related_model, {relation.field.name: "id"})
        for relation in model._meta.get_fields(include_hidden=True)
        if relation.auto_created and not relation.concrete and not relation.many_to_many
        if relation.on_delete is CASCADE and issubclass(relation.related_model, Record)
    ]
    by_key = [
        (part, part.held_by[model]) for part in kinds_of_records().values() if model in part.held_by
    ]
    return (*by_id, *by_key)


def _request(event: Any) -> str:
    return (event.pgh_context or {}).get("request", "")


def _of_the_act(event: Any) -> Q:
    """Return the condition that an event belongs to the same act as a deletion: to the same request
    or, without one, to the short time before it."""
    if request := _request(event):
        return Q(pgh_context__request=request)
    since = event.pgh_created_at - NEARBY
    return Q(pgh_created_at__gt=since) & ~Q(pgh_context__has_key="request")


def creations(model: Any, ids: Collection[int]) -> dict[int, tuple[datetime, int | None]]:
    """Return the moment of creation, and the id of the user who created it, by id of the record, as
    far as the history goes."""
    first = events_of(model).objects.filter(id__in=ids).order_by("id", "pgh_id").distinct("id")
    return {
        one.id: (one.pgh_created_at, (one.pgh_context or {}).get("user"))
        for one in first.only("id", "pgh_created_at", "pgh_context")
    }
