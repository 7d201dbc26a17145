"""What a digest tells somebody: what waits for them and is new or has become overdue, comments that
mention them, and what changed of what they follow. It is asked as Home asks, of now."""

from __future__ import annotations

import functools
import operator
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.text import Truncator

from pmhub.models import Comment, SearchEntry, Topic, attachable
from pmhub.queries.follows import FollowedRecord, followed_records
from pmhub.queries.history import authors
from pmhub.queries.waiting import RULES, waiting
from pmhub.queries.waiting.askers import UNKNOWN, asked_of
from pmhub.queries.waiting.groups import Told, by_day
from pmhub.queries.waiting.rule import OVERDUE
from programmes.models import Portfolio

MOST = 50  # comments that are read
EXCERPT = 200  # characters of a comment

Key = tuple[str, int]  # of a record: its kind and id


@dataclass(frozen=True, slots=True)
class Mention:
    """A comment that mentions the reader: by whom, how it begins, what its record is called."""

    id: int
    author: str
    text: str
    called: str


@dataclass(frozen=True, slots=True)
class Change:
    """A record that the reader follows and that another has changed: what it is called, and by whom
    where they may know that."""

    entry: FollowedRecord
    called: str

    @property
    def by(self) -> str:
        """Return who changed it."""
        return self.entry.changed_by


@dataclass(slots=True)
class Contents:
    """What there is to tell: what waits and is `news`, how much waits in all, and by key whether
    what waits is overdue."""

    news: list[Told] = field(default_factory=list)
    count: int = 0
    waits: dict[str, bool] = field(default_factory=dict)
    mentions: list[Mention] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.news or self.mentions or self.changes)

    @property
    def subject(self) -> str:
        """Return in a line how much there is, and nothing of what: lines of subjects are read by
        others."""
        counts = (
            (len(self.news), "thing waits for you", "things wait for you"),
            (len(self.mentions), "comment mentions you", "comments mention you"),
            (
                len(self.changes),
                "record that you follow changed",
                "records that you follow changed",
            ),
        )
        parts = [f"{count} {one if count == 1 else many}" for count, one, many in counts if count]
        return f"pmhub: {', '.join(parts)}"


def in_one_line(text: str) -> str:
    """Return a text without ends of lines, after which it could pass for what the mail itself
    says."""
    return " ".join(text.split())


def zone_of(user: Any) -> str:
    """Return the time zone of somebody: the one they chose, or the usual one."""
    return user.time_zone or usual_zone(user)


def usual_zone(user: Any) -> str:
    """Return the time zone of the portfolio that somebody sees first."""
    zones = Portfolio.objects.visible_to(user).values_list("time_zone", flat=True)
    return zones.first() or "UTC"


def contents(
    user: Any, since: Mapping[str, datetime], waited: Mapping[str, bool], *, again: bool
) -> Contents:
    """Return what there is to tell of the topics in `since`, each since that moment. `waited` is
    what waited then; `again`: what is overdue is told once more. The number of queries does not
    depend on how much that is."""
    told = Contents()
    if Topic.WAITING in since:
        _add_waiting(told, user, since[Topic.WAITING], waited, again=again)
    if Topic.MENTIONS in since:
        told.mentions = _mentions(user, since[Topic.MENTIONS])
    if Topic.FOLLOWED in since:
        told.changes = _changes(user, since[Topic.FOLLOWED])
    return told


def _add_waiting(
    told: Contents, user: Any, since: datetime, waited: Mapping[str, bool], *, again: bool
) -> None:
    findings = waiting(user, RULES)
    asked = asked_of(findings, user)
    pairs = [(row, asked.get((row.rule.model, row.id), UNKNOWN)) for row in findings]
    told.news = sorted(
        (pair for pair in pairs if _is_new(pair, user, since, waited, again=again)), key=by_day
    )
    told.count = len(findings)
    told.waits = {row.key: row.urgency == OVERDUE for row in findings}


def _is_new(
    pair: Told, user: Any, since: datetime, waited: Mapping[str, bool], *, again: bool
) -> bool:
    """Return whether somebody was not told yet that this waits, or not that it is overdue. What
    they asked of themself they know, until it is overdue."""
    finding, asked = pair
    if finding.urgency == OVERDUE and (again or not waited.get(finding.key)):
        return True
    if asked.since is not None and asked.since > since:  # it may have been settled, and waits again
        return asked.by is None or asked.by.user_id != user.pk
    return finding.key not in waited


def _mentions(user: Any, since: datetime) -> list[Mention]:
    told = Comment.objects.visible_to(user).filter(mentions__user=user.pk, updated_at__gt=since)
    rows = list(told.exclude(created_by=user.pk).order_by("-id")[:MOST])
    names = authors(Comment, [row.pk for row in rows]) if rows else {}
    titles = _titles((row.record_type, row.record_id) for row in rows)
    return [
        Mention(
            row.pk, names.get(row.pk, ""), Truncator(in_one_line(row.text)).chars(EXCERPT),
            titles[row.record_type, row.record_id],
        )
        for row in rows
    ]  # fmt: skip


def _changes(user: Any, since: datetime) -> list[Change]:
    rows = [row for row in followed_records(user) if row.changed_at > since and not row.own]
    titles = _titles((row.follow.record_type, row.follow.record_id) for row in rows)
    return [Change(row, titles[row.follow.record_type, row.follow.record_id]) for row in rows]


def _titles(keys: Iterable[Key]) -> dict[Key, str]:
    """Return what records are called that somebody may see; without a code or a name, by their
    kind."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for kind, id in keys:
        wanted[kind].add(id)
    if not wanted:
        return {}
    conditions = (Q(kind=kind, object_id__in=ids) for kind, ids in wanted.items())
    entries = SearchEntry.objects.filter(functools.reduce(operator.or_, conditions))
    names = {(entry.kind, entry.object_id): str(entry) for entry in entries}
    return {
        (kind, id): names.get((kind, id)) or _by_kind(kind, id)
        for kind, ids in wanted.items()
        for id in ids
    }


def _by_kind(kind: str, id: int) -> str:
    return f"{attachable()[kind]._meta.verbose_name} {id}".capitalize()
