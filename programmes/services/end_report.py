"""The end report of a programme that closes: drafted from what is known, to be finished by hand."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import Sum

from benefits.models import CONCLUDED
from pmhub import formats
from pmhub.models import User
from pmhub.text import in_order
from programmes.models import Programme, StatusReport
from programmes.models.outcome import OutcomeState
from programmes.queries import Rollup, rollup
from programmes.wording import end_report as wording
from projects.models import CostActual, Project, ProjectStatus
from projects.services.end_report import draft_of, keep_draft


def draft_end_report(programme: Programme, *, lessons: str, by: User | None) -> StatusReport:
    """Draft the end report of a programme that is closing, with its figures as last computed."""
    assert programme.actual_end_on  # it is just closing  # noqa: S101
    report = draft_of(programme, period_end=programme.actual_end_on, by=by)
    money = partial(formats.spoken, portfolio=programme.portfolio)
    report.achieved = wording.programme_achieved(_ended(programme), money, formats.day)
    report.next_steps = wording.measured_on(_watched(programme), formats.day)
    return keep_draft(report, lessons=lessons, by=by)


def _ended(programme: Programme) -> wording.ClosingProgramme:
    figures = rollup(programme)
    outcomes, projects = programme.outcomes.all(), Project.objects.filter(programme=programme)
    assert programme.actual_end_on  # noqa: S101  # as above
    return wording.ClosingProgramme(
        embedded=_titles_in_words(outcomes.filter(state=OutcomeState.EMBEDDED), "title"),
        not_embedded=_titles_in_words(outcomes.exclude(state=OutcomeState.EMBEDDED), "title"),
        closed=projects.filter(status=ProjectStatus.CLOSED).count(),
        stopped=_titles_in_words(projects.filter(status=ProjectStatus.TERMINATED), "name"),
        ended_on=programme.actual_end_on,
        planned_end=programme.planned_end_on,
        cost=_cost(programme, figures),
        approved=figures.value("total_approved"),
        realised=figures.value("benefits_actual_to_date"),
        planned=figures.value("benefits_whole_life_planned"),
    )


def _cost(programme: Programme, figures: Rollup) -> Decimal | None:
    """Return what its projects came to and what was spent on its own lines, of which nothing more
    is spent from now on; None where neither is known."""
    posted = CostActual.objects.filter(
        programme_line__programme=programme, posted_on__lte=programme.portfolio.as_of
    )
    known = (
        figures.value("estimate_at_completion"),
        posted.aggregate(total=Sum("amount"))["total"],
    )
    found = [each for each in known if each is not None]
    return sum(found, Decimal(0)) if found else None


def _titles_in_words(rows: Any, title: str) -> list[str]:
    rows_told = rows.order_by().values_list("code", title)
    return [f"{code} {name}" for code, name in sorted(rows_told, key=lambda row: in_order(row[0]))]


def _watched(programme: Programme) -> list[wording.BenefitToCome]:
    rows = programme.benefits.exclude(status__in=CONCLUDED).select_related("owner")
    return [
        wording.BenefitToCome(f"{row.code} {row.title}", str(row.owner), row.next_measurement_on)
        for row in sorted(rows, key=lambda row: in_order(row.code))
        if row.next_measurement_on  # which each has once its programme may close
    ]
