"""Digests: what people are told by mail of what waits for them, and who is told nothing."""

from datetime import datetime
from typing import Any

import pytest
import time_machine

from pmhub.accounts import digests
from pmhub.accounts.inbox import page_of
from pmhub.models import Comment, Digest, Follow, NoticeKind, SignInRule, User, attachable
from pmhub.queries.notices import Notice
from programmes.models import Portfolio
from projects.models import Project
from tests import factories
from tests.access.digests import (
    DAY,
    MINUTE,
    MONDAY,
    YESTERDAY,
    html,
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


# What it says


def test_it_says_what_waits_in_the_words_of_home_with_its_links(
    owner: User, project: Project, morning: Any, site: str
) -> None:
    late = factories.action(project, owner=owner.person, due_on=YESTERDAY, title="Buy <the> crane")
    factories.action(project, owner=owner.person, due_on=AS_OF, title="Paint it")
    (mail,) = morning(MONDAY)
    assert (mail["To"], mail["Subject"]) == ("owner@example.org", "pmhub: 2 things wait for you")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text = plain(mail)
    assert "Overdue (1)" in text
    assert "Due within a week (1)" in text
    place = f"{project.code} {project.name}"
    assert f"* Buy <the> crane\n  Actions to do, {place}, due 30 Oct 2026\n" in text
    assert f"Mark as done: {site}/actions/{late.pk}/#" in text
    assert f"All that waits for you (2): {site}/\n" in text
    marked = html(mail)
    assert "Buy &lt;the&gt; crane" in marked
    assert f'href="{site}/actions/{late.pk}/"' in marked
    assert "<img" not in marked


def test_dates_stand_as_the_reader_likes_them(owner: User, project: Project, morning: Any) -> None:
    factories.action(project, owner=owner.person, due_on=AS_OF)
    User.objects.update(date_order="year_first")
    (mail,) = morning(MONDAY)
    assert "due 2026-10-31" in plain(mail)
    assert 'lang="en-ca"' in html(mail)


def test_it_tells_what_is_new_or_has_become_overdue_and_each_week_what_still_is(
    owner: User, project: Project, morning: Any
) -> None:
    said = ["Old", "Older"]
    factories.action(project, owner=owner.person, due_on=AS_OF, title="Old")
    factories.action(project, owner=owner.person, due_on=YESTERDAY, title="Older")
    days = [MONDAY + number * DAY for number in range(8)]

    def told(day: datetime) -> list[str]:
        return [word for mail in morning(day) for word in said if f"* {word}\n" in plain(mail)]

    assert told(days[0]) == ["Old", "Older"]
    assert told(days[1]) == []
    factories.action(project, owner=owner.person, due_on=AS_OF, title="New")
    said.append("New")
    assert told(days[2]) == ["New"]
    Portfolio.objects.update(status_date=AS_OF + DAY)
    assert told(days[3]) == ["Old", "New"]
    assert told(days[4]) == []
    assert told(days[7]) == ["Old", "Older", "New"]


def test_what_somebody_asked_of_themself_is_told_once_it_is_overdue(
    project: Project, morning: Any, api_of: Any
) -> None:
    manager = reader_of(project, "manager", "pmo")
    for by, title in ((manager, "Mine"), (reader_of(project, "other", "pmo"), "Theirs")):
        body = {"project": project.pk, "title": title, "owner": manager.person.pk}
        body |= {"due_on": AS_OF.isoformat()}
        assert Api(api_of(by)).post("actions/", body).status_code == 201
    (mail,) = [mail for mail in morning(MONDAY) if mail["To"] == "manager@example.org"]
    assert "* Theirs\n" in plain(mail)
    assert "* Mine\n" not in plain(mail)
    Portfolio.objects.update(status_date=AS_OF + DAY)
    (mail,) = morning(MONDAY + DAY)
    assert "Overdue (2)" in plain(mail)


def test_without_news_no_mail_comes(owner: User, morning: Any) -> None:
    assert morning(MONDAY) == []
    assert Digest.objects.get().due_at == MONDAY + DAY


def test_once_a_week_is_on_its_first_working_day_or_on_the_next_that_a_worker_is_there(
    owner: User, project: Project, morning: Any
) -> None:
    User.objects.update(digest_waiting="weekly")
    factories.action(project, owner=owner.person, due_on=AS_OF)
    assert len(morning(MONDAY + DAY)) == 1
    factories.action(project, owner=owner.person, due_on=AS_OF)
    assert morning(MONDAY + 2 * DAY) == []
    (mail,) = morning(MONDAY + 7 * DAY)
    assert mail["Subject"] == "pmhub: 1 thing waits for you"


def test_comments_that_mention_somebody_are_told_by_others_than_themself(
    owner: User, project: Project, morning: Any, site: str, api_of: Any
) -> None:
    other = reader_of(project, "other")
    risk = factories.risk(project, title="Rain")
    at = {"record_type": "risk", "record_id": risk.pk}
    for by, text in ((other, "Well,\n\n@{}?"), (owner, "I am @{}."), (other, "Nobody.")):
        said = at | {"text": text.format(owner.person.code)}
        assert Api(api_of(by)).post("comments/", said).status_code == 201
    row = Comment.objects.get(text__startswith="Well")
    (mail,) = morning(MONDAY)
    assert mail["Subject"] == "pmhub: 1 comment mentions you"
    assert f"* {risk.code} Rain\n  {other.person.name}: Well, @" in plain(mail)
    assert f"{site}/comments/{row.pk}/" in plain(mail)
    assert morning(MONDAY + 7 * DAY) == []


def test_changes_of_what_somebody_follows_are_told_but_not_their_own(
    owner: User, project: Project, morning: Any, site: str, api_of: Any
) -> None:
    manager = reader_of(project, "manager", "pmo")
    risks = [factories.risk(project, title=title) for title in ("Rain", "Snow")]
    for user in (owner, manager):
        for risk in risks:
            at = {"record_type": "risk", "record_id": risk.pk}
            assert Api(api_of(user)).post("follows/", at).status_code == 201
    for risk in risks:
        changed = Api(api_of(manager)).patch(f"risks/{risk.pk}/", {"title": f"{risk.title} again"})
        assert changed.status_code == 200
    (mail,) = morning(MONDAY)
    assert (mail["To"], mail["Subject"]) == (
        "owner@example.org", "pmhub: 2 records that you follow changed",
    )  # fmt: skip
    assert f"{risks[0].code} Rain again" in plain(mail)
    assert f"by {manager.person.name}\n  {site}/risks/{risks[0].pk}/" in plain(mail)
    assert morning(MONDAY + 7 * DAY) == []


def test_a_topic_that_somebody_does_not_want_is_left_out(
    owner: User, project: Project, morning: Any
) -> None:
    factories.action(project, owner=owner.person, due_on=AS_OF)
    User.objects.update(digest_waiting="off")
    assert morning(MONDAY) == []


def test_who_wants_a_topic_again_does_not_hear_what_was_said_before(
    owner: User, project: Project, morning: Any
) -> None:
    other = reader_of(project, "other")
    User.objects.filter(pk=owner.pk).update(digest_mentions="off")
    said = Comment.objects.create(
        record_type="project", record_id=project.pk, text="Well?", created_by=other
    )
    said.mentions.add(owner.person)
    assert morning(MONDAY) == []
    User.objects.filter(pk=owner.pk).update(digest_mentions="daily")
    assert morning(MONDAY + DAY) == []


def test_every_kind_of_record_that_somebody_may_follow_has_a_place_to_lead_to() -> None:
    for kind in attachable():
        notice = Notice(NoticeKind.CHANGE, "1", MONDAY, "", (kind, 1), "")
        assert page_of(notice).startswith("/")


# Who gets none


@pytest.mark.parametrize(
    "changes",
    [
        {"is_active": False},
        {"is_service": True, "password": "!"},
        {"email": ""},
    ],
)
def test_who_gets_none(owner: User, project: Project, morning: Any, changes: Any) -> None:
    factories.action(project, owner=owner.person, due_on=AS_OF)
    User.objects.update(**changes)
    assert morning(MONDAY) == []
    User.objects.update(is_active=True, is_service=False, email="owner@example.org")
    assert len(morning(MONDAY)) == 1


def test_nothing_is_told_of_what_one_may_see_no_more(
    owner: User, project: Project, morning: Any
) -> None:
    factories.action(project, owner=owner.person, due_on=AS_OF)
    Follow.objects.create(created_by=owner, record_type="project", record_id=project.pk)
    owner.person.roles.all().delete()
    assert morning(MONDAY) == []


def test_who_has_to_set_up_a_second_factor_is_told_nothing_before(
    owner: User, project: Project, morning: Any
) -> None:
    factories.action(project, owner=owner.person, due_on=AS_OF)
    SignInRule.objects.create(role="viewer")
    assert morning(MONDAY) == []


def test_who_is_new_has_the_first_one_on_the_next_morning(project: Project, morning: Any) -> None:
    new = factories.user("new", email="new@example.org")
    factories.role(new, "viewer", programme=project.programme)
    factories.action(project, owner=new.person, due_on=AS_OF)
    assert morning(MONDAY + 2 * MINUTE) == []
    assert morning(MONDAY + DAY - MINUTE) == []
    assert len(morning(MONDAY + DAY)) == 1


def test_without_a_mail_server_none_is_sent_and_the_page_says_so(
    owner: User, project: Project, client_of: Any
) -> None:
    factories.action(project, owner=owner.person, due_on=AS_OF)
    with time_machine.travel(MONDAY, tick=False):
        assert digests.send_due() == 0
    assert Digest.objects.get().due_at < MONDAY
    assert "sends no mail yet" in client_of(owner).get("/account/mail/").content.decode()
