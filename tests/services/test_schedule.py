"""Milestones and dependencies."""

from datetime import date
from functools import partial

import pytest

from pmhub.services import turn
from projects.services import (
    accept_dependency,
    achieve_milestone,
    agree_dependency,
    deliver_dependency,
    propose_dependency,
    record_milestone_forecast,
    withdraw_dependency,
)
from tests.services.refusal import refused

TODAY, LATER = date(2026, 10, 31), date(2027, 6, 11)


# Milestones


def test_a_report_of_a_milestone_is_its_forecast(demo, cam02_manager):
    milestone = demo.milestone("M04")
    report = record_milestone_forecast(milestone, forecast_on=LATER, by=cam02_manager)
    milestone.refresh_from_db()
    assert (report.reported_on, milestone.forecast_on) == (TODAY, LATER)
    assert (milestone.updated_by, milestone.forecasts.count()) == (cam02_manager, 4)


def test_a_report_of_an_earlier_day_is_history_only(demo, cam02_manager):
    milestone = demo.milestone("M04")
    day = date(2026, 10, 15)
    record_milestone_forecast(milestone, forecast_on=LATER, reported_on=day, by=cam02_manager)
    milestone.refresh_from_db()
    assert (milestone.forecast_on, milestone.forecasts.count()) == (date(2027, 5, 28), 5)


def test_without_a_day_the_present_forecast_is_reported(demo, cam02_manager):
    assert record_milestone_forecast(demo.milestone("M04"), by=cam02_manager).forecast_on == (
        date(2027, 5, 28)
    )


def test_a_report_is_not_of_the_future_nor_of_what_has_been(demo, pmo):
    with refused("reported_on", "This day is still to come."):
        record_milestone_forecast(demo.milestone("M04"), reported_on=date(2200, 1, 1), by=pmo)
    with refused("state", "Only a milestone still to come has a forecast."):
        record_milestone_forecast(demo.milestone("M03"), forecast_on=LATER, by=pmo)


def test_a_milestone_is_achieved_once(demo, cam02_manager):
    milestone = achieve_milestone(demo.milestone("M04"), actual_on=TODAY, by=cam02_manager)
    assert (milestone.state, milestone.actual_on) == ("achieved", TODAY)
    with refused("state", "A milestone is achieved when it is planned; this one is achieved."):
        achieve_milestone(milestone, actual_on=TODAY, by=cam02_manager)
    with refused("actual_on", "This day is still to come."):
        achieve_milestone(demo.milestone("M05"), actual_on=date(2200, 1, 1), by=cam02_manager)


# Dependencies


def test_a_dependency_goes_from_a_need_to_an_acceptance(demo, cam_manager):
    dependency = demo.dependency("D18")
    propose_dependency(dependency, by=cam_manager)
    agree_dependency(dependency, agreed_on=LATER, by=cam_manager)
    deliver_dependency(dependency, delivered_on=TODAY, by=cam_manager)
    accept_dependency(dependency, accepted_on=TODAY, by=cam_manager)
    dependency.refresh_from_db()
    assert (dependency.status, dependency.agreed_on) == ("accepted", LATER)
    assert dependency.delivered_on == dependency.forecast_on == dependency.accepted_on == TODAY


def test_what_was_turned_down_is_agreed_anew(demo, cam_manager):
    dependency = deliver_dependency(demo.dependency("D06"), delivered_on=TODAY, by=cam_manager)
    turn(dependency, noun="rejection", by=cam_manager)
    agree_dependency(dependency, agreed_on=LATER, by=cam_manager)
    assert (dependency.status, dependency.delivered_on) == ("agreed", None)


def test_a_need_that_is_gone_is_withdrawn(demo, cam_manager):
    assert withdraw_dependency(demo.dependency("D06"), by=cam_manager).status == "withdrawn"


STEPS = {
    "proposed": propose_dependency,
    "agreed": agree_dependency,
    "delivered": deliver_dependency,
    "accepted": accept_dependency,
    "rejected": partial(turn, noun="rejection"),
    "withdrawn": withdraw_dependency,
}
DATED = {"agreed": "agreed_on", "delivered": "delivered_on", "accepted": "accepted_on"}


@pytest.mark.parametrize(
    ("code", "step", "message"),
    [
        ("D18", "agreed", "agreed when it is proposed or rejected; this one is identified."),
        ("D18", "delivered", "delivered when it is agreed; this one is identified."),
        ("D06", "proposed", "proposed when it is identified; this one is agreed."),
        ("D06", "accepted", "accepted when it is delivered; this one is agreed."),
        ("D06", "rejected", "rejected when it is delivered; this one is agreed."),
        (
            "D01",
            "withdrawn",
            "withdrawn when it is identified or proposed or agreed or delivered or rejected;"
            " this one is accepted.",
        ),
    ],
)
def test_no_step_is_left_out(demo, pmo, code, step, message):
    day = {DATED[step]: TODAY} if step in DATED else {}
    with refused("status", f"A dependency is {message}"):
        STEPS[step](demo.dependency(code), **day, by=pmo)


def test_nothing_is_delivered_in_the_future_or_accepted_before_it_is_delivered(demo, pmo):
    dependency = demo.dependency("D06")
    with refused("delivered_on", "This day is still to come."):
        deliver_dependency(dependency, delivered_on=date(2200, 1, 1), by=pmo)
    deliver_dependency(dependency, delivered_on=TODAY, by=pmo)
    with refused("accepted_on", "This is before the delivery: give that day or a later one."):
        accept_dependency(dependency, accepted_on=date(2026, 10, 30), by=pmo)
