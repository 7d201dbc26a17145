"""Scenarios and their changes as records: who may what, what a change may write, their order."""

from typing import Any

import pytest

from pmhub.models import User
from programmes.models import Scenario, ScenarioChange
from tests import factories
from tests.api.conftest import errors_of
from tests.whatif.conftest import Draft

LATER = {"forecast_finish": "2031-12-31"}
QUERIES = 20


@pytest.mark.parametrize(
    ("who", "statuses"),
    [
        ("pmo", (201, 200, 200, 201)),
        ("cam_manager", (201, 200, 200, 201)),
        ("viewer", (403, 200, 403, 403)),
        ("cam02_manager", (400, 404, 404, 404)),
        ("ssv_manager", (400, 404, 404, 404)),
        ("stranger", (400, 404, 404, 404)),
    ],
)
def test_who_may_write_the_programme_writes_its_scenarios(
    who: str, statuses: Any, demo: Any, pmo: User, api: Any, draft: Any,
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    programme = demo.programme("CAM")
    scenario = draft(pmo, programme)
    client = api(request.getfixturevalue(who))
    assert (
        client.post("scenarios/", {"programme": programme.pk, "name": "Mine"}).status_code,
        client.get(scenario.path).status_code,
        client.post(f"{scenario.path}trial/").status_code,
        client.post(f"{scenario.path}copies/", {"name": "Variant"}).status_code,
    ) == statuses
    listed = client.get(f"programmes/{programme.pk}/scenarios/")
    assert listed.status_code == (404 if statuses[1] == 404 else 200)


def test_a_programme_lists_its_scenarios_and_takes_one_more(demo: Any, pmo: User, api: Any) -> None:
    path = f"programmes/{demo.programme('CAM').pk}/scenarios/"
    made = api(pmo).post(path, {"name": "Later"})
    assert (made.status_code, made.json()["trial"]["state"]) == (201, "never")
    assert [each["name"] for each in api(pmo).get(path).json()["results"]] == ["Later"]
    assert errors_of(api(pmo).post(path, {"name": "Later"})) == {"/name": "unique"}
    assert errors_of(api(pmo).post(path, {"name": ""})) == {"/name": "blank"}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"method": "PATCH", "path": "people/1/"}, "/path"),
        ({"method": "PATCH", "path": "projects/{other}/"}, "/path"),
        ({"method": "PATCH", "path": "projects/999999/"}, "/path"),
        ({"method": "PATCH", "path": "projects/{project}"}, "/path"),
        ({"method": "PATCH", "path": "../projects/{project}/"}, "/path"),
        ({"method": "PATCH", "path": "projects/{project}/?preview=1"}, "/path"),
        ({"method": "POST", "path": "projects/{project}/adoption/"}, "/path"),
        ({"method": "DELETE", "path": "projects/{project}/"}, "/method"),
        ({"method": "POST", "path": "projects/"}, "/body"),
        ({"method": "PUT", "path": "projects/{project}/"}, "/method"),
        ({"method": "PATCH", "path": "projects/{project}/move/"}, "/method"),
        ({"method": "POST", "path": "risks/", "body": {"project": "{other}"}}, "/body"),
        ({"method": "POST", "path": "risks/", "body": {"title": "Flood"}}, "/body"),
        ({"method": "PATCH", "path": "projects/{project}/", "body": []}, "/body"),
        ({"method": "PATCH", "path": "projects/{project}/", "seen_version": 999}, "/seen_version"),
        ({"method": "PATCH", "path": "projects/{project}/", "title": " "}, "/title"),
        ({"method": "PATCH", "path": "projects/{project}/", "position": 0}, "/position"),
        ({"method": "PATCH", "path": "projects/{project}/", "adopted_at": "2026-10-31"},
         "/adopted_at"),
    ],
)  # fmt: skip
def test_a_change_writes_what_a_scenario_of_its_programme_may(
    change: Any, pointer: str, demo: Any, pmo: User, draft: Any
) -> None:
    scenario = draft(pmo, demo.programme("CAM"))
    ids = {"project": demo.project("CAM-02").pk, "other": demo.project("NZE-01").pk}
    given = {"scenario": scenario.id, "title": "A change", "body": {}} | change
    given["path"] = given["path"].format(**ids)
    if isinstance(given["body"], dict):
        given["body"] = {name: str(each).format(**ids) for name, each in given["body"].items()}
    answer = scenario.client.post("scenario-changes/", given)
    assert (answer.status_code, list(errors_of(answer))) == (400, [pointer])
    assert not ScenarioChange.objects.exists()


def order(scenario: Draft) -> list[str]:
    """The titles in order, with their places."""
    changes = scenario.client.get(scenario.path).json()["changes"]
    assert [each["position"] for each in changes] == list(range(1, len(changes) + 1))
    return [each["title"] for each in changes]


def test_changes_are_put_in_another_order(demo: Any, pmo: User, draft: Any) -> None:
    scenario = draft(pmo, demo.programme("CAM"))
    path = f"projects/{demo.project('CAM-02').pk}/"
    first, *_ = [scenario.add("PATCH", path, LATER, title=title) for title in "abc"]
    assert order(scenario) == ["a", "b", "c"]
    scenario.client.patch(f"scenario-changes/{first['id']}/", {"position": 3})
    assert order(scenario) == ["b", "c", "a"]
    scenario.add("PATCH", path, LATER, title="d", position=1)
    assert order(scenario) == ["d", "b", "c", "a"]
    scenario.client.patch(f"scenario-changes/{first['id']}/", {"position": 1, "title": "e"})
    assert order(scenario) == ["e", "d", "b", "c"]


