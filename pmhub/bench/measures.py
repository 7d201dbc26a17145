"""What is measured. Each measure prints lines of (what, ours, floor, ratio, aim)."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import orjson
from celery.exceptions import CeleryError
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, transaction
from django.test import Client

from pmhub.bench.minimal import rows_of
from pmhub.bench.timing import Caller, percentile, timed
from pmhub.demo.estate import Size, load
from pmhub.models import Token, User
from programmes.models import MetricValue, Programme, RollupRequest
from programmes.rollup import engine
from projects.models import Project, Risk

SIZES = (10, 100, 1000)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    what: str
    ours: str
    against: str = ""
    ratio: float | None = None
    aim: str = ""


class Bench:
    """The estate and the caller that all measures share, in a database of their own."""

    def __init__(self, sizes: Sequence[int] = SIZES) -> None:
        """Load one programme for each size, and one of 50 projects with 10 risks each."""
        self.sizes = tuple(sizes)
        self.programmes = {size: self._programme(size) for size in dict.fromkeys((*sizes, 50))}
        engine.drain()
        boss = User.objects.create_superuser("bench", password=None)
        self.client = Client()
        self.client.force_login(boss)
        _, self.key = Token.objects.create(user=boss, name="bench")
        cookie = self.client.cookies[settings.SESSION_COOKIE_NAME]
        self.call = Caller(WSGIHandler(), f"{settings.SESSION_COOKIE_NAME}={cookie.value}")

    def _programme(self, projects: int) -> Programme:
        portfolio = load(Size(1, projects, 10 * projects, 20, 40), f"BENCH{projects}")
        return portfolio.programmes.get()

    def writing(self, version: str) -> dict[str, str]:
        """The headers of an unsafe request."""
        return {"If-Match": version, "Authorization": f"Bearer {self.key}"}

    def get(self, path: str, **headers: str) -> tuple[dict[str, str], bytes]:
        """GET that must succeed."""
        status, answered, body = self.call(path, headers=headers)
        if not status.startswith(("200", "304")):
            raise RuntimeError(f"{path}: {status} {body[:200]!r}")
        return answered, body


def growth(bench: Bench) -> Iterator[Finding]:
    """Reads against the number of projects of a programme."""
    for name, path in (
        ("rollup over REST", "/api/v1/programmes/{}/rollup/"),
        ("programme page", "/programmes/{}/"),
    ):
        first = None
        for size in bench.sizes:
            at = path.format(bench.programmes[size].pk)
            ours = timed(partial(bench.get, at))
            first = first or ours.cpu
            yield Finding(
                f"{name}, {size} projects", f"{ours.cpu:.1f} ms CPU, {ours.wall:.1f} wall",
                f"{first:.1f} with {bench.sizes[0]}", ours.cpu / first, "≤ 1.1",
            )  # fmt: skip
    pk = bench.programmes[bench.sizes[-1]].pk
    floor = timed(lambda: bench.get(f"/minimal/row/{pk}/"))
    ours = timed(lambda: bench.get(f"/api/v1/programmes/{pk}/rollup/"))
    yield versus("rollup over REST", ours.cpu, floor.cpu, "≤ 2")


def rest(bench: Bench) -> Iterator[Finding]:
    """REST against minimal views behind the same session, that answer as many bytes."""
    path = "/api/v1/projects/?page_size=50&ordering=code"
    headers, body = bench.get(path)
    ours = timed(lambda: bench.get(path))
    floor = timed(lambda: bench.get(f"/minimal/projects/?size={len(body)}"))
    yield versus("list of 50 projects", ours.cpu, floor.cpu, "≤ 2")
    again = timed(lambda: bench.get(path, **{"If-None-Match": headers["ETag"]}))
    yield versus("the same, unchanged (304)", again.cpu, floor.cpu, "≤ 0.7")
    pk = Project.objects.order_by("pk").values_list("pk", flat=True)[0]
    detail = f"/api/v1/projects/{pk}/"
    _, body = bench.get(detail)
    ours = timed(lambda: bench.get(detail))
    floor = timed(lambda: bench.get(f"/minimal/projects/{pk}/?size={len(body)}"))
    yield versus("one project", ours.cpu, floor.cpu, "≤ 2.5")
    yield from writes(bench, pk)


def writes(bench: Bench, pk: int) -> Iterator[Finding]:
    """PATCH against a plain update and its mark."""
    turn = itertools.count(1)
    version = {"ETag": bench.get(f"/api/v1/projects/{pk}/")[0]["ETag"]}

    def patch() -> None:
        body = orjson.dumps({"estimate_to_complete": f"{next(turn)}.00"})
        status, headers, answered = bench.call(
            f"/api/v1/projects/{pk}/", "PATCH", body, bench.writing(version["ETag"])
        )
        if not status.startswith("200"):
            raise RuntimeError(answered)
        version.update(headers)

    def update() -> None:
        body = orjson.dumps({"estimate_to_complete": f"{next(turn)}.00"})
        bench.call(f"/minimal/projects/{pk}/update/", "POST", body)

    ours, floor = timed(patch), timed(update)
    yield versus("PATCH of a project", ours.cpu, floor.cpu, "≤ 3.5")
    engine.drain()


def versus(what: str, ours: float, floor: float, aim: str) -> Finding:
    """A finding as a ratio."""
    return Finding(what, f"{ours:.2f} ms CPU", f"{floor:.2f} minimal", ours / floor, aim)


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


def recompute(bench: Bench) -> Iterator[Finding]:
    """Recompute of one programme of 50 projects with 10 risks each, one estimate changed."""
    programme = bench.programmes[50]
    projects = list(programme.projects.values_list("pk", flat=True))
    turn = itertools.count(1)

    def again() -> None:
        Project.objects.filter(pk=projects[0]).update(estimate_to_complete=next(turn))
        engine.drain()

    def facts() -> None:
        for sql in PLAIN_FACTS:
            rows_of(sql, [programme.pk])

    ours, floor = timed(again), timed(facts)
    yield Finding(
        "recompute, 50 projects × 10 risks", f"{ours.cpu:.1f} ms CPU, {ours.wall:.1f} wall",
        f"{floor.wall:.1f} wall, plain SQL of the facts", ours.wall / floor.wall, "≤ 5",
    )  # fmt: skip


def marking(bench: Bench) -> Iterator[Finding]:
    """A bulk update of 10,000 rows with the marks it leaves, and without."""
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
        f"{bare.wall:.0f} without marks", marked.wall / bare.wall, "≤ 1.5",
    )  # fmt: skip


def triggers(table: str) -> list[str]:
    """The names of a table's triggers."""
    rows = rows_of("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass", [table])
    return [row["tgname"] for row in rows]


