"""Digests: a mail each morning on which there is something new that waits for its reader.

Whose digest is due when is a row (`Digest`). A digest is begun, in a transaction of its own, before
it is written: from then on the row names its next morning. So at most one a day is sent, by two
workers too. Where a worker dies on the way, that day has none, and the next one tells what it would
have told: only what was sent counts as told. A mail of which it is certain that the server did not
take it is tried again on the same day. A digest is written as it is sent, by what its reader may
see then, and lies nowhere.
"""

from __future__ import annotations

import logging
import smtplib
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeGuard

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import override

from pmhub import formats, identity, one_time_links
from pmhub.access.grants import grants_of
from pmhub.accounts import digest_schedule, mails
from pmhub.models import Cadence, Digest, Topic, User
from pmhub.page_addresses import address_of
from pmhub.queries.digests import Change, Contents, contents, in_one_line, zone_of
from pmhub.queries.waiting.groups import groups
from pmhub.webhooks.record_events import collections

log = logging.getLogger(__name__)

LONGEST = 20  # seconds after which no other is begun: workers have more to do
MADE_AT_ONCE = 1000
FEW = 10  # of a group, comments or changes in a mail
FIRST_PAUSE = timedelta(minutes=1)  # doubled with each try of a day


def _address(user: User | None) -> str:
    """The state that the link which ends digests rests on. It works as often as one likes: to end
    what has ended changes nothing. Who has another address has got another link there."""
    return user.email if user else ""


STOP = one_time_links.Purpose("digest", timedelta(days=366), _address)


class NotTaken(Exception):
    """It is certain that the mail server did not take a mail."""


class MailServerAway(NotTaken):
    """There was no server to take it."""


@dataclass(frozen=True, slots=True)
class DueDigest:
    """A digest that was begun: whose, at what moment, of which topics since when, and when the one
    before it was begun."""

    row: Digest
    user: User
    zone: str
    now: datetime
    since: dict[str, datetime]
    before: datetime | None

    def contents(self) -> Contents:
        """Return what there is to tell. The first one of a week says again what is overdue."""
        week = digest_schedule.week_began(self.now, self.zone)
        again = Topic.WAITING in self.since and self.since[Topic.WAITING] < week
        return contents(self.user, self.since, self.row.waits, again=again)


# Who is told


def send_due() -> int:
    """Send the digests that are due, for some seconds; return how many were sent."""
    if not mails.can_be_sent():
        return 0
    _make_rows()
    sent, ends = 0, time.monotonic() + LONGEST
    while time.monotonic() < ends:
        with transaction.atomic():
            row = _next()
            due = _begin(row) if row else None
        if row is None:
            break
        try:
            sent += due is not None and _send(due)
        except MailServerAway:
            break  # to others it is away as well: their turn comes with the next run
        except Exception:  # one that cannot be written holds nobody up
            log.exception("Digest of account %s failed", row.pk)
    return sent


def people() -> QuerySet[User]:
    """Return who may be sent a digest at all: people whose account is open and has an address."""
    return User.objects.filter(is_active=True, is_service=False).exclude(email="")


def _make_rows() -> None:
    """Make the rows of those who have none yet. Their first digest comes on another day."""
    without = people().filter(~Exists(Digest.objects.filter(user=OuterRef("pk"))))
    ids, now = without.values_list("pk", flat=True)[:MADE_AT_ONCE], timezone.now()
    rows = [Digest(user_id=id, due_at=now, begun_at=now) for id in ids]
    Digest.objects.bulk_create(rows, ignore_conflicts=True)


def _next() -> Digest | None:
    """Return the digest that has been due for longest, and that no other worker has."""
    due = Digest.objects.filter(due_at__lte=timezone.now(), user__in=people())
    return due.order_by("due_at").select_for_update(skip_locked=True, of=("self",)).first()


def _begin(row: Digest) -> DueDigest | None:
    """Begin a digest: from here on the next one is that of another day. None where this is not the
    time for it, as where the time zone is another now, and where its reader is told of nothing or
    sees nothing."""
    now, before = timezone.now(), row.begun_at
    user = identity.Backend().get_user(row.pk)
    zone = zone_of(user) if user else "UTC"
    is_due = digest_schedule.is_due(now, zone, before)
    if is_due:
        row.begun_at = now
    row.due_at = digest_schedule.next_morning(now, zone, row.begun_at)
    row.told_at |= _unwanted(user, now)
    row.save(update_fields=["due_at", "begun_at", "told_at"])
    if not is_due or not _sees_anything(user):
        return None
    since = _topics(row, user, digest_schedule.week_began(now, zone))
    return DueDigest(row, user, zone, now, since, before) if since else None


def _unwanted(user: User | None, now: datetime) -> dict[str, str]:
    """Return until when there is nothing to tell of what somebody wants to hear nothing of: where
    they want that again one day, they hear of what happens from then on."""
    happens = (Topic.MENTIONS, Topic.FOLLOWED)
    return {topic: now.isoformat() for topic in happens if getattr(user, topic, "") == Cadence.OFF}


def _sees_anything(user: User | None) -> TypeGuard[User]:
    """Return whether somebody holds a role, and has the second factor that it asks for."""
    return bool(user and grants_of(user).roles) and not identity.lacks_factor(user)


