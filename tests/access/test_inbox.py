"""The inbox: what somebody was told, which of it they have read, and that nothing is missed."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pmhub import formats
from pmhub.accounts import inbox
from pmhub.models import Comment, Follow, Inbox, Job, Person, User
from pmhub.queries.waiting import RULES, waiting
from pmhub.queries.waiting.askers import asked_of
from projects.models import Project
from tests import factories
from tests.api.conftest import Api, errors_of
from tests.factories import AS_OF

INBOX = "/api/v1/inbox/"
FAR = AS_OF + timedelta(days=300)
pytestmark = pytest.mark.django_db


@pytest.fixture
def project(nothing: None) -> Project:
    """A project in which something happens."""
    return factories.project()


@pytest.fixture
def owner(project: Project) -> User:
    """A user who sees the project and receives notices."""
    return reader_of(project, "owner")


@pytest.fixture
def manager(project: Project) -> User:
    """A user who writes in the project."""
    return reader_of(project, "manager", "pmo")


def reader_of(project: Project, name: str, role: str = "viewer") -> User:
    """Somebody with a role on the programme of a project."""
    user = factories.user(name)
    factories.role(user, role, programme=project.programme)
    return user


def say(api: Any, record: Any, text: str) -> int:
    """Comment on a record over REST; the id of the comment."""
    at = {"record_type": record._meta.model_name, "record_id": record.pk, "text": text}
    answer = Api(api).post("comments/", at)
    assert answer.status_code == 201
    id: int = answer.json()["id"]
    return id


def told(api: Any, query: str = "") -> list[tuple[str, str, str, bool]]:
    """(kind, what the record is called, by whom, whether unread) of each notice."""
    rows = api.get(f"{INBOX}{query}").json()["results"]
    return [(row["kind"], row["title"], row["by"], row["unread"]) for row in rows]


def test_it_tells_what_others_ask_give_say_and_change_and_nothing_that_one_did_oneself(
    owner: User, manager: User, project: Project, api_of: Any
) -> None:
    mine, theirs = api_of(owner), api_of(manager)
    risk = factories.risk(project, title="Rain")
    named = f"{risk.code} Rain"
    assert mine.get(INBOX).json()["results"] == []
    Follow.objects.create(created_by=owner, record_type="risk", record_id=risk.pk)
    for due, title in ((AS_OF, "Near"), (FAR, "Far")):
        body = {"project": project.pk, "title": title, "owner": owner.person.pk}
        answer = Api(theirs).post("actions/", body | {"due_on": due.isoformat()})
        assert answer.status_code == 201
    say(theirs, risk, f"Well, @{owner.person.code}?")
    say(theirs, risk, "It rains.")
    say(mine, risk, f"I am @{owner.person.code}.")
    assert Api(theirs).patch(f"risks/{risk.pk}/", {"title": "Rain again"}).status_code == 200
    by = manager.person.name
    named = f"{named} again"
    assert told(mine) == [
        ("change", named, by, True),
        ("comment", named, by, True),
        ("mention", named, by, True),
        ("given", "Far", by, True),
        ("asked", "Near", by, True),
    ]
    assert told(mine, "?kind=mention") == [("mention", named, by, True)]
    assert told(theirs) == []


def test_what_was_read_stays_read_until_something_happens_anew(
    owner: User, manager: User, project: Project, api_of: Any
) -> None:
    mine, theirs = api_of(owner), api_of(manager)
    risk = factories.risk(project, title="Rain")
    Follow.objects.create(created_by=owner, record_type="risk", record_id=risk.pk)
    say(theirs, risk, "It rains.")
    assert Api(theirs).patch(f"risks/{risk.pk}/", {"title": "Snow"}).status_code == 200
    first, second = mine.get(INBOX).json()["results"]
    assert first["html_url"].endswith(f"/risks/{risk.pk}/")
    read = Api(mine).post("inbox/reading/", {"ids": [first["id"], "change:risk-0:1", "nonsense"]})
    assert (read.status_code, read.json()) == (200, {"unread": 1})
    assert [row["id"] for row in mine.get(f"{INBOX}?unread=true").json()["results"]] == [
        second["id"]
    ]
    assert [row["id"] for row in mine.get(f"{INBOX}?unread=false").json()["results"]] == [
        first["id"]
    ]
    assert Api(theirs).patch(f"risks/{risk.pk}/", {"title": "Hail"}).status_code == 200
    assert mine.get(f"{INBOX}?unread=true").json()["count"] == 2
    assert Api(mine).post("inbox/reading/", {}).json() == {"unread": 0}
    again = Api(mine).post("inbox/reading/", {"ids": [second["id"]], "read": False})
    assert again.json() == {"unread": 1}
    assert Inbox.objects.get(user=owner).read != []


def test_what_is_committed_after_all_was_read_is_unread_however_early_it_says_it_was(
    owner: User, manager: User, project: Project, api_of: Any
) -> None:
    mine, theirs = api_of(owner), api_of(manager)
    say(theirs, project, f"First, @{owner.person.code}")
    late = say(theirs, project, f"Late, @{owner.person.code}")
    moment = Comment.objects.get(pk=late).updated_at - timedelta(minutes=5)
    row = mine.get(f"{INBOX}?unread=true").json()["results"][1]
    Api(mine).post("inbox/reading/", {"ids": [row["id"]]})
    with connection.cursor() as cursor:  # as a transaction that began earlier would have written it
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE pmhub_comment DISABLE TRIGGER USER")
        cursor.execute("UPDATE pmhub_comment SET updated_at = %s WHERE id = %s", [moment, late])
        cursor.execute("ALTER TABLE pmhub_comment ENABLE TRIGGER USER")
    assert [row["text"] for row in mine.get(f"{INBOX}?unread=true").json()["results"]] == [
        f"Late, @{owner.person.code}"
    ]


def test_nothing_is_told_of_what_one_may_see_no_more_and_nobody_reads_anothers(
    owner: User, manager: User, project: Project, api_of: Any
) -> None:
    say(api_of(manager), project, f"Well, @{owner.person.code}?")
    assert api_of(owner).get(INBOX).json()["count"] == 1
    owner.person.roles.all().delete()
    assert api_of(owner).get(INBOX).json()["count"] == 0
    assert api_of(manager).get(INBOX).json()["count"] == 0


@pytest.mark.parametrize(
    ("query", "name"),
    [("kind=all", "kind"), ("unread=1", "unread"), ("page=0x1", "page"), ("mine=1", "mine")],
)
def test_what_it_does_not_know_is_refused_by_name(
    query: str, name: str, owner: User, api_of: Any
) -> None:
    answer = api_of(owner).get(f"{INBOX}?{query}")
    assert answer.status_code == 400
    assert f"/{name}" in errors_of(answer)


def test_a_token_reads_and_marks_by_its_scopes(owner: User, api_of: Any) -> None:
    client = api_of(owner, token=True)
    owner.auth_token_set.update(scopes="inbox:read")
    assert client.get(INBOX).status_code == 200
    assert Api(client).post("inbox/reading/", {}).status_code == 403
    owner.auth_token_set.update(scopes="projects:read")
    assert client.get(INBOX).status_code == 403


def test_the_page_shows_what_is_unread_and_marks_it(
    owner: User, manager: User, project: Project, api_of: Any, client_of: Any
) -> None:
    page = client_of(owner).get("/inbox/").content.decode()
    assert "Nothing in the last 30 days" in page
    say(api_of(manager), project, f"Well, @{owner.person.code}?")
    page = client_of(owner).get("/inbox/?unread=true").content.decode()
    assert f"Well, @{owner.person.code}?" in page
    assert "Mark all as read" in page
    assert Api(api_of(owner)).post("inbox/reading/", {}).json() == {"unread": 0}
    page = client_of(owner).get("/inbox/?unread=true").content.decode()
    assert "All 1 in the inbox" in page
    assert "Mark all as read" not in page


def test_a_job_that_has_ended_is_told_to_its_owner(owner: User, manager: User, api_of: Any) -> None:
    now = timezone.now()
    ends: dict[str, Any] = {"finished_at": now, "expires_at": now + timedelta(days=1)}
    ends |= {"file_name": "risks.csv", "size": 1}
    for title, state in (("All risks", "done"), ("Some risks", "cancelled")):
        Job.objects.create(owner=owner, kind="table", title=title, state=state, **ends)
    Job.objects.create(owner=owner, kind="table", title="Waits")
    assert told(api_of(owner)) == [("job", "All risks", "", True)]
    assert told(api_of(manager)) == []


def test_the_number_of_queries_does_not_depend_on_how_much_there_is(
    owner: User, manager: User, project: Project, api_of: Any
) -> None:
    risk = factories.risk(project)
    Follow.objects.create(created_by=owner, record_type="risk", record_id=risk.pk)
    asked = []
    for number in (1, 2, 3):
        body = {"project": project.pk, "title": "Far", "owner": owner.person.pk}
        answer = Api(api_of(manager)).post("actions/", body | {"due_on": FAR.isoformat()})
        assert answer.status_code == 201
        say(api_of(manager), risk, f"Well, @{owner.person.code}?")
        say(api_of(manager), risk, "It rains.")
        reader = User.objects.get(pk=owner.pk)
        with CaptureQueriesContext(connection) as queries:
            assert len(inbox.entries(reader)) == 3 * number
        asked.append(len(queries))
    assert asked[1] == asked[2]  # the first reads what stays


def test_while_nothing_is_written_to_look_again_costs_no_more_than_a_stamp(
    owner: User, manager: User, project: Project, api_of: Any
) -> None:
    mine, theirs = api_of(owner), api_of(manager)
    say(theirs, project, f"Well, @{owner.person.code}?")
    assert mine.get(INBOX).json()["count"] == 1
    with CaptureQueriesContext(connection) as queries:
        assert mine.get(f"{INBOX}?unread=true&page_size=1").json()["count"] == 1
    assert len(queries) < 10, [query["sql"][:80] for query in queries]
    say(theirs, project, f"And, @{owner.person.code}?")
    assert mine.get(f"{INBOX}?unread=true&page_size=1").json()["count"] == 2


def test_a_comment_whose_words_are_mended_stays_read(
    owner: User, manager: User, project: Project, api_of: Any
) -> None:
    mine, theirs = api_of(owner), api_of(manager)
    said = say(theirs, project, f"Well, @{owner.person.code}?")
    assert Api(mine).post("inbox/reading/", {}).json() == {"unread": 0}
    mended = {"text": f"Well, well, @{owner.person.code}?"}
    assert Api(theirs).patch(f"comments/{said}/", mended).status_code == 200
    (row,) = mine.get(INBOX).json()["results"]
    assert (row["text"], row["unread"]) == (mended["text"], False)
    assert Api(theirs).patch(f"comments/{said}/", {"text": "Well, nobody"}).status_code == 200
    assert told(mine) == []


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"ids": "mention:1:1"}, "ids"),
        ({"ids": None}, "ids"),
        ({"ids": [None]}, "ids"),
        ({"ids": [{"id": 1}]}, "ids"),
        ({"ids": ["x" * 201]}, "ids"),
        ({"ids": [], "read": "maybe"}, "read"),
        ({"id": []}, "id"),
    ],
)
def test_a_reading_that_says_nothing_is_refused_by_name(
    body: dict[str, Any], name: str, owner: User, api_of: Any
) -> None:
    answer = Api(api_of(owner)).post("inbox/reading/", body)
    assert answer.status_code == 400
    assert any(pointer.startswith(f"/{name}") for pointer in errors_of(answer))


def test_the_same_reading_twice_is_as_once_and_what_was_sent_is_not_sent_again(
    owner: User, manager: User, project: Project, api_of: Any
) -> None:
    mine = api_of(owner)
    say(api_of(manager), project, f"Well, @{owner.person.code}?")
    answer = mine.get(INBOX)
    again = mine.get(INBOX, headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    ids = [row["id"] for row in answer.json()["results"]]
    for _ in range(2):
        assert Api(mine).post("inbox/reading/", {"ids": ids * 2}).json() == {"unread": 0}
    assert Inbox.objects.get(user=owner).read == ids
    assert mine.get(INBOX, headers={"If-None-Match": answer["ETag"]}).status_code == 200
    assert Api(api_of(manager)).post("inbox/reading/", {"ids": ids}).json() == {"unread": 0}
    assert Inbox.objects.get(user=manager).read == []


def test_what_happened_before_one_followed_is_not_told(
    owner: User, manager: User, project: Project, api_of: Any
) -> None:
    risk = factories.risk(project, title="Rain")
    say(api_of(manager), risk, "It rains.")
    Follow.objects.create(created_by=owner, record_type="risk", record_id=risk.pk)
    assert told(api_of(owner)) == []
    say(api_of(manager), risk, "It still rains.")
    changed = Api(api_of(manager)).patch(f"risks/{risk.pk}/", {"title": "Snow"})
    assert changed.status_code == 200
    assert [row[0] for row in told(api_of(owner))] == ["change", "comment"]


def test_the_page_groups_by_the_days_of_its_reader_and_says_who_and_when(
    owner: User, manager: User, project: Project, api_of: Any, client_of: Any
) -> None:
    said = say(api_of(manager), project, f"Well, @{owner.person.code}?")
    User.objects.filter(pk=owner.pk).update(time_zone="Pacific/Kiritimati")  # 14 hours ahead
    there = timezone.localtime(timezone=ZoneInfo("Pacific/Kiritimati"))
    page = client_of(owner).get("/inbox/").content.decode()
    assert '<h2 class="inbox-day" id="day-1">Today</h2>' in page
    assert f">{there:%H:}" in page
    assert manager.person.name in page
    assert f"Mark as read: {project.code} {project.name}" in page
    assert page.count("Unread:") == 1
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        assert ">Yesterday</h2>" in client_of(owner).get("/inbox/").content.decode()
    with time_machine.travel(timezone.now() + timedelta(days=9)):
        page = client_of(owner).get("/inbox/").content.decode()
        assert f">{formats.day(there.date())}</h2>" in page
    assert f'id="mention:{said}:' in page


def test_more_than_a_page_of_it_is_turned(
    owner: User, manager: User, project: Project, api_of: Any, client_of: Any
) -> None:
    place = {"record_type": "project", "record_id": project.pk, "created_by": manager}
    rows = Comment.objects.bulk_create(Comment(text="Well?", **place) for _ in range(120))
    owner.person.mentioned_in.add(*rows)
    answer = api_of(owner).get(f"{INBOX}?page=3&page_size=50").json()
    assert (answer["count"], len(answer["results"])) == (120, 20)
    page = client_of(owner).get("/inbox/?page=3").content.decode()
    assert page.count("Mark as read:") == 20
    assert 'rel="prev"' in page
    assert 'rel="next"' not in page
    assert Api(api_of(owner)).post("inbox/reading/", {}).json() == {"unread": 0}


def test_who_is_in_no_directory_is_known_by_their_account_to_have_asked(
    manager: User, project: Project, api_of: Any
) -> None:
    root = factories.user("root", is_superuser=True)
    Person.objects.filter(user=root).update(user=None)
    body = {"project": project.pk, "title": "Near", "owner": manager.person.pk}
    body |= {"due_on": AS_OF.isoformat()}
    root = User.objects.get(pk=root.pk)
    assert Api(api_of(root)).post("actions/", body).status_code == 201
    findings = waiting(manager, RULES)
    assert [(row.by, row.own) for row in asked_of(findings, root).values()] == [(None, True)]
    assert [row.own for row in asked_of(findings, manager).values()] == [False]


def test_what_has_neither_code_nor_name_is_called_by_what_it_says(
    owner: User, manager: User, project: Project, api_of: Any
) -> None:
    condition = factories.gate_condition(factories.gate(project), text="Insure the crane")
    say(api_of(manager), condition, f"Done? @{owner.person.code}")
    assert told(api_of(owner), "?kind=mention") == [
        ("mention", "Gate condition: Insure the crane", manager.person.name, True)
    ]
