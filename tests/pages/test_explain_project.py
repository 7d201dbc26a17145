"""Why a figure of a project is what it is, on its page and in the side panel."""

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from programmes.rollup.metrics import OF_PROJECTS
from tests import factories


@pytest.fixture
def address(demo):
    return f"/projects/{demo.project('CAM-02').pk}"


@pytest.fixture
def alone(demo, drain):
    found = factories.project(programme=None, portfolio=demo.portfolio)
    drain()
    return found


@pytest.mark.parametrize("name", OF_PROJECTS)
def test_every_figure_has_its_explanation(client_of, viewer, pmo, address, alone, name):
    assert client_of(viewer).get(f"{address}/explain/{name}/").status_code == 200
    assert client_of(pmo).get(f"/projects/{alone.pk}/explain/{name}/").status_code == 200


def test_figures_of_the_page_lead_to_their_explanation(client_of, viewer, address):
    page = client_of(viewer).get(f"{address}/").content.decode()
    for name in (
        "estimate_at_completion", "approved_budget", "budget_at_completion", "actual_cost",
        "earned_value", "planned_value", "cost_performance_index", "finish_propagated",
        "finish_declared", "finish_baseline", "health", "schedule_performance_index",
        "hidden_delay_days", "slip_days", "variance_at_completion", "start_propagated",
    ):  # fmt: skip
        assert f'href="{address}/explain/{name}/" data-explain' in page, name


def test_it_gives_the_records_that_make_the_figure(client_of, viewer, address, words):
    page = words(client_of(viewer).get(f"{address}/explain/estimate_at_completion/"))
    assert "Estimate at completion CAM-02 Engineering and Materials Building 104,200 £k" in page
    assert "CAM-02 2026-03-31 Actual 31 Mar 2026 23,384" in page
    assert "CAM-02 Engineering and Materials Building 64,300 Sum 104,200" in page


def test_a_derived_figure_leads_to_its_inputs(client_of, viewer, address):
    page = client_of(viewer).get(f"{address}/explain/slip_days/").content.decode()
    assert f'href="{address}/explain/finish_propagated/" data-explain' in page


def test_it_names_the_record_that_moved_it(client_of, viewer, demo, address, drain, words):
    factories.milestone(demo.project("CAM-02"))
    demo.project("CAM-02").budget_lines.update(approved=96000)
    drain()
    page = words(client_of(viewer).get(f"{address}/explain/approved_budget/"))
    assert "approved Contract 96,500 96,000 −500" in page


def test_the_panel_gets_the_explanation_without_the_frame(client_of, viewer, address):
    panel = client_of(viewer).get(f"{address}/explain/health/", headers={"X-Region": "panel"})
    assert b"<html" not in panel.content
    assert b'id="explain-title"' in panel.content


def test_it_is_explained_as_it_was(client_of, viewer, demo, address, drain, words):
    before = timezone.now().isoformat()
    demo.project("CAM-02").budget_lines.update(approved=96000)
    drain()
    page = words(client_of(viewer).get(f"{address}/explain/approved_budget/", {"as_of": before}))
    assert "97,950 £k As it was known at" in page
    shown = client_of(viewer).get(f"{address}/", {"as_of": before}).content.decode()
    assert f'href="{address}/explain/approved_budget/?as_of=' in shown


def test_a_page_costs_as_much_however_often_it_was_computed(client_of, pmo, demo, address, drain):
    def count(times):
        for _ in range(times):
            demo.project("CAM-02").budget_lines.update(approved=F("approved") + 1)
            drain()
            with CaptureQueriesContext(connection) as found:
                client_of(pmo).get(f"{address}/explain/approved_budget/")
        return len(found)

    count(2)
    assert count(1) == count(3)


def test_a_page_that_did_not_change_reads_nothing_of_the_past(client_of, pmo, demo, address, drain):
    demo.project("CAM-02").budget_lines.update(approved=96000)
    drain()
    reader = client_of(pmo)
    for _ in range(2):
        shown = reader.get(f"{address}/explain/approved_budget/")
        assert shown.status_code == 200
    with CaptureQueriesContext(connection) as found:
        reader.get(f"{address}/explain/approved_budget/")
    assert not [query["sql"] for query in found if "search_path" in query["sql"]]


def test_who_sees_no_project_and_what_is_no_figure_finds_nothing(
    client_of, viewer, stranger, address
):
    for who, name, status in (
        (viewer, "actual_cost", 200), (stranger, "actual_cost", 404), (viewer, "risk_p80", 404),
    ):  # fmt: skip
        assert client_of(who).get(f"{address}/explain/{name}/").status_code == status
