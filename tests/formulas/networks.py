"""Networks of events for tests: small builders, random networks, and the rule of propagation once
more, written slowly and independently of the product."""

from datetime import date, timedelta
from itertools import count

from hypothesis import strategies as st

from projects.schedule import FINISH, START, CycleError, Dates, Link, LinkKind, Work, schedule

TODAY = date(2026, 10, 31)
_numbers = count(1)


def on(days):
    """Return the day so many days after the status date."""
    return TODAY + timedelta(days=days)


def work(id, start=0, finish=100, *, started=False, ended="", baseline=None, **fields):
    """Return a project, given the days of its start and finish from the status date."""
    begins, ends = on(start), on(finish)
    planned = (on(baseline[0]), on(baseline[1])) if baseline else (None, None)
    usual = {
        "start": Dates(planned[0], begins, begins if started or ended == "closed" else None),
        "finish": Dates(planned[1], ends, ends if ended == "closed" else None),
        "as_of": TODAY,
        "code": f"P{id:03}",
        "ended": ended,
    }
    return Work(id, **usual | fields)


def link(giver, receiver, kind="FS", **fields):
    """Return a dependency between two projects; `giver` None is an outside party."""
    id = fields.pop("id", None) or next(_numbers)
    usual = {"id": id, "code": f"D{id:04}", "giver": giver, "receiver": receiver}
    return Link(**usual | {"kind": LinkKind(kind)} | fields)


# Random networks

days = st.integers(-120, 400)
some_day = days.map(on)


@st.composite
def dates(draw, reached):
    """Draw the days of a milestone; some are left out."""
    actual = draw(st.integers(-200, 0).map(on)) if reached else None
    return Dates(draw(st.none() | some_day), draw(st.none() | some_day), actual)


@st.composite
def works(draw, id):
    """Draw a project with up to four milestones; some projects have ended, and some milestones are
    cancelled."""
    begins, length = draw(days), draw(st.integers(0, 300))
    baseline = draw(st.none() | st.tuples(days, st.integers(0, 300)))
    started = draw(st.booleans()) and begins <= 0
    milestones = {
        10 * id + number: draw(dates(draw(st.booleans()) and started))
        for number in range(draw(st.integers(0, 4)))
    }
    cancelled = frozenset(name for name in milestones if draw(st.integers(0, 9)) == 0)
    ended = draw(st.sampled_from(["", "", "", "", "", "terminated", "closed"]))
    if ended == "closed" and begins + length > 0:
        ended = ""
    return work(
        id,
        begins,
        begins + length,
        started=started,
        ended=ended,
        baseline=baseline and (baseline[0], baseline[0] + baseline[1]),
        milestones={name: each for name, each in milestones.items() if name not in cancelled},
        cancelled=cancelled,
    )


@st.composite
def links(draw, id, among):
    """Draw a dependency between two of these projects, or from outside."""
    receiver = draw(st.sampled_from(among))
    giver = draw(st.none() | st.sampled_from(among).filter(lambda each: each.id != receiver.id))
    return link(
        giver and giver.id,
        receiver.id,
        draw(st.sampled_from(list(LinkKind))),
        id=id,
        lag_days=draw(st.integers(-60, 200)),
        giver_milestone=_milestone(draw, giver),
        receiver_milestone=_milestone(draw, receiver),
        forecast_on=draw(st.none() | some_day),
        need_by=draw(st.none() | some_day),
        delivered_on=draw(st.none() | st.integers(-100, 0).map(on)),
        status=draw(
            st.sampled_from(["agreed"] * 5 + ["identified", "delivered", "accepted", "rejected"])
        ),
        drives_schedule=draw(st.integers(0, 9)) > 0,
        hardness=draw(st.sampled_from(["hard", "hard", "soft"])),
    )


def _milestone(draw, of):
    names = sorted({*of.milestones, *of.cancelled}) if of else []
    return draw(st.none() | st.sampled_from(names)) if names else None


