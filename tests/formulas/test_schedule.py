from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.schedule import (
    CycleError,
    Estimate,
    Link,
    LinkKind,
    Position,
    Relation,
    Work,
    cpm,
    cpm_delay,
    dependency_figures,
    find_cycle,
    milestone_trend,
    pert,
    propagate,
)
from tests.formulas.worked import AS_OF, DEMO, assert_close, by_id, day, worked

ORIGIN = date(2026, 1, 1)


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
        ([4], "slipping"),
    ],
)
def test_milestone_trend_of_monthly_reports(slips, trend):
    months = [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 4)][: len(slips)]
    assert milestone_trend(slips, months).trend == trend


@worked("DEP-P01")
def test_delay_flows_through_links_and_slack_absorbs_part(example):
    projects = example.inputs["projects"]
    ids = {name: number for number, name in enumerate(projects, 1)}
    works = [
        Work(
            id=ids[name],
            start=day(row["own_start"]),
            finish=day(row["own_start"]) + timedelta(days=int(row["duration"])),
            started="actual_start" in row,
            closed=False,
            baseline_finish=day(row["baseline_finish"]),
        )
        for name, row in projects.items()
    ]
    links = [
        Link(
            int(row["id"][1:]),
            ids[row["from"]],
            ids[row["to"]],
            LinkKind(row["type"]),
            int(row["lag"]),
            None,
        )
        for row in example.inputs["dependencies"]
    ]
    positions = propagate(works, links)
    shown = {
        name: {
            "start": str(positions[code].start),
            "finish": str(positions[code].finish),
            "slip_days": positions[code].slip_days,
            "driver": positions[code].driver and f"D{positions[code].driver}",
        }
        for name, code in ids.items()
    }
    assert_close(shown, example.expected, example.tolerance, example.id)


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
    shown: list[Any] = [
        dependency_figures(
            kind=LinkKind.FS,
            lag_days=0,
            need_by=day(case["need_by"]),
            forecast_on=day(case["forecast"]),
            accepted=False,
            delivered=False,
            agreed=case["agreement"] == "agreed",
            drives=True,
            hard=True,
            giver_hidden_days=0,
            receiver_start=day(case["need_by"]) + timedelta(days=int(case["receiver_float_days"])),
            receiver_finish=None,
            as_of=day(example.inputs["status_date"]),
        )
        for case in example.inputs["cases"]
    ]
    assert [each.status for each in shown] == example.expected["rag"]
    example.agrees([each.lateness_days for each in shown], "lateness_days")
    example.agrees([max(0, -each.remaining_float_days) for each in shown], "uncovered_days")


IDS = {row["id"]: number for number, row in enumerate(DEMO["projects"])}


def demo_positions():
    works = [
        Work(
            id=IDS[row["id"]],
            start=day(row["actual_start"] or row["forecast_start"]),
            finish=day(row["actual_finish"] or row["forecast_finish"]),
            started=row["actual_start"] is not None,
            closed=row["stage"] == "closed",
            baseline_finish=day(row["baseline_finish"]),
        )
        for row in DEMO["projects"]
    ]
    links = [
        Link(
            int(row["id"][1:]),
            IDS.get(row["giver"]),
            IDS[row["receiver"]],
            LinkKind(row["type"]),
            int(row["lag_days"]),
            day(row["forecast"]),
        )
        for row in DEMO["dependencies"]
        if row["drives"] and row["state"] != "accepted"
    ]
    return propagate(works, links)


def test_demo_projects_stand_where_their_dependencies_push_them():
    positions = demo_positions()
    shown = {
        row["id"]: {
            "declared": row["actual_finish"] or row["forecast_finish"],
            "computed": str(positions[IDS[row["id"]]].finish),
            "slip_vs_baseline": positions[IDS[row["id"]]].slip_days,
            "hidden_delay": positions[IDS[row["id"]]].hidden_delay_days,
            "driver": (driver := positions[IDS[row["id"]]].driver) and f"D{driver:02}",
        }
        for row in DEMO["projects"]
        if row["programme"] in ("CAM", "NZE")
    }
    assert shown == DEMO["expected"]["propagation"]


