"""Every order in which a writer, a mover and a worker can meet, on the real triggers and engine.

In each, whatever is committed is right or has a request pending, and what is left at the end is
worked off to what a recompute from nothing gives.
"""

import os
import random
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

import pytest
from django.db import transaction

from pmhub.models import Code
from programmes.models import MetricValue, RollupRequest
from programmes.rollup import requests, worker
from programmes.rollup.verify import verify
from projects.models import Project
from tests.faults.actors import Actor, ending, orders, play, step
from tests.faults.conftest import Tiny, execute

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

# EVERY_ORDER=1 plays them all, which takes minutes.
EVERY = bool(os.environ.get("EVERY_ORDER"))
WORKER = ["targets_of", "_lock", "take", "absorb", "attempt", "write"]  # up to the commit


@pytest.fixture
def stop_before(monkeypatch: pytest.MonkeyPatch) -> Callable[[Sequence[str]], None]:
    """Let workers that are actors wait for their turn before these functions of the engine."""

    def stopping(real: Callable[..., Any]) -> Callable[..., Any]:
        def stopped(*args: Any, **kwargs: Any) -> Any:
            step()
            return real(*args, **kwargs)

        return stopped

    def stop(names: Sequence[str]) -> None:
        for name in names:
            monkeypatch.setattr(worker, name, stopping(getattr(worker, name)))

    return stop


def work() -> None:
    """A worker's one batch; it stops before the commit too."""
    step()
    page = requests.oldest(worker.BATCH)
    with transaction.atomic():
        if page:
            worker.work_off(page)
        step()


def edit(tiny: Tiny) -> Callable[[], None]:
    """Change a cost of the project, then commit."""

    def body() -> None:
        step()
        with transaction.atomic():
            execute(
                "UPDATE projects_costactual SET amount = amount + 1 WHERE id = %s", tiny.cost.pk
            )
            step()

    return body


MOVES = {
    "a project to another programme": (
        "UPDATE projects_project SET programme_id = {programmes} - programme_id"
        " WHERE id = {project}"
    ),
    "a project out of all programmes": (
        "UPDATE projects_project SET"
        " programme_id = CASE WHEN programme_id IS NULL THEN {first} END,"
        " portfolio_id = CASE WHEN programme_id IS NOT NULL THEN {portfolio} END"
        " WHERE id = {project}"
    ),
    "a programme to another portfolio": (
        "UPDATE programmes_programme SET portfolio_id = {portfolios} - portfolio_id"
        " WHERE id = {first}"
    ),
    "the status date": (
        "UPDATE programmes_portfolio SET status_date = date '2026-09-15'"
        " + (date '2026-10-31' - status_date) WHERE id = {portfolio}"
    ),
    "the thresholds": (
        "UPDATE programmes_portfolio SET rag_thresholds = lenient.rag_thresholds - CASE"
        " WHEN programmes_portfolio.rag_thresholds = '{{}}' THEN '' ELSE 'cover_amber' END"
        " FROM programmes_portfolio lenient"
        " WHERE programmes_portfolio.id = {portfolio} AND lenient.id = {other}"
    ),
}


def move(tiny: Tiny, what: str) -> Callable[[], None]:
    """Move something, there or back, then commit."""
    sql = MOVES[what].format(
        programmes=tiny.first.pk + tiny.second.pk,
        portfolios=tiny.portfolio.pk + tiny.other_portfolio.pk,
        portfolio=tiny.portfolio.pk,
        other=tiny.other_portfolio.pk,
        first=tiny.first.pk,
        project=tiny.project.pk,
    )

    def body() -> None:
        step()
        with transaction.atomic():
            execute(sql)
            step()

    return body


