"""Verbs of projects: stopping, closing and moving, by REST as by the services."""

import json
from inspect import Parameter, signature
from typing import Any

import pytest
from rest_framework.fields import empty

from pmhub.api.routes import RESOURCES
from pmhub.models import User
from projects.models import Project
from tests import factories
from tests.api.conftest import errors_of
from tests.closing import asked

# Whose side speaks follows from who asks, unless that is both.
FROM_ELSEWHERE = {"dependencies": ("side",)}
STOP = {"terminated_on": "2026-10-30", "reason": "No funding"}


@pytest.mark.parametrize(
    ("who", "status"),
    [("pmo", 200), ("cam_manager", 200), ("cam02_manager", 200), ("benefit_owner", 403),
     ("viewer", 403), ("ssv_manager", 404), ("stranger", 404)],
)  # fmt: skip
def test_who_may_write_a_project_stops_it(
    who: str, status: int, demo: Any, request: pytest.FixtureRequest, api: Any
) -> None:
    project = demo.project("CAM-02")
    body = asked(project, **STOP)
    answer = api(request.getfixturevalue(who)).verb(f"projects/{project.pk}/termination/", body)
    assert answer.status_code == status
    stored = Project.objects.get(pk=project.pk)
    assert (stored.status == "terminated") == (status == 200)
    if status == 200:
        assert answer.json()["status"] == "terminated"
        assert answer.headers["ETag"].startswith(f'"v{project.version + 1}')
        assert stored.contributions.count() == project.contributions.count()


@pytest.mark.parametrize(
    ("verb", "body", "pointer"),
    [
        ("termination", {"terminated_on": "2026-10-30"}, "/reason"),
        ("termination", STOP | {"reason": " "}, "/reason"),
        ("termination", STOP | {"terminated_on": "2199-01-01"}, "/terminated_on"),
        ("termination", STOP | {"estimate_to_complete": "-1"}, "/estimate_to_complete"),
        ("termination", STOP | {"colour": "red"}, "/colour"),
        ("closure", {}, "/finished_on"),
        ("closure", {"finished_on": "2199-01-01"}, "/finished_on"),
        ("move", {"reason": "Fits"}, "/to_programme"),
        ("move", {"to_programme": 999999, "reason": "Fits"}, "/to_programme"),
        ("move", {"to_programme": "{here}", "reason": "Fits"}, "/to_programme"),
    ],
)
def test_what_a_verb_refuses_names_the_field(
    verb: str, body: Any, pointer: str, demo: Any, pmo: User, api: Any
) -> None:
    project = demo.project("CAM-02")
    if body.get("to_programme") == "{here}":
        body = body | {"to_programme": project.programme_id}
    answer = api(pmo).verb(f"projects/{project.pk}/{verb}/", body)
    assert (answer.status_code, list(errors_of(answer))) == (400, [pointer])
    assert Project.objects.get(pk=project.pk).version == project.version


def test_what_is_still_to_settle_is_a_conflict(demo: Any, pmo: User, api: Any) -> None:
    project = demo.project("CAM-02")  # its risks are still open
    answer = api(pmo).verb(f"projects/{project.pk}/closure/", {"finished_on": "2026-10-30"})
    assert (answer.status_code, answer.json()["code"]) == (409, "unsettled")
    assert "/status" in errors_of(answer)  # beside risks and who waits
    assert Project.objects.get(pk=project.pk).version == project.version


def test_a_verb_is_done_to_the_version_that_was_seen(demo: Any, pmo: User, api: Any) -> None:
    project = demo.project("CAM-02")
    path = f"projects/{project.pk}/termination/"
    assert api(pmo).post(path, STOP).status_code == 428
    stale = api(pmo).verb(path, STOP, project.version - 1)
    assert (stale.status_code, stale.json()["current"]["version"]) == (412, project.version)
    body = asked(project, **STOP)
    assert api(pmo).verb(path, body, project.version).status_code == 200
    again = api(pmo).verb(path, body)
    assert (again.status_code, errors_of(again)) == (409, {"/status": "wrong_state"})


