"""Why a figure is what it is."""

from decimal import Decimal

import pytest

from programmes.queries import explanation
from programmes.rollup.metrics import METRICS

SUMS = [metric.name for metric in METRICS if str(metric.aggregate) == "sum"]


@pytest.fixture
def address(demo):
    return f"/programmes/{demo.programme('CAM').pk}/explain"


def test_it_gives_value_lines_total_and_what_is_left_out(client_of, viewer, address, words):
    page = words(client_of(viewer).get(f"{address}/risk_mean/"))
    assert "Expected exposure" in page
    assert "The sum of the lines that count." in page
    assert "Left out" in page
    assert "R06" in page
    assert "escalated" in page


@pytest.mark.parametrize("name", SUMS)
def test_lines_that_count_add_up_to_the_figure(client_of, viewer, address, demo, name):
    answer = client_of(viewer).get(f"{address}/{name}/")
    found = explanation(demo.programme("CAM"), name, viewer)
    total = sum((line.value for line in found.lines if line.included), Decimal(0))
    assert found.reading.value == total
    assert len(answer.context["included"]) == sum(line.included for line in found.lines)


def test_a_derived_figure_says_its_formula_and_leads_to_its_inputs(
    client_of, viewer, address, words
):
    answer = client_of(viewer).get(f"{address}/funding_cover/")
    assert "Contingency remaining ÷" in words(answer)
    assert f'href="{address}/risk_p80/" data-explain' in answer.content.decode()


@pytest.mark.parametrize("name", [metric.name for metric in METRICS])
def test_every_figure_has_its_explanation(client_of, viewer, address, name):
    assert client_of(viewer).get(f"{address}/{name}/").status_code == 200


def test_exposure_names_its_risks_and_what_each_moves(client_of, viewer, address, simulate, words):
    simulate()
    page = client_of(viewer).get(f"{address}/risk_p80/")
    assert "R14 Contractor market capacity lifts tender prices across three projects" in words(page)
    (top,) = [line for line in page.context["included"] if line["code"] == "R14"]
    assert top["effect"] == "+3,621"
    expected = client_of(viewer).get(f"{address}/risk_mean/").context
    for name in ("included", "excluded"):
        lines, others = page.context[name], expected[name]
        assert [line["code"] for line in lines] == [line["code"] for line in others]


def test_a_finish_names_the_chain_that_makes_it(client_of, viewer, demo, address, words):
    said = "CAM-06 finish 27 Apr 2029 D22 CAM-02 M04 Frame complete, crane released 28 May 2027"
    project = f"/projects/{demo.project('CAM-06').pk}/explain"
    for place in (address, project):
        assert said in words(client_of(viewer).get(f"{place}/finish_propagated/"))


def test_a_colour_names_its_rules_with_the_values_in_force(
    client_of, viewer, demo, address, words, drain
):
    cover = words(client_of(viewer).get(f"{address}/funding_cover/"))
    assert "Colour of Green up to Amber up to Cover 1 0.8" in cover
    type(demo.portfolio).objects.update(rag_thresholds={"cover_green": 2})
    drain()
    cover = words(client_of(viewer).get(f"{address}/funding_cover/"))
    assert "Cover 2 0.8" in cover
    project = f"/projects/{demo.project('CAM-06').pk}/explain"
    for place in (address, project):
        assert "Schedule days 7 30" in words(client_of(viewer).get(f"{place}/health/"))


def test_an_unknown_figure_is_not_found(client_of, viewer, address):
    assert client_of(viewer).get(f"{address}/nonsense/").status_code == 404


def test_a_stranger_finds_nothing_where_a_viewer_finds_a_figure(
    client_of, viewer, stranger, address
):
    found = [
        client_of(who).get(f"{address}/total_forecast/").status_code for who in (viewer, stranger)
    ]
    assert found == [200, 404]


def test_the_panel_gets_the_explanation_without_the_frame(client_of, viewer, address):
    panel = client_of(viewer).get(f"{address}/health/", headers={"X-Region": "panel"})
    assert b"<html" not in panel.content
    assert b'id="explain-title"' in panel.content


def test_it_names_the_project_that_moved_it_and_the_amounts(
    client_of, viewer, address, demo, drain, words
):
    project = demo.project("CAM-02")
    project.estimate_to_complete += 250
    project.save()
    drain()
    page = words(client_of(viewer).get(f"{address}/estimate_at_completion/"))
    assert "CAM-02 Engineering and Materials Building 104,200 104,450 +250" in page


def test_the_lines_on_the_page_add_up_for_whoever_adds_them(client_of, demo, cam_manager):
    page = client_of(cam_manager).get(f"/programmes/{demo.programme('CAM').pk}/explain/risk_mean/")
    amounts = [row["shown"] for row in page.context["included"]]
    numbers = [Decimal(text.replace(",", "").replace("\N{MINUS SIGN}", "-")) for text in amounts]
    assert page.context["total"] == "6,797.01"
    assert sum(numbers) == Decimal("6797.01")
