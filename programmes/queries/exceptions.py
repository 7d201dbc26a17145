"""Which tolerances are broken now, by which projects and business cases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from django.db.models import Q

from programmes.health.tolerances import BEYOND
from programmes.models import LedgerLine, MetricValue, valid
from programmes.rollup.case_lines import CASE, PROJECT, of_findings
from projects.models import ProjectForecast

BREACHES = "case_breaches"
HUNDREDTH, FARTHEST = Decimal("0.01"), Decimal("99999999999999.99")  # as a report keeps it


@dataclass(frozen=True, slots=True)
class BrokenTolerance:
    """A tolerance that a project or an approved case breaks (ids; one of the two is set), and how
    far that has strayed."""

    tolerance: int
    project: int | None
    case: int | None
    kind: str
    strayed: Decimal

    @property
    def key(self) -> tuple[int, int | None, int | None]:
        """Return the ids by which it is identified."""
        return self.tolerance, self.project, self.case


def broken_now(programmes: Iterable[int] | None = None) -> list[BrokenTolerance]:
    """Return all tolerances that are broken by the stored figures of these programmes (all, if
    None), and of standalone projects. Three queries."""
    return [*_in_ledger(programmes), *_alone()]


def _in_ledger(programmes: Iterable[int] | None) -> Iterator[BrokenTolerance]:
    broken = MetricValue.objects.filter(valid(), metric=BREACHES, amount__gt=0)
    if programmes is not None:
        broken = broken.filter(programme__in=[*programmes])
    ids = list(broken.values_list("programme", flat=True))
    lines = LedgerLine.objects.filter(valid(), programme__in=ids, metric=BREACHES)
    for tolerance, inputs in lines.order_by("programme", "source_id").values_list(
        "source_id", "inputs"
    ):
        yield from (_broken(tolerance, breach) for breach in inputs["breaches"])


def _alone() -> Iterator[BrokenTolerance]:
    strays = Q(health__findings__contains=[{"rule": BEYOND}])
    of_case = Q(figures__case__breach__has_key="tolerance")
    rows = ProjectForecast.objects.filter(valid(), strays | of_case, project__programme=None)
    for project, health, figures in rows.order_by("project").values_list(
        "project", "health", "figures"
    ):
        for tolerance, finding in of_findings(project, health["findings"]).items():
            yield _broken(tolerance, finding)
        if breach := (figures.get("case") or {}).get("breach"):
            yield _broken(breach["tolerance"], breach)


def _broken(tolerance: int, words: Any) -> BrokenTolerance:
    of = {PROJECT: None, CASE: None, words["of"]: words["id"]}
    # What is beyond its tolerance by less than a hundredth stays beyond it.
    far = min(Decimal(words["strayed"]), FARTHEST).quantize(HUNDREDTH, ROUND_CEILING)
    return BrokenTolerance(tolerance, of[PROJECT], of[CASE], words["kind"], far)