@contextmanager
def worker() -> Iterator[None]:
    """A Celery worker in processes of its own, on this database."""
    name = connection.settings_dict["NAME"]
    at = connection.settings_dict
    where = f"?host={at['HOST']}" if at["HOST"].startswith("/") else ""
    host = "" if where else f"{at['HOST']}:{at['PORT'] or 5432}"
    secret = f":{at['PASSWORD']}" if at["PASSWORD"] else ""
    url = f"postgresql://{at['USER']}{secret}@{host}/{name}{where}"
    command = [sys.executable, "-m", "celery", "-A", "pmhub", "worker", "--concurrency=1"]
    process = subprocess.Popen(
        [*command, "--loglevel=ERROR", "--without-mingle", "--without-gossip"],
        env={**os.environ, "DATABASE_URL": url, "SECRET_KEY": settings.SECRET_KEY},
        cwd=settings.BASE_DIR,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def latency(bench: Bench) -> Iterator[Finding]:
    """From the answer to a write until the programme's figure is right, the worker idle."""
    with worker():
        try:
            times = [_until_right(bench, number) for number in range(41)][1:]
        except (TimeoutError, CeleryError) as error:
            yield Finding("write to figure right", f"not measured: {error}")
            return
    yield Finding(
        "write to figure right, worker idle",
        f"p50 {percentile(times, 0.5):.0f} ms, p95 {percentile(times, 0.95):.0f} ms",
        aim="p50 ≤ 50, p95 ≤ 150",
    )


def _until_right(bench: Bench, number: int) -> float:
    programme = bench.programmes[50]
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
    """Nothing may be pending at the end."""
    engine.drain()
    yield Finding("requests pending at the end", str(RollupRequest.objects.count()), aim="0")


MEASURES = (growth, rest, recompute, marking, latency, requests_left)
