"""The inbox of a user: their notices, and which of them they have read.

That a notice was read is remembered by its id, not by its moment: a notice that is committed after
others were read is unread, however early its moment is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.urls import NoReverseMatch
from django.utils import timezone
from django.utils.translation import get_language

from pmhub.access.grants import Reader
from pmhub.caching import BoundedCache, quarter
from pmhub.database import touches
from pmhub.database.one_moment import of_one_moment
from pmhub.database.past import is_past
from pmhub.models import Inbox, NoticeKind
from pmhub.page_addresses import address_of
from pmhub.queries.notices import (
    Notice,
    ended_jobs,
    happened_since,
    latest_first,
    of_records,
)
from pmhub.webhooks.record_events import collections

KEPT = timedelta(days=30)  # how long a notice stays in an inbox
MOST = 500  # notices of an inbox
MEMORY, ROW = 8_000_000, 800  # bytes of notices that a process keeps, and of one notice, about

cache = BoundedCache(MEMORY)


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """A notice in the inbox of a user, and whether they have not read it yet."""

    notice: Notice
    unread: bool

    @property
    def page(self) -> str:
        """The address to which the notice leads."""
        return page_of(self.notice)


def entries(user: Any) -> list[InboxEntry]:
    """Return the entries in the inbox of a user, the newest first."""
    since = timezone.now() - KEPT
    read = {*(Inbox.objects.filter(user=user.pk).values_list("read", flat=True).first() or ())}
    found = latest_first([*_of_records(user, since), *ended_jobs(user, since)])[:MOST]
    return [InboxEntry(notice, notice.id not in read) for notice in found if notice.at > since]


def _of_records(user: Any, since: datetime) -> Sequence[Notice]:
    """Return the user's notices about records, from the cache if possible: while nothing is
    written, looking again costs no more than the stamp of the tables. Each open page looks once a
    minute."""
    day = since.replace(hour=0, minute=0, second=0, microsecond=0)
    with of_one_moment():
        stamp = touches.stamp_of_all_tables()
        state = stamp, Reader(user).key, day, quarter(), get_language()
        before, rows = cache.get(user.pk) or (None, ())
        if before != state or is_past():
            rows = of_records(user, day)[:MOST]
        if before != state and not is_past():
            cache.put(user.pk, (state, rows), ROW * (len(rows) + 1))
    return rows


def of_kinds(
    rows: Iterable[InboxEntry], kind: str = "", *, unread: bool | None = None
) -> list[InboxEntry]:
    """Return the entries of one kind, or of all if empty; with `unread`, only those that are
    unread, or only those that are read."""
    return [row for row in rows if kind in ("", row.notice.kind) and unread in (None, row.unread)]


def mark(user: Any, ids: Collection[str] | None, *, read: bool) -> int:
    """Mark these notices, or all if `ids` is None, as read or as unread, and return how many are
    unread then. Ids of notices that are not in the user's inbox are ignored."""
    there = {row.notice.id for row in entries(user)}
    named = there if ids is None else there.intersection(ids)
    with transaction.atomic():
        Inbox.objects.get_or_create(user=user)
        row = Inbox.objects.select_for_update().get(user=user)
        since = timezone.now() - KEPT
        before = {id for id in row.read if happened_since(id, since)}
        row.read = sorted(before | named if read else before - named)
        row.save(update_fields=["read"])
    return len(there.difference(row.read))


def page_of(notice: Notice) -> str:
    """Return the address to which a notice leads: its own, or the page of its record; if the record
    has none, the page of what the user follows."""
    if notice.page:
        return notice.page
    kind, id = notice.record
    with suppress(NoReverseMatch):
        return address_of("record", collections()[kind][1], id)
    return address_of("follows")


def kinds() -> list[tuple[str, str]]:
    """Return the kinds of notices, as (value, words)."""
    return [(kind.value, str(kind.label)) for kind in NoticeKind]
