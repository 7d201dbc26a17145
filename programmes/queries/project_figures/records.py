"""The records of a project as they were at a moment, for the lines of its figures."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.db.models.functions import Coalesce

from pmhub import reading_clock
from pmhub.caching import BoundedCache
from pmhub.database import touches
from pmhub.database.past import as_at
from pmhub.database.statements import BEGIN, DAY, END, ID, IDS, Rows
from programmes import sources
from programmes.models import Portfolio, RollupBasis, valid
from programmes.rollup.compute import ENGINE_VERSION
from programmes.rollup.facts import ZERO, BaselineFacts, ProjectFacts
from programmes.rollup.ledger import Line, Metric, Value, text
from programmes.rollup.project_level import adds_up_to, lines_of
from programmes.rollup.record_lines import BudgetedAmount, PostedCost, ProjectRecords, WorkDone
from projects.evm import profile_points, to_go_by_line
from projects.models import (
    Baseline,
    BudgetLine,
    ContingencyMovement,
    CostActual,
    ForecastBasis,
    Iteration,
    Milestone,
    Project,
    ProjectForecast,
    WorkPackage,
    spent_on_line,
)
from projects.percent import BY_MILESTONES, BY_PACKAGES, BY_POINTS, credited
from projects.queries.dependencies import timeline_of
from projects.schedule import Dates, Work

BUDGETED = (
    "pk", "approved", "fiscal_year", "foreign_currency", "foreign_approved",
    Coalesce("foreign_forecast", "foreign_approved"), "exchange_rate",
)  # fmt: skip
POSTED = ("pk", "amount", "posted_on", "foreign_currency", "foreign_amount", "exchange_rate")
BASIS = Rows(lambda: RollupBasis.objects.filter(valid(), programme_id=ID)[:1])
BASIS_THEN = Rows(lambda: RollupBasis.objects.filter(valid(BEGIN), programme_id=ID)[:1])
BASES = Rows(
    lambda: RollupBasis.objects.filter(
        valid(BEGIN) | Q(valid_from__range=(BEGIN, END)), programme_id__in=[IDS]
    )
)
# Of the project what its figures are made of, and nothing of what it belongs to: in the past that
# would be looked for among all programmes.
OF_PROJECT = (
    "code", "programme", "portfolio", "status", "percent_method", "percent_complete",
    "estimate_to_complete", "forecast_basis", "declared_rag", "declared_on", "terminated_on",
    "forecast_start", "actual_start", "forecast_finish", "actual_finish",
)  # fmt: skip
PROJECTS = Rows(lambda: Project.objects.filter(pk=ID).only(*OF_PROJECT).order_by())
BASELINES = Rows(
    lambda: Baseline.objects.filter(project_id=ID, approved_on__lte=DAY).order_by("-number")[:1]
)
BUDGETS = Rows(
    lambda: BudgetLine.objects.filter(project_id=ID).order_by("code", "pk").values_list(*BUDGETED)
)
MOVEMENTS = Rows(
    lambda: (
        ContingencyMovement.objects.filter(project_id=ID, moved_on__lte=DAY)
        .order_by("moved_on", "pk")
        .values_list("pk", "amount")
    )
)
COSTS = Rows(
    lambda: (
        CostActual.objects.filter(project_id=ID, posted_on__lte=DAY)
        .order_by("posted_on", "pk")
        .values_list(*POSTED)
    )
)


# Bytes that a process keeps of the past; of a project, and of each of its records, about.
MOST, PROJECT, RECORD = 3_000_000, 5_000, 400

past_records = BoundedCache(MOST)


@dataclass(slots=True)
class ForecastRecords:
    """The records behind these figures of a forecast. They are read at the first of these moments
    at which they make the figure; None is now."""

    computed: ProjectForecast
    moments: Sequence[datetime | None]
    metrics: Collection[Metric]
    read: dict[datetime | None, ProjectRecords | None] = field(default_factory=dict)

    def lines(self, metric: Metric, value: Value) -> list[Line] | None:
        """Return the lines of a figure, which make this value exactly; None where no records do.
        Of a figure without lines of its own, no records are read."""
        if metric.at_project.aggregate is None and not (metric.project and metric.project.lines):
            return []
        records = self.records(metric, value)
        return None if records is None else lines_of(metric, records)

    def records(self, metric: Metric, value: Value) -> ProjectRecords | None:
        """Return the records that make this value; None where none do."""
        for moment in dict.fromkeys(self.moments):
            if moment not in self.read and (records := self._kept(metric, value, moment)):
                return records
            if moment not in self.read:
                self.read[moment] = records_at(self.computed, moment, amounts=self.amounts)
            records = self.read[moment]
            if records and _makes(metric, records, value):
                return records
        return None

    def _kept(self, metric: Metric, value: Value, moment: datetime | None) -> ProjectRecords | None:
        """Return the cached records of a past moment, where they make this value: then they are
        those from which it was computed, whatever a longer transaction commits for that moment."""
        if moment is None or _reads_today():
            return None
        key = self.computed.pk, self.computed.valid_from, moment, self.amounts
        records: ProjectRecords | None = past_records.get(key)
        if records is None:
            with touches.unnoted():
                records = records_at(self.computed, moment, amounts=self.amounts)
        if records is None or not _makes(metric, records, value):
            return None
        past_records.put(key, records, _size_of(records))
        self.read[moment] = records
        return records

    @property
    def amounts(self) -> bool:
        """Whether lines of these figures are made of budgets, costs or work."""
        return any(of.project and of.project.lines and of.project.of_amounts for of in self.metrics)

    @property
    def reason(self) -> str:
        """Return why no records make a figure."""
        basis = basis_of(self.computed, self.computed.valid_from)
        older = basis is not None and basis.engine_version != ENGINE_VERSION
        return "older_engine" if older else "not_reproduced"


def _makes(metric: Metric, records: ProjectRecords, value: Value) -> bool:
    return adds_up_to(metric, lines_of(metric, records), value)


def _reads_today() -> bool:
    """Return whether what was true on a day is read, which depends on what is known today."""
    return reading_clock.day() is not None


def _size_of(records: ProjectRecords) -> int:
    parts = (records.budgets, records.drawn, records.costs, records.to_go, records.work)
    return PROJECT + RECORD * sum(map(len, parts))


def basis_of(computed: ProjectForecast, moment: datetime | None) -> RollupBasis | None:
    """Return the status date and rules under which a forecast was valid at a moment; None where
    they were not stored, as for a standalone project."""
    if computed.computed_under is None:
        return None
    under = computed.computed_under
    bases = BASIS_THEN(id=under, begin=moment) if moment else BASIS(id=under)
    return next(iter(bases), None)


def bases_of(
    then: Sequence[tuple[ProjectForecast, datetime]],
) -> list[RollupBasis | None]:
    """Return the status date and rules under which each of these forecasts was valid at its moment:
    one query; None as for `basis_of`."""
    under = {computed.computed_under for computed, _ in then if computed.computed_under}
    if not under:
        return [None] * len(then)
    moments = [moment for _, moment in then]
    bases = BASES(sorted(under), begin=min(moments), end=max(moments))
    return [_basis_among(bases, computed, moment) for computed, moment in then]


def _basis_among(
    bases: Sequence[RollupBasis], computed: ProjectForecast, moment: datetime
) -> RollupBasis | None:
    for basis in bases:
        begun = basis.valid_from <= moment and (basis.valid_to is None or basis.valid_to > moment)
        if begun and basis.programme_id == computed.computed_under:
            return basis
    return None


def records_at(
    computed: ProjectForecast, moment: datetime | None, *, amounts: bool
) -> ProjectRecords | None:
    """Return the records of a project as they were at a moment, without `amounts` its baseline
    alone; None where it did not exist."""
    # Of what was true then, the records are read by the same clock.
    with as_at(moment, reading_clock.day() if moment == reading_clock.moment() else None):
        basis = basis_of(computed, moment)
        project = next(iter(PROJECTS(id=computed.project_id)), None)
        if project is None:
            return None
        as_of = basis.as_of if basis else _portfolio(project).as_of
        return _read(project, as_of, computed, amounts=amounts)


def _portfolio(project: Any) -> Portfolio:
    portfolio: Portfolio = project.owner_portfolio
    return portfolio


def _read(project: Any, as_of: date, computed: ProjectForecast, *, amounts: bool) -> ProjectRecords:
    baseline = next(iter(BASELINES(id=project.pk, day=as_of)), None)
    approved, drawn, posted = _amounts(project.pk, as_of) if amounts else ({}, {}, {})
    to_go = _to_go(project, as_of) if amounts else {}
    funded = bool(approved or drawn)
    return ProjectRecords(
        facts=ProjectFacts(
            id=project.pk,
            code=project.code,
            programme=project.programme_id,
            status=project.status,
            work=_work(project, as_of, baseline),
            percent_complete=project.percent_complete,
            estimate_to_complete=project.estimate_to_complete,
            declared=project.declared_rag,
            declared_on=project.declared_on,
            terminated_on=project.terminated_on,
            baseline=_plan(baseline),
            approved=sum([*(line.approved for line in approved.values()), *drawn.values()], ZERO)
            if funded
            else None,
            actual=sum((cost.amount or ZERO for cost in posted.values()), ZERO),
            actual_by_year={},
            to_go_by_line=sum(to_go.values(), ZERO) if to_go else None,
        ),
        as_of=as_of,
        baseline=baseline.pk if baseline else None,
        budgets=approved,
        drawn=drawn,
        costs=posted,
        to_go=to_go,
        computed=computed,
        timeline=timeline_of(computed),
        work=_work_done(project) if amounts else [],
    )


def _amounts(
    id: int, as_of: date
) -> tuple[dict[int, BudgetedAmount], dict[int, Decimal], dict[int, PostedCost]]:
    """Return what was approved by budget line, and what was drawn and posted up to a day."""
    approved = {line: BudgetedAmount(*columns) for line, *columns in BUDGETS(id=id)}
    posted = {cost: PostedCost(*columns) for cost, *columns in COSTS(id=id, day=as_of)}
    return approved, dict(MOVEMENTS(id=id, day=as_of)), posted


def _work_done(project: Project) -> list[WorkDone]:
    """Return the milestones, work packages or iterations with their share of what is done; empty
    where the project does not count them, or has ended."""
    method = project.percent_method
    if not project.live:
        return []
    if method == BY_POINTS:
        iterations = Iteration.objects.filter(project=project).order_by("number")
        return [
            WorkDone(sources.ITERATION.name, id, done, {"points_done": text(done)})
            for id, done in iterations.values_list("pk", "points_done")
        ]
    if method == BY_MILESTONES:
        reached = Milestone.objects.filter(project=project, state="achieved")
        return [
            WorkDone(sources.MILESTONE.name, id, weight, {"weight": text(weight), "method": method})
            for id, weight in reached.order_by("code", "pk").values_list("pk", "weight")
            if weight
        ]
    if method not in BY_PACKAGES:
        return []
    packages = WorkPackage.objects.filter(project=project).order_by("code", "pk")
    return [
        WorkDone(
            sources.WORK_PACKAGE.name,
            id,
            weight * credited(method, percent),
            {"weight": text(weight), "done": text(percent), "method": method},
        )
        for id, weight, percent in packages.values_list("pk", "weight", "percent")
    ]


def _to_go(project: Project, as_of: date) -> dict[int, Decimal]:
    """Return what is still to be spent on each line, where the project forecasts by line."""
    if project.forecast_basis != ForecastBasis.BY_LINE:
        return {}
    rows = BudgetLine.objects.filter(project=project).annotate(spent=spent_on_line(as_of))
    rows = rows.order_by("code", "pk")
    values = rows.values_list("pk", Coalesce("forecast", "approved"), "spent")
    return {id: to_go_by_line([(forecast, spent)]) for id, forecast, spent in values}


def _plan(baseline: Baseline | None) -> BaselineFacts | None:
    if baseline is None:
        return None
    start, finish = baseline.starts_on, baseline.finishes_on
    budget = baseline.budget_at_completion
    profile = profile_points(baseline.planned_value_profile, start, finish, budget)
    return BaselineFacts(start, finish, budget, profile)


def _work(project: Any, as_of: date, baseline: Baseline | None) -> Work:
    """Return the declared start and finish."""
    planned = (baseline.starts_on, baseline.finishes_on) if baseline else (None, None)
    return Work(
        id=project.pk,
        code=project.code,
        start=Dates(planned[0], project.forecast_start, project.actual_start),
        finish=Dates(planned[1], project.forecast_finish, project.actual_finish),
        as_of=as_of,
        ended=project.status if project.status in ("closed", "terminated") else "",
    )
