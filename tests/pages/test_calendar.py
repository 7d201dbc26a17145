"""The page of the calendar: a month, a list, and who sees what of it."""

from datetime import date

import pytest

from tests import factories

MARCH = "/calendar/?month=2027-03"


@pytest.fixture
def gated(nothing):
    """A project with a gate in March 2027, and its reader."""
    project = factories.project()
    reader = factories.user()
    factories.role(reader, "viewer", project=project)
    return factories.gate(project, planned_on=date(2027, 3, 1)), reader


def test_a_month_shows_what_comes_on_its_days(client_of, gated, words):
    gate, reader = gated
    page = words(client_of(reader).get(MARCH))
    assert "March 2027" in page
    assert f"Gate: {gate.project.code} {gate.title}" in page
    assert gate.title not in words(client_of(reader).get("/calendar/?month=2027-05"))
    assert gate.title not in words(client_of(factories.user()).get(MARCH))


def test_the_list_goes_on_over_months(client_of, gated, words):
    gate, reader = gated
    page = words(client_of(reader).get("/calendar/?month=2027-01&view=list&months=3"))
    assert f"1 Mar 2027 Gate {gate.code} {gate.title} {gate.project.code}" in page


def test_nothing_is_said_well(client_of, gated, words):
    page = words(client_of(gated[1]).get("/calendar/?month=2030-01"))
    assert "No gate, review, meeting of a board or measurement is planned" in page
    page = words(client_of(gated[1]).get("/calendar/?month=2030-01&kind=board"))
    assert "Nothing of this comes in this time" in page


def test_a_gate_that_moves_is_shown_on_its_new_day(client_of, gated, words):
    gate, reader = gated
    client = client_of(reader)
    assert gate.title in words(client.get(MARCH))
    gate.planned_on = date(2027, 5, 3)
    gate.save()
    assert gate.title not in words(client.get(MARCH))
    assert gate.title in words(client.get("/calendar/?month=2027-05"))


@pytest.mark.parametrize("query", ["month=2027-99", "portfolio=x", "kind=x", "months=-1&view=list"])
def test_what_is_none_is_left_out(client_of, gated, query):
    assert client_of(gated[1]).get(f"/calendar/?{query}").status_code == 200


def test_more_gates_take_no_more_queries(client_of, gated, queries_of):
    gate, reader = gated
    client = client_of(reader)
    one = queries_of(client, MARCH)
    for day in (2, 3, 4):
        factories.gate(gate.project, planned_on=date(2027, 3, day))
    assert queries_of(client, MARCH) == one
