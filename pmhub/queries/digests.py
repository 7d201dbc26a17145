"""The contents of a digest: what waits for the reader and is new or newly overdue, what they were
given, comments that mention them, and what others did with records that they follow. It is read as
Home reads it, and always as of now."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pmhub.database.one_moment import of_one_moment
from pmhub.models import NoticeKind, Topic
from pmhub.queries.notices import Notice, followed, gifts_to, id_of, mentions, record_of
from pmhub.queries.waiting import RULES, waiting
from pmhub.queries.waiting.askers import UNKNOWN, asked_of
from pmhub.queries.waiting.groups import Told, by_day
from pmhub.queries.waiting.rule import OVERDUE

TOPICS = {
    NoticeKind.ASKED: Topic.WAITING,
    NoticeKind.GIVEN: Topic.WAITING,
    NoticeKind.MENTION: Topic.MENTIONS,
    NoticeKind.CHANGE: Topic.FOLLOWED,
    NoticeKind.COMMENT: Topic.FOLLOWED,
}
# Words for the number of items in each part of a digest.
COUNTED = (
    ("news", "thing waits for you", "things wait for you"),
    ("given", "thing was given to you", "things were given to you"),
    ("mentions", "comment mentions you", "comments mention you"),
    ("changes", "record that you follow changed", "records that you follow changed"),
    ("comments", "comment on what you follow", "comments on what you follow"),
)


@dataclass(frozen=True, slots=True)
class ToldBefore:
    """What earlier digests said: `waited` says, by key of what waited, whether it was overdue;
    `ids` are notices later than the moment since which this digest is made."""

    waited: Mapping[str, bool]
    ids: Set[str]


@dataclass(slots=True)
class Contents:
    """What a digest has to say: the `news` among what waits, the `count` of all that waits, and
    `waits`, which says by key whether it is overdue; what was given to the reader, comments that
    mention them, changes of what they follow, and comments there. `ids` are those of all notices in
    it."""

    news: list[Told] = field(default_factory=list)
    count: int = 0
    waits: dict[str, bool] = field(default_factory=dict)
    given: list[Notice] = field(default_factory=list)
    mentions: list[Notice] = field(default_factory=list)
    changes: list[Notice] = field(default_factory=list)
    comments: list[Notice] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return any(getattr(self, part) for part, *_ in COUNTED)

    @property
    def subject(self) -> str:
        """The subject line of the mail: it says how much there is, not what, as others may read
        subject lines."""
        counts = ((len(getattr(self, part)), one, many) for part, one, many in COUNTED)
        parts = [f"{count} {one if count == 1 else many}" for count, one, many in counts if count]
        return f"pmhub: {', '.join(parts)}"


def contents(
    user: Any, since: Mapping[str, datetime], before: ToldBefore, *, again: bool, at_once: bool
) -> Contents:
    """Return what there is to tell about the topics in `since`, each since its moment. With
    `again`, what is overdue is repeated; with `at_once`, only what another person asked is told of
    what waits. The number of queries does not depend on how much there is."""
    contents_told = Contents()
    with of_one_moment():
        if Topic.WAITING in since:
            _add_waiting(
                contents_told, user, since[Topic.WAITING], before, again=again, at_once=at_once
            )
        if Topic.MENTIONS in since:
            contents_told.mentions = _new(
                mentions(user, since[Topic.MENTIONS]), contents_told, before
            )
        if Topic.FOLLOWED in since:
            rows = _new(followed(user, since[Topic.FOLLOWED]), contents_told, before)
            contents_told.changes = [row for row in rows if row.kind is NoticeKind.CHANGE]
            contents_told.comments = [row for row in rows if row.kind is NoticeKind.COMMENT]
    return contents_told


def _new(notices: list[Notice], contents_told: Contents, before: ToldBefore) -> list[Notice]:
    """Return the notices that were not told before, and add their ids to
    `contents_told`."""
    rows = [notice for notice in notices if notice.id not in before.ids]
    contents_told.ids |= {row.id for row in rows}
    return rows


def _add_waiting(
    contents_told: Contents,
    user: Any,
    since: datetime,
    before: ToldBefore,
    *,
    again: bool,
    at_once: bool,
) -> None:
    findings = waiting(user, RULES)
    submissions = asked_of(findings, user)
    pairs = [(row, submissions.get((row.rule.model, row.id), UNKNOWN)) for row in findings]
    fits = _is_asked if at_once else _is_new
    contents_told.news = sorted(
        (
            pair
            for pair in pairs
            if (again and pair[0].urgency == OVERDUE) or fits(pair, since, before)
        ),
        key=by_day,
    )
    contents_told.count = len(findings)
    kept = (row for row, _ in contents_told.news) if at_once else findings
    contents_told.waits = {row.key: row.urgency == OVERDUE for row in kept}
    contents_told.ids |= {*_ids(contents_told.news if at_once else pairs)}
    # A record that waits for somebody since it names them is listed once, among what waits.
    known = {(record_of(row), its.since) for row, its in pairs}
    shown_now = {record_of(row) for row, _ in contents_told.news}
    contents_told.given = [
        row
        for row in _new(gifts_to(user, since), contents_told, before)
        if row.record not in shown_now and (row.record, row.at) not in known
    ]


def _ids(pairs: Collection[Told]) -> Iterator[str]:
    for finding, submission in pairs:
        if submission.since is not None:
            yield id_of(NoticeKind.ASKED, finding.key, submission.since)


def _is_new(pair: Told, since: datetime, before: ToldBefore) -> bool:
    """Return whether the reader has not been told yet that this waits, or that it is overdue. What
    they made wait themself is told only when it is overdue."""
    finding, submission = pair
    if finding.urgency == OVERDUE and not before.waited.get(finding.key):
        return True
    # It may have been settled and wait again.
    if (
        submission.since is not None
        and submission.since > since
        and not _told_already(pair, before)
    ):
        return not submission.own
    return finding.key not in before.waited


def _is_asked(pair: Told, since: datetime, before: ToldBefore) -> bool:
    """Return whether somebody else made this wait since that moment, and the reader has not been
    told yet."""
    submission = pair[1]
    if submission.since is None or submission.since <= since or _told_already(pair, before):
        return False
    return not submission.own


def _told_already(pair: Told, before: ToldBefore) -> bool:
    return not before.ids.isdisjoint(_ids([pair])) if before.ids else False
