"""What every page costs that is about a portfolio, a programme, a project or a benefit. Which pages
there are is read from the routes, so that a new one is measured too."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.urls import URLPattern, reverse

from benefits.models import Benefit
from pmhub.bench.estate import SMALL, Bench, Finding, versus
from pmhub.bench.requests import CHANGED, UNCHANGED
from pmhub.bench.timing import timed
from pmhub.urls.registers import urlpatterns as of_registers
from programmes.models import Programme, Scenario, StatusReport
from programmes.rollup import worker
from programmes.urls import urlpatterns as of_programmes
from projects.models import LIVE, Milestone
from projects.urls import urlpatterns as of_projects

RECORD = "<register:register>/<int:pk>/"
OWNERS = {"portfolios": "portfolio", "programmes": "programme", "projects": "project"}
# Further arguments of routes.
GIVEN = frozenset(("metric", "milestone", "kind", "record", "project", "event", "report"))
TIMES = 15


@dataclass(frozen=True, slots=True)
class Owners:
    """Ids of the records that the pages are about, by the first word of their routes."""

    portfolio: int
    programme: int
    project: int
    benefit: int
    given: Mapping[str, Any]  # values for further arguments of routes

    @classmethod
    def of(cls, programme: Programme, portfolio: int) -> Owners:
        """Return the ids of a programme and of its first live project and its first benefit; make a
        report and a scenario if it has none."""
        project = programme.projects.filter(status__in=LIVE).order_by("pk")[0].pk
        report, _ = StatusReport.objects.get_or_create(
            programme=programme, period_end=programme.portfolio.as_of
        )
        Scenario.objects.get_or_create(programme=programme, name="Later")
        milestones = Milestone.objects.filter(project__programme=programme)
        milestone = milestones.order_by("pk")[0].pk
        return cls(
            portfolio=portfolio,
            programme=programme.pk,
            project=project,
            benefit=Benefit.objects.filter(programme=programme).order_by("pk")[0].pk,
            given={
                "metric": "health", "milestone": milestone, "kind": "milestones",
                "record": milestone, "project": project, "event": "finish", "report": report.pk,
            },
        )  # fmt: skip


def routes() -> Iterator[tuple[str, URLPattern]]:
    """Return the routes of the pages about one of these records, each with the name of its
    owner."""
    for pattern in (*of_programmes, *of_projects, *of_registers):
        route = str(pattern.pattern)
        first, *inside = route.split("/")
        if first in OWNERS and inside[0] == "<int:pk>":
            yield OWNERS[first], pattern
        elif route.startswith(RECORD):
            yield "benefit", pattern


def addresses(owners: Owners) -> dict[tuple[str, str], str]:
    """Return the addresses of these pages by owner and name of the route."""
    found = {}
    for owner, pattern in routes():
        names = pattern.pattern.converters.keys() - {"pk", "register"}
        given = {"pk": getattr(owners, owner), **{name: owners.given[name] for name in names}}
        if owner == "benefit":
            given["register"] = "benefits"
        found[owner, pattern.name or ""] = reverse(pattern.name or "", kwargs=given)
    return found


def every_page(bench: Bench) -> Iterator[Finding]:
    """Measure each of these pages while nothing that it shows changes, and after a change."""
    small, wide = bench.programmes[SMALL], bench.wide
    owners, turn = Owners.of(small, wide.pk), itertools.count()
    floors = bench.floors(f"/row/{small.pk}/?size=100000")

    def edit() -> None:
        Benefit.objects.filter(pk=owners.benefit).update(description=str(next(turn)))
        worker.drain()

    changes: dict[str, Callable[[], None]] = {
        "portfolio": partial(bench.change, wide.programmes.order_by("pk")[0]),
        "programme": partial(bench.change, small),
        "project": partial(bench.change, small),
        "benefit": edit,
    }
    for (owner, name), at in addresses(owners).items():
        read, called = partial(bench.get, at), name.removeprefix(f"{owner}-").replace("-", " ")
        unchanged, changed = timed(read, TIMES), timed(read, TIMES, changes[owner])
        yield versus(f"{owner}: {called}, unchanged", unchanged, UNCHANGED, **floors)
        yield versus(f"{owner}: {called}, after a change", changed, CHANGED, **floors)
