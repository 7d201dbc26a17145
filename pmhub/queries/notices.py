"""The notices for a user, as they may see them now: what others ask of them, what they were given
to own, comments that mention them, what others did with records that they follow, and the end of
their jobs. Notices are not stored: they are read from records, comments and their histories. Nobody
gets a notice of what they did themself."""

from __future__ import annotations

import functools
import operator
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Min, Q
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from pmhub.database.history import events_of
from pmhub.models import (
    Comment,
    Job,
    JobState,
    NoticeKind,
    SearchEntry,
    attachable,
    kinds_of_records,
)
from pmhub.page_addresses import address_of
from pmhub.queries.follows import followed_records
from pmhub.queries.given_records import given_records
from pmhub.queries.history import authors
from pmhub.queries.waiting import RULES, waiting
from pmhub.queries.waiting.askers import UNKNOWN, asked_of
from pmhub.queries.waiting.rule import Finding
from pmhub.queries.worse_forecasts import worse_forecasts

MOST = 200  # comments of each kind that are read
EXCERPT = 200  # characters of a comment
# The longest that the commit of a change may come after its moment, in which case it was not yet
# visible when earlier changes were told. Ids keep each change from being told twice.
COMMITTED_WITHIN = timedelta(hours=1)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Key = tuple[str, int]  # kind and id of a record
SAYS = {
    NoticeKind.ASKED: _("asked of you"),
    NoticeKind.GIVEN: _("yours now"),
    NoticeKind.MENTION: _("mentions you"),
    NoticeKind.CHANGE: _("changed"),
    NoticeKind.COMMENT: _("comment"),
    NoticeKind.JOB: _("job"),
}


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice for a user about a `record`: its `kind`, its moment, and the name of who acted, if
    the user may know it. `key` identifies it among notices of its kind; `page` is the address to
    which it leads, empty for the page of the record."""

    kind: NoticeKind
    key: str
    at: datetime
    by: str
    record: Key
    called: str
    text: str = ""
    page: str = ""

    @property
    def id(self) -> str:
        """The id of the notice; a later change of the same record has another one."""
        return id_of(self.kind, self.key, self.at)

    @property
    def says(self) -> str:
        """The kind of notice, in words."""
        return str(SAYS[self.kind])


def id_of(kind: NoticeKind, key: str, at: datetime) -> str:
    """Return the id of the notice of this kind, key and moment."""
    return f"{kind.value}:{key}:{(at - EPOCH) // timedelta(microseconds=1)}"


def happened_since(id: str, since: datetime) -> bool:
    """Return whether the notice with this id is later than a moment."""
    return int(id.rpartition(":")[2]) > (since - EPOCH) // timedelta(microseconds=1)


def of_records(user: Any, since: datetime) -> list[Notice]:
    """Return all notices for a user about records, the latest first."""
    waits, gifts = [*requests_to(user, since)], gifts_to(user, since)
    # A record given to somebody after it began to wait waits for them from then on.
    asked_at = {notice.record: notice.at for notice in waits}
    given_at = {gift.record: gift.at for gift in gifts}
    notices = [row for row in waits if row.at >= given_at.get(row.record, row.at)]
    notices += [row for row in gifts if row.record not in asked_at or row.at > asked_at[row.record]]
    return latest_first([*notices, *mentions(user, since), *followed(user, since)])


def latest_first(rows: Iterable[Notice]) -> list[Notice]:
    """Return notices in the order in which they are shown."""
    return sorted(rows, key=lambda notice: (notice.at, notice.id), reverse=True)


def requests_to(user: Any, since: datetime) -> Iterator[Notice]:
    """Yield notices of what waits for the user because somebody else asked it."""
    findings = waiting(user, RULES)
    submissions = asked_of(findings, user)
    for finding in findings:
        its = submissions.get((finding.rule.model, finding.id), UNKNOWN)
        if its.since is None or its.since <= since or its.own:
            continue
        named = in_one_line(f"{finding.code} {finding.called}") or finding.rule.title
        yield Notice(
            NoticeKind.ASKED, finding.key, its.since, its.by.name if its.by else "",
            record_of(finding), named, finding.rule.words, finding.does,
        )  # fmt: skip


def gifts_to(user: Any, since: datetime) -> list[Notice]:
    """Return notices of records that others gave the user to own, lead or do, and that are not
    settled yet."""
    rows = given_records(user, since)
    titles = titles_of(row.record for row in rows)
    return [
        Notice(NoticeKind.GIVEN, "{}-{}".format(*row.record), row.at, row.by, row.record,
               titles[row.record], str(_("as %s") % row.part))
        for row in rows
    ]  # fmt: skip


def mentions(user: Any, since: datetime) -> list[Notice]:
    """Return notices of the latest comments by others that mention the user, with the moment of the
    first mention, so that a comment whose text is corrected gives no second notice."""
    person = getattr(user, "person", None)
    if person is None:
        return []
    rows = Comment.objects.visible_to(user).filter(mentions=person.pk, updated_at__gt=since)
    rows = rows.exclude(created_by=user.pk)
    comments = list(rows.order_by("-id")[:MOST])
    events = events_of(Comment).objects.filter(
        id__in=[row.pk for row in comments], mentions__contains=[person.pk]
    )
    first = dict(events.values_list("id").annotate(Min("pgh_created_at"))) if comments else {}
    moments = {row.pk: first.get(row.pk, row.updated_at) for row in comments}
    return [row for row in _comments(NoticeKind.MENTION, comments, moments) if row.at > since]


def followed(user: Any, since: datetime) -> list[Notice]:
    """Return notices of changes and comments by others at records that the user follows, since they
    follow them, and of forecasts that others made worse where the user leads."""
    worse = worsened(user, since)
    told = {row.record for row in worse}
    changed = [
        row
        for row in at_followed(user, since)
        if row.kind != NoticeKind.CHANGE or row.record not in told
    ]
    return [*worse, *changed]


def at_followed(user: Any, since: datetime) -> list[Notice]:
    """Return notices of changes and comments by others at records that the user follows, since they
    follow them."""
    rows = followed_records(user)
    began = {(row.follow.record_type, row.follow.record_id): row.follow.created_at for row in rows}
    keys = [*began]
    changed = [
        row
        for row in rows
        if row.changed_at > since and row.changed_at >= row.follow.created_at and not row.own
    ]
    titles = titles_of((row.follow.record_type, row.follow.record_id) for row in changed)
    changes = [
        Notice(NoticeKind.CHANGE, "{}-{}".format(*key), row.changed_at, row.changed_by, key,
               titles[key])
        for row in changed
        for key in [(row.follow.record_type, row.follow.record_id)]
    ]  # fmt: skip
    if not keys:
        return changes
    comment_rows = Comment.objects.filter(
        _any_of(keys, "record_type", "record_id"), created_at__gt=since
    )
    comment_rows = comment_rows.exclude(created_by=user.pk).exclude(mentions__user=user.pk)
    comments = [
        row
        for row in comment_rows.order_by("-id")[:MOST]
        if row.created_at >= began[row.record_type, row.record_id]
    ]
    moments = {row.pk: row.created_at for row in comments}
    return changes + _comments(NoticeKind.COMMENT, comments, moments)


def worsened(user: Any, since: datetime) -> list[Notice]:
    """Return notices of forecasts that others made worse, of benefits of programmes that the user
    leads."""
    rows = worse_forecasts(user, since)
    keys = {row.version: ("profileversion", row.version) for row in rows}
    titles = titles_of(keys.values())
    return [
        Notice(NoticeKind.CHANGE, "{}-{}".format(*key), row.at, row.by, key, titles[key],
               Truncator(in_one_line(row.said)).chars(EXCERPT))
        for row in rows
        for key in [keys[row.version]]
    ]  # fmt: skip


def ended_jobs(user: Any, since: datetime) -> list[Notice]:
    """Return notices of jobs of the user that have ended and that nobody cancelled."""
    rows = Job.objects.filter(owner=user.pk, finished_at__gt=since).exclude(
        Q(expires_at__lte=timezone.now()) | Q(state=JobState.CANCELLED)
    )
    return [
        Notice(NoticeKind.JOB, str(row.pk), row.finished_at, "", ("job", row.pk), row.title,
               row.get_state_display(), address_of("jobs"))
        for row in rows.only("title", "state", "finished_at")
        if row.finished_at is not None
    ]  # fmt: skip


def _comments(
    kind: NoticeKind, rows: list[Comment], moments: Mapping[int, datetime]
) -> list[Notice]:
    names = authors(Comment, [row.pk for row in rows]) if rows else {}
    titles = titles_of((row.record_type, row.record_id) for row in rows)
    return [
        Notice(kind, str(row.pk), moments[row.pk], names.get(row.pk, ""), key, titles[key],
               Truncator(in_one_line(row.text)).chars(EXCERPT), address_of("comment", row.pk))
        for row in rows
        for key in [(row.record_type, row.record_id)]
    ]  # fmt: skip


def record_of(finding: Finding) -> Key:
    """Return the kind and id of the record that waits."""
    return str(finding.rule.model._meta.model_name), finding.id


def in_one_line(text: str) -> str:
    """Return a text without line breaks: after one, it could be taken for the words of the mail
    itself."""
    return " ".join(text.split())


def titles_of(keys: Iterable[Key]) -> dict[Key, str]:
    """Return the titles of records, by kind and id; the user must be allowed to see them. A record
    without a code or a name has its kind and its name on Home as title, or else its kind and id."""
    wanted = {*keys}
    if not wanted:
        return {}
    entries = SearchEntry.objects.filter(_any_of(wanted, "kind", "object_id"))
    names = {(entry.kind, entry.object_id): str(entry) for entry in entries}
    names |= _titles_on_home(wanted - names.keys())
    return {key: names.get(key) or f"{_kind(key[0])} {key[1]}" for key in wanted}


def _titles_on_home(keys: Collection[Key]) -> dict[Key, str]:
    """Return the titles, as on Home, of those of these records that can wait for somebody."""
    rules = {str(rule.model._meta.model_name): rule for rule in reversed(RULES)}
    ids: dict[str, list[int]] = defaultdict(list)
    for kind, id in keys:
        ids[kind].append(id)
    return {
        (kind, pk): in_one_line(f"{_kind(kind)}: {code or ''} {called or ''}")
        for kind, of_kind in ids.items()
        if kind in rules
        for pk, code, called in rules[kind].names(of_kind)
    }


def _any_of(keys: Iterable[Key], kind: str, id: str) -> Q:
    ids: dict[str, set[int]] = defaultdict(set)
    for name, number in keys:
        ids[name].add(number)
    parts = (Q(**{kind: name, f"{id}__in": numbers}) for name, numbers in ids.items())
    return functools.reduce(operator.or_, parts)


def _kind(kind: str) -> str:
    model = attachable().get(kind) or kinds_of_records()[kind]
    return str(model._meta.verbose_name).capitalize()
