"""What is ordered on budget lines, beside what is forecast to be spent on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce, Greatest

from pmhub.database.collation import InOrder
from pmhub.database.statements import DAY, IDS, Statement
from projects.evm import to_go_by_line
from projects.models import BudgetLine, Commitment, CommitmentState, spent_on_line

ZERO = Decimal(0)

COMMITTED = Statement(
    lambda: (
        Commitment.objects.filter(budget_line__project_id__in=[IDS])
        .exclude(state=CommitmentState.CANCELLED)
        .order_by()
        .values("budget_line_id")
        .annotate(
            number=Count("pk"),
            ordered=Sum("amount", default=0),
            billed=Sum("invoiced"),
            left=Sum(
                Greatest(F("amount") - F("invoiced"), ZERO),
                filter=Q(state=CommitmentState.OPEN, amount__isnull=False),
                default=0,
            ),
            unrated=Count("pk", filter=Q(amount=None)),
        )
        .values_list("budget_line_id", "number", "ordered", "billed", "left", "unrated")
    )
)
LINES = Statement(
    lambda: (
        BudgetLine.objects.filter(pk__in=[IDS])
        .order_by(InOrder("project__code"), InOrder("code"), "pk")
        .annotate(spent=spent_on_line(DAY))
        .values_list(
            "id", "code", "project_id", "project__code", Coalesce("forecast", "approved"), "spent"
        )
    )
)


@dataclass(frozen=True, slots=True)
class LineOrders:
    """The orders on a budget line. `left` is what is not invoiced yet of open orders. `to_go` is
    what is still to be spent on the line: forecast, else approved, less what is posted. `unrated`
    orders have no exchange rate and are in no sum."""

    line: int
    code: str
    project: int
    project_code: str
    number: int
    ordered: Decimal
    invoiced: Decimal
    left: Decimal
    unrated: int
    to_go: Decimal

    @property
    def short(self) -> Decimal:
        """Return how much more is ordered than is forecast; 0 or below where it is not more."""
        return self.left - self.to_go


def orders(projects: Iterable[int], as_of: date) -> list[LineOrders]:
    """Return the budget lines of projects with orders, first those on which more is ordered than is
    forecast."""
    committed = {id: columns for id, *columns in COMMITTED(list(projects))}
    lines = []
    for id, code, project, home, forecast, spent in LINES(sorted(committed), day=as_of):
        to_go = to_go_by_line([(forecast, spent)])
        number, ordered, invoiced, left, unrated = committed[id]
        lines.append(
            LineOrders(id, code, project, home, number, ordered, invoiced, left, unrated, to_go)
        )
    return sorted(lines, key=lambda line: line.short <= 0)