def test_demo_delay_of_other_programmes_comes_from_their_own_links():
    pushed = {
        row["id"]: positions.hidden_delay_days
        for row in DEMO["projects"]
        if (positions := demo_positions()[IDS[row["id"]]]).hidden_delay_days
        and row["programme"] not in ("CAM", "NZE")
    }
    assert pushed == {"SSV-03": 35}


def demo_dependency_figures(row):
    receiver = by_id("projects")[row["receiver"]]
    giver = IDS.get(row["giver"])
    return dependency_figures(
        kind=LinkKind(row["type"]),
        lag_days=int(row["lag_days"]),
        need_by=day(row["need_by"]),
        forecast_on=day(row["forecast"]),
        accepted=row["state"] == "accepted",
        delivered=row["state"] in ("delivered", "accepted"),
        agreed=row["state"] in ("agreed", "delivered", "accepted"),
        drives=row["drives"],
        hard=True,
        giver_hidden_days=0 if giver is None else demo_positions()[giver].hidden_delay_days,
        receiver_start=day(receiver["forecast_start"]),
        receiver_finish=day(receiver["forecast_finish"]),
        as_of=AS_OF,
    )


@pytest.mark.parametrize("wanted", DEMO["expected"]["dependencies"], ids=lambda row: row["id"])
def test_demo_dependencies(wanted):
    figures = demo_dependency_figures(by_id("dependencies")[wanted["id"]])
    assert {
        "id": wanted["id"],
        "effective_forecast": str(figures.effective_forecast),
        "lateness_vs_need_by": figures.lateness_days,
        "remaining_float": figures.remaining_float_days,
        "rag": figures.status,
    } == wanted


def figures(**changes):
    usual: dict[str, Any] = {
        "kind": LinkKind.FS,
        "lag_days": 0,
        "need_by": ORIGIN,
        "forecast_on": ORIGIN,
        "accepted": False,
        "delivered": False,
        "agreed": True,
        "drives": True,
        "hard": True,
        "giver_hidden_days": 0,
        "receiver_start": ORIGIN,
        "receiver_finish": ORIGIN,
        "as_of": ORIGIN,
    }
    return dependency_figures(**usual | changes)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, "green"),
        ({"agreed": False}, "amber"),
        ({"forecast_on": None}, "amber"),
        ({"as_of": ORIGIN + timedelta(days=1)}, "red"),
        ({"as_of": ORIGIN + timedelta(days=1), "drives": False}, "amber"),
        ({"as_of": ORIGIN + timedelta(days=1), "delivered": True}, "green"),
        ({"giver_hidden_days": 1}, "red"),
        ({"giver_hidden_days": 1, "hard": False}, "amber"),
        ({"giver_hidden_days": 1, "delivered": True}, "green"),
        ({"giver_hidden_days": 1, "accepted": True}, "done"),
    ],
)
def test_dependency_colours(changes, status):
    assert figures(**changes).status == status


def work(number, start, days, started=False, closed=False):
    begins = ORIGIN + timedelta(days=start)
    return Work(number, begins, begins + timedelta(days=days), started, closed, None)


def test_of_links_asking_for_the_same_date_the_first_drives():
    works = [work(1, 0, 30), work(2, 0, 30), work(3, 10, 5)]
    links = [Link(8, 2, 3, LinkKind.FS, 0, None), Link(7, 1, 3, LinkKind.FS, 0, None)]
    assert propagate(works, links)[3].driver == 7


def test_a_started_project_keeps_its_start():
    position = propagate(
        [work(1, 0, 30), work(2, 10, 5, started=True)], [Link(1, 1, 2, LinkKind.FF, 0, None)]
    )[2]
    assert (position.start, position.finish) == (
        ORIGIN + timedelta(days=10),
        ORIGIN + timedelta(days=30),
    )


