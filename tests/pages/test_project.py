"""The page of a project."""

import re

import pytest

from programmes.models import Scenario
from projects.services import terminate_project
from tests import factories
from tests.closing import answers

LIVE = {"HX-Request": "true"}


@pytest.fixture
def address(demo):
    return f"/projects/{demo.project('CAM-02').pk}/"


def test_it_shows_dates_money_and_earned_value(client_of, viewer, address, words):
    page = words(client_of(viewer).get(address))
    assert "CAM-02 Engineering and Materials Building" in page
    assert "4 Mar 2028 +78 d Declared 25 Feb 2028 Baseline 17 Dec 2027" in page
    assert "Delay not declared +8 d Driven by D06" in page
    assert "Forecast cost £k 104,200 over by 6,250 Approved 97,950" in page
    assert "38% EV , earned 36,670 PV , planned 41,200 CPI 0.92 SPI 0.89" in page


def test_it_shows_its_registers(client_of, viewer, address, words):
    page = words(client_of(viewer).get(address))
    for record in (
        "M03 Foundations complete",
        "R01 Steel price index rises above contract allowance",
        "I01 Groundwater higher than surveyed",
        "D22 Frame complete, crane released",
        "RS02 Tower crane and gang",
        "CP10 Internal quality inspection 3",
        "B01 Increased tuition income",
    ):
        assert record in page


def test_a_share_of_a_benefit_out_of_sight_has_no_name(client_of, cam02_manager, address, words):
    page = words(client_of(cam02_manager).get(address))
    assert "A benefit that you may not open – – 55%" in page
    assert "Increased tuition income" not in page


def test_who_writes_a_register_is_led_to_the_grid_that_edits_it(
    client_of, cam02_manager, viewer, address
):
    def grids(who):
        page = client_of(who).get(address).content.decode()
        return re.findall(rf'href="({address}[a-z-]+/\?view=grid)"', page)

    assert grids(viewer) == []
    found = grids(cam02_manager)
    assert [each.split("/")[3] for each in found] == [
        "milestones", "risks", "dependencies", "issues", "outputs", "budget-lines", "cost-actuals",
        "allocations", "compliance-items",
    ]  # fmt: skip
    for grid in found:
        assert "<pm-grid" in client_of(cam02_manager).get(grid).content.decode(), grid


def test_reasons_lead_to_the_records_that_drive_them(client_of, viewer, address):
    page = client_of(viewer).get(address).content.decode()
    for code in ("D06", "D24", "CP10"):
        assert f'<a href="#{code}">{code}</a>' in page
        assert f'<tr id="{code}">' in page


def test_forms_are_there_for_who_may_write_and_not_for_who_reads(
    client_of, cam02_manager, cam_manager, pmo, viewer, sponsor, address
):
    def forms(who):
        page = client_of(who).get(address).content.decode()
        return [f'id="{name}"' in page for name in ("project-form", "cost-form")]

    assert [forms(who) for who in (cam02_manager, cam_manager, pmo)] == [[True, True]] * 3
    assert [forms(who) for who in (viewer, sponsor)] == [[False, False]] * 2


def test_the_form_is_drawn_from_the_serializer_with_the_version(
    client_of, cam02_manager, address, demo
):
    page = " ".join(client_of(cam02_manager).get(address).content.decode().split())
    project = demo.project("CAM-02")
    assert (
        f'action="/api/v1/projects/{project.pk}/" method="PATCH" version="{project.version}"'
        in page
    )
    assert 'name="percent_complete" type="text" inputmode="decimal" value="38"' in page
    assert 'name="forecast_finish" type="date" value="2028-02-25"' in page
    assert '<option value="amber" selected>Amber</option>' in page
    assert 'name="approved_budget"' not in page


def test_a_stranger_finds_no_page_where_a_viewer_finds_one(
    client_of, viewer, stranger, ssv_manager, address
):
    found = [client_of(who).get(address).status_code for who in (viewer, stranger, ssv_manager)]
    assert found == [200, 404, 404]


def test_the_other_end_of_a_dependency_out_of_sight_has_no_name(
    client_of, viewer, pmo, address, words
):
    assert "NZE-01" in words(client_of(pmo).get(address))
    page = words(client_of(viewer).get(address))
    assert "NZE-01" not in page
    assert "A project you may not open" in page


