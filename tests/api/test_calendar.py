"""The calendar: what comes on which day, of what one may see."""

from datetime import date, timedelta
from urllib.parse import quote

import pytest
import time_machine
from django.utils import timezone
from icalendar import Calendar

from pmhub.queries.calendar import DATED, KINDS
from programmes.models import Board
from tests import factories
from tests.api.conftest import errors_of

YEAR = "from=2026-01-01&to=2028-12-31&page_size=500"


@pytest.fixture
def told(api):
    """`told(user, query)`: the entries of the calendar."""
    return lambda user, query=YEAR: api(user).get(f"calendar/?{query}").json()["results"]


@pytest.fixture
def estate(nothing):
    """A programme with something dated of each kind, and its reader."""
    home = factories.led_programme()
    project = factories.project(programme=home)
    reader = factories.user()
    factories.role(reader, "viewer", programme=home)
    factories.gate(project, planned_on=date(2027, 3, 1))
    board = factories.board(home)
    factories.board_meeting(board, on=date(2027, 3, 2))
    owner = factories.person()
    factories.benefit(programme=home, owner=owner, next_measurement_on=date(2027, 3, 3))
    factories.assumption(project, validate_by=date(2027, 3, 4))
    return home, project, reader, board, owner


def test_everything_dated_that_one_may_see_comes_in_order(estate, told, api):
    home, project, reader, *_ = estate
    found = told(reader)
    assert [entry["on"] for entry in found] == [f"2027-03-0{day}" for day in (1, 2, 3, 4)]
    assert [entry["kind"] for entry in found] == ["gate", "board", "measurement", "expiry"]
    assert [entry["place"]["code"] for entry in found] == [
        project.code, home.code, home.code, project.code,
    ]  # fmt: skip
    for entry in found:
        assert api(reader).get(f"{entry['type']}/{entry['id']}/").status_code == 200
    assert told(factories.user()) == []


def test_it_is_narrowed_to_a_programme_a_person_a_kind_and_days(estate, told):
    home, _, reader, board, owner = estate
    other = factories.programme(portfolio=home.portfolio)
    factories.role(reader, "viewer", programme=other)
    factories.benefit(programme=other, next_measurement_on=date(2027, 3, 9))

    def days(**asked):
        more = "".join(f"&{name}={value}" for name, value in asked.items())
        return [entry["on"][-1] for entry in told(reader, f"{YEAR}{more}")]

    assert days() == ["1", "2", "3", "4", "9"]
    assert days(programme=home.pk) == ["1", "2", "3", "4"]
    assert days(programme=other.pk) == ["9"]
    assert days(portfolio=home.portfolio_id) == days()
    assert days(person=owner.pk) == ["3"]
    assert "2" in days(person=board.members.first().pk)
    assert days(kind="expiry") == ["4"]
    found = told(reader, "from=2027-03-02&to=2027-03-03")
    assert [entry["on"][-1] for entry in found] == ["2", "3"]


def test_a_board_is_named_below_its_portfolio_and_who_is_hidden_finds_nothing(estate, told, api):
    home, project, reader, board, _ = estate
    frame = {"programme": None, "portfolio": home.portfolio, "kind": "portfolio_board"}
    Board.objects.filter(pk=board.pk).update(**frame)
    factories.role(reader, "viewer", portfolio=home.portfolio)
    lower, sits = factories.user(), board.members.first()
    factories.role(lower, "viewer", project=project)

    def titles(user, query=""):
        return [entry["title"] for entry in told(user, f"{YEAR}&{query}")]

    assert board.name in titles(reader, f"person={sits.pk}")
    assert board.name in titles(lower)
    assert titles(lower, f"person={sits.pk}") == [board.name]
    assert titles(reader, f"person={home.programme_manager_id}") != []
    assert titles(lower, f"person={home.programme_manager_id}") == []
    other = factories.programme()
    for name, pk in {"programme": other.pk, "portfolio": other.portfolio_id, "person": 0}.items():
        assert errors_of(api(lower).get(f"calendar/?{name}={pk}")) == {f"/{name}": "invalid_choice"}


