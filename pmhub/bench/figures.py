"""What figures cost: recomputes, marks, and how soon a figure is right after a write."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count

from celery.exceptions import CeleryError
from django.db import connection, transaction
from django.db.models import Sum

from pmhub import hints
from pmhub.bench.estate import LARGE, MIDDLE, SMALL, Bench, Finding, versus
from pmhub.bench.minimal import rows_of
from pmhub.bench.running_product import LEVEL, started
from pmhub.bench.timing import percentile, timed
from pmhub.embedded import run
from programmes.models import MetricValue, Programme, ProgrammeRollup, RollupRequest
from programmes.rollup import worker, worker_cache
from programmes.rollup.ranges import simulations as ranges
from programmes.rollup.requests import request_full_computation
from projects.models import Project, Risk

PLAIN_FACTS = [
    "SELECT * FROM projects_project WHERE programme_id = %s",
    "SELECT b.* FROM projects_baseline b JOIN projects_project p ON p.id = b.project_id"
    " WHERE p.programme_id = %s",
    "SELECT project_id, sum(approved) FROM projects_budgetline b JOIN projects_project p"
    " ON p.id = b.project_id WHERE p.programme_id = %s GROUP BY 1",
    "SELECT project_id, sum(amount) FROM projects_costactual c JOIN projects_project p"
    " ON p.id = c.project_id WHERE p.programme_id = %s GROUP BY 1",
    "SELECT r.* FROM projects_risk r JOIN projects_project p ON p.id = r.project_id"
    " WHERE p.programme_id = %s",
    "SELECT d.* FROM projects_dependency d JOIN projects_project p ON p.id = d.receiver_id"
    " WHERE p.programme_id = %s",
    "SELECT * FROM benefits_benefit WHERE programme_id = %s",
    "SELECT e.* FROM benefits_benefitprofileentry e JOIN benefits_benefit b"
    " ON b.id = e.benefit_id WHERE b.programme_id = %s",
    "SELECT m.* FROM benefits_benefitmeasurement m JOIN benefits_benefit b"
    " ON b.id = m.benefit_id WHERE b.programme_id = %s",
    "SELECT * FROM programmes_programme WHERE id = %s",
    "SELECT f.* FROM programmes_portfolio f JOIN programmes_programme p ON p.portfolio_id = f.id"
    " WHERE p.id = %s",
    "SELECT * FROM programmes_programmeline WHERE programme_id = %s",
    "SELECT * FROM projects_contingencymovement WHERE programme_id = %s",
    "SELECT i.* FROM projects_issue i JOIN projects_project p ON p.id = i.project_id"
    " WHERE p.programme_id = %s",
    "SELECT c.* FROM projects_complianceitem c JOIN projects_project p ON p.id = c.project_id"
    " WHERE p.programme_id = %s",
    "SELECT a.*, r.capacity FROM projects_allocation a JOIN projects_resource r"
    " ON r.id = a.resource_id JOIN projects_project p ON p.id = a.project_id"
    " WHERE p.programme_id = %s",
    "SELECT f.* FROM projects_projectforecast f JOIN projects_project p ON p.id = f.project_id"
    " WHERE f.valid_to IS NULL AND p.programme_id = %s",
]


AIMS = {SMALL: "≤ 12 ms", LARGE: "≤ 120 ms"}


def recompute(bench: Bench) -> Iterator[Finding]:
    """Measure the recompute of a programme after a change of one estimate: by a worker that keeps
    what it computed last and by one that keeps nothing, against plain SQL for its facts."""
    for size in (SMALL, MIDDLE, max(bench.sizes)):
        programme = bench.programmes[size]

        def facts(pk: int = programme.pk) -> None:
            for sql in PLAIN_FACTS:
                rows_of(sql, [pk])

        floor, change = timed(facts, 10), partial(bench.change, programme)
        ours, afresh = timed(change, 10), timed(change, 5, worker_cache.forget)
        yield versus(f"recompute, {size} projects", ours, AIMS.get(size, ""), facts=floor)
        yield versus(f"recompute from nothing, {size} projects", afresh, "", facts=floor)


def simulation(bench: Bench) -> Iterator[Finding]:
    """Measure the simulation of a programme's ranges, with ten risks a project, after a change."""
    size = max(bench.sizes)
    programme, number = bench.programmes[size], count()

    def change() -> None:
        risk = Risk.objects.filter(project__programme=programme).order_by("pk").values("pk")[:1]
        Risk.objects.filter(pk__in=risk).update(residual_cost_max=500 + next(number))
        worker.drain()

    ours = timed(partial(ranges.simulate_one, programme.pk), 3, change)
    yield Finding(f"simulation of {10 * size:,} risks", str(ours), aim="≤ 1,000 ms")


