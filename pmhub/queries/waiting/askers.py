"""Who made something wait, and since when, as the history of its record says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q, Window
from django.db.models.functions import Lag

from pmhub.database.history import events_of
from pmhub.models import Person
from pmhub.queries.actors import whose_actors_are_told
from pmhub.queries.waiting.rule import Finding, any_of


@dataclass(frozen=True, slots=True)
class Asked:
    """Since when a record is in the state in which it waits, and who brought it there, where the
    reader may know that."""

    since: datetime | None = None
    by: Person | None = None


def asked_of(findings: Iterable[Finding], reader: Any) -> Mapping[tuple[Any, int], Asked]:
    """Return who made each record of these findings wait, and since when, by its model and its id:
    a query or two for each kind of record, and one for the people."""
    ids: dict[Any, set[int]] = defaultdict(set)
    for finding in findings:
        ids[finding.rule.model].add(finding.id)
    moves = {(model, id): move for model in ids for id, move in _moves(model, ids[model], reader)}
    people = Person.objects.visible_to(reader).filter(
        user__in={user for _, user in moves.values() if user is not None}
    )
    named = {person.user_id: person for person in people}
    return {key: Asked(since, named.get(user)) for key, (since, user) in moves.items()}


def _moves(
    model: Any, ids: set[int], reader: Any
) -> Iterable[tuple[int, tuple[datetime, int | None]]]:
    """Yield when each record came into its state, and whose account brought it there; of a record
    without states, when it was made."""
    told = _told(model, ids, reader)
    states = [lifecycle.field for lifecycle in model.lifecycles]
    before = {
        f"_{name}": Window(Lag(name), partition_by="id", order_by="pgh_id") for name in states
    }
    first = Window(Lag("pgh_id"), partition_by="id", order_by="pgh_id")
    rows = events_of(model).objects.filter(id__in=ids).annotate(_first=first, **before)
    moved = any_of(~Q(**{f"_{name}": F(name)}) for name in states)
    rows = rows.filter(Q(_first=None) | moved).order_by("id", "pgh_id")
    for id, at, context in rows.values_list("id", "pgh_created_at", "pgh_context"):
        yield id, (at, (context or {}).get("user") if id in told else None)  # the last one counts


def _told(model: Any, ids: set[int], reader: Any) -> set[int]:
    """Return the records of which the reader may know who acted on them."""
    where = whose_actors_are_told(model, reader)
    if where is None:
        return ids
    return {*model._base_manager.filter(where, pk__in=ids).values_list("pk", flat=True)}