def _topics(row: Digest, user: User, week: datetime) -> dict[str, datetime]:
    """Return the topics of which somebody is told now, and since when: of one that they want once a
    week, where this is the first time in the week that began then."""
    told = {topic: datetime.fromisoformat(at) for topic, at in row.told_at.items()}
    return {
        topic: told[topic]
        for topic in Topic.values
        for cadence in [getattr(user, topic)]
        if cadence == Cadence.DAILY or (cadence == Cadence.WEEKLY and told[topic] < week)
    }


# What they are sent


def _send(due: DueDigest) -> bool:
    """Send a digest that was begun, if there is something to tell; return whether it was sent."""
    told = due.contents()
    try:
        if told:
            _deliver(_mail(due.user, told, due.zone))
    except NotTaken as problem:
        _put_off(due, problem)
        if isinstance(problem, MailServerAway):
            raise
        return False
    except OSError as error:  # those of SMTP too
        # The server may have taken it: it is not tried again before the next morning.
        log.warning("Digest of account %s lost: %s", due.user.pk, type(error).__name__)
        return False
    row = due.row
    row.told_at |= dict.fromkeys(due.since, due.now.isoformat())
    if Topic.WAITING in due.since:
        row.waits = told.waits
    row.tries = 0
    row.save(update_fields=["told_at", "waits", "tries"])
    return bool(told)


def _put_off(due: DueDigest, problem: Exception) -> None:
    """Have it tried again on this day, as if it had not been begun; else on the next morning."""
    row, again_at = due.row, timezone.now() + FIRST_PAUSE * 2**due.row.tries
    log.warning("Digest of account %s put off: %s", due.user.pk, problem)
    row.begun_at, row.tries = due.before, row.tries + 1
    if not digest_schedule.is_due(again_at, due.zone, due.before):
        again_at, row.tries = digest_schedule.next_morning(again_at, due.zone, due.before), 0
    row.due_at = again_at
    row.save(update_fields=["due_at", "begun_at", "tries"])


def _deliver(mail: EmailMultiAlternatives) -> None:
    """Hand a mail to the server; raises NotTaken where it certainly has not got it, and any other
    OSError where nobody knows."""
    mail.connection = get_connection()
    try:
        mail.connection.open()
    except OSError as error:
        raise MailServerAway(type(error).__name__) from error
    try:
        mail.send()
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
        raise NotTaken(type(error).__name__) from error
    finally:
        with suppress(OSError):  # that somebody leaves is of no matter
            mail.connection.close()


def _mail(user: User, told: Contents, zone: str) -> EmailMultiAlternatives:
    """Write the mail of a digest, as text and as HTML, in the English of its reader."""
    stop = f"{settings.SITE_URL}{reverse('stop-digest', args=[one_time_links.issue(STOP, user)])}"
    with override(user.language):
        context = _context(user, told, zone) | {"stop": stop, "subject": told.subject}
        text = render_to_string("mails/digest.txt", context)
        html = render_to_string("mails/digest.html", context)
    headers = {
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",  # RFC 8058
        "Auto-Submitted": "auto-generated",
    }
    mail = EmailMultiAlternatives(told.subject, text, to=[user.email], headers=headers)
    mail.attach_alternative(html, "text/html")
    return mail


def _context(user: User, told: Contents, zone: str) -> dict[str, Any]:
    return {
        "user": user,
        "base": settings.SITE_URL,
        "zone": zone,
        "count": told.count,
        "groups": [
            {**group, "rows": [_told_shortly(row) for row in group["rows"]]}
            for group in groups(told.news, FEW)
        ],
        "mentions": told.mentions[:FEW],
        "changes": [(change, _page(change)) for change in told.changes[:FEW]],
    }


def _told_shortly(row: dict[str, Any]) -> dict[str, Any]:
    named = in_one_line(f"{row['code']} {row['called']}")
    return {**row, "named": named, "facts": list(_facts(row))}


def _facts(row: dict[str, Any]) -> Iterator[str]:
    """What is said below what waits: its kind, where it is, when it is due, who asks."""
    yield row["rule"]
    if "place" in row:
        yield f"{row['place']} {row['place_name']}"
    if row["due"]:
        yield f"due {formats.day(row['due'])}"
    if row["by"]:
        yield f"asked by {row['by'].name}"


def _page(change: Change) -> str:
    """The page of a record that somebody follows; without one, that of all that they follow."""
    collection = collections()[change.entry.follow.record_type][1]
    with suppress(NoReverseMatch):
        return address_of("record", collection, change.entry.follow.record_id)
    return address_of("follows")


def text_now(user: User) -> str:
    """Return the text of the digest that somebody would get now; empty where there is nothing to
    tell them, or they are told nothing."""
    reader = identity.Backend().get_user(user.pk)
    if not _sees_anything(reader):
        return ""
    now, zone = timezone.now(), zone_of(reader)
    row = Digest.objects.filter(user=user).first() or Digest(user=user)
    since = _topics(row, reader, now + timedelta(days=1))
    told = DueDigest(row, reader, zone, now, since, None).contents()
    if not told:
        return ""
    mail = _mail(reader, told, zone)
    return f"{mail.subject}\n\n{mail.body}"


# Who wants none


def reader_of(secret: str) -> User:
    """Return whose link it is; raises LinkSpent for one that is none."""
    user = one_time_links.opened(STOP, secret)
    if user is None:
        raise one_time_links.LinkSpent
    return user


def stop(secret: str) -> User:
    """Let whose link it is be told of nothing by mail, and return them; raises LinkSpent."""
    user = reader_of(secret)
    User.objects.filter(pk=user.pk).update(**dict.fromkeys(Topic.values, Cadence.OFF))
    return user
