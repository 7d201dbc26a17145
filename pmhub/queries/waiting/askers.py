"""Who made a record wait, and since when, by its history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import F, Q, Window
from django.db.models.functions import Lag

from pmhub.database.cached_reads import CachedReads
from pmhub.database.history import events_of
from pmhub.models import Person
from pmhub.queries.actors import actor_visibility
from pmhub.queries.waiting.rule import Finding, any_of

KEPT, ROW = 2_000_000, 300  # bytes of moves kept by a process, and of one move, about

# When a record came into its state, and the id of the account that moved it.
Move = tuple[datetime, int | None]
cache = CachedReads(KEPT)


@dataclass(frozen=True, slots=True)
class Submission:
    """Since when a record has been in the state in which it waits, and who brought it there, if the
    reader may know that; both are None if no state says it. `own` says that it was the reader."""

    since: datetime | None = None
    by: Person | None = None
    own: bool = False


UNKNOWN, NEVER = Submission(), datetime.max.replace(tzinfo=UTC)


def asked_of(findings: Iterable[Finding], reader: Any) -> Mapping[tuple[Any, int], Submission]:
    """Return who made each record of these findings wait, and since when, by model and id. Takes
    one or two queries for each kind of record that was touched since the last time, and one for the
    people."""
    ids: dict[Any, set[int]] = defaultdict(set)
    for finding in findings:
        if not finding.rule.lasting:
            ids[finding.rule.model].add(finding.id)
    moves: dict[tuple[Any, int], Move] = {}
    for model, theirs in ids.items():
        with_actor = records_with_known_actors(model, theirs, reader)
        for id, (since, user) in _cached_moves(model, theirs).items():
            moves[model, id] = since, user if id in with_actor or user == reader.pk else None
    people = Person.objects.visible_to(reader).filter(
        user__in={user for _, user in moves.values() if user is not None}
    )
    named = {person.user_id: person for person in people}
    return {
        key: Submission(since, named.get(user), own=user == reader.pk)
        for key, (since, user) in moves.items()
    }


def _cached_moves(model: Any, ids: set[int]) -> Mapping[int, Move]:
    """Return what `_moves` yields, from the cache if possible."""
    return cache(model, frozenset(ids), lambda: dict(_moves(model, ids)), lambda _: ROW * len(ids))


def _moves(model: Any, ids: set[int]) -> Iterable[tuple[int, Move]]:
    """Yield, for each record, when it came into its state and the id of the user who brought it
    there; for a record without states, when it was created."""
    states = [lifecycle.field for lifecycle in model.lifecycles]
    before = {
        f"_{name}": Window(Lag(name), partition_by="id", order_by="pgh_id") for name in states
    }
    first = Window(Lag("pgh_id"), partition_by="id", order_by="pgh_id")
    rows = events_of(model).objects.filter(id__in=ids).annotate(_first=first, **before)
    moved = any_of(~Q(**{f"_{name}": F(name)}) for name in states)
    rows = rows.filter(Q(_first=None) | moved).order_by("id", "pgh_id")
    for id, at, context in rows.values_list("id", "pgh_created_at", "pgh_context"):
        yield id, (at, (context or {}).get("user"))  # the last row of a record wins


def records_with_known_actors(model: Any, ids: set[int], reader: Any) -> set[int]:
    """Return the ids of those of these records of which the reader may know who acted on them."""
    where = actor_visibility(model, reader)
    if where is None:
        return ids
    return {*model._base_manager.filter(where, pk__in=ids).values_list("pk", flat=True)}
