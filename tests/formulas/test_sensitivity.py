"""Float and drag: worked by hand, and against the rule written slowly."""

from hypothesis import given, settings
from hypothesis import strategies as st

from projects.schedule import FINISH, START, Dates, propagate
from projects.simulation import Drag, EventFloat, sensitivity
from tests.formulas.networks import TODAY, Slow, link, networks, on, work


def floats(found):
    return {(each.project, each.event): each.days for each in found.floats}


def drags(found):
    return {each.id: each.days for each in found}


def milestone(baseline, forecast=None, actual=None):
    return Dates(*(None if day is None else on(day) for day in (baseline, forecast, actual)))


# By hand

GIVER = work(1, 0, 130, baseline=(0, 100), started=True)
RECEIVER = work(2, 100, 200, baseline=(100, 200))
OTHER = work(3, 0, 180, baseline=(0, 190), started=True)
HANDOVER = link(1, 2, id=7, need_by=on(100))


def test_what_the_finish_waits_for_has_no_float_and_drags_by_what_it_is_late():
    found = sensitivity([GIVER, RECEIVER, OTHER], [HANDOVER])
    assert found.finish == on(230)
    assert floats(found) == {
        (1, FINISH): 0,
        (2, START): 0,
        (2, FINISH): 0,
        (3, FINISH): 50,
    }
    assert drags(found.dependencies) == {7: 30}
    assert drags(found.projects) == {1: 30, 2: 30, 3: 0}


def test_a_second_path_takes_drag_away():
    later = work(3, 0, 220, baseline=(0, 190), started=True)
    found = sensitivity([GIVER, RECEIVER, later], [HANDOVER])
    assert drags(found.dependencies) == {7: 10}
    assert drags(found.projects)[1] == 10


def test_who_is_ahead_of_the_baseline_gains_days():
    early = work(1, 0, 130, baseline=(0, 150), started=True)
    found = sensitivity([early, RECEIVER], [link(1, 2, id=7, need_by=on(160))])
    assert (drags(found.projects)[1], drags(found.dependencies)) == (-20, {7: -30})


def test_what_is_reached_given_or_without_a_plan_has_none():
    stations = {11: milestone(10, None, -5), 12: milestone(None, 50), 13: milestone(60, 80)}
    giver = work(1, -50, 130, started=True, milestones=stations)
    links = [
        link(1, 2, id=7),
        link(1, 2, id=8, need_by=on(90), status="delivered", delivered_on=on(-3)),
        link(1, 2, id=9, need_by=on(90), giver_milestone=11),
    ]
    found = sensitivity([giver, RECEIVER], links)
    assert (found.dependencies, found.milestones) == ((), (Drag(13, 0),))
    assert drags(found.projects).keys() == {2}
    assert {(1, START), (1, 11)}.isdisjoint(floats(found))


def test_an_event_that_nobody_waits_for_can_be_as_late_as_it_likes():
    stations = {11: milestone(150, 150)}
    after = work(1, 0, 100, baseline=(0, 100), started=True, milestones=stations)
    found = sensitivity([after], [])
    assert EventFloat(1, 11, None) in found.floats


def test_without_a_project_that_finishes_there_is_nothing_to_wait_for():
    assert sensitivity([], []) is None
    assert sensitivity([work(1, 0, 50, ended="terminated")], []) is None


# Against the rule written slowly


class Supposing(Slow):
    """The slow rule, where some events stand on a day and some dependencies arrive on one."""

    def __init__(self, works, links, stands=None, arrives=None):
        self.stands, self.arrives = stands or {}, arrives or {}
        super().__init__(works, links)

    def arrival(self, link):
        return self.arrives.get(link.id) or super().arrival(link)

    def push(self, work, name):
        return 0 if (work.id, name) in self.stands else super().push(work, name)

    def computed(self, work, name):
        return self.stands.get((work.id, name)) or super().computed(work, name)

    @property
    def finish(self):
        ends = [
            self.days[id, FINISH]
            for id, each in self.works.items()
            if each.ended != "terminated" and FINISH in each.events
        ]
        return max(ends, default=None)


def pushed(works, links, project, event, day):
    """When the programme finishes if something from outside lands on the event on that day."""
    kind = "FF" if event == FINISH else "FS"
    station = event if isinstance(event, int) else None
    outside = link(
        None, project, kind, id=999, code="Z", forecast_on=day, receiver_milestone=station
    )
    found = propagate(works, [*links, outside])
    return max(found[each.id].finish for each in works if each.ended != "terminated")


@given(networks())
@settings(max_examples=80, deadline=None)
def test_the_float_is_the_most_days_that_move_nothing(network):
    works, links = network
    found, computed = sensitivity(works, links), propagate(works, links)
    if found is None:
        return
    for each in found.floats:
        day = computed[each.project].day(each.event)
        late = 100_000 if each.days is None else each.days

        def finish(days, each=each, day=day):
            return pushed(works, links, each.project, each.event, day + days * (on(1) - TODAY))

        assert not late or finish(late) == found.finish
        assert each.days is None or finish(late + 1) > found.finish
    to_come = {
        (each.id, name)
        for each in works
        for name, dates in each.events.items()
        if not each.ended and not dates.reached
    }
    assert floats(found).keys() == to_come


@given(networks())
@settings(max_examples=80, deadline=None)
def test_drag_is_the_difference_that_a_record_at_its_baseline_makes(network):
    works, links = network
    found = sensitivity(works, links)
    if found is None:
        return
    assert found.finish == Supposing(works, links).finish

    def drag(**supposed):
        return (found.finish - Supposing(works, links, **supposed).finish).days

    planned = {each.id: each.need_by for each in links}
    assert drags(found.dependencies) == {
        id: drag(arrives={id: planned[id]}) for id in drags(found.dependencies)
    }
    baselines = {
        (each.id, name): dates.baseline
        for each in works
        for name, dates in each.events.items()
        if dates.baseline and not each.ended and not dates.reached
    }
    assert drags(found.milestones) == {
        place[1]: drag(stands={place: day})
        for place, day in baselines.items()
        if isinstance(place[1], int)
    }
    assert drags(found.projects) == {
        id: drag(stands={place: day for place, day in baselines.items() if place[0] == id})
        for id, name in baselines
        if name == FINISH
    }


@given(networks(), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_the_order_of_facts_does_not_matter(network, random):
    works, links = network
    shuffled = random.sample(works, len(works)), random.sample(links, len(links))
    one, other = sensitivity(works, links), sensitivity(*shuffled)
    assert (one is None) == (other is None)
    if one and other:
        assert floats(one) == floats(other)
        for name in ("dependencies", "milestones", "projects"):
            assert drags(getattr(one, name)) == drags(getattr(other, name))
