"""The records that a user follows, with the last change of each."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pmhub.access.grants import Reader
from pmhub.caching import quarter
from pmhub.database.cached_reads import CachedReads
from pmhub.models import Follow, attachable
from pmhub.queries.actors import last_writer
from pmhub.queries.history import names_of_users

KEPT, ROW = 1_000_000, 1500  # bytes that a process keeps, and of a record, about

cache = CachedReads(KEPT)


@dataclass(frozen=True, slots=True)
class FollowedRecord:
    """A record that a user follows and may see, with its last change. `changed_by` is empty if the
    user may not know who that was; `own` says that it was the user."""

    follow: Follow
    model: Any
    changed_at: datetime
    changed_by: str
    own: bool


def followed_records(user: Any) -> list[FollowedRecord]:
    """Return the records that a user follows, the last changed first, from the cache if possible:
    one query, and one for each kind of record among them."""
    key = user.pk, Reader(user).key, quarter()
    return cache("followed", key, lambda: _read(user), lambda read: ROW * (1 + len(read)))


def _read(user: Any) -> list[FollowedRecord]:
    follows = {(row.record_type, row.record_id): row for row in Follow.objects.by(user)}
    wanted: dict[str, list[int]] = defaultdict(list)
    for kind, id in follows:
        wanted[kind].append(id)
    rows = [
        (follows[kind, id], attachable()[kind], at, by)
        for kind, ids in wanted.items()
        for id, at, by in attachable()[kind]
        ._default_manager.visible_to(user)
        .filter(pk__in=ids)
        .order_by()
        .values_list("pk", "updated_at", last_writer(attachable()[kind], user))
    ]
    names = names_of_users({by for *_, by in rows if by is not None}) if rows else {}
    entries = [
        FollowedRecord(row, model, at, names.get(by, ""), own=by == user.pk)
        for row, model, at, by in rows
    ]
    return sorted(entries, key=lambda entry: entry.changed_at, reverse=True)