class Tally:
    """How the orders went."""

    def __init__(self, tiny: Tiny) -> None:
        self.tiny, self.counts = tiny, Counter[str]()
        self.bad: list[Any] = []

    def run(self, actors: Sequence[Actor], order: Sequence[int]) -> None:
        """One order, after a change that a worker finds; checked at each commit and at the end."""
        execute(
            "UPDATE projects_costactual SET amount = amount + 1 WHERE id = %s", self.tiny.cost.pk
        )
        wrong = []
        possible = play(actors, order, lambda actor: wrong.extend(verify()))
        worker.drain()
        wrong += verify()
        assert not RollupRequest.objects.exists()
        self.counts["possible" if possible else "waits for a lock"] += 1
        if wrong:
            self.bad.append(order)


# What each step (reads, changes) of what others may see: the rows that ask, the committed facts,
# the committed figures. Steps that do not meet in this may change places.
MEETS: dict[str, tuple[set[str], set[str]]] = {
    "edit 0": ({"facts"}, set()),
    "edit 1": (set(), {"requests", "facts"}),
    "move 0": ({"facts"}, set()),
    "move 1": (set(), {"requests", "facts"}),
    "worker 0": ({"requests"}, set()),  # look for the oldest
    "worker 1": ({"facts"}, set()),  # whose figures they move
    "worker 2": (set(), set()),  # lock
    "worker 3": (set(), set()),  # claim what was seen
    "worker 4": ({"requests", "facts"}, set()),  # absorb
    "worker 5": ({"facts"}, set()),  # read and compute
    "worker 6": (set(), set()),  # write
    "worker 7": (set(), {"requests", "figures"}),  # commit
}


def meaning(names: Sequence[str], order: Sequence[int]) -> frozenset[tuple[str, str]]:
    """Which steps come before which, of those for which it matters."""
    seen = Counter[int]()
    steps = []
    for number in order:
        steps.append(f"{names[number]} {seen[number]}")
        seen[number] += 1
    return frozenset(pair for pair in combinations(steps, 2) if _meet(*pair))


def _meet(one: str, other: str) -> bool:
    (reads, changes), (others_reads, others_changes) = MEETS[one], MEETS[other]
    return bool(changes & (others_reads | others_changes) | reads & others_changes)


def chosen(actors: Sequence[Actor]) -> list[tuple[int, ...]]:
    """Every order, or by default one for each meaning that an order can have."""
    every = list(orders([actor.steps for actor in actors]))
    if EVERY:
        return every
    names = [actor.name for actor in actors]
    return [*{meaning(names, order): order for order in every}.values()]


def three(tiny: Tiny, what: str = "a project to another programme") -> list[Actor]:
    """A worker, a writer and a mover."""
    return [
        Actor("worker", work, len(WORKER) + 2),
        Actor("edit", edit(tiny), 2),
        Actor("move", move(tiny, what), 2),
    ]


@pytest.mark.parametrize("what", MOVES)
def test_in_no_order_do_an_edit_a_move_and_a_worker_leave_a_wrong_figure(
    what, tiny, stop_before, capsys
):
    stop_before(WORKER)
    actors, tally = three(tiny, what), Tally(tiny)
    with ending(actors):
        for order in chosen(actors):
            tally.run(actors, order)

    assert tally.bad == []
    # None of them ever waits for another's lock: each order can happen.
    assert tally.counts == {"possible": 1980 if EVERY else 84}
    with capsys.disabled():
        print(f" {tally.counts.total()} orders, {len(tally.bad)} bad", end="")


@pytest.mark.parametrize("what", MOVES)
def test_each_move_moves_figures_there_and_back(what, tiny):
    """Without that, no order could go wrong."""

    def figures() -> set[tuple[Any, ...]]:
        values = MetricValue.objects.filter(valid_to=None, programme=tiny.first)
        return set(values.values_list("metric", "amount", "day", "word"))

    before = figures()
    for same in (False, True):
        move(tiny, what)()
        worker.drain()
        assert (figures() == before) is same


def claim_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """Break the engine: delete the requests after the figures are written, not before they are
    read."""
    real = worker.write

    def write(*args: Any) -> None:
        real(*args)
        execute("DELETE FROM programmes_rolluprequest")

    monkeypatch.setattr(worker, "take", lambda page, whose, locked: (locked, 1))
    monkeypatch.setattr(worker, "absorb", lambda scope: None)
    monkeypatch.setattr(worker, "write", write)


