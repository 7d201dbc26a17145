"""Adopting: one change at a time, as an ordinary write, or not at all."""

import threading
from typing import Any

import pytest
from django.db import connection

from pmhub.database.history import events_of
from pmhub.models import User
from programmes.models import ScenarioChange
from projects.models import Project
from tests import factories
from tests.api.conftest import errors_of

LATER = {"forecast_finish": "2031-12-31"}


def test_an_adopted_change_is_an_ordinary_write(demo: Any, cam_manager: User, draft: Any) -> None:
    project = demo.project("CAM-02")
    scenario = draft(cam_manager, demo.programme("CAM"))
    change = scenario.add("PATCH", f"projects/{project.pk}/", LATER)
    answer = scenario.adopt(change["id"])
    assert answer.status_code == 200, answer.json()
    assert answer.json()["adopted_by"] == {"id": cam_manager.pk, "name": "Daniel Roe"}
    assert answer.json()["adopted_at"] is not None
    stored = Project.objects.get(pk=project.pk)
    assert (str(stored.forecast_finish), stored.updated_by) == ("2031-12-31", cam_manager)
    event = events_of(Project).objects.filter(id=project.pk).latest("pgh_id")
    assert event.pgh_context["user"] == cam_manager.pk


def test_a_change_is_adopted_once(demo: Any, pmo: User, draft: Any) -> None:
    project = demo.project("CAM-02")
    scenario = draft(pmo, demo.programme("CAM"))
    change = scenario.add("PATCH", f"projects/{project.pk}/", LATER)
    path, key = f"scenario-changes/{change['id']}/adoption/", {"Idempotency-Key": "k"}
    first = scenario.client.raw("POST", path, b"{}", **key)
    again = scenario.client.raw("POST", path, b"{}", **key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert Project.objects.get(pk=project.pk).version == project.version + 1
    other = scenario.adopt(change["id"])
    assert (other.status_code, other.json()["code"]) == (409, "adopted")


def test_a_stale_change_is_not_adopted(demo: Any, pmo: User, draft: Any) -> None:
    project = demo.project("CAM-02")
    scenario = draft(pmo, demo.programme("CAM"))
    change = scenario.add("PATCH", f"projects/{project.pk}/", LATER)
    scenario.client.patch(f"projects/{project.pk}/", {"percent_complete": "41"})
    answer = scenario.adopt(change["id"])
    assert (answer.status_code, answer.json()["code"]) == (412, "stale")
    assert answer.json()["current"]["percent_complete"] == "41.000"
    assert ScenarioChange.objects.get().adopted_at is None
    assert Project.objects.get(pk=project.pk).forecast_finish == project.forecast_finish
    scenario.client.post(f"scenario-changes/{change['id']}/renewal/")
    assert scenario.adopt(change["id"]).status_code == 200


def test_changes_of_one_record_are_adopted_one_after_another(
    demo: Any, pmo: User, draft: Any
) -> None:
    path = f"projects/{demo.project('CAM-02').pk}/"
    scenario = draft(pmo, demo.programme("CAM"))
    changes = [
        scenario.add("PATCH", path, LATER),
        scenario.add("PATCH", path, {"estimate_to_complete": "777"}),
    ]
    for each in changes:
        assert scenario.adopt(each["id"]).status_code == 200


def test_a_preview_of_an_adoption_adopts_nothing(demo: Any, pmo: User, draft: Any) -> None:
    project = demo.project("CAM-02")
    scenario = draft(pmo, demo.programme("CAM"))
    change = scenario.add("PATCH", f"projects/{project.pk}/", LATER)
    answer = scenario.client.post(f"scenario-changes/{change['id']}/adoption/?preview=1")
    assert answer.status_code == 200
    assert "CAM-02" in {each["code"] for each in answer.json()["projects"]}
    assert Project.objects.get(pk=project.pk).version == project.version
    assert ScenarioChange.objects.get().adopted_at is None


def test_who_may_not_write_the_record_adopts_nothing(
    demo: Any, cam_manager: User, draft: Any
) -> None:
    target = demo.programme("NZE")
    factories.role(cam_manager, "viewer", programme=target)
    scenario = draft(cam_manager, demo.programme("CAM"))
    project = demo.project("CAM-02")
    body = {"to_programme": target.pk, "reason": "Fits better"}
    change = scenario.add("POST", f"projects/{project.pk}/move/", body)
    assert scenario.adopt(change["id"]).status_code == 403
    assert ScenarioChange.objects.get().adopted_at is None
    assert Project.objects.get(pk=project.pk).programme == project.programme


def test_what_was_adopted_stays_as_it_was(demo: Any, pmo: User, draft: Any) -> None:
    scenario = draft(pmo, demo.programme("CAM"))
    change = scenario.add("PATCH", f"projects/{demo.project('CAM-02').pk}/", LATER)
    scenario.adopt(change["id"])
    path = f"scenario-changes/{change['id']}/"
    edited = scenario.client.patch(path, {"title": "Something else"})
    assert (edited.status_code, edited.json()["code"]) == (409, "adopted_stays")
    assert scenario.client.delete(path).json()["code"] == "adopted"
    assert scenario.client.post(f"{path}renewal/").json()["code"] == "adopted"
    assert scenario.try_it().status_code == 200  # nothing is left to try
    copy = scenario.client.post(f"{scenario.path}copies/", {"name": "Variant"})
    assert copy.json()["changes"] == []


def test_a_verb_and_a_new_record_are_adopted(demo: Any, pmo: User, draft: Any) -> None:
    project = demo.project("CAM-02")
    scenario = draft(pmo, demo.programme("CAM"))
    client = scenario.client
    client.post(f"{scenario.path}fundings/", {"project": project.pk, "contingency": "100"})
    body = {"project": project.pk, "reason": "No partner"}
    client.post(f"{scenario.path}cancellations/", body)
    drawn, stopped = client.get(scenario.path).json()["changes"]
    assert scenario.adopt(drawn["id"]).status_code == 200
    assert project.contingency_movements.filter(amount=100).count() == 1
    assert scenario.adopt(stopped["id"]).status_code == 200
    assert Project.objects.get(pk=project.pk).status == "terminated"
    assert errors_of(client.verb(f"projects/{project.pk}/move/", {"reason": ""})) != {}


@pytest.mark.django_db(transaction=True)
def test_two_who_adopt_at_once_make_one_write(demo: Any, pmo: User, draft: Any) -> None:
    project = demo.project("CAM-02")
    scenario = draft(pmo, demo.programme("CAM"))
    scenario.client.post(f"{scenario.path}fundings/", {"project": project.pk, "contingency": "100"})
    (change,) = scenario.client.get(scenario.path).json()["changes"]
    start, answers = threading.Barrier(2), []

    def adopt() -> None:
        start.wait()
        answers.append(scenario.adopt(change["id"]).status_code)
        connection.close()

    threads = [threading.Thread(target=adopt) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert sorted(answers) == [200, 409]
    assert project.contingency_movements.filter(amount=100).count() == 1
