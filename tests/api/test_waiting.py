"""`GET /waiting/`: what the home page says, for other systems."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pmhub.queries import events
from pmhub.queries.waiting import BY_NAME
from projects.models import Action
from tests import factories
from tests.api.conftest import errors_of
from tests.contract import contract
from tests.factories import AS_OF

WAITING = "/api/v1/waiting/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def project(nothing: None) -> Any:
    """A project with three actions of its manager: overdue, due soon and due later."""
    leader = factories.user("leader")
    made = factories.project(project_manager=leader.person)
    for days in (-3, 2, 10):
        due = AS_OF + timedelta(days=days)
        factories.action(made, owner=leader.person, due_on=due, title=f"In {days} days")
    return made


@pytest.fixture
def leader(project: Any) -> Any:
    """The manager of the project."""
    return project.project_manager.user


def test_it_says_what_where_when_and_how_it_is_settled(
    project: Any, leader: Any, api_of: Any
) -> None:
    answer = api_of(leader).get(f"{WAITING}?rule=action_due&page_size=2").json()
    assert (answer["count"], answer["previous"]) == (3, None)
    assert "page=2" in answer["next"]
    row = answer["results"][0]
    assert row["key"] == f"action_due:{row['id']}:{leader.person.pk}"
    assert (row["rule_title"], row["who"]) == ("Actions to do", "its owner")
    assert (row["urgency"], row["due_on"], row["as_of"]) == ("overdue", "2026-10-28", "2026-10-31")
    assert (row["type"], row["title"]) == ("actions", "In -3 days")
    assert row["place"]["code"] == project.code
    assert row["does"] == "Mark as done"
    assert row["does_url"].endswith(f"/actions/{row['id']}/#completion-form")
    read = api_of(leader).get(row["url"]).json()
    assert (read["title"], read["html_url"]) == (row["title"], row["html_url"])


def test_the_most_urgent_comes_first(leader: Any, api_of: Any) -> None:
    rows = api_of(leader).get(WAITING).json()["results"]
    told = [(row["urgency"], row["rule"]) for row in rows]
    assert told == [
        ("overdue", "action_due"),
        ("soon", "report_due"),
        ("soon", "action_due"),
        ("later", "action_due"),
    ]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("rule=report_due", 1),
        ("urgency=later", 1),
        ("rule=action_due&urgency=soon", 1),
        ("programme=999999999", 0),
    ],
)
def test_it_is_narrowed(query: str, count: int, leader: Any, api_of: Any) -> None:
    assert api_of(leader).get(f"{WAITING}?{query}").json()["count"] == count


def test_it_is_narrowed_to_a_programme_that_one_sees(project: Any, api_of: Any) -> None:
    owner = factories.user()
    factories.role(owner, "viewer", programme=project.programme)
    factories.action(project, owner=owner.person, due_on=AS_OF)
    query = f"{WAITING}?programme={project.programme_id}"
    assert api_of(owner).get(query).json()["count"] == 1


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("rule=nothing", "rule"),
        ("urgency=now", "urgency"),
        ("programme=one", "programme"),
        ("programme=%C2%B2", "programme"),
        ("page=0x1", "page"),
        ("page_size=501", "page_size"),
        ("mine=true", "mine"),
        ("ordering=age", "ordering"),
        ("asked_by=me", "asked_by"),
        ("rule=action_due&rule=report_due", "rule"),
    ],
)
def test_what_it_does_not_know_is_refused_by_name(
    query: str, name: str, leader: Any, api_of: Any
) -> None:
    answer = api_of(leader).get(f"{WAITING}?{query}")
    assert answer.status_code == 400
    assert f"/{name}" in errors_of(answer)


def test_each_is_told_their_own(leader: Any, api_of: Any) -> None:
    other = factories.user()
    assert api_of(other).get(WAITING).json()["results"] == []
    for wrong in ("abc", "9" * 20, "-1"):  # refused though nothing waits
        assert errors_of(api_of(other).get(f"{WAITING}?programme={wrong}")) == {
            "/programme": "invalid"
        }
    assert api_of(leader).post(WAITING, {}).status_code == 405


@pytest.mark.parametrize(("scope", "status"), [("waiting:read", 200), ("projects:read", 403)])
def test_a_token_reads_it_by_its_scope(scope: str, status: int, leader: Any, api_of: Any) -> None:
    client = api_of(leader, token=True)
    leader.auth_token_set.update(scopes=scope)
    assert client.get(WAITING).status_code == status


def test_it_is_a_file_too(leader: Any, api_of: Any) -> None:
    text = api_of(leader).get(f"{WAITING}?format=csv").content.decode()
    head, *lines = text.strip().splitlines()
    assert head.lstrip("\ufeff").split(",")[:3] == ["key", "rule", "urgency"]
    assert len(lines) == 4
    assert api_of(leader).get(f"{WAITING}?format=xlsx").status_code == 200


def test_the_contract_names_the_rules() -> None:
    schemas = contract()["components"]["schemas"]
    rule = schemas["Waiting"]["properties"]["rule"]
    named = rule.get("enum") or schemas[rule["$ref"].split("/")[-1]]["enum"]
    assert named == [*BY_NAME]


def test_it_says_who_asks_and_since_when(project: Any, leader: Any, api: Any) -> None:
    asker = factories.user("asker")
    factories.role(asker, "pmo")
    body = {"project": project.pk, "title": "Later", "owner": leader.person.pk}
    made = api(asker).post("actions/", body | {"due_on": AS_OF.isoformat()})
    assert made.status_code == 201, made.json()
    id = made.json()["id"]
    assert api(leader).patch(f"actions/{id}/", {"title": "Now"}).status_code == 200

    def told(query: str) -> list[Any]:
        rows: list[Any] = api(leader).get(f"requests/?{query}").json()["results"]
        return rows

    (row,) = told(f"asked_by={asker.person.pk}")
    assert (row["id"], row["asked_by"]["name"]) == (id, asker.person.name)
    begun = events(Action, id).last()
    assert begun is not None
    assert datetime.fromisoformat(row["since"]) == begun.pgh_created_at
    assert told(f"asked_by={leader.person.pk}") == []
    ages = [row["since"] for row in told("ordering=since&rule=action_due")]
    assert len(ages) == 4
    assert ages == sorted(ages)
    assert ages[::-1] == [row["since"] for row in told("ordering=-since&rule=action_due")]


def test_as_many_queries_say_who_asks_of_one_as_of_many(
    project: Any, leader: Any, api: Any
) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert api(leader).get("requests/?rule=action_due&ordering=since").status_code == 200
        return len(asked)

    count()
    before = count()
    for _ in range(3):
        factories.action(project, owner=leader.person, due_on=AS_OF)
    count()
    assert count() == before
