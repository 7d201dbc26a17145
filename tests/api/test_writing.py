"""Writing: versions, what was sent and only that, and all of it or nothing."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from benefits.models import BenefitContribution
from pmhub.models import User
from programmes.models import RollupRequest
from projects.models import Project
from tests import factories
from tests.api.conftest import errors_of


def test_a_record_is_made(office: User, api: Any) -> None:
    home = factories.programme()
    body = {
        "code": "P1", "name": " Bridge ", "programme": home.pk, "percent_complete": "12.5",
        "actual_start": "2026-01-01",
    }  # fmt: skip
    answer = api(office).post("projects/", body)
    row = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == row["url"]
    assert answer.headers["ETag"].startswith('"v1')
    assert (row["code"], row["name"], row["percent_complete"]) == ("P1", "Bridge", "12.500")
    assert api(office).get(f"projects/{row['id']}/").json() == row
    made = Project.objects.get()
    assert (made.created_by, made.updated_by) == (office, office)


def test_what_is_sent_is_changed_and_nothing_else(office: User, api: Any) -> None:
    project = factories.project(name="Bridge", complexity=2)
    with CaptureQueriesContext(connection) as queries:
        answer = api(office).patch(f"projects/{project.pk}/", {"complexity": 4})
    assert (answer.json()["complexity"], answer.json()["version"]) == (4, 2)
    updates = [each["sql"] for each in queries if 'UPDATE "projects_' in each["sql"]]
    assert len(updates) == 1
    assert '"name"' not in updates[0]
    project.refresh_from_db()
    assert (project.name, project.version, project.updated_by) == ("Bridge", 2, office)


def test_a_change_marks_the_figures(office: User, api: Any) -> None:
    project = factories.project()
    RollupRequest.objects.all().delete()
    api(office).patch(f"projects/{project.pk}/", {"percent_complete": "50"})
    asked = set(RollupRequest.objects.values_list("kind", "object_id"))
    assert asked == {("P", project.pk)}


def test_saving_the_same_again_changes_nothing(office: User, api: Any) -> None:
    project = factories.project(complexity=2)
    for _ in range(2):
        answer = api(office).patch(f"projects/{project.pk}/", {"complexity": 4})
        assert (answer.status_code, answer.json()["version"]) == (200, 2)


def test_a_list_of_others_is_a_change_too(office: User, api: Any) -> None:
    programme = factories.programme(stage="design")
    first, second = factories.person(), factories.person()
    path = f"programmes/{programme.pk}/"
    answer = api(office).patch(path, {"bcms": [second.pk, first.pk]})
    assert (answer.json()["bcms"], answer.json()["version"]) == ([first.pk, second.pk], 2)
    assert api(office).patch(path, {"bcms": [first.pk, second.pk]}).json()["version"] == 2
    assert api(office).patch(path, {"bcms": []}).json()["bcms"] == []


def test_a_version_is_asked_for(office: User, api: Any) -> None:
    project = factories.project(name="Bridge")
    client = api(office).client
    for method in ("patch", "put", "delete"):
        answer = getattr(client, method)(f"/api/v1/projects/{project.pk}/", {}, format="json")
        assert (answer.status_code, answer.json()["code"]) == (428, "version_required")


@pytest.mark.parametrize(
    "tag",
    [
        '"v1"', 'W/"v1"', '"v1-0123abcd"', '"v9", "v1"', "*", " * ",
        '"v1-2a7f6a7a7cad89f7-gzip"', '"v1-gzip"', 'W/"v1-2a7f--br"', '"v1;zstd" , "v9"',
    ],
)  # fmt: skip
def test_the_version_one_has_seen_is_accepted(tag: str, office: User, api: Any) -> None:
    project = factories.project()
    body = b'{"complexity": 4}'
    answer = api(office).raw("PATCH", f"projects/{project.pk}/", body, **{"If-Match": tag})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "tag",
    [
        "v1", "1", '""', "", '"v1x"', '"v1', "'v1'", '"v1"x', '"v-1"', '"v1", v2', "null",
        '"v99999999999999999999"', '"v1-gzip-gzip"', "\xff",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_what_is_no_etag_is_called_malformed(tag: str, method: str, office: User, api: Any) -> None:
    project = factories.project(complexity=2)
    path = f"projects/{project.pk}/"
    answer = api(office).raw(method, path, b'{"complexity": 4}', **{"If-Match": tag})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_etag")
    project.refresh_from_db()
    assert project.complexity == 2


@pytest.mark.parametrize("tag", ['"v2"', '"v0"', '"v11"', '"v2-0123abcd-gzip"'])
def test_another_version_is_stale(tag: str, office: User, api: Any) -> None:
    project = factories.project(complexity=2)
    body = b'{"complexity": 4}'
    answer = api(office).raw("PATCH", f"projects/{project.pk}/", body, **{"If-Match": tag})
    assert (answer.status_code, answer.json()["code"]) == (412, "stale")
    assert answer.json()["current"] == api(office).get(f"projects/{project.pk}/").json()
    project.refresh_from_db()
    assert project.complexity == 2


def test_the_second_of_two_writers_is_told(office: User, api: Any) -> None:
    project = factories.project()
    path = f"projects/{project.pk}/"
    assert api(office).patch(path, {"complexity": 4}, version=1).status_code == 200
    late = api(office).patch(path, {"complexity": 5}, version=1)
    assert (late.status_code, late.json()["current"]["complexity"]) == (412, 4)
    assert late.headers["ETag"] == api(office).get(path).headers["ETag"]
    assert api(office).delete(path, version=1).status_code == 412


def test_what_was_read_can_be_sent_back(demo: Any, pmo: User, api: Any) -> None:
    for path in (
        f"projects/{demo.project('CAM-02').pk}/",
        f"programmes/{demo.programme('CAM').pk}/",
        f"risks/{demo.risk('R01').pk}/",
        f"dependencies/{demo.dependency('D06').pk}/",
        f"benefits/{demo.benefit('B03').pk}/",
    ):
        row = api(pmo).get(path).json()
        answer = api(pmo).put(path, row)
        assert (answer.status_code, answer.json()) == (200, row)


def test_a_replacement_names_what_is_required(office: User, api: Any) -> None:
    project = factories.project()
    answer = api(office).put(f"projects/{project.pk}/", {"name": "New"})
    assert errors_of(answer) == {"/code": "required"}


def test_a_record_is_deleted(office: User, api: Any) -> None:
    risk = factories.risk(factories.project())
    assert api(office).delete(f"risks/{risk.pk}/", version=1).status_code == 204
    assert api(office).get(f"risks/{risk.pk}/").status_code == 404


def test_what_is_in_use_stays(office: User, api: Any) -> None:
    project = factories.project()
    answer = api(office).delete(f"programmes/{project.programme_id}/")
    assert (answer.status_code, answer.json()["code"]) == (409, "in_use")
    assert answer.json()["detail"] == (
        f"Not deleted, for it is held by 1 project ({project.code}). Delete or move these"
        " first, or archive it once it has ended: lists leave it out then."
    )
    assert answer.json()["see"] == [
        {"text": f"Project {project.code} {project.name}", "page": f"/projects/{project.pk}/"}
    ]
    assert answer.json()["held_by"] == [
        {
            "type": "project",
            "count": 1,
            "hidden": 0,
            "records": [
                {
                    "id": project.pk,
                    "code": project.code,
                    "title": project.name,
                    "url": f"http://testserver/api/v1/projects/{project.pk}/",
                }
            ],
        }
    ]


def test_all_sentences_of_a_record_are_said_at_once(office: User, api: Any) -> None:
    project = factories.project()
    body = {
        "code": project.code,
        "name": "New",
        "programme": project.programme_id,
        "complexity": 9,
        "percent_complete": "200",
        "actual_start": "2026-01-01",
        "forecast_start": "2027-01-01",
        "forecast_finish": "2026-01-01",
    }
    assert errors_of(api(office).post("projects/", body)).keys() == {
        "/code", "/complexity", "/percent_complete", "/forecast_finish",
    }  # fmt: skip


def test_a_reference_is_imported_once(office: User, api: Any) -> None:
    project = factories.project()
    body = {
        "project": project.pk, "posted_on": "2026-10-01", "amount": "5", "source": "ledger",
        "source_ref": "4711",
    }  # fmt: skip
    first = api(office).post("cost-actuals/", body)
    again = api(office).post("cost-actuals/", body | {"amount": "5.00"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    for other in ({"amount": "6"}, {"posted_on": "2026-10-02"}, {"kind": "accrual"}):
        answer = api(office).post("cost-actuals/", body | other)
        assert errors_of(answer).keys() == {"/source_ref"}
    assert project.cost_actuals.count() == 1


def test_weights_of_a_benefit_sum_to_at_most_one(office: User, api: Any) -> None:
    benefit = factories.benefit()
    body = {"benefit": benefit.pk, "weight": "0.6"}
    first, second = factories.project(), factories.project()
    assert api(office).post("contributions/", body | {"project": first.pk}).status_code == 201
    answer = api(office).post("contributions/", body | {"project": second.pk})
    assert answer.status_code == 409
    assert errors_of(answer) == {"/weight": "contribution_weights_sum"}
    assert BenefitContribution.objects.count() == 1


def test_an_approved_baseline_stays(office: User, api: Any) -> None:
    baseline = factories.baseline(factories.project())
    path = f"baselines/{baseline.pk}/"
    answer = api(office).patch(path, {"budget_at_completion": "5"})
    assert (answer.status_code, answer.json()["code"]) == (409, "append_only")
    assert answer.json()["detail"] == "An approved baseline is never changed: add a new one."
    assert api(office).delete(path).status_code == 409
    assert api(office).patch(path, {"reason": "Agreed in June"}).status_code == 200
    draft = factories.baseline(baseline.project, approved_on=None)
    assert api(office).delete(f"baselines/{draft.pk}/").status_code == 204


def test_a_new_forecast_of_a_milestone_is_todays_report(office: User, api: Any) -> None:
    milestone = factories.milestone(factories.project())
    path = f"milestones/{milestone.pk}/"
    answer = api(office).patch(path, {"forecast_on": "2027-02-28"})
    assert answer.json()["forecast_on"] == "2027-02-28"
    reports = api(office).get(f"milestone-forecasts/?milestone={milestone.pk}").json()["results"]
    assert [(each["reported_on"], each["forecast_on"]) for each in reports] == [
        ("2026-10-31", "2027-02-28")
    ]
    api(office).patch(path, {"title": "Opened"})
    assert milestone.forecasts.count() == 1
    said = api(office).post(
        "milestone-forecasts/", {"milestone": milestone.pk, "forecast_on": "2027-03-31"}
    )
    assert said.status_code == 201
    assert api(office).get(path).json()["forecast_on"] == "2027-03-31"
    assert milestone.forecasts.count() == 1


def test_a_tranche_is_one_of_the_projects_programme(office: User, api: Any) -> None:
    project, other = factories.project(), factories.programme()
    tranche = other.tranches.create(code="T1", name="First")
    answer = api(office).patch(f"projects/{project.pk}/", {"tranche": tranche.pk})
    assert errors_of(answer) == {"/tranche": "invalid"}


def test_contingency_goes_to_a_project_of_its_programme(office: User, api: Any) -> None:
    project, other = factories.project(), factories.programme(contingency_budget=100)
    body = {"programme": other.pk, "project": project.pk, "amount": "5", "moved_on": "2026-10-01"}
    assert errors_of(api(office).post("contingency-movements/", body)) == {"/project": "invalid"}
