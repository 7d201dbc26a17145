"""The risk page of a programme: what it says, who may read it, and that it stays bounded."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pmhub.views import regions
from programmes.models import Portfolio
from programmes.rollup.ranges import simulations as ranges
from programmes.rollup.ranges.simulations import ranges_of
from projects.models import CostActual, Risk
from tests import factories

LIVE = {"HX-Request": "true"}


@pytest.fixture
def address(demo):
    return f"/programmes/{demo.programme('CAM').pk}/risk/"


def test_it_says_what_may_come_of_it(client_of, viewer, address, words):
    page = words(client_of(viewer).get(address))
    assert "Risk exposure, P80 £k 10,415 16 open risks With shared causes 10," in page
    assert "Contingency left 19,600" in page
    assert "Without risks 27 Apr 2029 Chance of the declared day 0%" in page
    assert "Forecast, if all arrives 60,388" in page
    assert (
        "Causes shared: commercial (3), ground (2), health and safety (2), regulatory (2)" in page
    )
    assert "Left out, as no project in particular waits for them: R15." in page
    assert "Not counted here: 1 escalated." in page


def test_a_count_of_the_matrix_filters_the_register(client_of, viewer, address, words):
    client = client_of(viewer)
    whole = client.get(address)
    assert len(whole.context["register"]) == 16
    cells = {
        each["query"]: each["count"]
        for matrix in whole.context["matrices"]
        for row in matrix["rows"]
        for each in row["cells"]
        if each["count"]
    }
    assert sum(cells.values()) == 32  # each of sixteen risks, inherent and residual
    for query, count in cells.items():
        answer = client.get(f"{address}{query}")
        assert len(answer.context["register"]) == count
        assert f"{count} of 16" in words(answer)


@pytest.mark.parametrize(
    "query", ["?kind=threat&view=residual&probability=9&impact=1", "?kind=x", "?probability=%00"]
)
def test_a_cell_that_is_not_there_filters_nothing(client_of, viewer, address, query):
    assert len(client_of(viewer).get(f"{address}{query}").context["register"]) == 16


def test_a_programme_without_risks_says_what_would_be_here(
    client_of, nothing, drain, simulate, words
):
    programme = factories.programme()
    drain()
    simulate()
    reader = factories.user()
    factories.role(reader, "viewer", programme=programme)
    page = words(client_of(reader).get(f"/programmes/{programme.pk}/risk/"))
    assert "No open risk counts towards this programme." in page
    assert "no dates" in page
    assert "Matrix" not in page


def test_of_many_risks_the_most_expensive_are_shown(
    client_of, nothing, drain, simulate, queries_of
):
    project = factories.project()
    factories.baseline(project)
    reader = factories.user()
    factories.role(reader, "viewer", programme=project.programme)
    address = f"/programmes/{project.programme_id}/risk/"
    client = client_of(reader)
    factories.risk(project)
    drain()
    simulate()
    few = queries_of(client, address)
    for number in range(30):
        factories.risk(project, residual_probability=Decimal("0.3") + Decimal(number) / 100)
    drain()
    simulate()
    assert queries_of(client, address) == few
    regions.clear()  # what was drawn just now has no context
    answer = client.get(address)
    assert len(answer.context["register"]) == 25
    assert [len(each["rows"]) for each in answer.context["tornadoes"]] == [16, 1]
    assert len(client.get(f"{address}?rows=all").context["register"]) == 31


def test_after_a_change_it_says_updating_until_a_worker_has_simulated(
    client_of, viewer, demo, address, drain, simulate, words, queries_of
):
    """Reading it simulates nothing: what is shown is what is stored."""
    client, before = client_of(viewer), words(client_of(viewer).get(address))
    assert "Updating" not in before
    Risk.objects.filter(code="R14").update(residual_probability="0.9")
    drain()
    answer = client.get(address, headers=LIVE)
    told = words(answer)
    assert "Updating: what may come of the risks is being simulated anew; what is shown" in told
    assert answer.headers["X-Rollup-State"] == "recomputing"
    assert not any("residual" in sql for sql in sql_of(client, address))
    assert simulate() == [demo.programme("CAM").pk]
    after = client.get(address, headers=LIVE | {"If-None-Match": answer.headers["ETag"]})
    assert (after.status_code, after.headers["X-Rollup-State"]) == (200, "fresh")
    assert "Updating" not in words(after)
    assert words(after) != told


def sql_of(client, address):
    """The statements that a page takes."""
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    return [each["sql"] for each in captured]


def test_what_changes_no_range_asks_for_none(demo, drain, simulate):
    """A cost of the programme's own office moves figures, and nothing that is simulated."""
    line = demo.line("CAM-programme_office")
    CostActual.objects.create(programme_line=line, posted_on=date(2026, 10, 1), amount=1)
    drain()
    assert ranges.wanted() == simulate() == []


def test_ranges_that_fail_say_so_and_the_others_are_simulated(
    client_of, viewer, demo, address, drain, simulate, words, monkeypatch
):
    def broken(study):
        if study.programme.code == "CAM":
            raise ZeroDivisionError
        return ranges_of(study)

    Portfolio.objects.update(status_date=date(2026, 11, 30))
    monkeypatch.setattr(ranges, "ranges_of", broken)
    drain()
    simulate()
    assert ranges.wanted() == []
    assert "What may come of the risks could not be simulated" in words(
        client_of(viewer).get(address)
    )


def test_an_unchanged_region_costs_a_304(client_of, viewer, address):
    client = client_of(viewer)
    etag = client.get(address, headers=LIVE).headers["ETag"]
    assert client.get(address, headers=LIVE | {"If-None-Match": etag}).status_code == 304


def test_it_says_what_moved_the_exposure_by_month(client_of, viewer, address, words):
    answer = client_of(viewer).get(address)
    month = answer.context["months"][-1]
    assert (month.opening, list(month.moved)) == (0, ["new"])
    page = words(answer)
    assert "Burn-down Expected exposure in £k" in page
    ahead = answer.context["ahead"]
    assert ahead[0].left + ahead[0].passing == month.closing
    assert b'<polyline class="ahead"' in answer.content
    assert f"{month.month:%B %Y} 0 +{month.closing:,.0f} 0 0 0 0 {month.closing:,.0f}" in page
