"""The page of a project's update: for whom it is, what it shows, and where it is found."""

import re

import pytest

from projects.models import Dependency, Milestone, Project
from tests import factories
from tests.reports.conftest import api

__all__ = ["api"]


@pytest.fixture
def project(demo):
    """CAM-02."""
    return demo.project("CAM-02")


@pytest.fixture
def address(project):
    """The page of its update."""
    return f"/projects/{project.pk}/update/"


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("cam02_manager", 200), ("cam_manager", 200), ("pmo", 200), ("viewer", 403),
        ("sponsor", 403), ("ssv_manager", 404), ("stranger", 404),
    ],
)  # fmt: skip
def test_it_is_for_who_may_report_on_the_project(client_of, address, project, request, who, code):
    client = client_of(request.getfixturevalue(who))
    assert client.get(address).status_code == code
    if code != 404:
        page = client.get(f"/projects/{project.pk}/").content.decode()
        assert (f'href="{address}"' in page) is (code == 200)


def test_it_begins_with_what_stands(client_of, cam02_manager, address, project, words):
    client = client_of(cam02_manager)
    page = client.get(address).content.decode()
    risk = project.risks.filter(status="open").order_by("code")[0]
    assert f'data-item="risks.{risk.pk}" data-version="{risk.version}"' in page
    value = re.search(rf'name="risks.{risk.pk}.residual_probability"[^>]*value="([^"]*)"', page)
    assert value is not None
    assert float(value[1]) == float(risk.residual_probability)
    finish = f'value="{project.forecast_finish.isoformat()}"'
    assert finish in re.search(r'<input[^>]*name="project.forecast_finish"[^>]*>', page)[0]
    assert 'name="costs.new1.amount"' in page
    assert "There is no report yet." in words(client.get(address))


def test_milestones_far_ahead_are_out_of_the_way(client_of, cam02_manager, address, project):
    planned = Milestone.objects.filter(project=project, state="planned")
    near, *later = planned.order_by("forecast_on")
    Milestone.objects.filter(pk=near.pk).update(forecast_on="2026-11-20")
    page = client_of(cam02_manager).get(address).content.decode()
    shown, _, folded = page.partition("Later milestones")
    assert f'data-item="milestones.{near.pk}"' in shown
    assert all(f'data-item="milestones.{each.pk}"' in folded for each in later)


def test_a_project_that_has_ended_has_none(client_of, pmo, address, project):
    day = {"terminated_on": "2026-10-01", "ended_reason": "x"}
    Project.objects.filter(pk=project.pk).update(status="terminated", **day)
    assert client_of(pmo).get(address).status_code == 403


def test_the_project_says_what_it_reported_last_and_when_the_next_is_due(
    client_of, api, viewer, cam02_manager, project, words
):
    there = f"/projects/{project.pk}/"
    assert "No report has been published yet. Next due now" in words(client_of(viewer).get(there))
    body = {
        "report": {"achieved": "Steel is up.", "state": "published"},
        "project": {"version": project.version, "declared_rag": "green"},
    }
    made = api(cam02_manager).post(f"projects/{project.pk}/updates/", body)
    assert made.status_code == 201
    text = words(client_of(viewer).get(there))
    assert "Report to 31 Oct 2026" in text
    assert "Steel is up." in text
    assert "Next due now" not in text
    report = f"/status-reports/{made.json()['report']['id']}/"
    assert "Steel is up." in words(client_of(viewer).get(report))
    assert "Steel is up." in words(client_of(viewer).get(f"/projects/{project.pk}/status-reports/"))


def test_a_milestone_says_how_its_forecast_has_moved(client_of, viewer, project, words):
    milestone = factories.milestone(project)
    for reported, expected in (("2026-08-31", "2027-01-15"), ("2026-10-15", "2027-04-15")):
        milestone.forecasts.create(reported_on=reported, forecast_on=expected)
    page = words(client_of(viewer).get(f"/milestones/{milestone.pk}/"))
    assert "Forecasts over time Slips a day each day" in page
    assert "15 Apr 2027" in page
    assert "Slips a day each day" in words(client_of(viewer).get(f"/projects/{project.pk}/"))


def test_what_a_project_manager_may_not_change_they_ask_for(
    client_of, cam02_manager, cam_manager, viewer, project
):
    address = f"/projects/{project.pk}/"
    page = client_of(cam02_manager).get(address).content.decode()
    asked = re.findall(r'href="(/change-requests/new/[^"]*title=[^"]*)"', page)
    move = next(each for each in asked if "Move+the+project" in each)
    form = client_of(cam02_manager).get(move.replace("&amp;", "&"))
    assert form.status_code == 200
    assert "Move the project" in form.content.decode()
    for who in (viewer, cam_manager):
        page = client_of(who).get(address).content.decode()
        assert not re.search(r'href="/change-requests/new/[^"]*title=', page)


def test_the_project_shows_its_money_by_line_and_what_was_posted(client_of, viewer, project, words):
    page = words(client_of(viewer).get(f"/projects/{project.pk}/"))
    assert "Money by line and year" in page
    assert "Posted last" in page


def test_it_asks_for_outputs_and_what_is_owed_and_given(
    client_of, cam02_manager, address, project, demo, words
):
    other = demo.project("CAM-03")
    given = factories.dependency(
        other, project, status="delivered", agreed_on="2026-10-01", delivered_on="2026-10-20",
        drives_schedule=False,
    )  # fmt: skip
    response = client_of(cam02_manager).get(address)
    page = response.content.decode()
    output = project.outputs.get(code="O02")
    assert f'name="outputs.{output.pk}.forecast_on"' in page
    assert '<option value="delivery">' in page
    owed = Dependency.objects.get(code="D22")  # its milestone says when it comes
    assert f'name="dependencies.{owed.pk}.delivered_on"' in page
    assert f'name="dependencies.{owed.pk}.forecast_on"' not in page
    assert f'name="dependencies.{given.pk}.accepted_on"' in page
    assert "needed by 30 Apr 2027 · comes on 28 May 2027" in words(response)


def test_whom_something_is_owed_is_not_named_to_who_may_not_see_it(
    client_of, cam02_manager, address, project, demo, words
):
    hidden = demo.project("SSV-03")
    factories.dependency(project, hidden, status="identified", deliverable="A room")
    told = words(client_of(cam02_manager).get(address))
    assert "A room" in told
    assert hidden.code not in told
