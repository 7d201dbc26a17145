"""`GET /stages/`: the stages of projects, with the gates at which they begin."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pmhub.models import User
from projects.models import Project
from tests import factories
from tests.custom.conftest import elsewhere, lead, project

__all__ = ["elsewhere", "lead", "project"]


@pytest.fixture
def reader(project: Project) -> User:
    """Who reads the project in its third stage, which a gate let it enter."""
    factories.gate(
        project, stage_from="feasibility", stage_to="appraise_and_select", state="decided",
        decision="proceed", decided_on=date(2026, 5, 4), held_on=date(2026, 5, 4),
        reason="Sound",
    )  # fmt: skip
    factories.gate(
        project,
        stage_from="appraise_and_select",
        stage_to="define",
        planned_on=date(2027, 1, 12),
    )
    user = factories.user("views")
    factories.role(user, "viewer", project=project)
    return user


def test_a_stage_says_how_it_stands_and_by_which_gate(
    project: Project, reader: User, api_of: Any
) -> None:
    Project.objects.filter(pk=project.pk).update(stage="appraise_and_select")
    rows = api_of(reader).get(f"/api/v1/stages/?project={project.pk}").json()["results"]
    assert [row["state"] for row in rows] == ["passed", "passed", "now", *["ahead"] * 4]
    before, now, after = rows[1:4]
    assert (before["stage"], before["left_on"]) == ("feasibility", "2026-05-04")
    assert (now["entered_on"], now["left_on"]) == ("2026-05-04", None)
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
    for query in ("state=gone", "stage=x", "project=x", "unheard=1", "page=0"):
        assert client.get(f"/api/v1/stages/?{query}").status_code == 400, query


def test_stages_out_of_sight_are_not_counted(reader: User, elsewhere: User, api_of: Any) -> None:
    rows = api_of(elsewhere).get("/api/v1/stages/").json()["results"]
    assert reader.pk
    assert not {row["project"] for row in rows} - {
        *Project.objects.visible_to(elsewhere).values_list("pk", flat=True)
    }
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


def test_what_waits_is_asked_by_the_name_of_requests_too(lead: User, api_of: Any) -> None:
    client = api_of(lead)
    answer = client.get("/api/v1/requests/")
    assert answer.json()["results"] == client.get("/api/v1/waiting/").json()["results"]
    tag = answer.headers["ETag"]
    assert client.get("/api/v1/requests/", headers={"If-None-Match": tag}).status_code == 304
