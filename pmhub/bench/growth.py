"""How costs grow: with the size of a programme, of a batch and of a list, and with writers at
once."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from threading import Barrier

from django.db import connection
from django.db.models import F

from pmhub.bench.estate import MANY, SMALL, Bench, Finding, versus
from pmhub.bench.figures import triggers
from pmhub.bench.timing import Timing, timed
from pmhub.demo.estate import Size, load
from programmes.models import Programme
from programmes.rollup import worker, worker_cache
from programmes.rollup.requests import request_full_computation
from projects.models import Project, Risk

WRITERS, WRITES, ROUNDS = 8, 50, 3
MARKS = "pgtrigger_mark_"  # begins the names of triggers that request a recompute
TOGETHER = 10  # programmes that are rebuilt together
UNCHANGED, CHANGED = "≤ 10 ms, 1.1 ×", "≤ 30 ms, 1.1 ×"
READ = {
    "Home": "/", "programmes": "/programmes/", "projects": "/projects/", "risks": "/risks/",
    "benefits": "/benefits/", "actions": "/actions/", "decisions": "/decisions/",
    "portfolio page": "/portfolios/{portfolio}/", "programme page": "/programmes/{programme}/",
    "search": "/search/?q=project", "calendar": "/calendar/", "people": "/people/",
    "dependencies": "/dependencies/", "deleted": "/deleted/",
    "all registers": "/pmo/", "data quality": "/pmo/data-quality/", "comments": "/comments/",
    "list of projects": "/api/v1/projects/?page_size=50", "list of risks": "/api/v1/risks/",
}  # fmt: skip


def sizes(bench: Bench) -> Iterator[Finding]:
    """Measure a write with its marks in larger programmes, against the same in the smallest."""
    smallest, *larger = sorted(bench.sizes)

    def write(id: int) -> None:
        Project.objects.filter(pk=id).update(estimate_to_complete=F("estimate_to_complete") + 1)

    first = {size: _projects(bench.programmes[size], 1)[0] for size in bench.sizes}
    floor = timed(partial(write, first[smallest]))
    for size in larger:
        ours = timed(partial(write, first[size]))
        yield versus(f"a write among {size} projects", ours, "≤ 1.1", smallest=floor)
    worker.drain()


def rebuilding(bench: Bench) -> Iterator[Finding]:
    """Measure programmes that are computed from nothing together, as `rollups rebuild` does: the
    time for each."""
    for size in (min(bench.sizes), SMALL):
        projects, risks = TOGETHER * size, 10 * TOGETHER * size
        portfolio = load(
            Size(TOGETHER, projects, risks, 20 * TOGETHER, 40 * TOGETHER), f"REBUILD{size}"
        )
        ids = list(portfolio.programmes.values_list("pk", flat=True))
        worker.drain()

        def rebuild(ids: Sequence[int] = ids) -> None:
            request_full_computation(ids)
            worker_cache.forget()
            worker.drain()

        aim = "≤ 20 ms" if size == min(bench.sizes) else ""
        each = timed(rebuild, 10).shared(TOGETHER)
        yield Finding(f"rebuild, each of {TOGETHER} of {size} projects", str(each), aim=aim)


def paging(bench: Bench) -> Iterator[Finding]:
    """Measure the last page of the longest list, against its first."""
    path = "/api/v1/risks/?page_size=50&ordering=id&page={}"
    last = -(-Risk.objects.count() // 50)
    risk = Risk.objects.order_by("pk").values("pk")[:1]

    def touch() -> None:
        Risk.objects.filter(pk__in=risk).update(event=str(time.perf_counter_ns()))

    first, end = (
        timed(partial(bench.by_token, path.format(page)), 15, touch) for page in (1, last)
    )
    yield versus(f"page {last} of risks", end, "≤ 1.3", first=first)
    worker.drain()


def portfolios(bench: Bench) -> Iterator[Finding]:
    """Measure what a reader of one portfolio reads, alone and beside another with 2,000 programmes,
    with and without a change. The two are measured minutes apart, so the time of a bare view beside
    each corrects for the speed of the machine at that moment."""
    caller = bench.reader(bench.wide)
    first = bench.wide.programmes.order_by("pk")[0]
    change = partial(bench.change, first)
    reads = {
        name: partial(bench.get, path.format(portfolio=bench.wide.pk, programme=first.pk), caller)
        for name, path in READ.items()
    }
    reads["palette"] = partial(bench.get, READ["search"], caller, **{"X-Region": "palette"})

    floor = partial(bench.get, f"/minimal/bare/row/{first.pk}/?size=100000", bench.bare)

    def taken() -> dict[str, tuple[Timing, Timing, float]]:
        return {
            name: (timed(read, 15), timed(read, 15, change), timed(floor).cpu)
            for name, read in reads.items()
        }

    alone = taken()
    load(Size(MANY, MANY, MANY, MANY, MANY), "MANY")
    worker.drain()
    bench.settle()
    for name, (unchanged, changed, clock) in taken().items():
        quicker = alone[name][2] / clock
        before, before_changed = (timing.shared(quicker) for timing in alone[name][:2])
        yield versus(f"{name} beside {MANY:,}, unchanged", unchanged, UNCHANGED, alone=before)
        yield versus(f"{name} beside {MANY:,}, changed", changed, CHANGED, alone=before_changed)


def writers(bench: Bench) -> Iterator[Finding]:
    """Measure several writers at once on projects of one programme: with all that a write causes,
    without the marks that request a recompute, and with only the version's stamp."""
    ids = _projects(bench.programmes[SMALL], WRITERS)
    table = "ALTER TABLE projects_project"
    names = triggers("projects_project")
    stamped = next(name for name in names if "stamped" in name)
    marks = [f"{table} DISABLE TRIGGER {name}" for name in names if name.startswith(MARKS)]
    alone = [f"{table} DISABLE TRIGGER USER", f"{table} ENABLE TRIGGER {stamped}"]
    rates: dict[str, list[float]] = {"all": [], "unmarked": [], "stamped": []}
    for _ in range(ROUNDS):  # in turns, so that other work of the machine slows all alike
        for kind, without in zip(rates, ([], marks, alone), strict=True):
            with _altered(without, f"{table} ENABLE TRIGGER USER"):
                rates[kind].append(_rate(ids))
    worker.drain()
    ours, unmarked, stamp = map(max, rates.values())
    what, speed = f"{WRITERS} writers on one programme", f"{ours:.0f} writes a second"
    yield Finding(what, speed, f"{unmarked:.0f} without marks", ours / unmarked, "≥ 0.85")
    against = f"{stamp:.0f} with the stamp alone"
    yield Finding(f"{what}, history and all", speed, against, ours / stamp)


@contextmanager
def _altered(statements: Iterable[str], back: str) -> Iterator[None]:
    """Inside the block, a table is altered by the statements; afterwards `back` is executed."""
    with connection.cursor() as cursor:
        cursor.execute(";".join([*statements, "SELECT"]))
        try:
            yield
        finally:
            cursor.execute(back)


def _rate(ids: Sequence[int]) -> float:
    """Return how many writes a second concurrent writers make. Each writes to a project of its own,
    over a connection that has written before, as connections of web processes have."""
    began: list[float] = []
    ready = Barrier(len(ids), action=lambda: began.append(time.perf_counter()))

    def write(id: int) -> None:
        with closing(connection):
            for number in range(WRITES + 1):
                Project.objects.filter(pk=id).update(
                    estimate_to_complete=F("estimate_to_complete") + 1
                )
                if not number:
                    ready.wait()

    with ThreadPoolExecutor(len(ids)) as pool:
        list(pool.map(write, ids))
    return len(ids) * WRITES / (time.perf_counter() - began[0])


def _projects(programme: Programme, number: int) -> list[int]:
    return list(programme.projects.order_by("pk").values_list("pk", flat=True)[:number])
