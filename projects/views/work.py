"""Work packages and iterations on the page of their project, and the list of one's own packages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from pmhub.access import can
from pmhub.database.collation import InOrder
from pmhub.database.statements import ID, Rows
from pmhub.registers.panels import Panel
from pmhub.serializers.verbs import verbs_of
from pmhub.views.undo import offered_undo
from projects.models import Iteration, IterationState, Project, WorkPackage
from projects.percent import BY_PACKAGES, BY_POINTS, credited
from projects.serializers.work import WorkPackageSerializer

STEPS = (25, 50, 75, 100)  # per cent that one click marks
MOST = 100  # packages that are offered to be marked at once

PACKAGES = Rows(lambda: WorkPackage.objects.filter(project_id=ID).select_related("owner", "output"))
ITERATIONS = Rows(lambda: Iteration.objects.filter(project_id=ID))


def packages(project: Project, request: Any) -> dict[str, Any] | None:
    """Return the work packages of a project, each with the per cents that the reader may mark next
    and, where progress is counted from packages, its share of the completed work. None where the
    project has none."""
    rows = PACKAGES(id=project.pk)
    if not rows:
        return None
    counts = project.live and project.percent_method in BY_PACKAGES
    may_write = project.live and can(request.user, "write", WorkPackage(project=project))
    for row in rows:
        row.project = project  # so that its rights are looked up once
    return {
        "rows": [
            (row, share, *(_marks(row, request.user) if may_write else ((), "")))
            for row, share in zip(rows, _shares(project, rows), strict=True)
        ],
        "counts": counts,
        "may_write": may_write,
        "project": project,
        "as_of": project.owner_portfolio.as_of,
    }


def _shares(project: Project, rows: Sequence[WorkPackage]) -> list[Decimal]:
    """Return how many per cent of the whole project each package has completed."""
    whole = sum((row.weight for row in rows), Decimal(0))
    method = project.percent_method
    return [row.weight * credited(method, row.percent) / (whole or 1) for row in rows]


def _marks(package: WorkPackage, user: Any) -> tuple[list[int], str]:
    """Return the per cents that one click marks a package with, and, as JSON, the request that
    undoes the last mark."""
    verb = verbs_of(WorkPackageSerializer)["progress"]
    undo = offered_undo("work-packages", WorkPackageSerializer, verb, package, user)
    return next_steps(package), undo


def next_steps(package: WorkPackage) -> list[int]:
    """Return the per cents, above the present one, that one click marks a package with."""
    return [step for step in STEPS if step > package.percent]


def burn_up(project: Any, request: Any) -> dict[str, Any] | None:
    """Return the iterations of a project with the points in the scope and done by the end of each,
    as a table and as a series for the picture; None where there are none."""
    rows = ITERATIONS(id=project.pk)
    if not rows:
        return None
    reached, as_of = list(_reached(rows)), project.owner_portfolio.as_of
    periods = [
        {
            "label": str(row.number),
            "start": row.starts_on,
            "end": row.ends_on,
            "planned_cumulative": scope,
            "forecast_cumulative": None,
            "actual_cumulative": done if row.starts_on <= as_of else None,
        }
        for row, scope, done in reached
    ]
    chart = {"periods": periods, "as_of": as_of, "currency": "points", "scale": ""}
    return {
        "rows": reached,
        "told": json.dumps(chart, cls=DjangoJSONEncoder) if len(rows) > 1 else "",
        "counts": project.live and project.percent_method == BY_POINTS,
        "may_write": project.live and can(request.user, "write", Iteration(project=project)),
        "open": next((row for row in rows if row.state == IterationState.OPEN), None),
        "project": project,
    }


def _reached(rows: Iterable[Iteration]) -> Iterable[tuple[Iteration, Decimal, Decimal]]:
    """Yield each iteration with the points in the scope and the points done by its end; points
    carried over from an earlier one count once."""
    scope = done = undone = Decimal(0)
    for row in rows:
        carried = min(row.points_carried, undone)
        scope += row.points_planned - carried
        done += row.points_done
        undone -= carried
        if row.state != IterationState.OPEN:
            undone += row.points_planned - row.points_done
        yield row, scope, done


def own_packages(above: Any, request: Any) -> dict[str, Any] | None:
    """Return the reader's own work packages that are still to be done, within a project or
    anywhere; None where there are none."""
    person = getattr(request.user, "person", None)
    if person is None or request.GET.get("as_of") or request.GET.get("on"):
        return None
    rows = WorkPackage.objects.visible_to(request.user).filter(
        owner=person, percent__lt=100, project__status__in=["active", "on_hold"]
    )
    if isinstance(above, Project):
        rows = rows.filter(project=above)
    packages = rows.select_related("project").order_by("finishes_on", InOrder("code"), "pk")[:MOST]
    packages_shown = [(row, *_marks(row, request.user)) for row in packages]
    return {"rows": packages_shown, "path": request.path} if packages_shown else None


PANELS = {
    "work-packages": Panel("Work packages", "projects/work_packages.html", packages, cached=True),
    "burn-up": Panel("Iterations", "projects/burn_up.html", burn_up, cached=True),
    "own-packages": Panel("Yours to mark", "projects/own_packages.html", own_packages),
}
