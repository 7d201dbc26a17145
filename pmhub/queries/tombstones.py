"""What was deleted, for systems that keep a copy: of each record that is no more, its last event.

A reader is told of a deletion where they hold, today, a role on the record or above it, by the
place where it stood when it was deleted: events of its parents say where these stood then. So what
falls together with its parents is told, and what was moved since changes nothing. Triggers write
the events, so that deletions by every path are among them.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import DateTimeField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet

from pmhub.access import ScopedQuerySet, reading_roles, reads_deleted
from pmhub.access.grants import Grants, grants_of
from pmhub.database.history import events_of

AUTHOR = "pgh_context__user"


def tombstones(model: Any, user: Any, since: datetime | None = None) -> QuerySet | None:
    """Return the deletions of records of a model, as events, that a reader may know of: of those
    that are still gone, since a moment. None where more than roles decides about who sees such
    records, which nothing can say of deleted ones."""
    seen = _seen(model, user)
    if seen is None:
        return None
    events = events_of(model).objects
    later = events.filter(id=OuterRef("id"), pgh_id__gt=OuterRef("pgh_id"))
    gone = events.filter(pgh_label="delete").annotate(then=F("pgh_created_at"))
    if since is not None:
        gone = gone.filter(pgh_created_at__gte=since)
    return gone.filter(~Exists(later), seen).order_by("pgh_created_at", "id")


def _seen(model: Any, user: Any) -> Q | None:
    """The condition on deletions by which a reader saw the record; None where nothing says it."""
    grants, alone = grants_of(user), model.of_author_alone
    if not grants.roles:
        return Q(pgh_id__in=[])
    if alone == Q():
        return _by_author(model, user)
    if type(model._default_manager.all()).visible_to is ScopedQuerySet.visible_to:
        grants = reading_roles(model, grants)
        return Q() if grants.everywhere else _any(_held(model, grants))
    if not reads_deleted(model, user):
        return None
    told = [~condition for condition in _of_others_alone(model)]
    return functools.reduce(operator.and_, told, Q())


def _by_author(model: Any, user: Any) -> Q:
    """Of what its author alone sees: what the reader made."""
    made = events_of(model).objects.filter(id=OuterRef("id"), pgh_label="insert")
    return Q(Exists(made.filter(**{AUTHOR: user.pk})))


def _of_others_alone(model: Any) -> Iterator[Q]:
    """What its author alone saw, and what belonged to such a record."""
    if model.of_author_alone is not None:
        yield model.of_author_alone
    for name in model.visible_through:
        parent = model._meta.get_field(name).related_model
        if parent.of_author_alone is not None:
            yield _stood(name, parent, parent.of_author_alone)


def _held(model: Any, grants: Grants) -> list[Q]:
    """The conditions on events by which a role is held on the row or above it, as it stood then."""
    ids = grants.ids(model.grant_kind) if model.grant_kind else []
    conditions = [Q(id__in=ids)] if ids else []
    for name in model.visible_through:
        parent = model._meta.get_field(name).related_model
        if parent.grant_kind and not parent.visible_through:
            if above := grants.ids(parent.grant_kind):
                conditions.append(Q(**{f"{name}__in": above}))
        elif held := _held(parent, grants):
            conditions.append(_stood(name, parent, _any(held)))
    return conditions


def _stood(name: str, parent: Any, condition: Q) -> Q:
    """The condition that the parent of a row, as its last event up to the deletion holds it, meets
    a condition. An event of its own deletion is one too: it fell a moment before."""
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
