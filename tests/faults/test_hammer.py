"""Six seconds of everything at once, and a checker that looks all the while.

That figures are right at the end is a weak test, for later writes heal earlier wrongs: so the
checker takes one consistent snapshot after the other, in each of which every programme either has
a request pending or has the figures of a recompute from nothing.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.db.models import F

from pmhub.celery import app
from pmhub.demo.estate import Size, load
from pmhub.hints import DRAIN
from programmes.models import Portfolio, Programme
from programmes.rollup import worker
from programmes.rollup.verify import verify
from projects.models import CostActual, Dependency, Project, Risk
from tests.faults import storms

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

SECONDS = float(os.environ.get("HAMMER_SECONDS", "6"))
SEED = int(os.environ.get("HAMMER_SEED", "20261031"))


class Writer:
    """Writes by every path, at random; counts what was accepted."""

    def __init__(self, number: int) -> None:
        self.random = random.Random(SEED + number)  # noqa: S311  # a seed, no secret
        self.accepted = Counter[str]()
        self.projects = list(Project.objects.values_list("pk", flat=True))
        self.programmes = list(Programme.objects.values_list("pk", flat=True))
        self.portfolios = list(Portfolio.objects.values_list("pk", flat=True))

    def __call__(self) -> None:
        write: Callable[[], object] = self.random.choice(
            [self.save, self.post, self.post, self.unpost, self.assess, self.slip, self.move]
            + [self.rehome] * (self.random.random() < 0.2)
            + [self.another_day] * (self.random.random() < 0.1)
        )
        write()
        self.accepted[write.__name__] += 1
        time.sleep(self.random.random() / 50)

    def save(self) -> None:
        """Save a project that was read before."""
        project = Project.objects.get(pk=self.random.choice(self.projects))
        project.estimate_to_complete = self.random.randrange(1000)
        begin = project.forecast_start or date(2026, 1, 5)
        project.forecast_finish = begin + timedelta(self.random.randrange(900))
        project.save(update_fields=["estimate_to_complete", "forecast_finish"])

    def post(self) -> None:
        """Post costs in bulk."""
        project = self.random.choice(self.projects)
        CostActual.objects.bulk_create(
            CostActual(project_id=project, posted_on="2026-10-01", amount=1) for _ in range(3)
        )

    def unpost(self) -> None:
        """Reverse costs."""
        project = self.random.choice(self.projects)
        costs = CostActual.objects.filter(project_id=project, amount__gt=0)
        found = costs.values_list("amount", flat=True)[:2]
        CostActual.objects.bulk_create(
            CostActual(project_id=project, posted_on="2026-10-02", amount=-amount, kind="reversal")
            for amount in found
            if amount is not None
        )

    def assess(self) -> None:
        """Change all risks of a programme at once."""
        Risk.objects.filter(project__programme=self.random.choice(self.programmes)).update(
            residual_cost_most_likely=self.random.randrange(40, 90)
        )

    def slip(self) -> None:
        """Move what projects owe one another, within programmes and across."""
        Dependency.objects.filter(receiver_id=self.random.choice(self.projects)).update(
            forecast_on=F("forecast_on") + timedelta(self.random.randrange(-60, 60))
        )

    def move(self) -> None:
        """Move a project to another programme, or out of all."""
        alone = self.random.random() < 0.2
        Project.objects.filter(pk=self.random.choice(self.projects)).update(
            programme_id=None if alone else self.random.choice(self.programmes),
            portfolio_id=self.random.choice(self.portfolios) if alone else None,
        )

    def rehome(self) -> None:
        """Move a programme to another portfolio, whose figures speak of another day."""
        Programme.objects.filter(pk=self.random.choice(self.programmes)).update(
            portfolio_id=self.random.choice(self.portfolios)
        )

    def another_day(self) -> None:
        """Change the day that a portfolio's figures speak of."""
        Portfolio.objects.filter(pk=self.random.choice(self.portfolios)).update(
            status_date=f"2026-{self.random.randrange(8, 13):02}-15"
        )


class Trouble:
    """Kills workers, cuts lines, and loses and doubles hints."""

    def __init__(self, workers: list[storms.Mortal]) -> None:
        self.random = random.Random(SEED)  # noqa: S311  # a seed, no secret
        self.workers, self.cut, self.hints = workers, 0, 0
        self.next_kill = time.monotonic() + 2  # once they have begun

    def __call__(self) -> None:
        """A little of everything."""
        for _ in range(self.random.choice([0, 0, 1, 3])):
            app.send_task(DRAIN, ignore_result=True, expires=30)
            self.hints += 1
        if self.random.random() < 0.1:
            self.cut_a_line()
        if time.monotonic() > self.next_kill:
            self.next_kill = time.monotonic() + 3
            mortal = self.random.choice(self.workers)
            mortal.kill()
            mortal.start()

    def cut_a_line(self) -> None:
        """End any session but this one."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend' ORDER BY pid"
            )
            if pids := [pid for (pid,) in cursor.fetchall()]:
                cursor.execute("SELECT pg_terminate_backend(%s)", [self.random.choice(pids)])
                self.cut += 1


def test_in_every_snapshot_of_a_storm_figures_are_right_or_pending(nothing, capsys, caplog):
    for code in ("ONE", "TWO"):
        load(Size(4, 16, 40, 8, 16), code)
    Dependency.objects.bulk_create(_across())
    worker.drain()
    app.control.purge()
    writers = [Writer(number) for number in range(3)]
    snapshots, wrong = 0, []
    with storms.mortals(storms.DRAINER, storms.CELERY) as workers:
        trouble = Trouble(workers)
        with (
            storms.threads(2, storms.drain, may_lose_the_line=True),
            storms.threads(3, lambda number: writers[number](), may_lose_the_line=True),
        ):
            end = time.monotonic() + SECONDS
            while time.monotonic() < end:
                trouble()
                wrong += verify()
                snapshots += 1
        deaths = sum(each.deaths for each in workers)
    accepted = sum((writer.accepted for writer in writers), Counter[str]())
    with capsys.disabled():
        print(
            f" {accepted.total()} writes accepted {dict(accepted)}, {snapshots} snapshots,"
            f" {deaths} workers killed, {trouble.cut} lines cut, {trouble.hints} hints,"
            f" {len(wrong)} wrong",
            end="",
        )

    assert wrong == []
    assert "failed" not in caplog.text
    worker.drain()
    assert verify() == []


def _across() -> list[Dependency]:
    """Each project of the first estate gives something to one of the second."""
    one, two = (
        Project.objects.filter(programme__portfolio__code=code).order_by("pk")
        for code in ("ONE", "TWO")
    )
    return [
        Dependency(
            code=f"ACROSS{giver.pk}",
            giver=giver,
            receiver=receiver,
            deliverable="Deliverable",
            kind="FS",
            status="agreed",
            forecast_on="2027-05-01",
        )
        for giver, receiver in zip(one, two, strict=True)
    ]
