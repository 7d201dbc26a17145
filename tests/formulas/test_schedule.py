from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import networkx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projects.schedule import (
    START,
    Estimate,
    Event,
    LinkKind,
    Relation,
    Timeline,
    cpm,
    cpm_delay,
    dependency_figures,
    find_cycle,
    milestone_trend,
    pert,
)
from tests.formulas.networks import TODAY, link, on
from tests.formulas.worked import assert_close, day, worked


def relations(rows):
    return [
        Relation(row["pred"], row["succ"], LinkKind(row["type"]), float(row["lag"])) for row in rows
    ]


@worked("CPM-P01", "CPM-P02", "CPM-P03", "CPM-P04", "CPM-P05", "CPM-P06", "CPM-P07")
def test_critical_path_is_the_published_one(example):
    durations = {row["id"]: float(row["duration"]) for row in example.inputs["activities"]}
    network = cpm(durations, relations(example.inputs["relations"]))
    schedule = {
        name: {
            "es": each.early_start,
            "ef": each.early_finish,
            "ls": each.late_start,
            "lf": each.late_finish,
            "tf": each.total_float,
        }
        for name, each in network.activities.items()
    }
    example.agrees(network.duration, "duration")
    assert set(network.critical) == set(example.expected["critical"])
    wanted = example.expected.get("schedule", {})
    shown = {name: {k: schedule[name][k] for k in row} for name, row in wanted.items()}
    assert_close(shown, wanted, example.tolerance, example.id)


@worked("PERT-P01")
def test_three_point_estimate(example):
    estimates = [
        Estimate(float(row["a"]), float(row["m"]), float(row["b"]))
        for row in example.inputs["estimates"]
    ]
    example.agrees([each.mean for each in estimates], "te")
    example.agrees([each.sd for each in estimates], "sd")


@worked("PERT-P02")
def test_variance_adds_up_along_the_critical_path_only(example):
    rows = example.inputs["activities"]
    estimates = {
        row["id"]: Estimate(float(row["a"]), float(row["m"]), float(row["b"])) for row in rows
    }
    links = [Relation(giver, row["id"]) for row in rows for giver in row["predecessors"]]
    result = pert(estimates, links)
    example.agrees(result.network.duration, "duration")
    example.agrees(result.sd, "project_sd")
    assert list(result.network.critical) == example.expected["critical"]
    assert result.probability_by(8) == 0.5


def test_of_two_critical_paths_the_more_uncertain_one_counts():
    estimates = {"A": Estimate(4, 4, 4), "B": Estimate(1, 4, 7), "C": Estimate(2, 2, 2)}
    result = pert(estimates, [Relation("A", "C"), Relation("B", "C")])
    assert set(result.network.critical) == {"A", "B", "C"}
    assert result.sd == 1


@pytest.mark.parametrize(
    ("kind", "lag", "variance"),
    [("FS", 0, 4 + 1), ("SS", 3, 1), ("FF", 2, 4), ("SF", 40, 0)],
)
def test_only_what_lies_on_the_path_adds_to_its_variance(kind, lag, variance):
    estimates = {"A": Estimate(6, 12, 18), "B": Estimate(9, 12, 15)}
    result = pert(estimates, [Relation("A", "B", LinkKind(kind), lag)])
    assert result.sd**2 == pytest.approx(variance)


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


@worked("DEP-P02")
def test_delay_of_a_finished_network(example):
    planned = {name: float(days) for name, days in example.inputs["activities"].items()}
    observed = {name: float(days) for name, days in example.inputs["observed"].items()}
    links = [Relation(*pair) for pair in example.inputs["relations"]]
    example.agrees(cpm(planned, links).duration, "planned_duration")
    example.agrees(cpm(observed, links).duration, "observed_duration")
    example.agrees(cpm_delay(planned, observed, links), "delay")
    example.agrees(cpm_delay(planned, observed, links, float(example.inputs["delta"])), "delay")


@worked("DEP-P03")
def test_circles_are_found(example):
    found = [find_cycle(edges) for edges in example.inputs["cases"]]
    assert [cycle is None for cycle in found] == example.expected["valid"]
    assert found[1] == ["A", "A"]


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


@st.composite
def precedence(draw):
    """Durations of activities and links that follow their order."""
    count = draw(st.integers(1, 9))
    durations = {f"A{number}": draw(st.integers(0, 40)) for number in range(count)}
    names = list(durations)
    ends = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1))
    pairs = draw(st.lists(ends.filter(lambda pair: pair[0] < pair[1]), max_size=14))
    rows = [
        Relation(
            names[giver],
            names[receiver],
            draw(st.sampled_from(list(LinkKind))),
            draw(st.integers(-15, 30)),
        )
        for giver, receiver in (pairs if count > 1 else [])
    ]
    return durations, rows


def longest(durations, rows):
    """Early starts and the duration as longest paths in a graph of events."""
    graph = networkx.DiGraph()
    ends = {"F": 1, "S": 0}

    def edge(tail, head, weight):
        weight = max(weight, graph.get_edge_data(tail, head, {"weight": weight})["weight"])
        graph.add_edge(tail, head, weight=weight)

    for name in durations:
        edge("begin", name, 0)
        edge(name, "end", durations[name])
    for row in rows:
        given = durations[row.giver] * ends[row.kind[0]]
        taken = durations[row.receiver] * ends[row.kind[1]]
        edge(row.giver, row.receiver, given + row.lag - taken)
    reached = dict.fromkeys(graph, 0)
    for node in networkx.topological_sort(graph):
        arrivals = (reached[tail] + data["weight"] for tail, _, data in graph.in_edges(node, True))
        reached[node] = max(arrivals, default=0)
    left = dict.fromkeys(graph, 0)
    for node in reversed(list(networkx.topological_sort(graph))):
        departures = (left[head] + data["weight"] for _, head, data in graph.out_edges(node, True))
        left[node] = max(departures, default=0)
    return reached, left


@given(precedence())
@settings(max_examples=100, deadline=None)
def test_the_critical_path_is_the_longest_path(drawn):
    durations, rows = drawn
    network = cpm(durations, rows)
    reached, left = longest(durations, rows)
    assert network.duration == reached["end"]
    for name, each in network.activities.items():
        assert each.early_start == reached[name]
        assert each.late_start == reached["end"] - left[name]
        assert 0 <= each.free_float <= each.total_float
    assert {*network.critical} == {
        name for name in durations if reached[name] + left[name] == reached["end"]
    }
    assert network.critical
