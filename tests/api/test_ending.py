"""Ending a project over REST: what is asked, and how it is answered."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from pmhub.models import User
from projects.models import Project
from tests import factories
from tests.api.conftest import errors_of
from tests.closing import asked

STOP = {"terminated_on": "2026-10-30", "reason": "No funding"}
CLOSE = {"finished_on": "2026-10-30", "lessons": "Nothing new"}
ACCEPTED = {
    "status": "accepted", "agreed_on": "2026-09-01", "delivered_on": "2026-10-01",
    "accepted_on": "2026-10-02",
}  # fmt: skip
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


PLANNED: dict[str, dict[str, Any]] = {
    "risks": {"code": "R9", "title": "Claim"},
    "milestones": {"code": "M9", "title": "Keys"},
    "work-packages": {"code": "W9", "title": "Roof"},
    "iterations": {"number": 9, "goal": "Roof", "starts_on": "2026-10-01", "ends_on": "2026-10-14"},
    "outputs": {"code": "O9", "title": "Roof"},
    "inspections": {"code": "N9", "title": "Roof", "planned_on": "2026-12-01"},
    "change-requests": {"code": "CR9", "title": "A larger roof"},
}  # fmt: skip


def test_nothing_more_is_planned_in_a_project_that_has_ended(
    project: Any, office: User, api: Any
) -> None:
    client, path = api(office), f"projects/{project.pk}/"
    changes = [factories.change_request(project, state=state) for state in ("raised", "approved")]
    made = factories.change_request(project, state="implemented")
    assert client.verb(f"{path}termination/", asked(project, **STOP)).status_code == 200
    for collection, row in PLANNED.items():
        answer = client.post(f"{collection}/", {**row, "project": project.pk})
        assert (collection, answer.status_code) == (collection, 409)
        assert [*errors_of(answer)] == ["/project"]
    waiting = factories.project(programme=project.programme)
    link = {"code": "X9", "deliverable": "Keys", "giver": waiting.pk, "receiver": project.pk}
    assert errors_of(client.post("dependencies/", link)) == {"/receiver": "project_ended"}
    done = {"code": "W8", "title": "Walls", "project": project.pk, "percent": "100"}
    assert client.post("work-packages/", done).status_code == 201
    for change in (*changes, made):
        change.refresh_from_db()
    assert [change.state for change in (*changes, made)] == [
        "withdrawn",
        "withdrawn",
        "implemented",
    ]
    waiting.milestones.create(code="M8", title="Keys")
    with pytest.raises(IntegrityError, match="has ended"), transaction.atomic():
        waiting.milestones.update(project=project)
    assert client.verb(f"{path}reopening/", {"reason": "Money again"}).status_code == 200
    row = {**PLANNED["milestones"], "project": project.pk}
    assert client.post("milestones/", row).status_code == 201


def test_a_project_that_has_ended_stays_as_it_ended(office: User, api: Any) -> None:
    client, home = api(office), factories.programme()
    ended = {
        "closed": {"actual_start": "2026-01-05", "actual_finish": "2026-10-30"},
        "terminated": {"terminated_on": "2026-10-30"},
    }
    stays = {"forecast_finish": "2028-03-31", "declared_rag": "red", "percent_method": "units"}
    for status, days in ended.items():
        project = factories.project(programme=home, status=status, **days)
        path = f"projects/{project.pk}/"
        for field, value in stays.items():
            answer = client.patch(path, {field: value})
            assert (answer.status_code, [*errors_of(answer)]) == (409, [f"/{field}"])
        assert client.patch(path, {"name": "Ended"}).status_code == 200
        winding_down = client.patch(path, {"estimate_to_complete": "25.00"})
        assert winding_down.status_code == (200 if status == "terminated" else 409)


def test_what_is_done_is_called_nothing_else(office: User, api: Any) -> None:
    client, project = api(office), factories.project()
    other = factories.project(programme=project.programme)
    output = factories.output(project, state="accepted", accepted_on="2026-10-01")
    action = factories.action(project, state="done", done_on="2026-10-01")
    review = project.assurance_reviews.create(
        code="AR1", kind="peer", state="reported", held_on="2026-10-01", dca="red"
    )
    asked = review.recommendations.create(number=1, text="Test", priority="critical")
    link = factories.dependency(other, project, **ACCEPTED)
    rows = {
        f"outputs/{output.pk}/": {"acceptance_criteria": "None"},
        f"actions/{action.pk}/": {"title": "Another"},
        f"assurance-reviews/{review.pk}/": {"dca": "green"},
        f"dependencies/{link.pk}/": {"deliverable": "Half of the keys"},
    }
    for path, change in rows.items():
        assert (path, client.patch(path, change).status_code) == (path, 409)
    assert client.delete(f"assurance-reviews/{review.pk}/").status_code == 409
    path = f"assurance-recommendations/{asked.pk}/"
    assert client.patch(path, {"text": "Test twice"}).status_code == 200
    assert client.verb(f"{path}completion/", {"closed_on": "2026-10-02"}).status_code == 200
    assert client.patch(path, {"priority": "recommended"}).status_code == 409
    assert client.delete(path).status_code == 409
    reopened = client.verb(f"actions/{action.pk}/reopening/", {"reason": "Not yet"})
    assert reopened.status_code == 200
    assert client.patch(f"actions/{action.pk}/", {"title": "Another"}).status_code == 200


def test_a_project_that_has_ended_is_given_no_money_and_asks_for_none(
    project: Project, office: User, api: Any
) -> None:
    client = api(office)
    line = factories.budget(project, 100, fiscal_year=2026)
    asked_for = factories.budget_request(project, state="submitted")
    assumption = factories.assumption(project)
    path = f"budget-lines/{line.pk}/"
    assert client.patch(path, {"approved": "120"}).status_code == 200
    stopped = client.verb(f"projects/{project.pk}/termination/", asked(project, **STOP))
    assert stopped.status_code == 200
    for row in (asked_for, assumption):
        row.refresh_from_db()
    assert (asked_for.state, assumption.state) == ("draft", "retired")
    more = {"project": project.pk, "code": "L9", "category": "labour", "approved": "5"}
    refused = {
        "raised": client.patch(path, {"approved": "121"}),
        "added": client.post("budget-lines/", more),
        "added for a year": client.post("budget-lines/", {**more, "fiscal_year": 2026}),
        "tried": client.patch(f"{path}?preview=1", {"approved": "121"}),
    }
    for how, answer in refused.items():
        assert (how, answer.status_code, [*errors_of(answer)]) == (how, 409, ["/approved"])
    with pytest.raises(IntegrityError, match="no money"), transaction.atomic():
        project.budget_lines.update(approved=121)
    submission = client.verb(f"budget-requests/{asked_for.pk}/submission/", {})
    assert (submission.status_code, [*errors_of(submission)]) == (409, ["/project"])
    assert client.patch(path, {"approved": "80"}).status_code == 200


def test_one_statement_over_all_projects_changes_what_goes_on_and_names_what_has_ended(
    nothing: None,
) -> None:
    programme = factories.programme()
    live, ended = (factories.project(programme=programme) for _ in range(2))
    Project.objects.filter(pk=ended.pk).update(
        status="terminated", terminated_on="2026-10-01", ended_reason="No funding"
    )
    rows = Project.objects.filter(programme=programme)
    before = Project.objects.get(pk=ended.pk)
    assert rows.update(forecast_finish=before.forecast_finish, objective="As before") == 2
    assert rows.update(percent_complete=F("percent_complete")) == 2
    for change, words, code in (
        ({"forecast_finish": "2030-01-01"}, "open it again first", ended.code),
        ({"percent_complete": 7}, "open it again first", ended.code),
        ({"archived_at": timezone.now()}, "goes on is not archived", live.code),
    ):
        with pytest.raises(IntegrityError, match=words) as error, transaction.atomic():
            rows.update(**change)
        assert f"DETAIL:  {code}" in str(error.value)
    assert rows.filter(status="active").update(forecast_finish="2030-01-01") == 1
