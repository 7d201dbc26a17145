"""What people want to hear at once is told by mail within minutes, once, however late it was
committed."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pmhub.accounts import digests
from pmhub.models import Comment, Digest, Follow, Topic, User
from programmes.models import Portfolio
from projects.models import Project
from tests import factories
from tests.access.conftest import Post
from tests.access.digests import (
    DAY,
    MINUTE,
    MONDAY,
    morning,
    owner,
    plain,
    project,
    reader_of,
    site,
)
from tests.api.conftest import Api
from tests.factories import AS_OF

__all__ = ["morning", "owner", "project", "site"]

pytestmark = pytest.mark.django_db


def mention(project: Project, by: User, whom: User, text: str = "Well?") -> Comment:
    """A comment that mentions somebody."""
    row = Comment.objects.create(
        record_type="project", record_id=project.pk, text=text, created_by=by
    )
    row.mentions.add(whom.person)
    return row


def write_at(comment: Comment, at: datetime) -> None:
    """Have a comment, and its history, say that it was written at another moment, as one does whose
    transaction began then and was committed now."""
    moments = {"pmhub_comment": "updated_at", "pmhub_commentevent": "pgh_created_at"}
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table, column in moments.items():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [at, comment.pk])  # noqa: S608  # ours
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def test_a_mention_is_told_at_once_and_once(owner: User, project: Project, morning: Any) -> None:
    other = reader_of(project, "other")
    User.objects.filter(pk=owner.pk).update(digest_mentions="at_once")
    night = MONDAY - timedelta(hours=12)  # of a Sunday
    assert morning(night - MINUTE) == []
    mention(project, other, owner)
    mention(project, owner, owner, "Note to myself")
    (mail,) = morning(night)
    assert (mail["To"], mail["Subject"]) == ("owner@example.org", "pmhub: 1 comment mentions you")
    assert "Well?" in plain(mail)
    assert "Note to myself" not in plain(mail)
    assert morning(night + MINUTE) == []
    assert morning(MONDAY) == []


def test_what_another_asks_is_told_at_once_and_what_becomes_overdue_in_the_morning(
    owner: User, project: Project, morning: Any, api_of: Any
) -> None:
    manager = reader_of(project, "manager", "pmo")
    User.objects.filter(pk=owner.pk).update(digest_waiting="at_once")
    night = MONDAY - timedelta(hours=12)
    for due, title in ((AS_OF, "Near"), (AS_OF + 300 * DAY, "Far")):
        body = {"project": project.pk, "title": title, "owner": owner.person.pk}
        answer = Api(api_of(manager)).post("actions/", body | {"due_on": due.isoformat()})
        assert answer.status_code == 201
    (mail,) = morning(night)
    assert mail["Subject"] == "pmhub: 1 thing waits for you, 1 thing was given to you"
    assert "* Near\n" in plain(mail)
    assert f"Far\n  as owner, by {manager.person.name}\n" in plain(mail)
    assert morning(night + MINUTE) == []
    Portfolio.objects.update(status_date=AS_OF + DAY)
    assert morning(night + 2 * MINUTE) == []
    (mail,) = morning(MONDAY)
    assert "Overdue (1)" in plain(mail)
    assert "Far" not in plain(mail)


def test_an_action_that_passes_to_another_owner_is_told_to_them(
    owner: User, project: Project, morning: Any, api_of: Any
) -> None:
    manager, late = reader_of(project, "manager", "pmo"), AS_OF + 300 * DAY
    action = factories.action(project, owner=manager.person, due_on=late, title="Far")
    changed = Api(api_of(manager)).patch(f"actions/{action.pk}/", {"owner": owner.person.pk})
    assert changed.status_code == 200
    (mail,) = morning(MONDAY)
    assert (mail["To"], mail["Subject"]) == (
        "owner@example.org", "pmhub: 1 thing was given to you",
    )  # fmt: skip


def test_comments_on_what_somebody_follows_are_told(
    owner: User, project: Project, morning: Any
) -> None:
    other = reader_of(project, "other")
    Follow.objects.create(created_by=owner, record_type="project", record_id=project.pk)
    for by, text in ((other, "Rain ahead"), (owner, "My own")):
        Comment.objects.create(
            record_type="project", record_id=project.pk, text=text, created_by=by
        )
    (mail,) = morning(MONDAY)
    assert mail["Subject"] == "pmhub: 1 comment on what you follow"
    assert f"{other.person.name}: Rain ahead" in plain(mail)
    assert "My own" not in plain(mail)


def test_what_was_written_before_a_digest_and_committed_after_it_is_told_by_the_next(
    owner: User, project: Project, morning: Any
) -> None:
    other = reader_of(project, "other")
    User.objects.filter(pk=owner.pk).update(digest_mentions="daily")
    write_at(mention(project, other, owner, "In time"), MONDAY - 2 * MINUTE)
    (mail,) = morning(MONDAY)
    assert "In time" in plain(mail)
    write_at(mention(project, other, owner, "Late"), MONDAY - MINUTE)
    (mail,) = morning(MONDAY + DAY)
    assert mail["Subject"] == "pmhub: 1 comment mentions you"
    assert "Late" in plain(mail)
    assert "In time" not in plain(mail)
    assert morning(MONDAY + 2 * DAY) == []


def test_while_nothing_is_written_nobody_is_looked_for_at_once(
    owner: User, project: Project, morning: Any
) -> None:
    others = [reader_of(project, f"other{number}") for number in range(3)]
    User.objects.update(**dict.fromkeys(Topic.values, "at_once"))
    night = MONDAY - timedelta(hours=12)
    assert morning(night) == []
    with CaptureQueriesContext(connection) as queries:
        assert morning(night + 2 * MINUTE) == []
    assert len(queries) < 10, [query["sql"][:80] for query in queries]
    assert {*Digest.objects.values_list("looked_at", flat=True)} == {night}
    mention(project, others[0], owner)
    (mail,) = morning(night + 3 * MINUTE)
    assert mail["To"] == "owner@example.org"


def test_who_hears_of_comments_alone_is_not_looked_for_while_projects_change(
    owner: User, project: Project, morning: Any
) -> None:
    User.objects.update(digest_waiting="off", digest_followed="off", digest_mentions="at_once")
    night = MONDAY - timedelta(hours=12)
    assert morning(night) == []
    factories.risk(project)
    Project.objects.update(percent_complete=20)
    factories.action(project, owner=owner.person, due_on=AS_OF)
    assert morning(night + 2 * MINUTE) == []
    assert Digest.objects.get(user=owner).looked_at == night
    mention(project, reader_of(project, "other"), owner)
    assert len(morning(night + 3 * MINUTE)) == 1


def test_what_one_begins_to_want_or_to_see_is_looked_for(
    owner: User, project: Project, morning: Any
) -> None:
    other = reader_of(project, "other", "pmo")
    User.objects.filter(pk=owner.pk).update(digest_waiting="off", digest_mentions="at_once")
    owner.person.roles.all().delete()
    mention(project, other, owner)
    night = MONDAY - timedelta(hours=12)
    assert morning(night) == []
    factories.role(owner, "viewer", programme=project.programme)
    (mail,) = morning(night + 2 * MINUTE)
    assert mail["Subject"] == "pmhub: 1 comment mentions you"
    factories.action(project, owner=owner.person, due_on=AS_OF, created_by=other)
    assert morning(night + 4 * MINUTE) == []
    User.objects.filter(pk=owner.pk).update(digest_waiting="at_once")
    (mail,) = morning(night + 6 * MINUTE)
    assert mail["Subject"] == "pmhub: 1 thing waits for you"


def test_a_comment_whose_words_are_mended_mentions_somebody_once(
    owner: User, project: Project, morning: Any
) -> None:
    other = reader_of(project, "other")
    User.objects.filter(pk=owner.pk).update(digest_mentions="at_once")
    night = MONDAY - timedelta(hours=12)
    mention(project, other, owner)
    assert len(morning(night)) == 1
    Comment.objects.update(text="Well, well?")
    assert morning(night + MINUTE) == []


def test_a_mail_that_its_server_refuses_is_not_offered_to_it_each_minute(
    owner: User, project: Project, morning: Any, post: Post, monkeypatch: Any
) -> None:
    tries = []

    def refuse(mail: Any) -> None:
        tries.append(mail.to)
        raise digests.NotTaken("SMTPRecipientsRefused")

    monkeypatch.setattr(digests, "deliver", refuse)
    User.objects.filter(pk=owner.pk).update(digest_mentions="at_once")
    mention(project, reader_of(project, "other"), owner)
    night = MONDAY - timedelta(hours=12)
    for minute in range(30):
        morning(night + minute * MINUTE)
    assert len(tries) == 2
