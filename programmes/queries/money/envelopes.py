"""Envelopes compared with what is approved on budget lines and with what is requested."""

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
    """Return the condition that a record of a project belongs to a portfolio, which may be an
    `OuterRef`."""
    return Q(project__portfolio=portfolio) | Q(project__programme__portfolio=portfolio)


def asked_of(owner: Any, *, whole: bool) -> Q:
    """Return the condition that a request belongs to a portfolio (`whole`) or to a programme."""
    if whole:
        return of_each(owner) | Q(programme__portfolio=owner)
    return Q(project__programme=owner) | Q(programme=owner)


def _sum(rows: QuerySet, column: str) -> Coalesce:
    """Return, in SQL, the sum of a column over the rows of an envelope's year and treatment."""
    same = rows.filter(fiscal_year=OuterRef("fiscal_year"), treatment=OuterRef("treatment"))
    total = same.order_by().values("treatment").annotate(total=Sum(column)).values("total")
    return Coalesce(Subquery(total, output_field=AMOUNT), Value(ZERO), output_field=AMOUNT)


def _either(of_whole: Any, of_programme: Any) -> Case:
    """Return, in SQL, one value for envelopes of portfolios, another for those of programmes."""
    return Case(
        When(programme__isnull=True, then=of_whole), default=of_programme, output_field=AMOUNT
    )


def approved_on_lines() -> Case:
    """Return, in SQL, what is approved on the budget lines to which an envelope applies."""
    portfolio, programme = OuterRef("portfolio"), OuterRef("programme")
    projects, own = BudgetLine.objects.all(), ProgrammeLine.objects.all()
    return _either(
        _sum(projects.filter(of_each(portfolio)), "approved")
        + _sum(own.filter(programme__portfolio=portfolio), "approved_budget"),
        _sum(projects.filter(project__programme=programme), "approved")
        + _sum(own.filter(programme=programme), "approved_budget"),
    )


def requested() -> Case:
    """Return, in SQL, the sum of the undecided requests to which an envelope applies."""
    rows = BudgetRequest.objects.filter(state=BudgetRequestState.SUBMITTED)
    return _either(
        _sum(rows.filter(asked_of(OuterRef("portfolio"), whole=True)), "amount"),
        _sum(rows.filter(asked_of(OuterRef("programme"), whole=False)), "amount"),
    )


def shared_out() -> Case:
    """Return, in SQL, how much of a portfolio's envelope its programmes have."""
    below = Envelope.objects.filter(portfolio=OuterRef("portfolio"), programme__isnull=False)
    return _either(_sum(below, "amount"), Value(ZERO))


@dataclass(frozen=True, slots=True)
class EnvelopeKey:
    """By which envelopes apply to a budget line: its programme, if it has one, fiscal year and
    treatment."""

    portfolio: Portfolio
    programme: Programme | None
    year: int | None
    treatment: str

    def envelopes(self) -> QuerySet[Envelope]:
        """Return the envelopes that apply: the portfolio's and the programme's."""
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
    """Return the envelope of a key with the least left, and how much that is; None where none
    applies. Envelopes that apply to the key `but` too are left out."""
    over = place.envelopes()
    if but is not None:
        over = over.exclude(pk__in=but.envelopes().values("pk"))
    left = [(envelope, envelope.amount - envelope.approved) for envelope in _with_approved(over)]
    return min(left, key=lambda pair: pair[1], default=None)


def overdrawn_envelope(
    programme: Programme, *, projects: QuerySet[Project], also: Programme | None = None
) -> tuple[Envelope, Decimal] | None:
    """Return the envelope of a programme that would be exceeded most by the budgets of these
    projects and the lines of the programme `also`, and by how much; None where none would be."""
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
    of it programmes have, what is approved on lines, and what is requested."""

    year: int | None
    treatment: str
    envelope: Envelope | None
    shared: Decimal
    approved: Decimal
    requested: Decimal

    @property
    def left(self) -> Decimal | None:
        """Return the envelope less what is approved, below 0 where it is exceeded; None without an
        envelope."""
        return None if self.envelope is None else self.envelope.amount - self.approved

    @property
    def short(self) -> bool:
        """Return whether what is approved and requested is more than the envelope."""
        return self.left is not None and self.left < self.requested


def reconciliation(owner: Portfolio | Programme) -> list[ReconciledEnvelope]:
    """Return the envelopes of a portfolio or a programme compared with lines and requests, by year;
    those without a year come last."""
    whole = isinstance(owner, Portfolio)
    own = Envelope.objects.filter(
        **({"portfolio": owner, "programme": None} if whole else {"programme": owner})
    )
    envelopes: dict[Place, Envelope] = {(row.fiscal_year, row.treatment): row for row in own}
    shared = dict(_shared(owner)) if whole else {}
    approved, requested = _approved(owner, whole=whole), _requested(owner, whole=whole)
    places = {*envelopes, *shared, *approved, *requested}
    return [
        ReconciledEnvelope(
            year,
            treatment,
            envelopes.get((year, treatment)),
            shared.get((year, treatment), ZERO),
            approved.get((year, treatment), ZERO),
            requested.get((year, treatment), ZERO),
        )
        for year, treatment in sorted(places, key=lambda at: (at[0] is None, at[0] or 0, at[1]))
    ]


def _by_place(rows: QuerySet, column: str) -> Iterator[tuple[Place, Decimal]]:
    """Yield the sums of a column by year and treatment."""
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
