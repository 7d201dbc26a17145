"""What a status report shows beside its words: the figures of its moment, and what moved them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.utils import timezone

from pmhub.collation import InOrder
from programmes.models import Programme, ReportState, StatusReport
from programmes.queries.bridges import Bridge, bridges
from programmes.queries.ledger import Rollup, rollup
from programmes.rollup.bridge import Period
from programmes.rollup.metrics import HEADLINES
from projects.models import LIVE, Milestone


@dataclass(frozen=True, slots=True)
class ReportFigures:
    """The figures of a report, with the report before it and what moved the main ones since."""

    rollup: Rollup
    state: str
    before: StatusReport | None
    moved: Mapping[str, Bridge]


def report_before(report: StatusReport) -> StatusReport | None:
    """The last published report of an earlier period, as it was corrected last."""
    return (
        StatusReport.objects.filter(
            programme=report.programme_id,
            state=ReportState.PUBLISHED,
            period_end__lt=report.period_end,
            published_at__lt=report.published_at or timezone.now(),
        )
        .order_by("-period_end", "-published_at")
        .first()
    )


def report_figures(report: StatusReport, programme: Programme, user: Any) -> ReportFigures:
    """The ledger at the moment of a published report, or now. `programme` is as it was then."""
    at = report.published_at
    figures = rollup(programme, at=at)
    before = report_before(report)
    moved: Mapping[str, Bridge] = {}
    if before and before.published_at:
        period = Period(before.published_at, at or timezone.now())
        moved = bridges(programme, HEADLINES, period, user, edits=False)
    return ReportFigures(figures, report.figures_state or figures.state, before, moved)


def causes(found: Bridge) -> list[tuple[str, Decimal]]:
    """What each cause moved a figure by, the most first; together they are the difference."""
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    for part in found.parts:
        amounts[str(part.cause)] += part.amount
    return sorted(amounts.items(), key=lambda each: (-abs(each[1]), each[0]))


def milestones_ahead(programme: Programme, user: Any, limit: int = 8) -> Sequence[Milestone]:
    """The next milestones of the programme's projects that are neither reached nor cancelled; a
    project that has ended has none."""
    rows = Milestone.objects.visible_to(user).filter(
        project__programme=programme, project__status__in=LIVE, state="planned"
    )
    return list(
        rows.select_related("project").order_by(
            F("forecast_on").asc(nulls_last=True), InOrder("code")
        )[:limit]
    )
