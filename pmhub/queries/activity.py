"""What happened at a record and at everything that belongs to it: changes, comments and files.

The history of each kind of record is a table of its own. One query reads a few rows of each table
and starts where the page before ended (`Entry.place`).
"""

from __future__ import annotations

import functools
import operator
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, F, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast

from pmhub.access import ScopedQuerySet, inherited, reading_roles, reads_deleted
from pmhub.access.grants import Reader, grants_of
from pmhub.caching import quarter
from pmhub.database import noted_sql
from pmhub.database.cached_reads import CachedReads
from pmhub.database.history import events_of
from pmhub.database.statements import ID
from pmhub.models import AtRecord, Attachment, Comment, User, kinds_of_records
from pmhub.queries.actors import actor_visibility
from pmhub.queries.history import CALLED

AT_RECORDS: dict[str, type[AtRecord]] = {"comment": Comment, "attachment": Attachment}
ACTIONS_THERE = {Comment: "commented", Attachment: "attached"}
SEPARATOR = "~"
NONE = Q(pk__in=[])
TOLD = ("happened_at", "happened_kind", "happened_id", "happened_type", "happened_row")

UNIONS = 2_000_000  # bytes of SQL that a process keeps

unions = CachedReads(UNIONS)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened at a record: an event of its history, a comment or a file. `kind` is
    the kind of record, or the kind of what was added to it."""

    at: datetime
    kind: str
    id: int
    record_type: str
    record_id: int

    @property
    def model(self) -> Any:
        """The model of the record."""
        return kinds_of_records()[self.record_type]

    @property
    def place(self) -> str:
        """The place of the entry in the list, as text, from which the next page continues."""
        return SEPARATOR.join((self.at.isoformat(), self.kind, str(self.id)))


@dataclass(frozen=True, slots=True)
class Place:
    """The place of an entry in the list; the entries after it are of an earlier moment, or of the
    same one."""

    at: datetime
    kind: str
    id: int

    @classmethod
    def of(cls, text: str) -> Place:
        """Return the place that a text of `Entry.place` names; raises ValueError for any other
        text."""
        at, kind, id = text.split(SEPARATOR)
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None or not kind.isidentifier() or not 0 < int(id) < 2**63:
            raise ValueError(text)
        try:
            # Python reads offsets that PostgreSQL refuses.
            return cls(moment.astimezone(UTC), kind, int(id))
        except OverflowError:  # outside of the moments that Python knows
            raise ValueError(text) from None


@functools.cache
def relations_to(model: Any, root: Any) -> tuple[str, ...]:
    """Return the lookup paths by which records of `model` belong to one of `root`, directly or
    through other records; empty if they do not."""
    paths = ["pk"] if model is root else []
    for name in model.visible_through:
        above = model._meta.get_field(name).related_model
        if above is not model:
            paths += [
                name if way == "pk" else f"{name}__{way}" for way in relations_to(above, root)
            ]
    return tuple(paths)


def belonging_models(record: Any, models: Iterable[Any]) -> list[Any]:
    """Return those of these models whose records may belong to a record, its own model included."""
    root: Any = type(record)
    return [model for model in models if relations_to(model, root)]


def entries(
    record: Any,
    models: Iterable[Any],
    user: Any,
    *,
    kind: str = "",
    by: int | None = None,
    after: Place | None = None,
    most: int,
) -> list[Entry]:
    """Return at most `most` entries about a record and what belongs to it, as far as the user sees
    these, the latest first. `models` are the kinds of records whose history is read. `kind`
    restricts the entries to one of these, or to comments or attachments; `by` to what this user
    did, where the reader may know who acted; `after` to what follows this place. Takes at most
    three queries, and a few more with `by`."""
    asked = _Asked(type(record), kind, by, after, most)
    inside = belonging_models(record, models)
    if by is not None or after is not None:
        return asked.union(inside, user).entries(record)
    # The query has about a hundred parts, and building it takes much longer than executing it.
    key = asked, tuple(inside), user.pk, Reader(user).key, grants_of(user).day, quarter()
    union = unions("activity", key, lambda: asked.union(inside, user), lambda made: len(made.sql))
    return union.entries(record)


@dataclass(frozen=True, slots=True)
class _Union:
    """A compiled query over all tables, with its values; the value `ID` stands for the id of the
    record."""

    sql: str
    given: Sequence[Any]

    def entries(self, record: Any) -> list[Entry]:
        """Return the entries about a record."""
        given = [record.pk if value == ID else value for value in self.given]
        return [Entry(*row) for row in noted_sql.rows_of_text(self.sql, given)]


@dataclass(frozen=True, slots=True)
class _Asked:
    """The arguments of `entries` that decide which query is compiled: the kind of record, and the
    restrictions."""

    root: Any
    kind: str
    by: int | None
    after: Place | None
    most: int

    def union(self, models: Sequence[Any], user: Any) -> _Union:
        """Return the compiled query over the tables of these models, as far as the user sees their
        rows."""
        parts = [
            _after(rows, name, self.after)
            .order_by("-happened_at", "-happened_id")
            .values_list(*TOLD)[: self.most]
            for name, rows in _parts(self.root, models, user, self.kind, self.by)
        ]
        compiler = self._joined(parts).query.get_compiler(connection=connection, elide_empty=False)
        return _Union(*compiler.as_sql())

    def _joined(self, parts: Sequence[QuerySet]) -> QuerySet:
        if not parts:
            return self.root._base_manager.none().values_list("pk")
        if len(parts) == 1:
            return parts[0]
        union = parts[0].union(*parts[1:], all=True)
        return union.order_by("-happened_at", "happened_kind", "-happened_id")[: self.most]


def _parts(
    root: Any, models: Iterable[Any], user: Any, kind: str, by: int | None
) -> Iterator[tuple[str, QuerySet]]:
    """Yield the kind of entries and the query for each table to read; `ID` stands for the id of the
    record."""
    stand = {name: _kinds(model) for name, model in AT_RECORDS.items() if kind in ("", name)}
    actor = None if by in (None, user.pk) else User.objects.filter(pk=by).first()
    for model in models:
        name = str(model._meta.model_name)
        conditions = (Q(**{way: ID}) for way in relations_to(model, root))
        seen = model._default_manager.visible_to(user).order_by()
        ids = seen.filter(functools.reduce(operator.or_, conditions)).values("pk")
        if kind in ("", name) and (gone := _deletions(model, root, user, by)) is not None:
            yield name, gone
        if kind in ("", name):
            told = None if by in (None, user.pk) else actor_visibility(model, user, actor)
            yield name, _events(model, ids if told is None else ids.filter(told), by)
        for what, kinds in stand.items():
            if name in kinds:
                yield what, _added_there(AT_RECORDS[what], model, ids, by)


def _kinds(model: type[AtRecord]) -> set[str]:
    """Return the kinds of the records to which comments, or attachments (`model`), have been
    added."""
    return set(model._base_manager.order_by().values_list("record_type", flat=True).distinct())


def _events(model: Any, ids: QuerySet | None, by: int | None) -> QuerySet:
    events = (
        events_of(model).objects.all()
        if ids is None
        else events_of(model).objects.filter(id__in=ids)
    )
    events = events if by is None else events.filter(pgh_context__user=by)
    name = model._meta.model_name
    return _as_entries(events, F("pgh_created_at"), name, F("pgh_id"), Value(name), F("id"))


def _deletions(model: Any, root: Any, user: Any, by: int | None) -> QuerySet | None:
    """Return the deletions of records that belonged to the record, for a user with a role above
    them. None if more than roles decides who sees such rows, or if `by` is another user and the
    reader may not know who acted."""
    grants = reading_roles(model, grants_of(user))
    plain = type(model._default_manager.all()).visible_to is ScopedQuerySet.visible_to
    if model.of_author_alone is not None or not (plain or reads_deleted(model, user)):
        return None
    if by not in (None, user.pk) and actor_visibility(model, user) is not None:
        return None
    conditions = []
    for way in relations_to(model, root):
        name, _, rest = way.partition("__")
        if name == "pk":
            continue
        parent: Any = model._meta.get_field(name).related_model
        rows = parent._base_manager.filter(**{rest or "pk": ID})
        if not grants.everywhere:
            rows = rows.filter(functools.reduce(operator.or_, inherited(parent, grants), NONE))
        conditions.append(Q(**{f"{name}__in": rows.values("pk")}))
    if not conditions:
        return None
    ended = Q(pgh_label="delete") & functools.reduce(operator.or_, conditions)
    return _events(model, None, by).filter(ended)


def _added_there(what: type[AtRecord], model: Any, ids: QuerySet, by: int | None) -> QuerySet:
    rows = what.objects.at(model, ids)
    rows = rows if by is None else rows.filter(created_by=by)
    name = str(what._meta.model_name)
    return _as_entries(rows, F("created_at"), name, F("pk"), F("record_type"), F("record_id"))


def _as_entries(rows: QuerySet, at: Any, kind: str, id: Any, type: Any, row: Any) -> QuerySet:
    """Return the rows with the columns of an entry, which are the same for all tables."""
    values = (
        at, Value(kind), Cast(id, BigIntegerField()), Cast(type, TextField()),
        Cast(row, BigIntegerField()),
    )  # fmt: skip
    return rows.annotate(**dict(zip(TOLD, values, strict=True)))


def _after(rows: QuerySet, kind: str, place: Place | None) -> QuerySet:
    """Return the entries of one kind that come after a place."""
    if place is None or kind > place.kind:
        return rows if place is None else rows.filter(happened_at__lte=place.at)
    earlier = Q(happened_at__lt=place.at)
    if kind == place.kind:
        earlier |= Q(happened_at=place.at, happened_id__lt=place.id)
    return rows.filter(earlier)


def described(
    given: Iterable[Entry], tell: Callable[[Any, set[int]], Mapping[int, Row]], user: Any
) -> list[tuple[Entry, Row]]:
    """Return entries, each with what it says to a user: `by via for reason action changes`; `said`
    is the comment or the attachment itself, `was` the former name of a deleted record. `tell`
    returns, for a model and ids of events, what the events changed. Takes a few queries for each
    kind."""
    entries = list(given)
    ids: dict[str, set[int]] = defaultdict(set)
    for entry in entries:
        ids[entry.kind].add(entry.id)
    rows = {
        kind: _texts_of(AT_RECORDS[kind], wanted)
        if kind in AT_RECORDS
        else _with_names(kinds_of_records()[kind], tell(kinds_of_records()[kind], wanted), user)
        for kind, wanted in ids.items()
    }
    return [
        (entry, rows[entry.kind][entry.id]) for entry in entries if entry.id in rows[entry.kind]
    ]


def _with_names(model: Any, told: Mapping[int, Row], user: Any) -> Mapping[int, Row]:
    """Return what events changed, but of a deletion only the record's former name. If not everybody
    may see all fields of the model, this is the code alone; if the reader may not know who acted,
    `by` is empty."""
    gone = {id for id, row in told.items() if row["action"] == "deleted"}
    if not gone:
        return told
    kept = {field.name for field in events_of(model)._meta.fields}
    names = [name for name in ("code",) if name in kept]
    if not model.shown_to:
        names += [name for name in CALLED if name in kept and name != "code"][:1]
    hidden = actor_visibility(model, user) is not None
    for id, *parts in (
        events_of(model).objects.filter(pgh_id__in=gone).values_list("pgh_id", *names)
    ):
        by = told[id]["by"]
        actor = by if not hidden or (by and by["id"] == user.pk) else None
        was = " ".join(filter(None, parts)) or str(model._meta.verbose_name)
        told[id].update(changes=[], was=was, by=actor)
    return told


def _texts_of(model: type[AtRecord], ids: set[int]) -> dict[int, Row]:
    """Return, by id, what these comments or attachments say, with the same keys as a change."""
    rows: Any = model._base_manager.filter(pk__in=ids).select_related("created_by__person")
    if model is Comment:
        rows = rows.prefetch_related("mentions")
    return {
        row.pk: {
            "by": row.created_by and {"id": row.created_by.pk, "name": row.created_by.called},
            "via": None, "for": None, "reason": None, "changes": [],
            "action": ACTIONS_THERE[model], "said": row,
        }
        for row in rows
    }  # fmt: skip