@st.composite
def networks(draw):
    """Draw projects with dependencies among them that form no circle of events."""
    among = [draw(works(id)) for id in range(1, draw(st.integers(1, 5)) + 1)]
    chosen = []
    for id in range(1, draw(st.integers(0, 10)) + 1):
        each = draw(links(id, among)) if len(among) > 1 else None
        if each is not None and _fits(among, [*chosen, each]):
            chosen.append(each)
    return among, chosen


def _fits(among, chosen):
    try:
        schedule(among, chosen)
    except CycleError:
        return False
    return True


# The rule, slowly


def before(work, one, other):
    """Return whether one event of a project is planned before another."""
    begin, end = work.start.baseline, work.finish.baseline

    def zone(name):
        if name in (START, FINISH):
            return 1 if name == START else 3
        planned = work.milestones[name].baseline
        if planned and begin and planned < begin:
            return 0
        return 4 if planned and end and planned > end else 2

    if zone(one) != zone(other):
        return zone(one) < zone(other)
    if one in (START, FINISH):
        return False
    mine, others = (
        each.baseline or each.forecast or each.actual
        for each in (work.milestones[one], work.milestones[other])
    )
    return mine < others


class Slow:
    """Computed days and pushes, found by computing everything again until nothing changes."""

    def __init__(self, works, links):
        self.works = {each.id: each for each in works}
        self.links = [each for each in links if each.drives]
        self.days = {
            (id, name): dates.declared
            for id, each in self.works.items()
            for name, dates in each.events.items()
        }
        self.pushes = dict.fromkeys(self.days, 0)
        for _ in range(3 * len(self.days) + 3):
            was = dict(self.days), dict(self.pushes)
            for id, name in self.days:
                self.pushes[id, name] = self.push(self.works[id], name)
            for id, name in self.days:
                self.days[id, name] = self.computed(self.works[id], name)
            if was == (self.days, self.pushes):
                return
        raise AssertionError("it does not settle")

    def still(self, work, name):
        return bool(work.ended) or work.events[name].reached

    def lands(self, link):
        work = self.works[link.receiver]
        if link.receiver_milestone and link.receiver_milestone not in work.cancelled:
            return link.receiver_milestone
        return START if link.kind in ("FS", "SS") else FINISH

    def arrival(self, link):
        as_of = self.works[link.receiver].as_of
        if link.status in ("delivered", "accepted"):
            return link.delivered_on or link.accepted_on or link.forecast_on
        if link.giver is None:
            return link.forecast_on and max(link.forecast_on, as_of)
        giver, name = self.works[link.giver], link.giver_milestone
        if name is None and link.forecast_on is None:
            name = START if link.kind in ("SS", "SF") else FINISH
        if name is not None and name in giver.events and giver.events[name].reached:
            return giver.events[name].actual
        if giver.ended or link.giver_milestone in giver.cancelled:
            return None
        if name is not None:
            return self.days.get((giver.id, name))
        return max(self.promised(link, giver), as_of)

    def promised(self, link, giver):
        finish = giver.events[FINISH].declared
        if link.forecast_on >= finish:
            return max(link.forecast_on, self.days[giver.id, FINISH])
        earlier = [
            self.pushes[giver.id, name]
            for name, dates in giver.events.items()
            if dates.declared <= link.forecast_on
        ]
        return link.forecast_on + timedelta(days=max([0, *earlier]))

    def push(self, work, name):
        if self.still(work, name):
            return 0
        declared, late = work.events[name].declared, [0]
        if name == START:
            late.append((work.as_of - declared).days)
        for link in self.links:
            if link.receiver == work.id and self.lands(link) == name:
                arrives = self.arrival(link)
                if arrives:
                    late.append((arrives - declared).days + link.lag_days)
        return max(late)

    def computed(self, work, name):
        declared = work.events[name].declared
        if self.still(work, name):
            return declared
        largest = max(
            self.pushes[work.id, each]
            for each in work.events
            if each == name or before(work, each, name)
        )
        day = max(work.as_of, declared + timedelta(days=largest))
        last = work.finish.baseline
        for each, dates in work.milestones.items():
            held = name == FINISH and last and dates.baseline and dates.baseline <= last
            if held and each in work.events:
                day = max(day, self.days[work.id, each])
        return day
