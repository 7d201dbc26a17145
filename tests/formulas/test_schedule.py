from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from projects.estimating import deviation, expected
from projects.schedule import (
    START,
    Event,
    Timeline,
    dependency_figures,
    milestone_trend,
)
from projects.schedule.links import CycleError, ordered
from tests.formulas.networks import TODAY, link, on
from tests.formulas.worked import day, worked


@worked("PERT-P01")
def test_three_point_estimate(example):
    rows = example.inputs["estimates"]
    example.agrees([expected(row["a"], row["m"], row["b"]) for row in rows], "te")
    example.agrees([deviation(row["a"], row["b"]) for row in rows], "sd")


@worked("MS-P01")
def test_milestone_trend(example):
    trend = milestone_trend([int(slip) for slip in example.inputs["slip_days"]])
    example.agrees(trend.increments, "increments")
    example.agrees(trend.latest_slip, "latest_slip")
    assert trend.trend == example.expected["trend"]


@pytest.mark.parametrize(
    ("slips", "trend"),
    [
        ([0, 0, 0], "stable"),
        ([5, 9, 7], "recovering"),
        ([0, 30, 61], "day_for_day"),
        ([3, 7, 14], "accelerating_slip"),
        ([5, 5, 8], "slipping"),
        ([4], "stable"),
        ([-4], "stable"),
        ([-4, -4], "stable"),
        ([30, 30, 30], "stable"),
        ([4, 4], "stable"),
        ([0, 5], "slipping"),
        ([20, 21, 23], "accelerating_slip"),
        ([20, 23, 24], "slipping"),
        ([60, 20, 45], "slipping"),
    ],
)
def test_milestone_trend_of_monthly_reports(slips, trend):
    months = [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 4)][: len(slips)]
    assert milestone_trend(slips, months).trend == trend


@worked("DEP-P03")
def test_circles_are_found(example):
    for edges, valid in zip(example.inputs["cases"], example.expected["valid"], strict=True):
        graph = {}
        for giver, receiver in edges:
            graph.setdefault(receiver, []).append(giver)
        if valid:
            assert set(ordered(graph)) == {name for edge in edges for name in edge}
        else:
            with pytest.raises(CycleError) as circle:
                ordered(graph)
            assert circle.value.path[0] == circle.value.path[-1]


@worked("DEP-P04")
def test_dependency_status(example):
    as_of = day(example.inputs["status_date"])
    shown: list[Any] = [
        dependency_figures(
            link(
                None,
                1,
                need_by=day(case["need_by"]),
                forecast_on=day(case["forecast"]),
                status=case["agreement"],
            ),
            None,
            starting(day(case["need_by"]) + timedelta(days=int(case["receiver_float_days"]))),
            as_of,
        )
        for case in example.inputs["cases"]
    ]
    assert [each.status for each in shown] == example.expected["rag"]
    example.agrees([each.lateness_days for each in shown], "lateness_days")
    example.agrees([max(0, -each.remaining_float_days) for each in shown], "uncovered_days")


def starting(day, reached=False):
    """The timeline of a project that starts on a day."""
    return Timeline({START: Event(day.toordinal(), day.toordinal(), reached=reached)})


def giving(days, **fields):
    """The timeline of a giver whose milestone 5 comes that many days from the status date."""
    day = on(days).toordinal()
    return Timeline({5: Event(day, day, **fields)})


OWED = {"need_by": on(5), "forecast_on": on(5)}


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({}, "green", ""),
        ({"status": "identified"}, "amber", "not_agreed"),
        ({"status": "rejected", "delivered_on": on(-3)}, "amber", "not_agreed"),
        ({"forecast_on": None}, "amber", "no_date"),
        ({"need_by": None}, "amber", "no_date"),
        ({"need_by": on(-1), "forecast_on": on(-1)}, "red", "overdue"),
        ({"need_by": on(-1), "forecast_on": on(-1), "drives_schedule": False}, "amber", "overdue"),
        ({"need_by": on(-1), "status": "delivered", "delivered_on": on(-1)}, "green", ""),
        ({"forecast_on": on(6)}, "red", "float_exhausted"),
        ({"forecast_on": on(6), "hardness": "soft"}, "amber", "float_exhausted"),
        ({"forecast_on": on(6), "drives_schedule": False}, "amber", "late"),
        ({"forecast_on": on(6), "status": "accepted"}, "done", ""),
    ],
)
def test_dependency_colours(changes, status, reason):
    figures = dependency_figures(link(None, 2, **OWED | changes), None, starting(on(5)), TODAY)
    assert (figures.status, figures.reason) == (status, reason)


@pytest.mark.parametrize(
    ("giver", "changes", "expected"),
    [
        (giving(5), {}, (on(5), "green", "")),
        (giving(9), {}, (on(9), "red", "float_exhausted")),
        (giving(-2, reached=True), {"need_by": on(-1)}, (on(-2), "green", "")),
        (Timeline(cancelled=frozenset([5])), {}, (None, "red", "will_not_come")),
        (replace(giving(5), ended="terminated"), {}, (None, "red", "will_not_come")),
        (
            replace(giving(5), ended="closed"),
            {"hardness": "soft"},
            (None, "amber", "will_not_come"),
        ),
        (replace(giving(5), ended="closed"), {"status": "delivered"}, (on(5), "green", "")),
        (Timeline(), {}, (None, "amber", "no_date")),
        (None, {}, (None, "amber", "no_date")),
    ],
)
def test_a_dependency_follows_the_givers_milestone(giver, changes, expected):
    owed = link(1, 2, giver_milestone=5, **OWED | changes)
    figures = dependency_figures(owed, giver, starting(on(10)), TODAY)
    if expected[2] == "float_exhausted":
        figures = dependency_figures(owed, giver, starting(on(5)), TODAY)
    assert (figures.effective_forecast, figures.status, figures.reason) == expected


def test_a_promise_beside_the_milestone_says_by_how_much_it_differs():
    owed = link(1, 2, giver_milestone=5, **OWED)
    assert dependency_figures(owed, giving(9), None, TODAY).promise_differs_days == 4
    assert (
        dependency_figures(link(1, 2, **OWED), giving(9), None, TODAY).promise_differs_days is None
    )


def test_a_receiver_that_went_ahead_has_no_float():
    late = link(None, 2, **OWED | {"forecast_on": on(30)})
    waiting = dependency_figures(late, None, starting(on(5)), TODAY)
    ahead = dependency_figures(late, None, starting(on(5), reached=True), TODAY)
    assert (waiting.remaining_float_days, waiting.status) == (-25, "red")
    assert (ahead.remaining_float_days, ahead.status, ahead.reason) == (None, "amber", "late")


# Against an independent reference