def marking(bench: Bench) -> Iterator[Finding]:
    """Measure a bulk update of 10,000 rows with its marks and history, against one with only the
    version's stamp."""
    risks = Risk.objects.filter(pk__in=Risk.objects.order_by("pk").values("pk")[:10_000])

    def update() -> None:
        with transaction.atomic():
            risks.update(category="bench")
            transaction.set_rollback(True)

    def without() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("ALTER TABLE projects_risk DISABLE TRIGGER USER")
            cursor.execute(
                "ALTER TABLE projects_risk ENABLE TRIGGER "
                + next(name for name in triggers("projects_risk") if "stamped" in name)
            )
            risks.update(category="bench")
            transaction.set_rollback(True)

    marked, bare = timed(update, 5), timed(without, 5)
    yield Finding(
        "bulk update of 10,000 risks, marked", f"{marked.wall:.0f} ms wall",
        f"{bare.wall:.0f} with the stamp alone", marked.wall / bare.wall, "≤ 1.5",
    )  # fmt: skip


def triggers(table: str) -> list[str]:
    """Return the names of a table's triggers."""
    rows = rows_of("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass", [table])
    return [row["tgname"] for row in rows]


@contextmanager
def working(programme: Programme) -> Iterator[None]:
    """Inside the block, run a Celery worker on this database, as `./run` does, that has already
    worked off a request."""
    with started() as (processes, folder, env):
        command = run.worker_command(LEVEL)
        processes.start("worker", command, env=env, log=folder.logs / "worker")
        request_full_computation([programme.pk])
        while RollupRequest.objects.exists():
            processes.check()
            hints.workers()
            time.sleep(0.2)
        yield


def latency(bench: Bench) -> Iterator[Finding]:
    """Measure the time from the answer to a write until the programme's figure is right, with an
    idle worker."""
    with working(bench.programmes[SMALL]):
        try:
            times = [_until_right(bench, number) for number in range(41)][1:]
        except (TimeoutError, CeleryError) as error:
            yield Finding("write to figure right", f"not measured: {error}")
            return
    yield Finding(
        "write to figure right, worker idle",
        f"p50 {percentile(times, 0.5):.0f} ms, p95 {percentile(times, 0.95):.0f} ms",
        aim="p50 ≤ 40, p95 ≤ 100",
    )


def _until_right(bench: Bench, number: int) -> float:
    programme = bench.programmes[MIDDLE]
    project = programme.projects.order_by("pk").first()
    stored = MetricValue.objects.filter(
        programme=programme, metric="actual_cost", valid_to__isnull=True
    )
    wanted = (stored.get().amount or 0) + number + 1
    body = {"project": project.pk, "posted_on": "2026-10-01", "amount": f"{number + 1}.00"}  # type: ignore[union-attr]  # it has projects
    answer = bench.client.post("/api/v1/cost-actuals/", body, content_type="application/json")
    if answer.status_code != 201:
        raise RuntimeError(answer.content)
    began = time.perf_counter()
    while stored.values_list("amount", flat=True).get() != wanted:
        if time.perf_counter() - began > 60:
            raise TimeoutError("no worker came")
        time.sleep(0.001)
    taken = 1000 * (time.perf_counter() - began)
    time.sleep(0.15)  # the worker is idle again, and the next hint is not coalesced
    return taken


def requests_left(bench: Bench) -> Iterator[Finding]:
    """Report how many recompute requests are left, of which there should be none."""
    worker.drain()
    yield Finding("requests pending at the end", str(RollupRequest.objects.count()), aim="0")


def storm(bench: Bench) -> Iterator[Finding]:
    """Measure 2,000 writes to 20 programmes with a worker: the time from the last write until all
    figures are right."""
    programmes = bench.wide.programmes.order_by("pk")[:20]
    projects = list(
        Project.objects.filter(programme__in=list(programmes)).values_list("pk", flat=True)
    )
    stored = ProgrammeRollup.objects.filter(pk__in=list(programmes))
    before = stored.aggregate(all=Sum("generation"))["all"]
    with working(bench.programmes[SMALL]):
        for number in range(2000):
            rows = Project.objects.filter(pk=projects[number % len(projects)])
            rows.update(estimate_to_complete=number)
            hints.workers()
        began = time.perf_counter()
        while RollupRequest.objects.exists() and time.perf_counter() - began < 60:
            time.sleep(0.01)
        lag = time.perf_counter() - began
    made = stored.aggregate(all=Sum("generation"))["all"] - before
    yield Finding(
        "2,000 writes over 20 programmes", f"right {lag:.2f} s after the last",
        f"{made / 2000:.2f} recomputes a write", aim="≤ 0.5 s, ≤ 0.1",
    )  # fmt: skip
