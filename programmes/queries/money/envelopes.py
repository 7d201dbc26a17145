"""Envelopes beside what is approved on lines and asked for: from the top down and from the bottom
up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, DecimalField, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from programmes.models import Envelope, Portfolio, Programme, ProgrammeLine
from projects.models import BudgetLine, BudgetRequest, BudgetRequestState, Project
from projects.queries.portfolios import of_portfolio

ZERO = Decimal("0.00")
AMOUNT = DecimalField(max_digits=16, decimal_places=2)
Place = tuple[int | None, str]  # a fiscal year, or none, and a treatment


def of_each(portfolio: Any) -> Q:
    """The condition under which what is a project's is of a portfolio, or of that of each row."""
    return Q(project__portfolio=portfolio) | Q(project__programme__portfolio=portfolio)


def asked_of(owner: Any, *, whole: bool) -> Q:
    """The condition under which a request is of a portfolio (`whole`) or a programme."""
    if whole:
        return of_each(owner) | Q(programme__portfolio=owner)
    return Q(project__programme=owner) | Q(programme=owner)


def _sum(rows: QuerySet, column: str) -> Coalesce:
    """The sum of a column of rows of an envelope's year and treatment, in SQL."""
    same = rows.filter(fiscal_year=OuterRef("fiscal_year"), treatment=OuterRef("treatment"))
    total = same.order_by().values("treatment").annotate(total=Sum(column)).values("total")
    return Coalesce(Subquery(total, output_field=AMOUNT), Value(ZERO), output_field=AMOUNT)


def _either(of_whole: Any, of_programme: Any) -> Case:
    """One value for the envelope of a portfolio, another for one of a programme."""
    return Case(
        When(programme__isnull=True, then=of_whole), default=of_programme, output_field=AMOUNT
    )


def approved_on_lines() -> Case:
    """Return what is approved on the budget lines that an envelope is over, in SQL."""
    portfolio, programme = OuterRef("portfolio"), OuterRef("programme")
    projects, own = BudgetLine.objects.all(), ProgrammeLine.objects.all()
    return _either(
        _sum(projects.filter(of_each(portfolio)), "approved")
        + _sum(own.filter(programme__portfolio=portfolio), "approved_budget"),
        _sum(projects.filter(project__programme=programme), "approved")
        + _sum(own.filter(programme=programme), "approved_budget"),
    )


def requested() -> Case:
    """Return what is asked for and not decided yet below an envelope, in SQL."""
    rows = BudgetRequest.objects.filter(state=BudgetRequestState.SUBMITTED)
    return _either(
        _sum(rows.filter(asked_of(OuterRef("portfolio"), whole=True)), "amount"),
        _sum(rows.filter(asked_of(OuterRef("programme"), whole=False)), "amount"),
    )


def shared_out() -> Case:
    """Return how much of a portfolio's envelope its programmes have, in SQL."""
    below = Envelope.objects.filter(portfolio=OuterRef("portfolio"), programme__isnull=False)
    return _either(_sum(below, "amount"), Value(ZERO))


@dataclass(frozen=True, slots=True)
class EnvelopeKey:
    """What a line of a portfolio is counted under: its programme, if it has one, its fiscal year
    and its treatment."""

    portfolio: Portfolio
    programme: Programme | None
    year: int | None
    treatment: str

    def envelopes(self) -> QuerySet[Envelope]:
        """The envelopes over it: the portfolio's and the programme's."""
        if self.year is None:  # what is in no year is under none
            return Envelope.objects.none()
        whose = Q(programme__isnull=True)
        if self.programme is not None:
            whose |= Q(programme=self.programme)
        return Envelope.objects.filter(
            whose, portfolio=self.portfolio, fiscal_year=self.year, treatment=self.treatment
        )


def tightest_envelope(
    place: EnvelopeKey, *, but: EnvelopeKey | None = None
) -> tuple[Envelope, Decimal] | None:
    """Return the envelope over a place of which least is left, and how much that is; None where
    there is none. Those that are over another place too may be left out."""
    over = place.envelopes()
    if but is not None:
        over = over.exclude(pk__in=but.envelopes().values("pk"))
    left = [(envelope, envelope.amount - envelope.approved) for envelope in _with_approved(over)]
    return min(left, key=lambda pair: pair[1], default=None)


