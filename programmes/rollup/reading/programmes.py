"""Reads what belongs to programmes themselves, not to their projects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from pmhub.database.statements import DAY, IDS, Statement
from programmes.models import Programme, ProgrammeLine, ProgrammeStage
from programmes.models.closure_triggers import ENDED
from programmes.models.programme_line import TO_COMPLETE
from programmes.rollup.cost_facts import ForeignLine, LineFacts
from programmes.rollup.facts import (
    ZERO,
    BenefitFacts,
    PortfolioFacts,
    ProgrammeFacts,
    ProjectFacts,
)
from programmes.rollup.reading import registers
from programmes.rollup.reading.benefits import OVERLAPS, benefit_facts
from programmes.rollup.reading.cached_rows import NOTHING_EARLIER, EarlierFacts
from programmes.rollup.reading.cases import CASES, approved_cases
from programmes.rollup.reading.costs import SPENT, actuals
from programmes.rollup.reading.risks import RISKS, counted_apart, risks_by_level
from programmes.rollup.risk_facts import RiskFacts
from projects.evm import budget_released, holding
from projects.models import ContingencyMovement

MOVEMENTS = Statement(
    lambda: (
        ContingencyMovement.objects.filter(programme_id__in=[IDS], moved_on__lte=DAY)
        .order_by("id")
        .values_list("programme_id", "id", "project_id", "amount")
    )
)
FOREIGN = (
    "foreign_currency", "fiscal_year", "foreign_approved_budget", "foreign_estimate_to_complete",
    "exchange_rate",
)  # fmt: skip
LINES = Statement(
    lambda: (
        ProgrammeLine.objects.filter(programme_id__in=[IDS])
        .order_by("code")
        .values_list(
            "programme_id",
            "id",
            "code",
            "programme__stage",
            "approved_budget",
            *TO_COMPLETE,
            *FOREIGN,
        )
    )
)


def programme_facts(
    programmes: Sequence[Programme],
    portfolios: Mapping[int, PortfolioFacts],
    projects: Sequence[ProjectFacts],
    benefits: Mapping[int, Sequence[BenefitFacts]] | None = None,
    earlier: EarlierFacts = NOTHING_EARLIER,
) -> list[ProgrammeFacts]:
    """Return the facts of these programmes, without the results of their projects. `benefits` are
    those of each programme where they are known already. Tables that were not touched since
    `earlier` are not read again."""
    as_of = {programme.pk: portfolios[programme.portfolio_id].as_of for programme in programmes}
    months = {row.pk: portfolios[row.portfolio_id].fiscal_start_month for row in programmes}
    unchanged, known, own = partial(earlier.unchanged, as_of), earlier.values_of, "programme_id"
    movements = known("movements") if unchanged(MOVEMENTS) else _movements(as_of)
    lines = (
        known("lines") if unchanged(LINES, SPENT["programme_line_id"]) else _lines(as_of, months)
    )
    risks = _own_risks(earlier) if unchanged(RISKS) else _risks(as_of)
    issues = known("issues") if unchanged(registers.ISSUES[own]) else registers.issues(own, as_of)
    reviews = registers.ASSURANCE[own], registers.CONDITIONS[own]
    assurance = known("assurance") if unchanged(*reviews) else registers.assurance(own, as_of)
    overrides = (
        known("override")
        if unchanged(registers.OVERRIDES[own])
        else registers.overrides(own, as_of)
    )
    cases = known("case") if unchanged(CASES[own]) else approved_cases(own, as_of)
    overlaps = known("overlaps") if unchanged(OVERLAPS) else registers.grouped(OVERLAPS([*as_of]))
    benefits = benefit_facts(as_of) if benefits is None else benefits
    of_projects: dict[int, list[RiskFacts]] = defaultdict(list)
    for project in projects:
        if project.programme is not None:
            of_projects[project.programme].extend(project.risks)
    return [
        ProgrammeFacts(
            id=row.pk,
            code=row.code,
            portfolio=portfolios[row.portfolio_id],
            dca=row.dca,
            ends_on=row.planned_end_on,
            contingency=row.contingency_budget,
            movements=movements[row.pk],
            lines=lines[row.pk],
            risks=sorted(
                [*of_projects[row.pk], *_apart(risks[row.pk], as_of[row.pk])],
                key=lambda risk: risk.code,
            ),
            issues=issues[row.pk],
            assurance=assurance[row.pk],
            benefits=benefits[row.pk],
            override=overrides.get(row.pk),
            case=cases.get(row.pk),
            overlaps=overlaps[row.pk],
        )
        for row in programmes
    ]


def _risks(as_of: Mapping[int, date]) -> Mapping[int, Sequence[RiskFacts]]:
    return risks_by_level({}, programme_dates=as_of)["programme"]


def _apart(own: Sequence[RiskFacts], as_of: date) -> Sequence[RiskFacts]:
    """Return the risks of a programme itself; one that came from a project may stand in another."""
    return counted_apart(own, as_of, {risk.id for risk in own if risk.counted})


def _own_risks(earlier: EarlierFacts) -> dict[int, Sequence[RiskFacts]]:
    """Return the earlier risks that belong to programmes themselves, without those of their
    projects."""
    return {
        id: [risk for risk in risks if risk.project is None]
        for id, risks in earlier.values_of("risks").items()
    }


def _movements(as_of: Mapping[int, date]) -> Mapping[int, list[Any]]:
    rows = [row for day, ids in registers.by_day(as_of).items() for row in MOVEMENTS(ids, day=day)]
    return registers.grouped(rows)


def _lines(as_of: Mapping[int, date], months: Mapping[int, int]) -> Mapping[int, list[LineFacts]]:
    rows = LINES([*as_of])
    dates = {id: as_of[programme] for programme, id, *_ in rows}
    starts = {id: months[programme] for programme, id, *_ in rows}
    spent, unconverted = actuals("programme_line_id", dates, starts)
    lines: dict[int, list[LineFacts]] = defaultdict(list)
    for programme, id, code, stage, approved, estimate, low, high, *columns in rows:
        actual = sum(spent[id].values(), ZERO)
        to_go = still_to_spend(stage, approved, actual, estimate)
        bounded = low is not None and high is not None and stage not in ENDED
        lines[programme].append(
            LineFacts(
                id=id,
                code=code,
                approved=approved,
                actual=actual,
                to_go=to_go,
                actual_by_year=spent[id],
                unconverted=unconverted[id],
                foreign=ForeignLine(*columns) if columns[0] else None,
                bounds=holding(to_go, low, high) if bounded else None,
                released=released(stage, approved, actual + to_go),
            )
        )
    return lines


def still_to_spend(
    stage: str, approved: Decimal, actual: Decimal, estimate: Decimal | None
) -> Decimal:
    """Return what is still to be spent on a line of a programme in a stage: as estimated, else what
    remains of its budget. Of a closed programme that is nothing, of a terminated one what winding
    it down is estimated to cost."""
    if stage == ProgrammeStage.CLOSED:
        return ZERO
    if estimate is not None:
        return estimate
    return ZERO if stage in ENDED else what_remains(approved, actual)


def released(stage: str, approved: Decimal, forecast: Decimal) -> Decimal | None:
    """Return what a terminated programme releases of the budget of a line; None where the programme
    is in another stage."""
    return budget_released(approved, forecast) if stage == ProgrammeStage.TERMINATED else None


def what_remains(approved: Decimal, actual: Decimal) -> Decimal:
    """Return what is left of a budget, or of an income (a negative budget); 0 once it is used
    up."""
    left = approved - actual
    return left if approved and (left > 0) == (approved > 0) else ZERO