def test_an_unchanged_region_costs_a_304(client_of, viewer, address):
    client = client_of(viewer)
    etag = client.get(address, headers=LIVE).headers["ETag"]
    again = client.get(address, headers=LIVE | {"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


def test_a_project_that_stands_alone_has_its_page(client_of, pmo, demo, words):
    page = words(client_of(pmo).get(f"/projects/{demo.project('PMO-01').pk}/"))
    assert "PMO-01 Fire Alarm Replacement" in page


def test_more_records_take_no_more_queries(client_of, pmo, demo, queries_of):
    client = client_of(pmo)
    pages = [f"/projects/{demo.project(code).pk}/" for code in ("CAM-02", "CAM-08")]
    queries_of(client, pages[0])  # what stays from now on is read once
    counts = {queries_of(client, page) for page in pages}
    assert len(counts) == 1


def test_ending_a_project_has_forms_of_its_own(
    client_of, cam_manager, cam02_manager, viewer, pmo, demo, words
):
    project = demo.project("CAM-02")
    address = f"/projects/{project.pk}/"
    above = words(client_of(cam_manager).get(address))
    own = client_of(cam02_manager).get(address)
    for verb in ("Put the project on hold", "Close the project", "Stop the project"):
        assert verb in words(own)
        assert verb in above
    for verb in ("Move the project", "Move to another stage"):
        assert f'aria-label="{verb}"' not in own.content.decode()  # it is asked for
        assert verb in above
    assert "Stop the project" not in words(client_of(viewer).get(address))
    assert '<option value="terminated"' not in own.content.decode()
    day = project.owner_portfolio.as_of
    terminate_project(project, terminated_on=day, reason="x", **answers(project), by=pmo)
    ended = client_of(cam02_manager).get(address)
    assert "Stop the project" not in words(ended)


def test_an_edit_can_be_kept_in_a_scenario_by_who_may_write_those(
    client_of, cam_manager, cam02_manager, demo, words
):
    project = demo.project("CAM-02")
    address = f"/projects/{project.pk}/"
    assert "Keep in a scenario" not in words(client_of(cam_manager).get(address))
    Scenario.objects.create(programme=project.programme, name="Later", created_by=cam_manager)
    assert "Keep in a scenario" in words(client_of(cam_manager).get(address))
    assert "Keep in a scenario" not in words(client_of(cam02_manager).get(address))


def test_a_form_that_ends_a_project_asks_about_what_is_open(client_of, cam02_manager, demo):
    project = demo.project("CAM-02")
    far = factories.project(name="Secret")
    link = factories.dependency(project, far, deliverable="Keys", status="agreed")
    answer = client_of(cam02_manager).get(f"/projects/{project.pk}/")
    page = " ".join(answer.content.decode().split())
    for risk in project.risks.filter(status="open"):
        assert page.count(f'name="risks.{risk.pk}"') == 2  # to close it, and to stop it
    assert page.count(f'name="acknowledged_dependencies[]" value="{link.pk}"') == 2
    assert "Secret" not in page


def test_a_stopped_project_says_when_and_why_and_is_neither_early_nor_late(
    client_of, cam_manager, pmo, demo, drain, words
):
    project = demo.project("CAM-06")
    day = project.owner_portfolio.as_of
    factories.issue(project, due_on="2026-01-31", severity="critical")
    given = {"terminated_on": day, "reason": "No funding", **answers(project)}
    terminate_project(project, **given, by=pmo)
    drain()
    client = client_of(cam_manager)
    page = words(client.get(f"/projects/{project.pk}/"))
    assert "Stopped on 31 Oct 2026: No funding" in page
    assert "Released, not spent" in page
    assert "Overdue" not in page
    programme = words(client.get(f"/programmes/{project.programme_id}/"))
    assert "Stopped 31 Oct 2026 – – –" in programme
    assert "stopped 31 Oct 2026" in programme  # on the tracks
    assert "of the forecast is at stake" in programme
    assert "At stake" in words(client.get(f"/programmes/{project.programme_id}/benefits/"))
    panel = f"/programmes/{project.programme_id}/explain/benefits_at_stake/"
    assert f"{project.code} {project.name}" in words(client.get(panel))


def test_it_names_the_team_and_what_is_vacant(client_of, cam_manager, viewer, demo, words):
    project = demo.project("CAM-02")
    for who, may in ((cam_manager, True), (viewer, False)):
        page = client_of(who).get(f"/projects/{project.pk}/")
        told = words(page)
        assert "Project manager Aisha Rahman" in told
        assert "Executive Nobody" in told
        assert "Commissioning engineer Vacant 1 Oct 2026" in told
        assert (f'href="/posts/new/?project={project.pk}"' in page.content.decode()) is may
