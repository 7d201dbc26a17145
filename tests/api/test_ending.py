"""Ending a project over REST: what is asked, and how it is answered."""

from typing import Any

import pytest

from pmhub.models import User
from projects.models import Project
from tests import factories
from tests.api.conftest import errors_of
from tests.ending import asked

STOP = {"terminated_on": "2026-10-30", "reason": "No funding"}
CLOSE = {"finished_on": "2026-10-30", "lessons": "Nothing new"}
ENDS = [("termination", STOP), ("closure", CLOSE)]


@pytest.fixture
def project(office: User) -> Any:
    """A project with an open risk, and another that waits for it."""
    made = factories.project(code="P1")
    factories.risk(made, code="R1", title="Claim")
    other = factories.project(code="P2", programme=made.programme)
    factories.dependency(made, other, code="X1", deliverable="Keys", status="agreed")
    return made


@pytest.mark.parametrize(("verb", "body"), ENDS)
def test_what_is_open_is_listed_until_it_is_answered(
    verb: str, body: Any, project: Any, office: User, api: Any
) -> None:
    client, path = api(office), f"projects/{project.pk}/{verb}/"
    risk, link = project.risks.get(), project.dependencies_out.get()
    for query in ("", "?preview=1"):
        answer = client.verb(f"{path}{query}", body)
        assert answer.status_code == 409
        assert errors_of(answer) == {
            f"/risks/{risk.pk}": "open_risk",
            "/acknowledged_dependencies": "awaited",
        }
        problem = answer.json()
        assert problem["code"] == "unsettled"
        assert problem["unanswered"]["risks"] == [{"id": risk.pk, "code": "R1", "title": "Claim"}]
        (waits,) = problem["unanswered"]["dependencies"]
        assert (waits["id"], waits["receiver"]["code"]) == (link.pk, "P2")
    assert Project.objects.get(pk=project.pk).live
    half = {**body, "risks": {str(risk.pk): "transfer"}}
    assert errors_of(client.verb(path, half)) == {"/acknowledged_dependencies": "awaited"}
    whole = {**half, "acknowledged_dependencies": [link.pk]}
    assert client.verb(path, whole).status_code == 200
    risk.refresh_from_db()
    assert (risk.project, risk.programme, risk.status) == (None, project.programme, "open")


@pytest.mark.parametrize(
    ("answers", "pointer"),
    [
        ({"risks": []}, "/risks"),
        ({"risks": {"x": "close"}}, "/risks/x"),
        ({"risks": {"{risk}": "forget"}}, "/risks/{risk}"),
        ({"risks": {"999999": "close"}}, "/risks"),
        ({"acknowledged_dependencies": "all"}, "/acknowledged_dependencies"),
        ({"acknowledged_dependencies": [999999]}, "/acknowledged_dependencies"),
        ({"acknowledged_dependencies": [True]}, "/acknowledged_dependencies/0"),
    ],
)
def test_an_answer_that_means_nothing_is_pointed_at(
    answers: Any, pointer: str, project: Any, office: User, api: Any
) -> None:
    risk = str(project.risks.get().pk)
    if "{risk}" in answers.get("risks", ()):
        answers = {"risks": {risk: "forget"}}
    answer = api(office).verb(f"projects/{project.pk}/termination/", {**STOP, **answers})
    assert answer.status_code == 400
    assert list(errors_of(answer)) == [pointer.format(risk=risk)]
    assert Project.objects.get(pk=project.pk).live


def test_who_waits_out_of_sight_is_not_named(demo: Any, cam02_manager: User, api: Any) -> None:
    project = demo.project("CAM-02")
    far = factories.project(code="FAR", name="Secret")
    link = factories.dependency(project, far, deliverable="Keys", status="agreed")
    answer = api(cam02_manager).verb(f"projects/{project.pk}/termination/", STOP)
    waits = {each["id"]: each for each in answer.json()["unanswered"]["dependencies"]}
    assert waits[link.pk]["receiver"] is None
    assert "Secret" not in answer.content.decode()
    assert "FAR" not in answer.content.decode()


def test_why_it_stopped_is_on_the_record_and_in_its_history(
    project: Any, office: User, api: Any
) -> None:
    client = api(office)
    body = asked(project, **STOP)
    row = client.verb(f"projects/{project.pk}/termination/", body).json()
    assert (row["terminated_on"], row["ended_reason"]) == ("2026-10-30", "No funding")
    history = client.get(f"projects/{project.pk}/history/").json()["results"]
    assert history[0]["reason"] == "No funding"
    for record in ("risks", "dependencies"):
        (only,) = client.get(f"{record}/").json()["results"]
        seen = client.get(f"{record}/{only['id']}/history/").json()["results"][0]
        assert seen.get("reason") == ("No funding" if record == "risks" else None)
    patched = client.patch(f"projects/{project.pk}/", {"ended_reason": "Another"})
    assert errors_of(patched) == {"/ended_reason": "read_only"}


def test_why_it_moved_is_in_its_history(project: Any, office: User, api: Any) -> None:
    other = factories.programme(portfolio=project.programme.portfolio)
    body = {"to_programme": other.pk, "reason": "Fits better"}
    client = api(office)
    assert client.verb(f"projects/{project.pk}/move/", body).status_code == 200
    history = client.get(f"projects/{project.pk}/history/").json()["results"]
    assert history[0]["reason"] == "Fits better"


@pytest.mark.parametrize(("verb", "body"), ENDS)
def test_nobody_is_asked_for_anything_by_a_project_that_has_ended(
    verb: str, body: Any, office: User, api: Any
) -> None:
    home = factories.programme()
    project, other = factories.project(programme=home), factories.project(programme=home)
    kept = factories.inspection(other)
    inspection, held = factories.inspection(project), factories.inspection(project, state="held")
    override = factories.override(project)
    crane = factories.resource(portfolio=home.portfolio)
    for day in ("2026-09-01", "2026-11-01"):
        factories.allocation(crane, project, 1, starts_on=day, ends_on="2026-12-31")
    assert api(office).verb(f"projects/{project.pk}/{verb}/", body).status_code == 200
    for row, state in (
        (inspection, "cancelled"), (held, "held"), (kept, "planned"), (override, "withdrawn"),
    ):  # fmt: skip
        row.refresh_from_db()
        assert row.state == state
    assert [str(each.ends_on) for each in project.allocations.all()] == ["2026-10-30"]
    history = api(office).get(f"inspections/{inspection.pk}/history/").json()["results"]
    assert history[0]["reason"] == "The project has ended."
