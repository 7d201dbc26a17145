"""Reads projects: plans, money and the registers that hang on them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import Q

from pmhub.database.statements import DAY, IDS, OTHER_IDS, Statement
from programmes.health import Driver
from programmes.models.programme_line import TO_COMPLETE
from programmes.rollup.facts import (
    ZERO,
    BaselineFacts,
    PortfolioFacts,
    ProjectFacts,
)
from programmes.rollup.reading import registers
from programmes.rollup.reading.budgets import BUDGETS, approved_budgets, forecast_lines
from programmes.rollup.reading.cached_rows import NOTHING_EARLIER, EarlierFacts
from programmes.rollup.reading.cases import approved_cases
from programmes.rollup.reading.costs import DRAWN, SPENT, actuals
from programmes.rollup.reading.risks import (
    RISKS,
    counted_apart,
    counted_parents,
    risks_by_level,
)
from programmes.rollup.risk_facts import RiskFacts
from projects.evm import ForecastLine, holding, profile_points, to_go_bounds, to_go_by_line
from projects.models import (
    LIVE,
    Baseline,
    Milestone,
    Project,
)
from projects.schedule import Dates, Link, Timeline, Work

Plan = tuple[Mapping[int, Dates], frozenset[int]]  # milestones that count, those cancelled
PROJECT = (
    "id", "code", "programme_id", "portfolio_id", "status", "forecast_start",
    "forecast_finish", "actual_start", "actual_finish", "percent_complete",
    *TO_COMPLETE, "declared_rag", "declared_on", "terminated_on",
    "programme__portfolio_id", "forecast_basis", "critical", "health_weight",
    "stage",
)  # fmt: skip
PROJECTS = Statement(
    lambda: (
        Project.objects.filter(
            Q(programme_id__in=[IDS]) | Q(pk__in=[OTHER_IDS], programme_id__isnull=True)
        )
        .order_by("pk")
        .values_list(*PROJECT)
    )
)
CHANGED = Statement(
    lambda: (
        Project.objects.filter(pk__in=[IDS], programme_id__in=[OTHER_IDS])
        .order_by("pk")
        .values_list(*PROJECT)
    )
)
BASELINES = Statement(
    lambda: (
        Baseline.objects.filter(project_id__in=[IDS], approved_on__lte=DAY)
        .order_by("project_id", "-number")
        .distinct("project_id")
        .values_list(
            "project_id",
            "starts_on",
            "finishes_on",
            "budget_at_completion",
            "planned_value_profile",
        )
    )
)
MILESTONES = Statement(
    lambda: (
        Milestone.objects.filter(project_id__in=[IDS])
        .order_by("code")
        .values_list("project_id", "id", "code", "baseline_on", "forecast_on", "actual_on", "state")
    )
)


def project_rows(programme_ids: list[int], standalone_ids: list[int]) -> list[dict[str, Any]]:
    """Return rows of the projects of these programmes, and of these projects that stand alone."""
    return _rows(PROJECTS(programme_ids, standalone_ids))


def changed_rows(programme_id: int, ids: list[int]) -> list[dict[str, Any]]:
    """Return rows of those of these projects that belong to the programme."""
    return _rows(CHANGED(ids, [programme_id])) if ids else []


def _rows(tuples: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
    rows = [dict(zip(PROJECT, row, strict=True)) for row in tuples]
    return [{**row, "owner": row["programme__portfolio_id"] or row["portfolio_id"]} for row in rows]


@dataclass(frozen=True, slots=True)
class _Records:
    """The records of projects, by the ids of the projects."""

    baselines: Mapping[int, BaselineFacts]
    plans: Mapping[int, Plan]
    approved: Mapping[int, Decimal]
    unconverted_lines: Mapping[int, Any]
    lines: Mapping[int, Sequence[ForecastLine]]
    spent: Mapping[int, Any]
    unconverted: Mapping[int, Any]
    risks: Mapping[int, Sequence[RiskFacts]]
    issues: Mapping[int, Any]
    dependencies: Mapping[int, Any]
    compliance: Mapping[int, Any]
    overrides: Mapping[int, Any]
    tolerances: Mapping[int, Any]
    outputs: Mapping[int, Any]
    cases: Mapping[int, Any]


def project_facts(
    rows: Sequence[dict[str, Any]],
    portfolios: Mapping[int, PortfolioFacts],
    earlier: EarlierFacts = NOTHING_EARLIER,
) -> list[ProjectFacts]:
    """Return the facts of these projects: plans, money and registers, without what `shared_facts`
    adds. Tables that were not touched since `earlier` are not read again."""
    as_of = {row["id"]: portfolios[row["owner"]].as_of for row in rows}
    months = {row["id"]: portfolios[row["owner"]].fiscal_start_month for row in rows}
    records = _records(rows, as_of, months, earlier)
    return [_facts(row, as_of[row["id"]], records) for row in rows]


def _records(
    rows: Sequence[dict[str, Any]],
    as_of: Mapping[int, date],
    months: Mapping[int, int],
    earlier: EarlierFacts,
) -> _Records:
    """Read the records of all these projects: one query for each kind that may have changed since
    `earlier`."""
    ids, own = [row["id"] for row in rows], "project_id"
    unchanged, known = partial(earlier.unchanged, ids), earlier.values_of
    approved, unconverted_lines = (
        (known("approved"), known("unconverted_lines"))
        if unchanged(BUDGETS, DRAWN)
        else approved_budgets(as_of)
    )
    spent, unconverted = (
        (known("actual_by_year"), known("unconverted"))
        if unchanged(SPENT[own])
        else actuals(own, as_of, months)
    )
    alone = [row["id"] for row in rows if row["programme_id"] is None]
    return _Records(
        baselines=known("baseline") if unchanged(BASELINES) else _baselines(as_of),
        plans=_plans(earlier) if unchanged(MILESTONES) else _milestones(ids),
        approved=approved,
        unconverted_lines=unconverted_lines,
        lines=forecast_lines(rows, as_of),
        spent=spent,
        unconverted=unconverted,
        risks=known("risks") if _risks_unchanged(rows, earlier) else _risks(rows, as_of),
        issues=known("issues")
        if unchanged(registers.ISSUES[own])
        else registers.issues(own, as_of),
        dependencies=(
            known("dependencies")
            if unchanged(registers.DEPENDENCIES)
            else registers.dependencies(ids)
        ),
        compliance=(
            known("compliance") if unchanged(registers.COMPLIANCE) else registers.compliance(as_of)
        ),
        overrides=(
            known("override")
            if unchanged(registers.OVERRIDES[own])
            else registers.overrides(own, as_of)
        ),
        tolerances=registers.tolerances({row["id"]: row["stage"] for row in rows}),
        outputs=known("outputs") if unchanged(registers.OUTPUTS) else registers.outputs(as_of),
        cases=approved_cases(own, alone) if alone else {},
    )


def _facts(row: dict[str, Any], as_of: date, records: _Records) -> ProjectFacts:
    id, baseline = row["id"], records.baselines.get(row["id"])
    spent, lines = records.spent[id], records.lines.get(id)
    return ProjectFacts(
        id=id,
        code=row["code"],
        programme=row["programme_id"],
        status=row["status"],
        work=_work(row, as_of, baseline, *records.plans[id]),
        percent_complete=row["percent_complete"],
        estimate_to_complete=row["estimate_to_complete"],
        declared=row["declared_rag"],
        declared_on=row["declared_on"],
        terminated_on=row["terminated_on"],
        baseline=baseline,
        approved=records.approved.get(id),
        actual=sum(spent.values(), ZERO),
        actual_by_year=spent,
        unconverted=records.unconverted[id],
        unconverted_lines=records.unconverted_lines.get(id, ()),
        to_go_by_line=_to_go(lines),
        to_go_bounds=_bounds(row, lines),
        risks=records.risks[id],
        issues=records.issues[id],
        dependencies=records.dependencies[id],
        compliance=records.compliance[id],
        override=records.overrides.get(id),
        tolerances=records.tolerances[id],
        critical=row["critical"],
        weight=row["health_weight"],
        outputs=records.outputs.get(id),
        case=records.cases.get(id),
    )


def _plans(earlier: EarlierFacts) -> dict[int, Plan]:
    return {id: (work.milestones, work.cancelled) for id, work in earlier.values_of("work").items()}


def _milestones(ids: Sequence[int]) -> Mapping[int, Plan]:
    """Return for each project its milestones that are not cancelled, and the ids of those that
    are."""
    plans: dict[int, Plan] = {id: ({}, frozenset()) for id in ids}
    for project, milestones in registers.grouped(MILESTONES(ids)).items():
        counting = {
            id: Dates(baseline_on, forecast_on, actual_on, code)
            for id, code, baseline_on, forecast_on, actual_on, state in milestones
            if state != "cancelled"
        }
        cancelled = frozenset(id for id, *_, state in milestones if state == "cancelled")
        plans[project] = counting, cancelled
    return plans


def _risks_unchanged(rows: Sequence[dict[str, Any]], earlier: EarlierFacts) -> bool:
    """Return whether the risks of these projects are as they were: no risk was touched, and no
    project has ended or gone on again, since the risks of an ended project do not count."""
    return earlier.unchanged([row["id"] for row in rows], RISKS) and all(
        (row["status"] in LIVE) == (earlier.facts[row["id"]].status in LIVE) for row in rows
    )


def _risks(
    rows: Sequence[dict[str, Any]], as_of: Mapping[int, date]
) -> Mapping[int, Sequence[RiskFacts]]:
    ended = {row["id"] for row in rows if row["status"] not in LIVE}
    return risks_by_level(as_of, programme_dates={}, ended=ended)["project"]


def shared_facts(
    projects: Sequence[ProjectFacts],
    portfolios: Mapping[int, PortfolioFacts],
    portfolio_of: Mapping[int, int],
    earlier: EarlierFacts = NOTHING_EARLIER,
) -> list[ProjectFacts]:
    """Return the projects with what also depends on others: what reviews ask of them, by how much
    the resources that they booked are overbooked, and which of their risks another one counts. A
    project for which all are as before is returned as the same object."""
    as_of = {project.id: project.work.as_of for project in projects}
    reviews = registers.ASSURANCE["project_id"], registers.CONDITIONS["project_id"]
    assurance = (
        earlier.values_of("assurance")
        if earlier.unchanged(as_of, *reviews)
        else registers.assurance("project_id", as_of)
    )
    overloads = registers.overloads(
        {id: (day, portfolios[portfolio_of[id]].calendar) for id, day in as_of.items()}
    )
    parents = {
        day: counted_parents(
            [risk for project in projects if as_of[project.id] == day for risk in project.risks],
            day,
        )
        for day in {*as_of.values()}
    }
    return [
        _sharing(
            project,
            assurance[project.id],
            overloads[project.id],
            counted_apart(project.risks, as_of[project.id], parents[as_of[project.id]]),
        )
        for project in projects
    ]


def _sharing(
    project: ProjectFacts,
    assurance: Sequence[tuple[Driver, str, bool]],
    overloads: Sequence[tuple[Driver, date, Decimal | None]],
    risks: Sequence[RiskFacts],
) -> ProjectFacts:
    if (project.assurance, project.overloads, project.risks) == (assurance, overloads, risks):
        return project
    return replace(project, assurance=assurance, overloads=overloads, risks=risks)


def _work(
    row: Mapping[str, Any],
    as_of: date,
    baseline: BaselineFacts | None,
    milestones: Mapping[int, Dates],
    cancelled: frozenset[int],
) -> Work:
    """Return the declared days of a project: its start, finish and milestones."""
    planned = (baseline.start, baseline.finish) if baseline else (None, None)
    return Work(
        id=row["id"],
        code=row["code"],
        start=Dates(planned[0], row["forecast_start"], row["actual_start"]),
        finish=Dates(planned[1], row["forecast_finish"], row["actual_finish"]),
        as_of=as_of,
        milestones=milestones,
        cancelled=cancelled,
        ended=row["status"] if row["status"] in ("closed", "terminated") else "",
    )


def _baselines(as_of: Mapping[int, date]) -> dict[int, BaselineFacts]:
    """Return for each project the highest of its baselines that were approved by its status
    date."""
    return {
        project: BaselineFacts(
            start, finish, budget, profile_points(json.loads(profile), start, finish, budget)
        )
        for day, ids in registers.by_day(as_of).items()
        for project, start, finish, budget, profile in BASELINES(ids, day=day)
    }


def network_of(programme: int, as_of: date) -> tuple[list[Work], list[Link], dict[int, Timeline]]:
    """Return the declared days of the projects of a programme at a status date, the dependencies
    that they wait for, and the timelines of the givers in other programmes: the part of its facts
    that its dates are computed from."""
    rows = project_rows([programme], [])
    days = {row["id"]: as_of for row in rows}
    baselines, plans, inbound = (
        _baselines(days),
        _milestones([*days]),
        registers.dependencies([*days]),
    )
    works = [
        _work(row, as_of, baselines.get(id), *plans[id]) for id, row in zip(days, rows, strict=True)
    ]
    links = [link for id in days for link in inbound[id]]
    return works, links, registers.settled_timelines(days, links)


def _to_go(lines: Sequence[ForecastLine] | None) -> Decimal | None:
    return to_go_by_line((line.forecast, line.actual) for line in lines) if lines else None


def _bounds(
    row: Mapping[str, Any], lines: Sequence[ForecastLine] | None
) -> tuple[Decimal, Decimal] | None:
    """Return the least and the most that a project is still to spend; None where it gives no
    bounds."""
    if lines and row["status"] in LIVE:
        return to_go_bounds(lines)
    said = [row[name] for name in TO_COMPLETE]
    return None if None in said else holding(*said)
