"""Deletions, for systems that keep a copy: for each deleted record, its last event.

A reader learns of a deletion if they hold, today, a role on the record or above it, where it
belonged when it was deleted; where its parents belonged then is read from their events. So a record
that was deleted with its parents is reported, and a parent that moved later changes nothing.
Triggers write the events, so that deletions on every path are among them.
"""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import DateTimeField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet

from pmhub.access import ScopedQuerySet, reading_roles, reads_deleted
from pmhub.access.grants import Grants, grants_of
from pmhub.caching import BoundedCache
from pmhub.database import touches
from pmhub.database.history import events_of
from pmhub.models import kinds_of_records

AUTHOR = "pgh_context__user"
WORD = re.compile(r"\w+")
counts = BoundedCache(500_000)


def tombstones(model: Any, user: Any, since: datetime | None = None) -> QuerySet | None:
    """Return the events of deletions of a model's records that a reader may know of, since a
    moment; not of records that have been restored. None if more than roles decides who sees such
    records: of a deleted record that can no longer be told."""
    seen = _visible_then(model, user)
    if seen is None:
        return None
    events = events_of(model).objects
    later = events.filter(id=OuterRef("id"), pgh_id__gt=OuterRef("pgh_id"))
    gone = events.filter(pgh_label="delete").annotate(then=F("pgh_created_at"))
    if since is not None:
        gone = gone.filter(pgh_created_at__gte=since)
    return gone.filter(~Exists(later), seen).order_by("pgh_created_at", "id")


def tombstone_count(gone: QuerySet) -> int:
    """Return the number of these deletions. It is kept until a record of one of the kinds whose
    events are read is written: every event comes with a touch of its table."""
    try:
        asked = str(gone.order_by().query)
    except EmptyResultSet:  # nothing can match: there is no SQL
        return 0
    words = set(WORD.findall(asked))
    kinds = [topic for table, topic in _topics().items() if table in words]
    key = asked, touches.stamp([(topic, 0) for topic in sorted(kinds)])
    count: int | None = counts.get(key)
    if count is None:
        count = gone.count()
        counts.put(key, count, len(asked))
    return count


@functools.cache
def _topics() -> dict[str, str]:
    """Return the topic of each kind of record by the table of its events."""
    return {
        events_of(model)._meta.db_table: touches.topic_of(model)
        for model in kinds_of_records().values()
    }


def _visible_then(model: Any, user: Any) -> Q | None:
    """Return the condition on deletions that the reader could see the record; None if that cannot
    be told."""
    grants, alone = grants_of(user), model.of_author_alone
    if not grants.roles:
        return Q(pgh_id__in=[])
    if alone == Q():
        return _by_author(model, user)
    if type(model._default_manager.all()).visible_to is ScopedQuerySet.visible_to:
        grants = reading_roles(model, grants)
        return Q() if grants.everywhere else _any(_role_held(model, grants))
    if not reads_deleted(model, user):
        return None
    told = [~condition for condition in _of_others_alone(model)]
    return functools.reduce(operator.and_, told, Q())


def _by_author(model: Any, user: Any) -> Q:
    """Return the condition that the reader created the record, for records that only their author
    sees."""
    made = events_of(model).objects.filter(id=OuterRef("id"), pgh_label="insert")
    return Q(Exists(made.filter(**{AUTHOR: user.pk})))


def _of_others_alone(model: Any) -> Iterator[Q]:
    """Yield the conditions that only the author saw the record, or the record it belonged to."""
    if model.of_author_alone is not None:
        yield model.of_author_alone
    for name in model.visible_through:
        parent = model._meta.get_field(name).related_model
        if parent.of_author_alone is not None:
            yield _parent_fulfilled(name, parent, parent.of_author_alone)


def _role_held(model: Any, grants: Grants) -> list[Q]:
    """Return the conditions on events under which a role is held on the row or above it, where it
    belonged then."""
    ids = grants.ids(model.grant_kind) if model.grant_kind else []
    conditions = [Q(id__in=ids)] if ids else []
    for name in model.visible_through:
        parent = model._meta.get_field(name).related_model
        if parent.grant_kind and not parent.visible_through:
            if above := grants.ids(parent.grant_kind):
                conditions.append(Q(**{f"{name}__in": above}))
        elif held := _role_held(parent, grants):
            conditions.append(_parent_fulfilled(name, parent, _any(held)))
    return conditions


def _parent_fulfilled(name: str, parent: Any, condition: Q) -> Q:
    """Return the condition that the parent of a row fulfilled a condition when the row was deleted,
    by the parent's last event until then. That event may be the parent's own deletion, a moment
    before."""
    events = events_of(parent).objects
    then = ExpressionWrapper(OuterRef("then"), output_field=DateTimeField())
    last = (
        events.filter(id=OuterRef("id"), pgh_id__gt=OuterRef("pgh_id"))
        .annotate(until=ExpressionWrapper(OuterRef("then"), output_field=DateTimeField()))
        .filter(pgh_created_at__lte=F("until"))
    )
    rows = events.annotate(then=then).filter(id=OuterRef(name), pgh_created_at__lte=F("then"))
    return Q(Exists(rows.filter(~Exists(last)).filter(condition)))


def _any(conditions: list[Q]) -> Q:
    return functools.reduce(operator.or_, conditions, Q(pgh_id__in=[]))
