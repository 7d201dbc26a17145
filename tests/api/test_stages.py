"""`GET /stages/`: the stages of projects, with the gates at which they begin."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pmhub.models import User
from projects.models import Project
from tests import factories
from tests.factories import AS_OF


@pytest.fixture
def project(nothing: None) -> Project:
    """A project in its third stage, which a gate let it enter; another gate is planned."""
    made = factories.project(stage="feasibility")
    factories.passed(made, "feasibility", "appraise_and_select")
    factories.gate(
        made, stage_from="appraise_and_select", stage_to="define", planned_on=date(2027, 1, 12)
    )
    return made


@pytest.fixture
def reader(project: Project) -> User:
    """A user who reads the project."""
    user = factories.user("views")
    factories.role(user, "viewer", project=project)
    return user


def test_a_stage_says_how_it_stands_and_by_which_gate(
    project: Project, reader: User, api_of: Any
) -> None:
    rows = api_of(reader).get(f"/api/v1/stages/?project={project.pk}").json()["results"]
    assert [row["state"] for row in rows] == ["passed", "passed", "now", *["ahead"] * 4]
    before, now, after = rows[1:4]
    assert (before["stage"], before["left_on"]) == ("feasibility", "2026-10-20")
    assert (now["entered_on"], now["left_on"]) == ("2026-10-20", None)
    assert (after["entered_on"], after["planned_on"]) == (None, "2027-01-12")
    assert None not in (now["gate"], after["gate"])
    assert {row["project_code"] for row in rows} == {project.code}


def test_it_is_narrowed_and_paged(project: Project, reader: User, api_of: Any) -> None:
    client = api_of(reader)
    for query, count in (
        (f"programme={project.programme_id}", 7), ("project=999999", 0), ("state=now", 1),
        ("stage=define", 1),
    ):  # fmt: skip
        assert client.get(f"/api/v1/stages/?{query}").json()["count"] == count, query
    page = client.get("/api/v1/stages/?page_size=5&page=2").json()
    assert (page["count"], [row["number"] for row in page["results"]]) == (7, [6, 7])
    for query in ("state=gone", "stage=x", "project=x", "unheard=1"):
        assert client.get(f"/api/v1/stages/?{query}").status_code == 400, query


def test_stages_out_of_sight_are_not_counted(reader: User, api_of: Any) -> None:
    hidden = factories.project(programme=factories.programme())
    assert api_of(reader).get("/api/v1/stages/").json()["count"] == 7
    assert api_of(reader).get(f"/api/v1/stages/?project={hidden.pk}").json()["count"] == 0
    assert api_of(factories.user()).get("/api/v1/stages/").json()["count"] == 0


def test_an_etag_and_as_many_queries_for_more(project: Project, reader: User, api_of: Any) -> None:
    client = api_of(reader)

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            answer = client.get("/api/v1/stages/")
        tag = answer.headers["ETag"]
        assert client.get("/api/v1/stages/", headers={"If-None-Match": tag}).status_code == 304
        return len(captured)

    asked()
    Project.objects.filter(pk=project.pk).update(name="Another")
    few = asked()
    for code in "ABC":
        made = factories.project(programme=project.programme, code=code)
        factories.role(reader, "viewer", project=made)
    asked()
    Project.objects.filter(pk=project.pk).update(name="And another")
    assert asked() == few


def test_what_waits_is_asked_by_the_name_of_requests_too(project: Project, api_of: Any) -> None:
    leader = factories.user("leader")
    factories.role(leader, "viewer", project=project)
    factories.action(project, owner=leader.person, due_on=AS_OF)
    client = api_of(leader)
    answer = client.get("/api/v1/requests/")
    assert answer.json()["count"] == 1
    assert answer.json()["results"] == client.get("/api/v1/waiting/").json()["results"]
    tag = answer.headers["ETag"]
    assert client.get("/api/v1/requests/", headers={"If-None-Match": tag}).status_code == 304


def test_of_several_gates_to_a_stage_the_one_that_let_it_on_or_the_next_is_told(
    reader: User, api_of: Any
) -> None:
    project = factories.project(stage="feasibility")
    factories.role(reader, "viewer", project=project)
    way: dict[str, Any] = {"stage_from": "feasibility", "stage_to": "appraise_and_select"}
    second = factories.gate(project, **way, planned_on=date(2027, 2, 1))
    first = factories.passed(project, **way)

    def stage(name: str) -> Any:
        query = f"project={project.pk}&stage={name}"
        (row,) = api_of(reader).get(f"/api/v1/stages/?{query}").json()["results"]
        return row["state"], row["gate"], row["entered_on"]

    assert stage("appraise_and_select") == ("now", first.pk, "2026-10-20")
    factories.passed(project, "appraise_and_select", "feasibility")  # it is turned back
    assert stage("appraise_and_select") == ("ahead", second.pk, None)
    second.delete()
    assert stage("appraise_and_select") == ("ahead", None, None)


def test_what_waits_takes_as_many_queries_for_more(project: Project, api_of: Any) -> None:
    leader = factories.user("leader")
    factories.role(leader, "viewer", project=project)
    client = api_of(leader)
    counts = []
    for number in (1, 1, 3):
        for _ in range(number):
            factories.action(project, owner=leader.person, due_on=AS_OF)
        with CaptureQueriesContext(connection) as captured:
            answer = client.get("/api/v1/requests/")
        counts.append((answer.json()["count"], len(captured)))
    _, (two, few), (five, many) = counts
    assert (two, five) == (2, 5)
    assert few == many
