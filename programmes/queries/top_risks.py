"""The largest risks of a programme."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import F

from pmhub.access.scoped_rows import ScopedRows
from pmhub.database.statements import ID, IDS, Rows
from pmhub.text import in_order
from programmes.models import LedgerLine, Programme, valid
from projects.models import (
    Risk,
)


@dataclass(frozen=True, slots=True)
class RiskRow:
    """A risk with its signed expected value."""

    risk: Risk
    expected_value: Decimal
    included: bool
    probability: Decimal | None


TOP = 5
LARGEST = Rows(
    lambda: (
        LedgerLine.objects.filter(valid(), programme_id=ID, metric="risk_mean", included=True)
        .order_by(F("amount").desc(), "source_id")
        .values_list("source_id", "amount", "inputs__probability")[: 3 * TOP]
    )
)
RISKS = ScopedRows(
    lambda reader: (
        Risk.objects.visible_to(reader)
        .filter(pk__in=[IDS])
        .select_related("project")
        .only("code", "title", "programme", "project__code")
    )
)


def top_risks(programme: Programme, user: Any) -> list[RiskRow]:
    """Return the counted risks with the highest expected value that the reader may open."""
    lines = LARGEST(id=programme.pk)
    amounts = {id: amount for id, amount, _ in lines if amount is not None}
    chances = {id: Decimal(chance) for id, _, chance in lines if chance is not None}
    risks = RISKS(user, list(amounts))
    rows = [RiskRow(risk, amounts[risk.pk], True, chances.get(risk.pk)) for risk in risks]
    return sorted(rows, key=lambda row: (-row.expected_value, in_order(row.risk.code)))[:TOP]
