"""Who edited a record, when, by which path and why: the one module that reads this from the
history."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import pairwise
from operator import attrgetter, itemgetter
from typing import Any

from django.apps import apps

from pmhub.database.history import WritePath, events_of
from pmhub.database.statements import BEGIN, END, IDS, Rows
from pmhub.queries import name_users
from programmes.rollup.causes import MOVED
from programmes.rollup.spans import Key, Period
from programmes.sources import CURRENCY_RATE, KINDS, SourceKind

Moved = tuple[Key, datetime]  # a record, and the computation that saw it changed
BENEFIT = "benefit"
RATE = "rate"  # in the context of a change that follows a rate: which that is
MOST = 5000  # events looked through of one table, the latest


@dataclass(frozen=True, slots=True)
class Edit:
    """The last change of a record, or of a record that belongs to it: the changed record, the
    moment, the user as {id, name}, the path (page, rest, admin, import or sql) and the reason, if
    one was given. Empty where the history has no change."""

    record: Key | None = None
    at: datetime | None = None
    by: Mapping[str, Any] | None = None
    via: str | None = None
    reason: str = ""

    @property
    def name(self) -> str:
        """Return the name of the user; empty where that is not known."""
        return str((self.by or {}).get("name") or "")


UNKNOWN = Edit()


@dataclass(frozen=True, slots=True)
class Act:
    """One change in the history: the changed record, the moment, and the context of the event."""

    record: Key
    at: datetime
    context: Mapping[str, Any]

    @property
    def by(self) -> int | None:
        """Return the id of the user; None where that is not known."""
        user: int | None = self.context.get("user")
        return user

    def goes_on(self, before: Act) -> bool:
        """Return whether this and the act before are one edit: of one request, or of the same
        record by the same user."""
        request = self.context.get("request")
        same = (self.record, self.by) == (before.record, before.by)
        return same or bool(request and request == before.context.get("request"))


Acts = Mapping[Key, Sequence[Act]]
NO_ACTS: Acts = {}


def acts_of(
    keys: Iterable[Key], between: Period, apart: Collection[str] = ()
) -> dict[Key, list[Act]]:
    """Return by record, in order, the acts within a period that changed it or a record that belongs
    to it, empty where there is none; one query for each table. Records of the kinds in `apart` have
    lines of their own, so that their changes are not counted as changes of what they belong to."""
    by_key: dict[Key, list[Act]] = {key: [] for key in keys}
    by_kind: dict[str, list[int]] = {}
    for kind, id in by_key:
        by_kind.setdefault(kind, []).append(id)
    for kind, ids in sorted(by_kind.items()):
        for model, column, sources in _tables(KINDS[kind], ids):
            name = str(model._meta.model_name)
            if name != kind and name in apart:
                continue
            for id, record, at, _, said in _events(model, column, sources, between):
                context = said or {}
                by: Key = (CURRENCY_RATE.name, context[RATE]) if RATE in context else (name, record)
                for source in sources[id]:
                    by_key[kind, source].append(Act(by, at, context))
    for acts in by_key.values():
        acts.sort(key=lambda act: act.at)
    return by_key


def edits_of(
    moved: Iterable[Moved], between: Period, apart: Collection[str] = (), known: Acts = NO_ACTS
) -> dict[Moved, Edit]:
    """Return the last edit of each moved record, or of a record that belongs to it, within a period
    and not after it moved; `apart` as for `acts_of`. One query for each table, without the records
    whose acts of the same period are `known`, and one for names."""
    wanted = list(moved)
    unknown = {key for key, _ in wanted} - known.keys()
    acts = {**known, **(acts_of(unknown, between, apart) if unknown else {})}
    latest = {
        (key, moment): last
        for key, moment in wanted
        if (last := last_until(acts.get(key, ()), moment))
    }
    return _named(latest)


def last_until(acts: Sequence[Act], moment: datetime) -> Act | None:
    """Return the last of these acts, which are in order, that is not after a moment; None where
    there is none."""
    place = bisect_right(acts, moment, key=attrgetter("at"))
    return acts[place - 1] if place else None


def _named(latest: Mapping[Moved, Act]) -> dict[Moved, Edit]:
    who: list[dict[str, Any]] = [{"by": act.by} for act in latest.values()]
    if any(actor["by"] is not None for actor in who):
        name_users(who)
    edits = {}
    for (moved, act), named in zip(latest.items(), who, strict=True):
        via, reason = (
            act.context.get("via", WritePath.SQL.value),
            str(act.context.get("reason") or ""),
        )
        edits[moved] = Edit(act.record, act.at, named["by"], via, reason)
    return edits


def what_happened(keys: Iterable[Key], between: Period) -> dict[Key, list[tuple[datetime, str]]]:
    """Return by record, in order, when it was inserted, updated or deleted within a period; one
    query for each table."""
    by_kind: dict[str, list[int]] = {}
    for kind, id in keys:
        by_kind.setdefault(kind, []).append(id)
    by_key: dict[Key, list[tuple[datetime, str]]] = {}
    for kind, ids in sorted(by_kind.items()):
        model = apps.get_model(KINDS[kind].model)
        for id, _, at, label, _ in reversed(_events(model, "id", ids, between)):
            by_key.setdefault((kind, id), []).append((at, label))
    for id, at in _moves(by_kind.get(BENEFIT, []), between):
        by_key.setdefault((BENEFIT, id), []).append((at, MOVED))
    for happened in by_key.values():
        happened.sort(key=itemgetter(0))
    return by_key


def _moves(benefits: list[int], between: Period) -> list[Any]:
    """Return those of these benefits that moved to another programme, with the moment."""
    if not benefits:
        return []
    events = events_of(apps.get_model(KINDS[BENEFIT].model)).objects.filter(
        id__in=benefits, pgh_created_at__lte=between.end
    )
    rows = events.order_by("id", "pgh_id").values_list("id", "programme", "pgh_created_at")
    return [
        (id, at)
        for (before, was, _), (id, now, at) in pairwise(rows)
        if before == id and was != now and at > between.since
    ]


def _tables(
    kind: SourceKind, ids: Collection[int]
) -> Iterator[tuple[Any, str, Mapping[int, Sequence[int]]]]:
    """Yield the tables whose changes move the lines of these sources: each with the field that
    names a record, and by its id the sources that a change there moves."""
    model, same = apps.get_model(kind.model), {id: [id] for id in ids}
    yield model, "id", same
    made_of = _by_record(model, ids, *kind.through) if kind.through else same
    for label, relation in kind.parts.items():
        yield apps.get_model(label), relation, made_of
    for relation in kind.above:
        above = model._meta.get_field(relation).related_model
        yield above, "id", _by_record(model, ids, relation)


def _by_record(model: Any, ids: Collection[int], *relations: str) -> dict[int, list[int]]:
    """Return by the id of each record that these sources name in a relation the sources that name
    it."""
    rows = model._base_manager.filter(pk__in=ids).values_list("pk", *relations)
    by_record: dict[int, list[int]] = {}
    for source, *others in rows:
        for other in others:
            by_record.setdefault(other, []).append(source)
    return by_record


def _events(model: Any, name: str, ids: Iterable[int], between: Period) -> list[Any]:
    """Return (source, record, moment, label, context) of each event, the latest first."""
    return _events_by(model, name)(sorted(ids), begin=between.since, end=between.end)


@cache
def _events_by(model: Any, name: str) -> Rows[tuple[Any, ...]]:
    """Return the statement for the events of a table whose field `name` names one of some ids."""
    columns = (name, "id", "pgh_created_at", "pgh_label", "pgh_context")
    return Rows(
        lambda: (
            events_of(model)
            .objects.filter(
                **{f"{name}__in": [IDS]}, pgh_created_at__gt=BEGIN, pgh_created_at__lte=END
            )
            .order_by("-pgh_id")
            .values_list(*columns)[:MOST]
        )
    )
