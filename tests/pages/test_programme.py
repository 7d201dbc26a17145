"""The page of a programme."""

import pytest

from programmes.views.overview import FEW
from tests import factories

LIVE = {"HX-Request": "true"}


@pytest.fixture
def address(demo):
    return f"/programmes/{demo.programme('CAM').pk}/"


def test_it_says_in_one_sentence_what_arrives_and_what_threatens_it(
    client_of, viewer, address, words
):
    page = words(client_of(viewer).get(address))
    assert "£60.4m of £63.9m planned benefit is forecast to arrive (95%), −£362k so far." in page
    assert "The last project finishes on 27 Apr 2029, 28 days after baseline" in page
    assert "projects cost £12.2m more than approved" in page


def test_four_figures_carry_their_comparison_and_open_their_explanation(
    client_of, viewer, address, words
):
    answer = client_of(viewer).get(address)
    page = words(answer)
    assert "Benefits forecast, whole life £k 60,388 95% of plan" in page
    assert "Forecast cost of projects £k 285,810 over by 12,210 Approved 273,600" in page
    assert "27 Apr 2029 +28 d Baseline 30 Mar 2029" in page
    assert "Contingency left 19,600 Funding cover 0.87" in page
    assert f'href="{address}explain/funding_cover/" data-explain' in answer.content.decode()


def test_disagreement_of_people_and_figures_is_said(client_of, viewer, address, words):
    page = words(client_of(viewer).get(address))
    assert "Disagreement People say amber, the figures say red." in page


def test_reasons_lead_to_what_drives_them(client_of, viewer, address, demo):
    page = client_of(viewer).get(address).content.decode()
    assert f'<a href="/projects/{demo.project("CAM-02").pk}/">CAM-02</a>' in page


def test_projects_show_declared_and_carried_through_dates(client_of, viewer, address, demo, cells):
    row = cells(client_of(viewer).get(address), f"/projects/{demo.project('CAM-06').pk}/")
    assert row["Health"] == "R Red declared green, figures red"
    assert row["Declared finish"] == "30 Mar 2029"
    assert row["Propagated finish"] == "27 Apr 2029 by D22"
    assert (row["Slip"], row["CPI"], row["SPI"]) == ("+28 d", "0.86", "0.75")


def test_projects_sort_by_what_the_address_says(client_of, viewer, address):
    answer = client_of(viewer).get(f"{address}?sort=-slip_days", headers=LIVE)
    slips = [row["slip_days"] for row in answer.context["projects"]]
    assert slips == sorted(slips, reverse=True)


def test_a_stranger_finds_no_page_where_a_viewer_finds_one(
    client_of, viewer, stranger, ssv_manager, address
):
    found = [client_of(who).get(address).status_code for who in (viewer, stranger, ssv_manager)]
    assert found == [200, 404, 404]


def test_a_viewer_of_one_programme_finds_no_other(client_of, viewer, demo):
    assert client_of(viewer).get(f"/programmes/{demo.programme('NZE').pk}/").status_code == 404


def test_projects_and_givers_out_of_sight_have_no_name(client_of, viewer, address, words):
    page = words(client_of(viewer).get(address))
    assert "A project you may not open" in page
    assert "NZE-01" not in page


def test_the_region_is_the_page_without_its_frame(client_of, viewer, address):
    client = client_of(viewer)
    region, page = client.get(address, headers=LIVE).content, client.get(address).content
    assert region.strip() in page
    assert b"<html" not in region


def test_an_unchanged_region_costs_a_304_and_a_change_ends_that(
    client_of, viewer, address, demo, drain
):
    client = client_of(viewer)
    etag = client.get(address, headers=LIVE).headers["ETag"]
    asked = LIVE | {"If-None-Match": etag}
    assert client.get(address, headers=asked).status_code == 304

    project = demo.project("CAM-02")
    project.estimate_to_complete += 100
    project.save()
    pending = client.get(address, headers=asked)
    assert (pending.status_code, pending.headers["X-Rollup-State"]) == (200, "recomputing")

    drain()
    done = client.get(address, headers=asked)
    assert (done.status_code, done.headers["X-Rollup-State"]) == (200, "fresh")
    assert "285,910" in done.content.decode()


def test_more_projects_take_no_more_queries(client_of, demo, pmo, queries_of):
    client = client_of(pmo)
    counts = {
        queries_of(client, f"/programmes/{demo.programme(code).pk}/") for code in ("CAM", "HID")
    }
    assert len(counts) == 1


def test_an_empty_programme_says_what_belongs_there(client_of, nothing, drain, words):
    programme = factories.programme()
    reader = factories.user()
    factories.role(reader, "viewer", programme=programme)
    before = words(client_of(reader).get(f"/programmes/{programme.pk}/"))
    assert "Figures have not been computed yet" in before
    drain()
    page = words(client_of(reader).get(f"/programmes/{programme.pk}/"))
    assert "This programme has no projects yet" in page
    assert "No open risk counts towards this programme" in page
    assert "No dependency is late or close to it" in page


def test_a_long_table_shows_its_first_rows_and_offers_all(client_of, nothing, words):
    programme = factories.programme()
    for _ in range(FEW + 1):
        factories.project(programme=programme)
    reader = factories.user()
    factories.role(reader, "viewer", programme=programme)
    client, address = client_of(reader), f"/programmes/{programme.pk}/"
    few = client.get(address)
    assert len(few.context["projects"]) == FEW
    assert f"The first {FEW} are shown. Show all {FEW + 1}" in words(few)
    assert len(client.get(f"{address}?rows=all").context["projects"]) == FEW + 1