def test_a_verb_can_be_previewed_and_repeated(demo: Any, pmo: User, api: Any) -> None:
    project = demo.project("CAM-02")
    path = f"projects/{project.pk}/termination/"
    given = asked(project, **STOP)
    seen = api(pmo).verb(f"{path}?preview=1", given).json()
    assert seen["object"]["status"] == "terminated"
    assert Project.objects.get(pk=project.pk).status == "active"
    (cam,) = (each for each in seen["benefits"] if each["code"] == "CAM")
    assert any(float(each["expected"]) < float(each["forecast"]["to"]) for each in cam["years"])
    assert all(each["forecast"]["from"] == each["forecast"]["to"] for each in cam["years"])
    body = json.dumps(given).encode()
    headers = {"If-Match": "*", "Idempotency-Key": "k"}
    both = [api(pmo).raw("POST", path, body, **headers) for _ in range(2)]
    assert [each.status_code for each in both] == [200, 200]
    assert both[0].json() == both[1].json()


def test_a_preview_names_whom_to_ask(demo: Any, cam_manager: User, api: Any) -> None:
    project = demo.project("CAM-02")
    later = {"forecast_finish": "2031-12-31"}
    seen = api(cam_manager).patch(f"projects/{project.pk}/?preview=1", later).json()
    people = {each["name"]: each["roles"] for each in seen["people"]}
    roles = {
        (role["role"], role["source"]["code"]) for role in people[project.project_manager.name]
    }
    assert ("project_manager", "CAM-02") in roles
    assert cam_manager.person.name not in people
    codes = {role["source"]["code"] or "" for each in people.values() for role in each}
    assert not any(code.startswith("NZE") for code in codes)


def test_a_project_moves_where_its_user_may_write(
    demo: Any, cam02_manager: User, cam_manager: User, pmo: User, api: Any
) -> None:
    project, target = demo.project("CAM-02"), demo.programme("NZE")
    for user in (cam02_manager, cam_manager):
        factories.role(user, "viewer", programme=target)
    path, body = f"projects/{project.pk}/move/", {"to_programme": target.pk, "reason": "Fits"}
    assert api(cam02_manager).verb(path, body).status_code == 403
    assert api(cam_manager).verb(path, body).status_code == 403
    assert api(pmo).verb(path, body).json()["programme"] == target.pk
    alone = api(pmo).verb(path, {"to_programme": None, "reason": "Alone"}).json()
    assert (alone["programme"], alone["portfolio"]) == (None, demo.portfolio.pk)


def test_a_project_closes_once_all_is_settled(office: User, api: Any) -> None:
    project = factories.project(actual_start="2026-01-05")
    body = {"finished_on": "2026-10-30", "lessons": "Nothing new"}
    answer = api(office).verb(f"projects/{project.pk}/closure/", body)
    assert answer.json()["status"] == "closed"
    assert answer.json()["actual_finish"] == "2026-10-30"


def test_contingency_is_drawn_by_rule(demo: Any, pmo: User, api: Any) -> None:
    project = demo.project("CAM-02")
    body = {
        "programme": project.programme_id, "project": project.pk, "amount": "99999999",
        "moved_on": "2026-10-30",
    }  # fmt: skip
    assert errors_of(api(pmo).post("contingency-movements/", body)) == {"/amount": "invalid"}
    later = body | {"amount": "1", "moved_on": "2199-01-01"}
    assert errors_of(api(pmo).post("contingency-movements/", later)) == {"/moved_on": "invalid"}
    assert api(pmo).post("contingency-movements/", body | {"amount": "1"}).status_code == 201


def test_what_a_verb_does_it_with_is_asked_for() -> None:
    """A form that leaves out what its service needs would be an error of the server."""
    lacking = [
        (collection, noun, name)
        for collection, view in RESOURCES.items()
        for noun, verb in view.verbs().items()
        for name, field in verb.form().fields.items()
        if not field.required
        and field.default is empty
        and (asked := signature(verb.service).parameters.get(field.source or name))
        and asked.default is Parameter.empty
        and name not in FROM_ELSEWHERE.get(collection, ())
    ]
    assert lacking == []


def test_the_first_plan_of_a_project_needs_no_reason(office: User, api: Any) -> None:
    project = factories.project()
    plan = {"approved_on": "2026-10-01", "starts_on": "2026-04-01", "finishes_on": "2027-03-31",
            "budget_at_completion": "100"}  # fmt: skip
    path = f"projects/{project.pk}/baseline/"
    assert api(office).verb(path, plan).status_code == 200
    again = api(office).verb(path, plan)
    assert (again.status_code, errors_of(again).keys()) == (400, {"/reason"})