def test_a_settled_giver_pushes_by_its_hidden_delay_only():
    settled = {9: Position(ORIGIN, ORIGIN, None, 6, None)}
    event = ORIGIN + timedelta(days=10)
    waiting = Link(1, 9, 2, LinkKind.FS, 0, event)
    delivered = Link(1, 9, 2, LinkKind.FS, 0, event, delivered=True)
    assert propagate([work(2, 10, 5)], [waiting], settled)[2].hidden_delay_days == 6
    assert propagate([work(2, 10, 5)], [delivered], settled)[2].hidden_delay_days == 0


def test_an_unknown_giver_without_an_event_holds_nobody_back():
    assert propagate([work(2, 10, 5)], [Link(1, 77, 2, LinkKind.FS, 99, None)])[2].driver is None


def test_a_circle_of_driving_links_is_refused_by_name():
    works = [work(code, 0, 1) for code in (1, 2, 3)]
    links = [Link(code, code, code % 3 + 1, LinkKind.FS, 0, None) for code in (1, 2, 3)]
    with pytest.raises(CycleError) as error:
        propagate(works, links)
    steps = list(zip(error.value.path, error.value.path[1:], strict=False))
    assert sorted(steps) == [(1, 2), (2, 3), (3, 1)]


@st.composite
def plans(draw):
    """Works numbered in an order that all links follow, so that there is no circle."""
    count = draw(st.integers(1, 8))
    days = st.integers(0, 400)
    works = [
        work(code, draw(days), draw(days), draw(st.booleans()), draw(st.booleans()))
        for code in range(count)
    ]
    pairs = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(
        lambda pair: pair[0] < pair[1]
    )
    chosen = draw(st.lists(pairs, max_size=12)) if count > 1 else []
    links = [
        Link(
            code,
            giver,
            receiver,
            draw(st.sampled_from(LinkKind)),
            draw(st.integers(-60, 300)),
            draw(st.none() | st.dates(date(2025, 6, 1), date(2028, 1, 1))),
        )
        for code, (giver, receiver) in enumerate(chosen)
    ]
    return works, links


@given(plans())
def test_nothing_ever_moves_earlier(plan):
    works, links = plan
    positions = propagate(works, links)
    for each in works:
        position = positions[each.id]
        assert position.start >= each.start
        assert position.finish >= each.finish
        assert position.hidden_delay_days == (position.finish - each.finish).days
        if each.closed:
            assert (position.start, position.finish) == (each.start, each.finish)


@given(plans())
def test_every_driving_link_is_satisfied(plan):
    works, links = plan
    positions = propagate(works, links)
    by_number = {each.id: each for each in works}
    for link in links:
        receiver, giver = by_number[link.receiver], positions[link.giver]
        holds_start = link.kind in (LinkKind.FS, LinkKind.SS)
        if receiver.closed or (holds_start and receiver.started):
            continue
        if link.event_on is None:
            event = giver.start if link.kind in (LinkKind.SS, LinkKind.SF) else giver.finish
        else:
            event = link.event_on + timedelta(days=giver.hidden_delay_days)
        position = positions[link.receiver]
        reached = position.start if holds_start else position.finish
        assert reached >= event + timedelta(days=link.lag_days)


@given(plans(), st.randoms(use_true_random=False))
def test_the_order_of_facts_does_not_matter(plan, random):
    works, links = plan
    shuffled = random.sample(works, len(works)), random.sample(links, len(links))
    assert propagate(works, links) == propagate(*shuffled)


@given(plans(), st.data())
def test_settled_givers_give_what_computing_them_gives(plan, data):
    works, links = plan
    whole = propagate(works, links)
    cut = data.draw(st.integers(0, len(works)))
    settled = {code: position for code, position in whole.items() if code < cut}
    assert propagate(works[cut:], links, settled) == {
        code: position for code, position in whole.items() if code >= cut
    }


@given(plans())
def test_floats_are_never_negative_and_something_is_critical(plan):
    works, links = plan
    durations = {str(each.id): float((each.finish - each.start).days) for each in works}
    rows = [Relation(str(link.giver), str(link.receiver)) for link in links]
    network = cpm(durations, rows)
    assert network.critical
    for each in network.activities.values():
        assert 0 <= each.free_float <= each.total_float
        assert Decimal(each.early_finish) <= Decimal(network.duration)
