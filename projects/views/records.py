"""The registers on the page of a project: drawn once for all readers who see the same, and drawn
again when one of their rows changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from benefits.models import Benefit, BenefitContribution
from pmhub import formats
from pmhub.access.grants import Reader
from pmhub.access.scoped_rows import ScopedRows, place_statement
from pmhub.database.cached_reads import CachedReads
from pmhub.database.collation import InOrder
from pmhub.database.statements import ID, Rows
from pmhub.views import quarter
from programmes.views.rows import one_of
from projects.models import (
    Allocation,
    BudgetLine,
    ComplianceItem,
    CostActual,
    Issue,
    Output,
    Project,
    Risk,
)
from projects.views.rows import milestones, overdue

MOST, SIZE = 4_000_000, 3000  # bytes cached by a process; bytes of a record, about
LAST_POSTED = 8  # costs shown at once

OUTPUTS = Rows(lambda: Output.objects.filter(project_id=ID))
RISKS = Rows(lambda: Risk.objects.filter(project_id=ID).select_related("owner"))
ISSUES = Rows(lambda: Issue.objects.filter(project_id=ID).select_related("owner"))
COMPLIANCE = Rows(lambda: ComplianceItem.objects.filter(project_id=ID))
LINES = Rows(
    lambda: BudgetLine.objects.filter(project_id=ID).order_by("fiscal_year", InOrder("code"), "pk")
)
COSTS = Rows(lambda: CostActual.objects.filter(project_id=ID)[:LAST_POSTED])
ALLOCATIONS = Rows(lambda: Allocation.objects.filter(project_id=ID).select_related("resource"))
CONTRIBUTIONS = ScopedRows(
    lambda reader: BenefitContribution.objects.filter(
        project_id=ID, benefit__in=Benefit.objects.visible_to(reader)
    ).select_related("benefit__owner")
)
SHARES = Rows(lambda: BenefitContribution.objects.filter(project_id=ID))

cache = CachedReads(MOST)


@dataclass(frozen=True, slots=True)
class RegisterTables:
    """Tables as HTML, with the records in them that the project's health may name, and the
    risks."""

    html: SafeString
    named: Sequence[Any]
    risks: Sequence[Risk] = ()

    @property
    def size(self) -> int:
        """The approximate size in bytes."""
        return 2 * len(self.html) + SIZE * len(self.named)


def plan(project: Project, context: Mapping[str, Any]) -> RegisterTables:
    """Return the tables of the milestones and the risks of a project."""
    risks = RISKS(id=project.pk)
    values = {"milestones": milestones(project), "risks": risks}
    return RegisterTables(
        _draw("projects/project_plan.html", project, context, values), risks, risks
    )


def registers(project: Project, context: Mapping[str, Any]) -> RegisterTables:
    """Return the tables of the other records of a project."""
    as_of, live = project.owner_portfolio.as_of, project.live
    issues = [overdue(issue, as_of, live=live) for issue in ISSUES(id=project.pk)]
    compliance = [overdue(item, as_of, live=live) for item in COMPLIANCE(id=project.pk)]
    contributions = CONTRIBUTIONS(context["user"], id=project.pk)
    opened = {share.pk for share in contributions}
    values = {
        "issues": issues,
        "outputs": OUTPUTS(id=project.pk),
        "contributions": contributions,
        "unnamed": [share for share in SHARES(id=project.pk) if share.pk not in opened],
        "lines": LINES(id=project.pk),
        "costs": COSTS(id=project.pk),
        "allocations": ALLOCATIONS(id=project.pk),
        "compliance": compliance,
    }
    html = _draw("projects/project_registers.html", project, context, values)
    return RegisterTables(html, [*issues, *compliance])


def _draw(
    template: str, project: Project, context: Mapping[str, Any], values: Mapping[str, Any]
) -> SafeString:
    unit = formats.money_unit(project.owner_portfolio)
    return render_to_string(template, {**context, **values, "project": project, "unit": unit})


def cached_registers(
    of: Callable[[Project, Mapping[str, Any]], RegisterTables],
    project: Project,
    request: Any,
    at: Any,
) -> RegisterTables:
    """Return these tables of a project, from the cache or drawn now; those of the past are never
    cached."""
    context = {"request": request, "user": request.user, "at": at}
    if at:
        return of(project, context)
    key = project.pk, Reader(request.user).key, get_language(), quarter()
    # The project is read anew, so that the cached tables depend only on columns that they show.
    again = place_statement(Project)
    return cache(
        of.__name__, key, lambda: of(one_of(again(id=project.pk)), context),
        lambda registers: registers.size,
    )  # fmt: skip
