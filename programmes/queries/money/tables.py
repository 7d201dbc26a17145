"""Approved, forecast, spent and released, by project, fiscal year and treatment.

Amounts are summed in SQL from the same records as the figures; what is still to be spent is what
remains of the engine's estimate. So the cells sum exactly to the figures of the same names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, Sum, Value
from django.db.models.functions import Coalesce, ExtractMonth, ExtractYear

from benefits.realisation import fiscal_year
from pmhub.access.scoped_rows import ScopedRows
from pmhub.database.cached_reads import CachedReads
from pmhub.database.collation import InOrder
from pmhub.database.statements import DAY, ID, IDS, Statement
from programmes.models import Portfolio, Programme, ProgrammeLine
from programmes.models.programme_line import Treatment
from programmes.queries.forecasts import open_forecasts
from programmes.rollup.ledger import Unit, rounded
from programmes.rollup.reading.programmes import released, still_to_spend
from projects.evm import to_go_by_line
from projects.models import (
    BudgetLine,
    ContingencyMovement,
    CostActual,
    ForecastBasis,
    Project,
    ProjectForecast,
    spent_on_line,
)
from projects.models.money import UNALLOCATED

ZERO = Decimal(0)
TREATMENTS = {**dict(Treatment.choices), UNALLOCATED: "Unallocated"}
TREATMENT = Coalesce(F("budget_line__treatment"), Value(UNALLOCATED))

MOST = 2_000_000  # bytes that a process keeps of amounts
amounts_read = CachedReads(MOST)

PROJECTS = ScopedRows(
    lambda reader: (
        Project.objects.visible_to(reader)
        .filter(programme_id=ID)
        .only("code", "name", "programme", "status", "forecast_basis")
        .order_by(InOrder("code"))
    )
)
APPROVED = Statement(
    lambda: (
        BudgetLine.objects.filter(project_id__in=[IDS])
        .order_by()
        .values("project_id", "fiscal_year", "treatment")
        .annotate(total=Sum("approved"))
        .values_list("project_id", "fiscal_year", "treatment", "total")
    )
)
DRAWN = Statement(
    lambda: (
        ContingencyMovement.objects.filter(project_id__in=[IDS], moved_on__lte=DAY)
        .order_by()
        .values("project_id", year=ExtractYear("moved_on"), month=ExtractMonth("moved_on"))
        .annotate(total=Sum("amount"))
        .values_list("project_id", "year", "month", "total")
    )
)
SPENT = Statement(
    lambda: (
        CostActual.objects.filter(project_id__in=[IDS], posted_on__lte=DAY)
        .order_by()
        .values(
            "project_id",
            year=ExtractYear("posted_on"),
            month=ExtractMonth("posted_on"),
            kept_as=TREATMENT,
        )
        .annotate(total=Sum("amount", default=Decimal(0)))
        .values_list("project_id", "year", "month", "kept_as", "total")
    )
)
TO_GO = Statement(
    lambda: (
        BudgetLine.objects.filter(project_id__in=[IDS])
        .order_by()
        .annotate(spent=spent_on_line(DAY))
        .values_list(
            "project_id", "fiscal_year", "treatment", Coalesce("forecast", "approved"), "spent"
        )
    )
)
LINES = Statement(
    lambda: (
        ProgrammeLine.objects.filter(programme_id__in=[IDS])
        .order_by(InOrder("code"))
        .values_list(
            "id", "code", "kind", "fiscal_year", "treatment", "programme__stage",
            "approved_budget", "estimate_to_complete",
        )
    )
)  # fmt: skip
SPENT_BY_LINES = Statement(
    lambda: (
        CostActual.objects.filter(programme_line__programme_id__in=[IDS], posted_on__lte=DAY)
        .order_by()
        .values("programme_line_id", year=ExtractYear("posted_on"), month=ExtractMonth("posted_on"))
        .annotate(total=Sum("amount", default=Decimal(0)))
        .values_list("programme_line_id", "year", "month", "total")
    )
)


@dataclass(frozen=True)  # parts of pages are known by such values: slots take long to pickle
class Amounts:
    """What is approved, spent, forecast in all, and released of what was approved. `unforecast` is
    what is approved of projects without a forecast; `foretold` says whether anything has one."""

    approved: Decimal = ZERO
    actual: Decimal = ZERO
    forecast: Decimal = ZERO
    released: Decimal = ZERO
    unforecast: Decimal = ZERO
    foretold: bool = False

    @property
    def over(self) -> Decimal:
        """Return by how much the forecast is above what is approved for it; below 0 it is less."""
        return self.forecast - (self.approved - self.unforecast)

    @property
    def is_unknown(self) -> bool:
        """Return whether there are amounts, and no forecast of any of them."""
        return not self.foretold and bool(self)

    def __bool__(self) -> bool:
        return any((self.approved, self.actual, self.forecast, self.released))

    def __add__(self, other: Amounts) -> Amounts:
        return Amounts(
            self.approved + other.approved,
            self.actual + other.actual,
            self.forecast + other.forecast,
            self.released + other.released,
            self.unforecast + other.unforecast,
            self.foretold or other.foretold,
        )


@dataclass(frozen=True, slots=True)
class Cell:
    """The amounts of one owner (a project, or a line of the programme) in one fiscal year, or in
    none, and one treatment."""

    owner: tuple[str, int]
    year: int | None
    treatment: str
    amounts: Amounts


@dataclass(frozen=True, slots=True)
class MoneyTable:
    """The cells, and the codes and names of their owners. The projects in `unforecast` have no
    forecast, so that the forecast is that of the others."""

    names: Mapping[tuple[str, int], tuple[str, str]]
    cells: Sequence[Cell]
    unforecast: frozenset[int] = frozenset()

    @property
    def is_scattered(self) -> bool:
        """Return whether an approved amount and its spending may be in different cells, since
        something has no year or no budget line."""
        return any(cell.year is None or cell.treatment == UNALLOCATED for cell in self.cells)

    def total(self, of: Callable[[Cell], bool] = lambda cell: True) -> Amounts:
        """Return the sum of the cells for which `of` is true."""
        return sum((cell.amounts for cell in self.cells if of(cell)), Amounts())

    def by(self, *parts: str) -> dict[tuple[Any, ...], Amounts]:
        """Return the sums of cells by these attributes of a cell: owner, year or treatment."""
        sums: dict[tuple[Any, ...], Amounts] = defaultdict(Amounts)
        for cell in self.cells:
            sums[tuple(getattr(cell, part) for part in parts)] += cell.amounts
        return dict(sums)


@dataclass(slots=True)
class _TableBuilder:
    """Sums amounts by owner, year and treatment to the cells of a table."""

    start_month: int
    as_of: date
    found: dict[tuple[tuple[str, int], int | None, str], Amounts] = field(
        default_factory=lambda: defaultdict(Amounts)
    )

    def add(
        self,
        owner: tuple[str, int],
        year: int | None,
        treatment: str,
        *,
        foretold: bool = True,
        **amounts: Decimal,
    ) -> None:
        unforecast = ZERO if foretold else amounts.get("approved", ZERO)
        more = Amounts(**amounts, unforecast=unforecast, foretold=foretold)
        self.found[owner, year, treatment] += more

    def year(self, year: int, month: int) -> int:
        return fiscal_year(date(int(year), int(month), 1), self.start_month)

    def cells(self) -> list[Cell]:
        return [Cell(*key, amounts) for key, amounts in self.found.items() if amounts]


def money_of_programme(programme: Programme, user: Any, at: Any = None) -> MoneyTable:
    """Return the money of a programme: of its projects, and of its own lines."""
    making = _making(programme.portfolio)
    projects = PROJECTS(user, id=programme.pk)
    unforecast = _add_projects(making, projects, open_forecasts([p.pk for p in projects], at))
    names = dict(_named(projects)) | dict(_add_lines(making, programme))
    return MoneyTable(names, making.cells(), unforecast)


def money_of_project(project: Project, forecast: ProjectForecast | None) -> MoneyTable:
    """Return the money of one project, whose forecast is given."""
    making = _making(project.owner_portfolio)
    forecasts = {project.pk: forecast} if forecast else {}
    unforecast = _add_projects(making, [project], forecasts)
    return MoneyTable(dict(_named([project])), making.cells(), unforecast)


def _making(portfolio: Portfolio) -> _TableBuilder:
    return _TableBuilder(portfolio.fiscal_year_start_month, portfolio.as_of)


def _named(projects: Iterable[Project]) -> Iterator[tuple[tuple[str, int], tuple[str, str]]]:
    for project in projects:
        yield ("project", project.pk), (project.code, project.name)


def _add_projects(
    making: _TableBuilder, projects: Sequence[Project], forecasts: Mapping[int, ProjectForecast]
) -> frozenset[int]:
    """Add the amounts of projects; return the projects without a forecast, whose spending is not
    counted as forecast."""
    ids, as_of = [project.pk for project in projects], making.as_of
    figures = {id: forecasts[id].figures if id in forecasts else {} for id in ids}
    unknown = {id for id, stored in figures.items() if stored.get("eac") is None}

    def add(id: int, year: int | None, treatment: str, **amounts: Decimal) -> None:
        making.add(("project", id), year, treatment, foretold=id not in unknown, **amounts)

    for id, year, treatment, total in amounts_read.rows(APPROVED, ids):
        add(id, year, treatment, approved=total)
    for id, year, month, total in amounts_read.rows(DRAWN, ids, day=as_of):
        add(id, making.year(year, month), UNALLOCATED, approved=total)
    for id, year, month, treatment, total in amounts_read.rows(SPENT, ids, day=as_of):
        expected = ZERO if id in unknown else total
        add(id, making.year(year, month), treatment, actual=total, forecast=expected)
    by_line = [
        project.pk
        for project in projects
        if project.live and project.forecast_basis == ForecastBasis.BY_LINE
    ]
    projects_told = set()
    for id, year, treatment, forecast, spent in TO_GO(by_line, day=as_of) if by_line else ():
        projects_told.add(id)
        left = to_go_by_line([(forecast, spent)])
        add(id, year, treatment, forecast=left)
    for id, stored in figures.items():
        released = Decimal(stored.get("released") or 0)
        add(id, None, UNALLOCATED, approved=-released, released=released)
        if id not in unknown and id not in projects_told:
            left = _whole(stored["eac"]) - Decimal(stored["ac"])
            add(id, None, UNALLOCATED, forecast=left)
    return frozenset(unknown)


def _whole(text: str) -> Decimal:
    """Return an estimate at completion as the ledger rounds it."""
    value = rounded(Decimal(text), Unit.MONEY)
    assert isinstance(value, Decimal)  # noqa: S101  # an amount stays one
    return value


def _add_lines(
    making: _TableBuilder, programme: Programme
) -> Iterator[tuple[tuple[str, int], tuple[str, str]]]:
    """Add the amounts of the programme's own lines; yield the code and the name of each."""
    kinds = dict(ProgrammeLine._meta.get_field("kind").choices or ())
    spent: dict[int, Decimal] = defaultdict(Decimal)
    rows = amounts_read.rows(LINES, [programme.pk])
    treatments = {id: treatment for id, _, _, _, treatment, *_ in rows}
    for id, year, month, total in amounts_read.rows(
        SPENT_BY_LINES, [programme.pk], day=making.as_of
    ):
        spent[id] += total
        spent_in = making.year(year, month)
        making.add(("line", id), spent_in, treatments[id], actual=total, forecast=total)
    for id, code, kind, year, treatment, stage, approved, estimate in rows:
        left = still_to_spend(stage, approved, spent[id], estimate)
        given_back = released(stage, approved, spent[id] + left) or ZERO
        making.add(
            ("line", id), year, treatment, approved=approved - given_back, forecast=left,
            released=given_back,
        )  # fmt: skip
        yield ("line", id), (code, str(kinds[kind]))
