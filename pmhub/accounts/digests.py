"""Digests: a mail each morning with what is new among what waits for the reader, and further mails
at once for readers who want that.

A row (`Digest`) says when a reader's next digest is due. A digest is begun, in a transaction of its
own, before it is written: from then on the row names the next morning. So at most one a day is
sent, also by two workers. If a worker dies in between, that day has no digest, and the next one
says what it would have said: only what was sent counts as told. If the mail server certainly has
not taken a mail, it is tried again on the same day. A digest is written when it is sent, from what
its reader may see then, and is not stored.

What readers want to hear at once is looked for about once a minute, in the same way. What was told
is known by the ids of notices, not only by a moment: a change that was committed late, with an
earlier moment, is told too. Each morning's digest tells the rest of such topics. A reader is looked
at again only once a table was written to from which their notices are read (`looked_topics`): a
reader who hears of comments only costs nothing while projects change.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, partial
from typing import TypeGuard

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from pmhub import identity
from pmhub.access.grants import ROLES, grants_of
from pmhub.accounts import digest_schedule, mails
from pmhub.accounts.digest_mails import MailServerAway, NotTaken, deliver, written
from pmhub.caching import quarter
from pmhub.database import touches
from pmhub.database.one_moment import of_one_moment
from pmhub.models import Cadence, Digest, NoticeKind, Topic, User
from pmhub.queries.digests import TOPICS, Contents, ToldBefore, contents
from pmhub.queries.notices import COMMITTED_WITHIN, happened_since
from pmhub.queries.time_zones import zone_of
from pmhub.queries.waiting.rule import any_of

log = logging.getLogger(__name__)

LONGEST = 20  # seconds after which no other digest is begun, for workers have more to do
MADE_AT_ONCE = 1000
FIRST_PAUSE = timedelta(minutes=1)  # doubled with each try of a day
APART = timedelta(minutes=1)  # between two checks of what one person is to be told at once
REFUSED = timedelta(minutes=15)  # pause after a mail server refused a mail


@dataclass(frozen=True, slots=True)
class DueDigest:
    """A digest that was begun: its row and reader, the moment, the topics with the moment since
    when each is told, and the moment `before` at which the previous digest was begun."""

    row: Digest
    user: User
    zone: str
    now: datetime
    since: dict[str, datetime]
    before: datetime | None
    at_once: bool = False
    # Stamps of all tables when the digest was begun.
    stamps: Mapping[str, int] = field(default_factory=dict)

    def contents(self) -> Contents:
        """Return what there is to tell. The first digest of a week repeats what is overdue."""
        week = digest_schedule.week_began(self.now, self.zone)
        again = Topic.WAITING in self.since and self.since[Topic.WAITING] < week
        return contents(
            self.user, self.since, ToldBefore(self.row.waits, {*self.row.told}),
            again=again and not self.at_once, at_once=self.at_once,
        )  # fmt: skip


# Who gets a digest


def send_due() -> int:
    """Send, for some seconds, the digests that are due, and what is to be told at once; return how
    many mails were sent."""
    if not mails.can_be_sent():
        return 0
    _make_rows()
    ends = time.monotonic() + LONGEST
    sent = _send_all(_begin_next, ends)
    return sent + _send_all(partial(_look_next, iter(_to_look_for())), ends)


Begun = tuple[Digest, "DueDigest | None"]


def _send_all(begin: Callable[[], Begun | None], ends: float) -> int:
    """Send the digests that `begin` begins, one after the other, until there is none or the time
    `ends`; return how many mails were sent."""
    sent = 0
    while time.monotonic() < ends:
        with transaction.atomic():
            begun = begin()
        if begun is None:
            break
        row, due = begun
        try:
            sent += due is not None and _send(due)
        except MailServerAway:
            break  # the mail server is away for the others too, who get theirs with the next run
        except Exception:  # a digest that cannot be written must not stop the others
            log.exception("Digest of account %s failed", row.pk)
    return sent


def people() -> QuerySet[User]:
    """Return the users who may be sent digests: people whose account is open and has an address."""
    return User.objects.filter(is_active=True, is_service=False).exclude(email="")


def _make_rows() -> None:
    """Make the rows of users who have none yet. Their first digest comes on another day."""
    without = people().filter(~Exists(Digest.objects.filter(user=OuterRef("pk"))))
    ids, now = without.values_list("pk", flat=True)[:MADE_AT_ONCE], timezone.now()
    rows = [Digest(user_id=id, due_at=now, begun_at=now) for id in ids]
    Digest.objects.bulk_create(rows, ignore_conflicts=True)


def _begin_next() -> Begun | None:
    """Begin the digest that has been due longest, among those that no other worker has; None if
    there is none."""
    row = _free().filter(due_at__lte=timezone.now()).order_by("due_at", "pk").first()
    return (row, _begin(row)) if row else None


def _rested() -> Q:
    """Return the condition that no worker has looked at a digest a moment ago."""
    return Q(looked_at=None) | Q(looked_at__lte=timezone.now() - APART)


def _free() -> QuerySet[Digest]:
    """Return the digests that no other worker has, and that none has looked at a moment ago."""
    rows = Digest.objects.filter(_rested(), user__in=people())
    return rows.select_for_update(skip_locked=True, of=("self",))


def _to_look_for() -> list[int]:
    """Return the ids of users who want to be told at once and for whom a table was written to since
    they were last looked at; those looked at longest ago come first."""
    wanted = any_of(Q(**{f"user__{topic}": Cadence.AT_ONCE}) for topic in Topic.values)
    rows = Digest.objects.filter(wanted, _rested(), user__in=people()).select_related("user")
    rows = rows.order_by(F("looked_at").asc(nulls_first=True), "pk")
    rows = rows.only("looked_topics", "looked_stamp", *(f"user__{topic}" for topic in Topic.values))
    with of_one_moment():
        stamps = touches.stamps_of_tables()
        return [row.pk for row in rows if row.looked_stamp != _stamp(row, row.user, stamps)]


def _stamp(row: Digest, user: User, stamps: Mapping[str, int]) -> str:
    """Return a stamp that changes when a table is written to from which the user's notices are
    read, or when the user wants to hear of other topics at once."""
    marks = sum(stamps.get(topic, 0) for topic in row.looked_topics) % touches.SIZE
    wanted = "".join(str(Topic.values.index(topic)) for topic in _topics_at_once(user))
    return f"{marks} {quarter()} {wanted}"


@cache
def _of_roles() -> list[str]:
    """Return the topics of the tables that decide what a user may see."""
    return sorted(touches.topics_read(ROLES.sql))


def _look_next(waiting: Iterator[int]) -> Begun | None:
    """Begin to look for what to tell at once, for the next waiting user whom no other worker has;
    None if there is none."""
    for id in waiting:
        # Read before the digest's content, which may be newer, never older.
        stamps = touches.stamps_of_tables()
        row = _free().filter(pk=id).first()
        user = identity.Backend().get_user(id)
        if row is None or user is None:
            continue
        now = timezone.now()
        row.looked_at, row.looked_stamp, row.looked_topics = now, "", _of_roles()
        if not _sees_anything(user):
            row.looked_stamp = _stamp(row, user, stamps)
        row.save(update_fields=["looked_at", "looked_stamp", "looked_topics"])
        return row, None if row.looked_stamp else _due_at_once(row, user, now, stamps)
    return None


def _due_at_once(row: Digest, user: User, now: datetime, stamps: Mapping[str, int]) -> DueDigest:
    told_until = {topic: datetime.fromisoformat(at) for topic, at in row.told_at.items()}
    since = {topic: told_until[topic] for topic in _topics_at_once(user)}
    return DueDigest(row, user, zone_of(user), now, since, None, at_once=True, stamps=stamps)


def _topics_at_once(user: User) -> list[str]:
    return [topic for topic in Topic.values if getattr(user, topic) == Cadence.AT_ONCE]


def _begin(row: Digest) -> DueDigest | None:
    """Begin a digest: from now on, the next one is due on another day. Return None if it is not the
    time for it, for instance because the time zone was changed, or if its reader wants no topic or
    may see nothing."""
    now, before = timezone.now(), row.begun_at
    user = identity.Backend().get_user(row.pk)
    zone = zone_of(user) if user else "UTC"
    is_due = digest_schedule.is_due(now, zone, before)
    if is_due:
        row.begun_at = row.looked_at = now
    row.due_at = digest_schedule.next_morning(now, zone, row.begun_at)
    row.told_at |= _unwanted(user, now)
    row.save(update_fields=["due_at", "begun_at", "looked_at", "told_at"])
    if not is_due or not _sees_anything(user):
        return None
    since = _topics(row, user, digest_schedule.week_began(now, zone))
    return DueDigest(row, user, zone, now, since, before) if since else None


def _unwanted(user: User | None, now: datetime) -> dict[str, str]:
    """Return, for topics that the user does not want, the present moment as that until which they
    are told: if the user wants them again one day, they hear of what happens from then on."""
    happens = (Topic.MENTIONS, Topic.FOLLOWED)
    return {topic: now.isoformat() for topic in happens if getattr(user, topic, "") == Cadence.OFF}


def _sees_anything(user: User | None) -> TypeGuard[User]:
    """Return whether the user holds a role, and has the second factor that it may require."""
    return bool(user and grants_of(user).roles) and not identity.lacks_factor(user)


def _topics(row: Digest, user: User, week: datetime) -> dict[str, datetime]:
    """Return the topics to tell the user now, each with the moment since when. A weekly topic is
    among them if this is its first digest in the week that began at `week`."""
    told_until = {topic: datetime.fromisoformat(at) for topic, at in row.told_at.items()}
    return {
        topic: told_until[topic]
        for topic in Topic.values
        for cadence in [getattr(user, topic)]
        if cadence in (Cadence.AT_ONCE, Cadence.DAILY)
        or (cadence == Cadence.WEEKLY and told_until[topic] < week)
    }


# What a digest says


def _send(due: DueDigest) -> bool:
    """Send a digest that was begun, if there is anything to tell; return whether it was sent."""
    with touches.note_topics() as read:
        contents_told = due.contents()
    try:
        if contents_told:
            deliver(written(due.user, contents_told, due.zone))
    except NotTaken as problem:
        if not due.at_once:
            _put_off(due, problem)
        if isinstance(problem, MailServerAway):
            raise
        if due.at_once:  # tried again, but not each minute
            Digest.objects.filter(pk=due.row.pk).update(looked_at=due.now + REFUSED)
        return False
    except OSError as error:  # errors of SMTP too
        # The server may have accepted the mail, so it is not sent again before the next morning.
        log.warning("Digest of account %s lost: %s", due.user.pk, type(error).__name__)
        if due.at_once:
            Digest.objects.filter(pk=due.row.pk).update(looked_at=due.row.due_at)
        return False
    _store_sent(due, contents_told, read)
    return bool(contents_told)


def _store_sent(due: DueDigest, contents_told: Contents, read: Collection[str]) -> None:
    """Note what was told, and from which tables it was read. In the morning, all of the topics
    before the last hour counts as told, and the notices of that hour by their ids; what is told at
    once is noted by ids only."""
    row, waits = due.row, Topic.WAITING in due.since
    if due.at_once:
        row.waits |= contents_told.waits
        row.looked_topics = sorted({*_of_roles(), *read} - {touches.UNTOUCHED})
        row.looked_stamp = _stamp(row, due.user, due.stamps)
    else:
        row.told_at |= dict.fromkeys(due.since, (due.now - COMMITTED_WITHIN).isoformat())
        row.waits = contents_told.waits if waits else row.waits
        row.tries = 0
    until = {topic: datetime.fromisoformat(at) for topic, at in row.told_at.items()}
    row.told = sorted(
        id for id in {*row.told, *contents_told.ids} if happened_since(id, until[_topic(id)])
    )
    row.save(update_fields=["told_at", "waits", "told", "tries", "looked_stamp", "looked_topics"])


def _topic(id: str) -> str:
    """Return the topic of the notice with this id."""
    return TOPICS[NoticeKind(id.partition(":")[0])]


def _put_off(due: DueDigest, problem: Exception) -> None:
    """Let the digest be tried again later on the same day, as if it had not been begun, or else on
    the next morning."""
    row, again_at = due.row, timezone.now() + FIRST_PAUSE * 2**due.row.tries
    log.warning("Digest of account %s put off: %s", due.user.pk, problem)
    row.begun_at, row.tries = due.before, row.tries + 1
    if not digest_schedule.is_due(again_at, due.zone, due.before):
        again_at, row.tries = digest_schedule.next_morning(again_at, due.zone, due.before), 0
    row.due_at = again_at
    row.save(update_fields=["due_at", "begun_at", "tries"])


def text_now(user: User) -> str:
    """Return the text of the digest that the user would get now; empty if there is nothing to
    tell."""
    reader = identity.Backend().get_user(user.pk)
    if not _sees_anything(reader):
        return ""
    now, zone = timezone.now(), zone_of(reader)
    row = Digest.objects.filter(user=user).first() or Digest(user=user)
    since = _topics(row, reader, now + timedelta(days=1))
    contents_told = DueDigest(row, reader, zone, now, since, None).contents()
    if not contents_told:
        return ""
    mail = written(reader, contents_told, zone)
    return f"{mail.subject}\n\n{mail.body}"
