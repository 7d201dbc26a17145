"""Reads what programmes hold beside their projects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from pmhub.database.statements import DAY, IDS, Statement
from programmes.models import (
    BusinessCase,
    CaseState,
    Programme,
    ProgrammeLine,
)
from programmes.rollup.facts import (
    ZERO,
    BenefitFacts,
    CaseFacts,
    LineFacts,
    PortfolioFacts,
    ProgrammeFacts,
    ProjectFacts,
    RiskFacts,
)
from programmes.rollup.reading import registers
from programmes.rollup.reading.benefits import benefit_facts
from programmes.rollup.reading.projects import actuals
from projects.models import (
    ContingencyMovement,
)

MOVEMENTS = Statement(
    lambda: (
        ContingencyMovement.objects.filter(programme_id__in=[IDS], moved_on__lte=DAY)
        .order_by("id")
        .values_list("programme_id", "id", "project_id", "amount")
    )
)
LINES = Statement(
    lambda: (
        ProgrammeLine.objects.filter(programme_id__in=[IDS])
        .order_by("code")
        .values_list("programme_id", "id", "approved_budget", "estimate_to_complete")
    )
)
CASES = Statement(
    lambda: (
        BusinessCase._base_manager.filter(programme_id__in=[IDS], state=CaseState.APPROVED)
        .order_by("approved_on", "id")
        .values_list("programme_id", "id", "npsv", "benefits_present_value", "costs_present_value")
    )
)


def programme_facts(
    programmes: Sequence[Programme],
    portfolios: Mapping[int, PortfolioFacts],
    projects: Sequence[ProjectFacts],
    benefits: Mapping[int, Sequence[BenefitFacts]] | None = None,
) -> list[ProgrammeFacts]:
    """These programmes with everything their metrics read but their projects' results; `benefits`
    are those of each, if they are known."""
    as_of = {each.pk: portfolios[each.portfolio_id].as_of for each in programmes}
    months = {each.pk: portfolios[each.portfolio_id].fiscal_start_month for each in programmes}
    movements = _movements(as_of)
    lines = _lines(as_of, months)
    risks = registers.risks({}, programme_dates=as_of)["programme"]
    issues = registers.issues("programme_id", as_of)
    assurance = registers.assurance("programme_id", as_of)
    overrides = registers.overrides("programme_id", as_of)
    cases = {programme: CaseFacts(*said) for programme, *said in CASES([*as_of])}  # the last stands
    benefits = benefit_facts(as_of) if benefits is None else benefits
    of_projects: dict[int, list[RiskFacts]] = defaultdict(list)
    for project in projects:
        if project.programme is not None:
            of_projects[project.programme].extend(project.risks)
    return [
        ProgrammeFacts(
            id=each.pk,
            code=each.code,
            portfolio=portfolios[each.portfolio_id],
            dca=each.dca,
            ends_on=each.planned_end_on,
            contingency=each.contingency_budget,
            movements=movements[each.pk],
            lines=lines[each.pk],
            risks=sorted([*of_projects[each.pk], *risks[each.pk]], key=lambda risk: risk.code),
            issues=issues[each.pk],
            assurance=assurance[each.pk],
            benefits=benefits[each.pk],
            override=overrides.get(each.pk),
            case=cases.get(each.pk),
        )
        for each in programmes
    ]


def _movements(as_of: Mapping[int, date]) -> Mapping[int, list[Any]]:
    rows = [row for day, ids in registers.by_day(as_of).items() for row in MOVEMENTS(ids, day=day)]
    return registers.grouped(rows)


def _lines(as_of: Mapping[int, date], months: Mapping[int, int]) -> Mapping[int, list[LineFacts]]:
    rows = LINES([*as_of])
    dates = {id: as_of[programme] for programme, id, *_ in rows}
    starts = {id: months[programme] for programme, id, *_ in rows}
    spent = actuals("programme_line_id", dates, starts)
    found: dict[int, list[LineFacts]] = defaultdict(list)
    for programme, id, approved, estimate in rows:
        actual = sum(spent[id].values(), ZERO)
        to_go = what_remains(approved, actual) if estimate is None else estimate
        found[programme].append(LineFacts(id, approved, actual, to_go, spent[id]))
    return found


def what_remains(approved: Decimal, actual: Decimal) -> Decimal:
    """Return what is left of a budget, or of an income that is negative; nothing once it is used
    up."""
    left = approved - actual
    return left if (left > 0) == (approved > 0) else ZERO
