"""How delay travels, event by event: worked examples, the demo, and what always holds."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projects.schedule import (
    FINISH,
    START,
    STATUS_DATE,
    CycleError,
    Dates,
    Event,
    Link,
    LinkKind,
    Timeline,
    Work,
    critical_chain,
    days_between,
    dependency_figures,
    last_to_finish,
    propagate,
)
from tests.formulas.networks import TODAY, Slow, link, networks, on, work
from tests.formulas.worked import AS_OF, DEMO, assert_close, day, worked


class Example:
    """A worked example as projects and dependencies, and what they come to by their names."""

    def __init__(self, inputs):
        self.as_of = day(inputs["status_date"])
        self.ids = {name: id for id, name in enumerate(inputs["projects"], 1)}
        self.milestones = {}
        for project, row in inputs["projects"].items():
            for code in row.get("milestones", {}):
                self.milestones[project, code] = 100 + len(self.milestones)
        self.works = [self.work(*each) for each in inputs["projects"].items()]
        self.links = [self.link(row) for row in inputs["dependencies"]]
        self.timelines = propagate(self.works, self.links)
        self.names = {id: name for name, id in self.ids.items()}
        self.codes = {each.id: each.code for each in self.links}
        self.stations = {id: code for (_, code), id in self.milestones.items()}

    def work(self, name, row):
        def dates(of, prefix=""):
            return Dates(*(day(of.get(f"{prefix}{n}")) for n in ("baseline", "forecast", "actual")))

        def ends(event):
            kinds = ("baseline", "forecast", "actual")
            return Dates(*(day(row.get(f"{kind}_{event}")) for kind in kinds))

        stations = {self.milestones[name, c]: m for c, m in row.get("milestones", {}).items()}
        gone = frozenset(id for id, each in stations.items() if each.get("cancelled"))
        return Work(
            self.ids[name],
            ends("start"),
            ends("finish"),
            self.as_of,
            {id: dates(each) for id, each in stations.items() if id not in gone},
            gone,
            row.get("status", ""),
            name,
        )

    def link(self, row):
        return Link(
            id=int(row["id"][1:]),
            code=row["id"],
            giver=self.ids.get(row["giver"]),
            receiver=self.ids[row["receiver"]],
            kind=LinkKind(row["type"]),
            lag_days=int(row.get("lag", 0)),
            giver_milestone=self.milestones.get((row["giver"], row.get("giver_milestone"))),
            receiver_milestone=self.milestones.get(
                (row["receiver"], row.get("receiver_milestone"))
            ),
            need_by=day(row.get("need_by")),
            forecast_on=day(row.get("forecast")),
            delivered_on=day(row.get("delivered")),
            accepted_on=day(row.get("accepted")),
            status=row.get("state", "agreed"),
            hardness="hard" if row.get("hard", True) else "soft",
        )

    def results(self):
        """All that an example may expect, each by name."""
        days, names = self.timelines, self.names
        figures = {
            link.code: dependency_figures(
                link, days.get(link.giver), days[link.receiver], self.as_of
            )
            for link in self.links
        }
        return {
            "events": {names[id]: self.days_of(timeline) for id, timeline in days.items()},
            "driver": {
                names[id]: self.codes.get(timeline.driver, timeline.driver)
                for id, timeline in days.items()
            },
            "hidden_delay_days": {
                names[id]: timeline.hidden_delay_days for id, timeline in days.items()
            },
            "slip_days": {
                work.code: days_between(days[work.id].finish, work.finish.baseline)
                for work in self.works
            },
            "effective_forecast": {
                code: figure.effective_forecast and str(figure.effective_forecast)
                for code, figure in figures.items()
            },
            "lateness_days": {code: figure.lateness_days for code, figure in figures.items()},
            "remaining_float_days": {
                code: figure.remaining_float_days for code, figure in figures.items()
            },
            "status": {code: figure.status for code, figure in figures.items()},
            "critical_chain": list(self.chain()),
        }

    def days_of(self, timeline):
        return {self.called(event): str(timeline.day(event)) for event in timeline.events}

    def called(self, event):
        return self.stations.get(event, event)

    def chain(self):
        last = last_to_finish(self.timelines, self.names)
        links = {link.id: link for link in self.links}
        for step in critical_chain(last, self.timelines, links):
            yield f"{self.names[step.project]}.{self.called(step.event)}"
            if step.driver:
                yield self.codes.get(step.driver, step.driver)


@worked(
    "PROP-P01", "PROP-P02", "PROP-P03", "PROP-P04", "PROP-P05", "PROP-P06", "PROP-P07",
    "PROP-P08", "PROP-P09", "PROP-P10",
)  # fmt: skip
def test_events_stand_where_the_example_says(example):
    results = Example(example.inputs).results()
    for name, wanted in example.expected.items():
        result = results[name]
        if name == "slip_days":
            result = {project: result[project] for project in wanted}
        assert_close(result, wanted, example.tolerance, f"{example.id} {name}")


@worked("DEP-P01")
def test_delay_flows_through_links_and_slack_absorbs_part(example):
    projects = example.inputs["projects"]
    ids = {name: number for number, name in enumerate(projects, 1)}
    as_of = day(example.inputs["status_date"])
    works = [
        Work(
            ids[name],
            Dates(None, day(row["own_start"]), day(row.get("actual_start"))),
            Dates(
                day(row["baseline_finish"]),
                day(row["own_start"]) + timedelta(days=int(row["duration"])),
            ),
            as_of,
        )
        for name, row in projects.items()
    ]
    links = [
        link(
            ids[row["from"]],
            ids[row["to"]],
            row["type"],
            id=int(row["id"][1:]),
            lag_days=int(row["lag"]),
        )
        for row in example.inputs["dependencies"]
    ]
    timelines = propagate(works, links)
    results = {
        name: {
            "start": str(timelines[id].start),
            "finish": str(timelines[id].finish),
            "slip_days": days_between(timelines[id].finish, works[id - 1].finish.baseline),
            "driver": timelines[id].driver and f"D{timelines[id].driver}",
        }
        for name, id in ids.items()
    }
    assert_close(results, example.expected, example.tolerance, example.id)


# The demo


IDS = {row["id"]: number for number, row in enumerate(DEMO["projects"], 1)}
STATIONS = {row["id"]: number for number, row in enumerate(DEMO["milestones"], 1)}


def demo_works():
    return [
        Work(
            IDS[row["id"]],
            *(
                Dates(*(day(row[f"{kind}_{event}"]) for kind in ("baseline", "forecast", "actual")))
                for event in (START, FINISH)
            ),
            AS_OF,
            {
                STATIONS[each["id"]]: Dates(
                    *(day(each[kind]) for kind in ("baseline", "forecast", "actual"))
                )
                for each in DEMO["milestones"]
                if each["project"] == row["id"]
            },
            ended="closed" if row["stage"] == "closed" else "",
            code=row["id"],
        )
        for row in DEMO["projects"]
    ]


def demo_links():
    return [
        link(
            IDS.get(row["giver"]),
            IDS[row["receiver"]],
            row["type"],
            id=int(row["id"][1:]),
            lag_days=int(row["lag_days"]),
            giver_milestone=STATIONS.get(row["giver_milestone"]),
            receiver_milestone=STATIONS.get(row["receiver_milestone"]),
            need_by=day(row["need_by"]),
            forecast_on=day(row["forecast"]),
            status=row["state"],
            drives_schedule=row["drives"],
        )
        for row in DEMO["dependencies"]
    ]


def demo_timelines():
    return propagate(demo_works(), demo_links())


def demo_figures(code):
    found = demo_timelines()
    [mine] = [each for each in demo_links() if each.id == int(code[1:])]
    return dependency_figures(mine, found.get(mine.giver), found[mine.receiver], AS_OF)


def test_demo_projects_stand_where_their_dependencies_push_them():
    found = demo_timelines()
    shown = {
        row["id"]: {
            "declared": row["actual_finish"] or row["forecast_finish"],
            "computed": str(found[IDS[row["id"]]].finish),
            "slip_vs_baseline": days_between(
                found[IDS[row["id"]]].finish, day(row["baseline_finish"])
            ),
            "hidden_delay": found[IDS[row["id"]]].hidden_delay_days,
            "driver": (driver := found[IDS[row["id"]]].driver) and f"D{driver:02}",
        }
        for row in DEMO["projects"]
        if row["programme"] in ("CAM", "NZE")
    }
    assert shown == DEMO["expected"]["propagation"]


@pytest.mark.parametrize("wanted", DEMO["expected"]["dependencies"], ids=lambda row: row["id"])
def test_demo_dependencies(wanted):
    figures = demo_figures(wanted["id"])
    assert {
        "id": wanted["id"],
        "effective_forecast": str(figures.effective_forecast),
        "lateness_vs_need_by": figures.lateness_days,
        "remaining_float": figures.remaining_float_days,
        "rag": figures.status,
    } == wanted


# Cases


def station(baseline, forecast=None, actual=None):
    return Dates(on(baseline), on(baseline if forecast is None else forecast), actual)


def test_a_late_finish_of_the_giver_does_not_move_what_it_gives_before():
    giver = work(1, -30, 800, started=True, milestones={5: station(107)})
    receiver = work(2, 93, 274)
    found = propagate([giver, receiver], [link(1, 2, giver_milestone=5)])
    assert (found[2].start, found[2].hidden_delay_days) == (on(107), 14)


def test_without_a_milestone_or_a_promise_the_givers_finish_counts():
    found = propagate([work(1, 0, 121), work(2, 62, 200)], [given := link(1, 2, need_by=on(62))])
    figures = dependency_figures(given, found[1], found[2], TODAY)
    assert (figures.effective_forecast, found[2].start) == (on(121), on(121))
    assert (figures.lateness_days, figures.remaining_float_days) == (59, -59)


def test_of_links_asking_for_the_same_date_the_lowest_code_drives():
    works = [work(1, 0, 30), work(2, 0, 30), work(3, 10, 15)]
    links = [link(1, 3, id=7, code="D8"), link(2, 3, id=8, code="D7")]
    assert propagate(works, links)[3].driver == 8


def test_of_equal_pushes_a_dependency_drives_before_the_clock():
    late = work(1, -20, 50)
    arriving = link(None, 1, forecast_on=on(0))
    assert propagate([late], [arriving])[1].driver == arriving.id
    assert propagate([late], [])[1].driver == STATUS_DATE


def test_an_unknown_giver_without_a_promise_holds_nobody_back():
    assert propagate([work(2, 10, 15)], [link(77, 2, lag_days=99)])[2].driver is None
    promised = [link(77, 2, lag_days=99, forecast_on=on(10))]
    assert propagate([work(2, 10, 15)], promised)[2].start == on(109)


@pytest.mark.parametrize("ended", ["", "closed"])
@pytest.mark.parametrize(("giver", "receiver"), [(1, 2), (2, 1)])
def test_what_has_happened_counts_with_its_lag_whichever_project_comes_first(
    giver, receiver, ended
):
    done = work(giver, -60, 0, started=True, ended=ended, milestones={5: Dates(actual=on(0))})
    waiting = [link(giver, receiver, giver_milestone=5, lag_days=10)]
    works = sorted([done, work(receiver, 2, 20)], key=lambda each: each.id)
    assert propagate(works, waiting)[receiver].start == on(10)


def test_a_giver_outside_counts_with_its_events():
    outside = Timeline({4: Event(on(10).toordinal(), on(16).toordinal(), 6)})
    waiting = [link(9, 2, giver_milestone=4)]
    assert propagate([work(2, 10, 15)], waiting, {9: outside})[2].hidden_delay_days == 6


def test_a_withdrawn_dependency_pushes_nothing():
    works = [work(1, 0, 60), work(2, 10, 90)]
    assert propagate(works, [link(1, 2, status="withdrawn")])[2].hidden_delay_days == 0
    assert propagate(works, [link(1, 2, status="identified")])[2].hidden_delay_days == 50


def test_what_lands_on_a_cancelled_milestone_lands_on_the_start_or_the_finish():
    receiver = work(2, 10, 90, cancelled=frozenset([5]))
    late = [link(None, 2, "FS", receiver_milestone=5, forecast_on=on(30))]
    assert propagate([receiver], late)[2].start == on(30)


def test_an_event_without_a_day_takes_no_part():
    giver = Work(1, Dates(), Dates(None, on(40)), TODAY, {5: Dates()})
    found = propagate([giver, work(2)], [link(1, 2, giver_milestone=5, forecast_on=on(50))])
    assert (found[1].start, found[1].finish, found[2].hidden_delay_days) == (None, on(40), 0)
    assert propagate([Work(1, Dates(), Dates(), TODAY)], [])[1].hidden_delay_days is None


def test_a_milestone_that_holds_the_finish_names_what_drives_it():
    held = work(1, -60, 20, started=True, baseline=(-60, 20), milestones={5: Dates(on(10), on(30))})
    arriving = link(None, 1, receiver_milestone=5, forecast_on=on(35))
    found = propagate([held], [arriving])[1]
    assert (found.finish, found.driver) == (on(35), arriving.id)


def test_a_circle_is_refused_by_the_names_of_its_events():
    works = [work(id) for id in (1, 2, 3)]
    with pytest.raises(CycleError) as error:
        propagate(works, [link(id, id % 3 + 1) for id in (1, 2, 3)])
    events = [f"P00{id} {end}" for id in (1, 2, 3) for end in (FINISH, START)]
    path = error.value.path
    assert (path[0], sorted(path[1:])) == (path[-1], events)


def test_two_projects_may_wait_for_each_other_where_no_event_does():
    giver = work(1, started=True, milestones={5: station(10), 6: station(40)})
    other = work(2, started=True, milestones={7: station(20)})
    there = link(1, 2, giver_milestone=5, receiver_milestone=7)
    back = link(2, 1, giver_milestone=7, receiver_milestone=6)
    assert propagate([giver, other], [there, back])[1].finish == on(100)
    promised = replace(there, giver_milestone=None, forecast_on=on(10))
    with pytest.raises(CycleError):
        propagate([giver, other], [promised, back])


def test_a_chain_of_two_thousand_is_walked_without_end_of_stack():
    works = [work(id, 0, 10) for id in range(1, 2_001)]
    links = [link(id, id + 1) for id in range(1, 2_000)]
    found = propagate(works, links)
    assert found[2_000].finish == on(20_000)
    assert len(critical_chain(2_000, found, {each.id: each for each in links})) == 2_000


# Laws


@given(networks())
@settings(max_examples=150, deadline=None)
def test_days_are_those_of_the_rule_written_slowly(network):
    slow, found = Slow(*network), propagate(*network)
    assert {
        (id, name): each.day(name) for id, each in found.items() for name in each.events
    } == slow.days
    assert {
        (id, name): event.push for id, each in found.items() for name, event in each.events.items()
    } == slow.pushes


@given(networks())
@settings(max_examples=60, deadline=None)
def test_nothing_undone_lies_in_the_past_or_before_its_declared_day(network):
    works, links = network
    for id, each in propagate(works, links).items():
        for event in each.events.values():
            assert event.computed >= event.declared
            ended = next(work.ended for work in works if work.id == id)
            assert event.reached or ended or event.computed >= TODAY.toordinal()
            assert (event.driver is None) or event.computed > event.declared


@given(networks())
@settings(max_examples=60, deadline=None)
def test_what_an_event_waits_for_is_there(network):
    works, links = network
    found = propagate(works, links)
    for each in links:
        receiver = found[each.receiver]
        event = receiver.events.get(each.lands_on(receiver.cancelled))
        if event and each.drives and not event.reached and not receiver.ended:
            on = dependency_figures(each, found.get(each.giver), receiver, TODAY).effective_forecast
            assert on is None or event.computed >= on.toordinal() + each.lag_days


@given(networks(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_facts_does_not_matter(network, random):
    works, links = network
    shuffled = random.sample(works, len(works)), random.sample(links, len(links))
    assert propagate(works, links) == propagate(*shuffled)


@given(networks(), st.data())
@settings(max_examples=60, deadline=None)
def test_settled_givers_give_what_computing_them_gives(network, data):
    works, links = network
    whole = propagate(works, links)
    mine = data.draw(st.sets(st.sampled_from([each.id for each in works])))
    stored = {id: Timeline.from_json(each.as_json()) for id, each in whole.items()}
    assert stored == whole
    settled = {id: each for id, each in stored.items() if id not in mine}
    assert propagate([each for each in works if each.id in mine], links, settled) == {
        id: each for id, each in whole.items() if id in mine
    }


def adopted(work, links, found):
    """The project with its computed dates declared, and with what it promises."""
    timeline = found[work.id]

    def declared(name, dates):
        event = timeline.events.get(name)
        if event is None or event.reached:
            return dates
        return replace(dates, forecast=timeline.day(name))

    milestones = {name: declared(name, dates) for name, dates in work.milestones.items()}
    moved = replace(
        work,
        start=declared(START, work.start),
        finish=declared(FINISH, work.finish),
        milestones=milestones,
    )
    return moved, [_promising(work, each, found) for each in links]


def _promising(work, link, found):
    gives = link.giver == work.id and link.gives is None and link.open and not link.given
    if not gives:
        return link
    figures = dependency_figures(link, found[work.id], found[link.receiver], TODAY)
    return replace(link, forecast_on=figures.effective_forecast or link.forecast_on)


@given(networks(), st.data())
@settings(max_examples=100, deadline=None)
def test_adopting_computed_dates_moves_nothing_else(network, data):
    works, links = network
    live = [each for each in works if not each.ended]
    if not live:
        return
    found = propagate(works, links)
    chosen = data.draw(st.sampled_from(live))
    moved, promised = adopted(chosen, links, found)
    try:
        after = propagate([moved if each is chosen else each for each in works], promised)
    except CycleError:  # milestones without a baseline changed places
        return
    for id, each in found.items():
        assert [(name, each.day(name)) for name in each.events] == [
            (name, after[id].day(name)) for name in each.events
        ]
    assert after[chosen.id].hidden_delay_days in (0, None)


@given(networks(), st.integers(1, 200), st.data())
@settings(max_examples=60, deadline=None)
def test_a_later_finish_moves_nobody_earlier_through_an_earlier_milestone(network, days, data):
    works, links = network
    links = [each for each in links if each.giver is None or each.giver_milestone]
    chosen = data.draw(st.sampled_from(works))
    if FINISH not in chosen.events or chosen.finish.reached:
        return
    later = chosen.events[FINISH].declared + timedelta(days=days)
    declared = replace(chosen, finish=replace(chosen.finish, forecast=later))
    before = propagate(works, links)
    after = propagate([declared if each is chosen else each for each in works], links)
    for each in works:
        if each is not chosen and not _waits_after(chosen, links, each):
            assert after[each.id].finish >= before[each.id].finish


def _waits_after(chosen, links, receiver):
    """Whether the receiver may wait for a milestone planned after the finish, by any way."""
    after = {
        name
        for name, dates in chosen.milestones.items()
        if dates.baseline and chosen.finish.baseline and dates.baseline > chosen.finish.baseline
    }
    return any(each.giver_milestone in after for each in links)
