"""Why a figure of a portfolio is what it is, on its page and in the side panel."""

from decimal import Decimal

import pytest
from django.utils import timezone

from programmes.queries import portfolio_explanation
from programmes.rollup.metrics import OF_PORTFOLIOS

SUMS = [name for name, metric in OF_PORTFOLIOS.items() if metric.unit in ("money", "count")]


@pytest.fixture
def address(demo):
    return f"/portfolios/{demo.portfolio.pk}/explain"


def test_every_figure_has_its_explanation_and_its_lines_are_the_whole(
    client_of, pmo, demo, address
):
    for name in OF_PORTFOLIOS:
        page = client_of(pmo).get(f"{address}/{name}/")
        found = portfolio_explanation(demo.portfolio, name, pmo)
        assert page.status_code == 200, name
        assert len(page.context["included"]) == sum(line.included for line in found.lines), name
        if name in SUMS and found.reading.value is not None:
            parts = [line.value for line in found.lines if line.included]
            assert sum(parts, Decimal(0)) == found.reading.value, name


def test_a_line_leads_to_the_same_figure_beneath(client_of, pmo, demo, address):
    page = client_of(pmo).get(f"{address}/estimate_at_completion/?since=week")
    programme, project = demo.programme("CAM").pk, demo.project("PMO-01").pk
    leads = [line["address"] for line in page.context["included"]]
    assert f"/programmes/{programme}/explain/estimate_at_completion/?since=week" in leads
    assert f"/projects/{project}/explain/estimate_at_completion/?since=week" in leads


def test_it_names_the_programme_that_moved_it(client_of, pmo, demo, address, drain, words):
    project = demo.project("CAM-02")
    project.estimate_to_complete += 250
    project.save()
    drain()
    page = words(client_of(pmo).get(f"{address}/estimate_at_completion/"))
    assert "CAM Campus Renewal Programme 285,810 286,060 +250" in page


def test_it_is_explained_as_it_was(client_of, pmo, demo, address, drain, words):
    before = timezone.now().isoformat()
    demo.project("CAM-02").budget_lines.update(approved=1)
    drain()
    then = client_of(pmo).get(f"{address}/approved_budget/", {"as_of": before})
    now = client_of(pmo).get(f"{address}/approved_budget/")
    assert "As it was known at" in words(then)
    assert then.context["metric"].value == now.context["metric"].value + 96499


def test_who_does_not_see_all_of_it_reads_no_figure_of_the_whole(
    client_of, cam_manager, stranger, address
):
    assert client_of(stranger).get(f"{address}/actual_cost/").status_code == 404
    page = client_of(cam_manager).get(f"{address}/actual_cost/")
    assert page.status_code == 404 or page.context["metric"].value is None


def test_what_is_no_figure_of_a_portfolio_is_not_found(client_of, pmo, address):
    for name in ("slip_days", "nonsense"):
        assert client_of(pmo).get(f"{address}/{name}/").status_code == 404