def overdrawn_envelope(
    programme: Programme, *, projects: QuerySet[Project], also: Programme | None = None
) -> tuple[Envelope, Decimal] | None:
    """Return the envelope of a programme that the budgets of these projects would lift it above the
    most, with the lines of another programme `also`, and by how much; None where there is none."""
    lines: list[tuple[QuerySet[Any], str]] = [
        (BudgetLine.objects.filter(project__in=projects), "approved")
    ]
    if also is not None:
        lines.append((ProgrammeLine.objects.filter(programme=also), "approved_budget"))
    coming: dict[Place, Decimal] = defaultdict(Decimal)
    for rows, column in lines:
        sums = rows.order_by().values_list("fiscal_year", "treatment").annotate(Sum(column))
        for year, treatment, amount in sums:
            coming[year, treatment] += amount
    above = []
    for envelope in _with_approved(Envelope.objects.filter(programme=programme)):
        comes = coming[envelope.fiscal_year, envelope.treatment]
        if comes > 0 and (excess := envelope.approved + comes - envelope.amount) > 0:
            above.append((envelope, excess))
    return max(above, key=lambda pair: pair[1], default=None)


def _with_approved(envelopes: QuerySet[Envelope]) -> QuerySet[Any]:
    return envelopes.annotate(approved=approved_on_lines())


@dataclass(frozen=True, slots=True)
class ReconciledEnvelope:
    """A fiscal year (or none) and treatment of a portfolio or a programme: its envelope, how much
    of that programmes have, what is approved on lines, and what is asked for."""

    year: int | None
    treatment: str
    envelope: Envelope | None
    shared: Decimal
    approved: Decimal
    requested: Decimal

    @property
    def left(self) -> Decimal | None:
        """Return the envelope less what is approved; below 0 it is exceeded. None without one."""
        return None if self.envelope is None else self.envelope.amount - self.approved

    @property
    def short(self) -> bool:
        """Return whether more is approved, or with what is asked for would be, than there is."""
        return self.left is not None and self.left < self.requested


def reconciliation(owner: Portfolio | Programme) -> list[ReconciledEnvelope]:
    """Return envelopes beside lines and requests of a portfolio or a programme, by year, what is in
    none last."""
    whole = isinstance(owner, Portfolio)
    own = Envelope.objects.filter(
        **({"portfolio": owner, "programme": None} if whole else {"programme": owner})
    )
    envelopes: dict[Place, Envelope] = {(row.fiscal_year, row.treatment): row for row in own}
    shared = dict(_shared(owner)) if whole else {}
    approved, asked = _approved(owner, whole=whole), _requested(owner, whole=whole)
    places = {*envelopes, *shared, *approved, *asked}
    return [
        ReconciledEnvelope(
            year,
            treatment,
            envelopes.get((year, treatment)),
            shared.get((year, treatment), ZERO),
            approved.get((year, treatment), ZERO),
            asked.get((year, treatment), ZERO),
        )
        for year, treatment in sorted(places, key=lambda at: (at[0] is None, at[0] or 0, at[1]))
    ]


def _by_place(rows: QuerySet, column: str) -> Iterator[tuple[Place, Decimal]]:
    """The sums of a column by year and treatment."""
    summed = rows.order_by().values("fiscal_year", "treatment").annotate(total=Sum(column))
    for year, treatment, total in summed.values_list("fiscal_year", "treatment", "total"):
        yield (year, treatment), total


def _shared(portfolio: Any) -> Iterator[tuple[Place, Decimal]]:
    rows = Envelope.objects.filter(portfolio=portfolio, programme__isnull=False)
    return _by_place(rows, "amount")


def _approved(owner: Any, *, whole: bool) -> dict[Place, Decimal]:
    """Return what is approved on the lines of projects and of programmes themselves."""
    projects = of_portfolio(owner, "project__") if whole else Q(project__programme=owner)
    own = Q(programme__portfolio=owner) if whole else Q(programme=owner)
    totals: dict[Place, Decimal] = defaultdict(Decimal)
    for place, total in _by_place(BudgetLine.objects.filter(projects), "approved"):
        totals[place] += total
    for place, total in _by_place(ProgrammeLine.objects.filter(own), "approved_budget"):
        totals[place] += total
    return {place: total for place, total in totals.items() if total}


def _requested(owner: Any, *, whole: bool) -> dict[Place, Decimal]:
    rows = BudgetRequest.objects.filter(
        asked_of(owner, whole=whole), state=BudgetRequestState.SUBMITTED
    )
    return dict(_by_place(rows, "amount"))