def absorb_whatever_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Break the engine: look up whose project it is before the lock, and believe it after."""
    real = worker.absorb

    def absorb(scope: requests.Scope) -> None:
        real(scope)
        execute("DELETE FROM programmes_rolluprequest")

    monkeypatch.setattr(worker, "absorb", absorb)


@pytest.mark.parametrize("break_it", [claim_last, absorb_whatever_is_there])
def test_the_orders_find_an_engine_that_is_broken(break_it, tiny, stop_before, monkeypatch):
    break_it(monkeypatch)
    stop_before(WORKER)
    actors, tally = three(tiny), Tally(tiny)
    with ending(actors):
        for order in chosen(actors)[::-1]:
            tally.run(actors, order)
            if tally.bad:
                break

    assert tally.bad


def test_two_workers_and_a_writer_leave_no_wrong_figure(tiny, stop_before, capsys):
    """The programme's lock keeps the older result from overwriting the newer."""
    stop_before(["_lock", "attempt"])
    actors = [
        Actor("one worker", work, 4),
        Actor("another", work, 4),
        Actor("edit", edit(tiny), 2),
    ]
    every = list(orders([actor.steps for actor in actors]))
    tally = Tally(tiny)
    with ending(actors):
        seeded = random.Random(7)  # noqa: S311  # a seed, no secret
        for order in every if EVERY else seeded.sample(every, 60):
            tally.run(actors, order)

    assert tally.bad == []
    with capsys.disabled():
        print(f" {tally.counts.total()} of {len(every)} orders, {len(tally.bad)} bad", end="")


@pytest.mark.parametrize(
    "what", ["a project to another programme", "a project out of all programmes"]
)
@pytest.mark.parametrize("left_at", [2, 3], ids=["before it is written", "before it is committed"])
def test_a_project_that_left_keeps_the_forecast_of_where_it_is(
    what, left_at, tiny, stop_before, caplog
):
    """One worker has read it in its old programme when it leaves; another computes where it went,
    and finishes first, or waits for the first to finish. That is no failure to show anybody."""
    stop_before(["attempt", "write"])
    actors = [
        Actor("one worker", work, 4),
        Actor("another", work, 4),
        Actor("move", move(tiny, what), 2),
    ]
    tally = Tally(tiny)
    with ending(actors):
        one, another, leaving = [0], [1], [2]
        tally.run(actors, one * left_at + leaving * 2 + another * 4 + one * (4 - left_at))

    assert tally.bad == []
    forecast = tiny.project.forecasts.get(valid_to=None)
    assert forecast.computed_under == Project.objects.get(pk=tiny.project.pk).programme_id
    assert "failed" not in caplog.text


@pytest.mark.parametrize(
    "what", ["a project to another programme", "a programme to another portfolio"]
)
def test_what_is_added_to_what_moves_has_its_code_where_that_goes(what, tiny):
    """Either the mover waits and takes it along, or who adds it waits and reads where it went."""
    execute(
        "UPDATE programmes_programme SET portfolio_id = %s WHERE id = %s",
        *(tiny.other_portfolio.pk, tiny.second.pk),
    )

    def add() -> None:
        step()
        with transaction.atomic():
            tiny.project.milestones.create(code=f"M{tiny.project.milestones.count()}", title="Keys")
            step()

    actors = [Actor("add", add, 2), Actor("move", move(tiny, what), 2)]
    possible = []
    with ending(actors):
        for order in orders([actor.steps for actor in actors]):
            possible.append(play(actors, order, lambda actor: None))
            project = Project.objects.select_related("programme").get(pk=tiny.project.pk)
            homes = Code.objects.filter(
                kind="milestone", object_id__in=project.milestones.values("pk")
            )
            assert set(homes.values_list("portfolio_id", flat=True)) == {
                project.programme.portfolio_id
            }
    assert possible.count(False) == 4  # all but one after the other
