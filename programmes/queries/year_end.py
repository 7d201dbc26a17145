"""What is still open in a fiscal year: money that is approved and not spent, and what waits to be
decided, paid, verified or converted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Greatest

from benefits.models import BenefitMeasurement, MeasurementStatus
from pmhub.access.past_rights import seen_now
from pmhub.database.collation import InOrder
from programmes.models import ClosedYear, Portfolio
from programmes.queries.closed_years import last_over
from projects.models import (
    LIVE,
    BudgetLine,
    BudgetRequest,
    BudgetRequestState,
    BudgetTransfer,
    Commitment,
    CommitmentState,
    CostActual,
    spent_on_line,
)
from projects.models.budget.states import BudgetTransferState
from projects.queries.portfolios import of_portfolio

ZERO, OUT_OF_SIGHT = Decimal(0), "a line out of your sight"
EARLIEST, LATEST = 1990, 2200  # fiscal years that one may ask for


@dataclass(frozen=True, slots=True)
class UnspentLine:
    """A budget line of a year with what is approved on it and neither spent nor ordered, and the
    line of the same project to which that could move: of the next year, capital or revenue alike,
    and of the same category where there is one. `unrated` costs and open orders have no exchange
    rate and are in no sum."""

    line: BudgetLine
    spent: Decimal
    ordered: Decimal
    unrated: int
    next_line: BudgetLine | None

    @property
    def left(self) -> Decimal:
        """Return what may move on."""
        return self.line.approved - max(self.spent + self.ordered, ZERO)


@dataclass(frozen=True, slots=True)
class OpenRecords:
    """Records of a collection that are open in a year, what that is called, and what each record
    is called to the reader."""

    title: str
    collection: str
    rows: Sequence[Any]
    name: Callable[[Any], str] = str


@dataclass(frozen=True, slots=True)
class YearEnd:
    """What is open in a fiscal year of a portfolio, as far as the reader sees it. `yearless` counts
    the approved budget lines that name no fiscal year, and so are in none."""

    year: int
    over: bool
    closed: bool
    lines: Sequence[UnspentLine]
    open: Sequence[OpenRecords]
    yearless: int

    @property
    def left(self) -> Decimal:
        """Return what may move on of all lines together, as far as that is known."""
        return sum((line.left for line in self.lines if not line.unrated), ZERO)


def year_to_close(portfolio: Portfolio, user: Any) -> int:
    """Return the earliest year with budget in sight that is over and not closed, else the one that
    runs."""
    over, closed = last_over(portfolio), _closed(portfolio).values("fiscal_year")
    lines = BudgetLine.objects.visible_to(user).filter(of_portfolio(portfolio, "project__"))
    seen = seen_now(lines.filter(fiscal_year__lte=over), user)
    years = seen.exclude(fiscal_year__in=closed).order_by("fiscal_year")
    found: int | None = years.values_list("fiscal_year", flat=True).first()
    return over + 1 if found is None else found


def year_end(portfolio: Portfolio, year: int, user: Any) -> YearEnd:
    """Return what is open in a fiscal year of a portfolio."""
    return YearEnd(
        year=year,
        over=year <= last_over(portfolio),
        closed=_closed(portfolio).filter(fiscal_year=year).exists(),
        lines=list(_unspent(portfolio, year, user)),
        open=[found for found in _open(portfolio, year, user) if found.rows],
        yearless=seen_now(
            _lines(portfolio, user).filter(fiscal_year=None, approved__gt=0), user
        ).count(),
    )


def _closed(portfolio: Portfolio) -> QuerySet[ClosedYear]:
    return ClosedYear.objects.filter(portfolio=portfolio, state="closed")


def _lines(portfolio: Portfolio, user: Any) -> QuerySet[BudgetLine]:
    """Return the budget lines of projects that go on, as far as the reader sees them."""
    lines = BudgetLine.objects.visible_to(user)
    return lines.filter(of_portfolio(portfolio, "project__"), project__status__in=LIVE)


def _unspent(portfolio: Portfolio, year: int, user: Any) -> Iterator[UnspentLine]:
    """Yield the lines from which money may move on; of what has ended none does, and what is in
    another currency stays."""
    orders = Commitment.objects.filter(budget_line=OuterRef("pk"), state=CommitmentState.OPEN)
    rated = orders.filter(amount__isnull=False).order_by().values("budget_line")
    still = rated.annotate(total=Sum(Greatest(F("amount") - F("invoiced"), ZERO))).values("total")
    costs = CostActual.objects.filter(budget_line=OuterRef("pk"))
    lines = _lines(portfolio, user).filter(foreign_currency="")
    seen = seen_now(lines.filter(fiscal_year__in=[year, year + 1]), user)
    rows = seen.filter(fiscal_year=year, approved__gt=0).annotate(
        spent=spent_on_line(portfolio.as_of),
        ordered=Coalesce(Subquery(still), ZERO),
        unrated=_unrated(orders) + _unrated(costs),
    )
    coming = list(seen.filter(fiscal_year=year + 1).order_by(InOrder("code"), "pk"))
    # Who may write a line is asked up to the portfolio.
    above = ("project__programme__portfolio", "project__portfolio")
    ordered = rows.select_related(*above).order_by(InOrder("project__code"), InOrder("code"), "pk")
    for row in ordered:
        found = UnspentLine(row, row.spent, row.ordered, row.unrated, _like(row, coming))
        if found.left > 0:
            yield found


def _unrated(rows: Any) -> Coalesce:
    """Return an expression for how many of the rows of a budget line no exchange rate converts."""
    counted = rows.filter(amount=None).order_by().values("budget_line").annotate(number=Count("pk"))
    return Coalesce(Subquery(counted.values("number")), 0)


def _like(line: BudgetLine, among: Iterable[BudgetLine]) -> BudgetLine | None:
    same = [
        each
        for each in among
        if each.project_id == line.project_id and each.treatment == line.treatment
    ]
    same.sort(key=lambda each: each.category != line.category)
    return same[0] if same else None


def _open(portfolio: Portfolio, year: int, user: Any) -> Iterator[OpenRecords]:
    first, last = _days(portfolio, year)

    def of_lines(way: str) -> Q:
        return of_portfolio(portfolio, f"{way}project__") & Q(**{f"{way}fiscal_year": year})

    def seen(model: Any, *which: Q, named: Sequence[str] = (), **more: Any) -> list[Any]:
        found = model.objects.visible_to(user).filter(*which, **more)
        rows = seen_now(found, user).order_by("pk").distinct()
        return list(rows.select_related(*named) if named else rows)

    of_requests = of_portfolio(portfolio, "project__") | Q(programme__portfolio=portfolio)
    yield OpenRecords(
        "Budget requests to decide",
        "budget-requests",
        seen(BudgetRequest, of_requests, fiscal_year=year, state=BudgetRequestState.SUBMITTED),
    )
    transfers = seen(
        BudgetTransfer,
        of_lines("from_line__") | of_lines("to_line__"),
        named=("from_line__project", "to_line__project"),
        state=BudgetTransferState.PROPOSED,
    )
    name = _transfer_names(transfers, user)
    yield OpenRecords("Budget transfers to decide", "budget-transfers", transfers, name)
    yield OpenRecords(
        "Orders that are not invoiced in full",
        "commitments",
        seen(Commitment, of_lines("budget_line__"), state=CommitmentState.OPEN),
    )
    posted = of_portfolio(portfolio, "project__") | Q(
        programme_line__programme__portfolio=portfolio
    )
    yield OpenRecords(
        "Costs that no exchange rate converts",
        "cost-actuals",
        seen(CostActual, posted, amount=None, posted_on__range=(first, last)),
    )
    yield OpenRecords(
        "Measurements to verify", "measurements",
        seen(
            BenefitMeasurement, named=("benefit",), benefit__programme__portfolio=portfolio,
            status=MeasurementStatus.SUBMITTED, period_end__range=(first, last),
        ),
    )  # fmt: skip


def _transfer_names(transfers: Sequence[BudgetTransfer], user: Any) -> Callable[[Any], str]:
    """Return what a transfer is called to a reader, who may see the line at one end alone."""
    ends = {id for row in transfers for id in (row.from_line_id, row.to_line_id)}
    lines = BudgetLine.objects.visible_to(user).filter(pk__in=ends)
    known = set(seen_now(lines, user).values_list("pk", flat=True)) if ends else set()

    def line(row: BudgetLine) -> str:
        return str(row) if row.pk in known else OUT_OF_SIGHT

    return lambda row: f"{row.amount} from {line(row.from_line)} to {line(row.to_line)}"


def _days(portfolio: Portfolio, year: int) -> tuple[date, date]:
    """Return the first and the last day of a fiscal year."""
    month = portfolio.fiscal_year_start_month
    return date(year, month, 1), date(year + 1, month, 1) - timedelta(days=1)