def test_late_is_what_the_status_date_has_passed_and_nobody_has_done(estate, told):
    _, project, reader, *_ = estate
    factories.gate(project, planned_on=factories.AS_OF - timedelta(1))
    found = {entry["on"]: entry["late"] for entry in told(reader)}
    assert found["2026-10-30"] is True
    assert found["2027-03-01"] is False


def test_it_answers_of_a_moment_what_was_planned_then(estate, told):
    _, project, reader, *_ = estate
    moment = quote(timezone.now().isoformat())
    gate = project.gates.get()
    gate.planned_on = date(2027, 6, 1)
    gate.save()
    assert [entry["on"] for entry in told(reader) if entry["kind"] == "gate"] == ["2027-06-01"]
    then = told(reader, f"{YEAR}&as_of={moment}")
    assert [entry["on"] for entry in then if entry["kind"] == "gate"] == ["2027-03-01"]


def test_a_calendar_reads_it_as_a_file(estate, api):
    reader = estate[2]
    answer = api(reader).get("calendar/?from=2027-03-01&to=2027-03-31&format=ics")
    assert answer.headers["Content-Type"].startswith("text/calendar")
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    assert [event.decoded("dtstart") for event in events] == [
        date(2027, 3, day) for day in (1, 2, 3, 4)
    ]
    again = api(reader).get("calendar/?from=2027-03-01&to=2027-03-31&format=ics")
    assert again.content == answer.content
    rows = api(reader).get("calendar/?from=2027-03-01&to=2027-03-31&format=csv").content.decode()
    assert len(rows.splitlines()) == 5


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("from=soon", {"/from": "invalid"}),
        ("from=0001-01-01", {"/from": "out_of_range"}),
        ("from=2027-01-01&to=2026-01-01", {"/to": "out_of_range"}),
        ("from=2027-01-01&to=2099-01-01", {"/to": "out_of_range"}),
        ("kind=party", {"/kind": "invalid_choice"}),
        ("person=me", {"/person": "invalid"}),
        ("programme=99999999999999999999", {"/programme": "invalid"}),
        ("as_of=soon", {"/as_of": "invalid"}),
        ("colour=red", {"/colour": "unknown_parameter"}),
    ],
)
def test_what_cannot_be_asked_is_named(nothing, api, query, code):
    assert errors_of(api(factories.user()).get(f"calendar/?{query}")) == code


def test_every_kind_is_of_something():
    assert {dated.kind for dated in DATED} == set(KINDS)


def test_it_begins_today_where_the_portfolio_is_or_else_where_the_reader_is(estate, api):
    home, project, reader, *_ = estate
    for portfolio, zone in ((home.portfolio, "Asia/Tokyo"), (factories.portfolio(), "Etc/GMT+11")):
        portfolio.time_zone = zone
        portfolio.save()
        factories.role(reader, "viewer", portfolio=portfolio)
    west = factories.project(programme=factories.programme(portfolio=portfolio))
    for day, place in ((26, project), (27, project), (25, west), (26, west)):
        factories.gate(place, planned_on=date(2027, 3, day))
    with time_machine.travel("2027-03-26T18:00:00Z", tick=False):  # the 27th in Tokyo

        def first(query="", user=reader):
            rows = api(user).get(f"calendar/?kind=gate&{query}").json()["results"]
            return rows[0]["on"]

        assert first(f"portfolio={home.portfolio_id}") == "2027-03-27"
        assert first(f"programme={home.pk}") == "2027-03-27"
        assert first(f"programme={west.programme_id}") == "2027-03-26"
        assert first() == "2027-03-27"  # of the first portfolio in sight
        reader.time_zone = "Pacific/Midway"
        reader.save()
        assert first() == "2027-03-26"