def test_a_scenario_has_fifty_changes_at_most(demo: Any, pmo: User, draft: Any) -> None:
    scenario = draft(pmo, demo.programme("CAM"))
    change: Any = {"method": "PATCH", "path": f"projects/{demo.project('CAM-02').pk}/"}
    kept = Scenario.objects.get(pk=scenario.id).changes
    kept.bulk_create(
        ScenarioChange(scenario_id=scenario.id, position=n, title=str(n), seen_version=1, **change)
        for n in range(1, 51)
    )
    answer = scenario.client.post(
        "scenario-changes/", change | {"scenario": scenario.id, "title": "51"}
    )
    assert errors_of(answer) == {"/scenario": "invalid"}
    assert kept.count() == 50


def test_a_variant_has_the_same_changes_and_its_own_life(demo: Any, pmo: User, draft: Any) -> None:
    scenario = draft(pmo, demo.programme("CAM"))
    scenario.add("PATCH", f"projects/{demo.project('CAM-02').pk}/", LATER)
    copy = scenario.client.post(f"{scenario.path}copies/", {"name": "Variant"})
    assert copy.status_code == 201
    assert [each["body"] for each in copy.json()["changes"]] == [LATER]
    assert errors_of(scenario.client.post(f"{scenario.path}copies/", {"name": "Variant"})) != {}
    assert scenario.client.delete(scenario.path).status_code == 204
    assert scenario.client.get(f"scenarios/{copy.json()['id']}/").status_code == 200


# Side by side


def test_scenarios_side_by_side(demo: Any, pmo: User, viewer: User, api: Any, draft: Any) -> None:
    programme = demo.programme("CAM")
    scenarios = [draft(pmo, programme, name) for name in ("A", "B", "C")]
    for days, scenario in zip((30, 60), scenarios[:2], strict=True):
        body = {"project": demo.project("CAM-02").pk, "days": days}
        scenario.client.post(f"{scenario.path}delays/", body)
        assert scenario.try_it().status_code == 200
    path = f"programmes/{programme.pk}/scenarios/comparison/"
    found = api(viewer).get(path).json()
    assert [each["name"] for each in found["scenarios"]] == ["A", "B", "C"]
    (project,) = (each for each in found["projects"] if each["code"] == "CAM-02")
    first, second, untried = project["scenarios"]
    assert (second["days"] - first["days"], untried) == (30, None)
    assert found["metrics"][0]["scenarios"][2] is None
    chosen = api(viewer).get(f"{path}?ids={scenarios[1].id},{scenarios[0].id}").json()
    assert [each["name"] for each in chosen["scenarios"]] == ["B", "A"]


@pytest.mark.parametrize(
    ("query", "code"),
    [("ids=", "invalid"), ("ids=a", "invalid"), ("ids=999999", "does_not_exist"),
     ("ids=1,2,3,4,5,6", "too_many"), ("id=1", "unknown_parameter")],
)  # fmt: skip
def test_what_is_compared_is_said_right(
    query: str, code: str, demo: Any, pmo: User, api: Any
) -> None:
    path = f"programmes/{demo.programme('CAM').pk}/scenarios/comparison/"
    assert list(errors_of(api(pmo).get(f"{path}?{query}")).values()) == [code]


def test_a_reader_is_told_of_other_programmes_as_a_count(
    demo: Any, pmo: User, viewer: User, api: Any, draft: Any
) -> None:
    scenario = draft(pmo, demo.programme("CAM"))
    body = {
        "project": demo.project("CAM-02").pk, "to_programme": demo.programme("NZE").pk,
        "reason": "Fits better",
    }  # fmt: skip
    scenario.client.post(f"{scenario.path}moves/", body)
    all_of_it = scenario.try_it().json()
    answer = api(viewer).get(f"{scenario.path}trial/")
    assert "NZE" in {each["code"] for each in all_of_it["programmes"]}
    assert answer.json()["programmes"] == []
    hidden = answer.json()["scenarios"][0]["hidden"]["programmes"]
    assert hidden == len(all_of_it["programmes"]) > 0
    assert "NZE" not in answer.content.decode().replace("Net Zero", "")


def test_more_changes_and_projects_take_no_more_queries(
    demo: Any, pmo: User, api: Any, draft: Any, django_assert_num_queries: Any
) -> None:
    programme = demo.programme("CAM")
    path = f"programmes/{programme.pk}/scenarios/comparison/"
    client = api(pmo)
    for name, codes in (("A", ["CAM-02"]), ("B", ["CAM-03", "CAM-04", "CAM-05"])):
        scenario = draft(pmo, programme, name)
        for code in codes:
            scenario.add("PATCH", f"projects/{demo.project(code).pk}/", LATER)
        assert scenario.try_it().status_code == 200
        client.get(path)
        with django_assert_num_queries(QUERIES):
            assert client.get(path).status_code == 200


def test_an_unknown_scenario_is_not_found(api: Any, nothing: None) -> None:
    office = factories.user("office")
    factories.role(office, "pmo")
    for path in ("scenarios/1/trial/", "scenario-changes/1/adoption/", "scenarios/1/copies/"):
        body = {"name": "x"} if "copies" in path else {}
        assert api(office).post(path, body).status_code == 404
