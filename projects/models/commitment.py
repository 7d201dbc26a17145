"""Commitments: what is ordered on a budget line and not yet, or not all, invoiced."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _

from pmhub.database.codes import WITHIN, coded
from pmhub.database.collation import Folded, searched
from pmhub.database.constraints import choices, numbers, rule
from pmhub.database.currencies import FOLLOWS, converted, keeps_money
from pmhub.database.priced import COMMITMENTS
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import versioned
from pmhub.models import Record
from pmhub.models.foreign import (
    amount_column,
    currency_column,
    foreign_index,
    foreign_rules,
    rate_column,
)
from projects.models.money import TAKEN, BudgetLine, _coded_as
from projects.models.states import COMMITMENT, CommitmentState

MORE = "More is invoiced than was ordered: say why."


class Commitment(Record):
    """What is ordered on a budget line and not yet, or not all, invoiced. It is shown beside the
    forecast of its line and is part of no total. Source and reference together are unique over the
    portfolio.

    `amount` and `invoiced` are in the portfolio's currency. Where it was ordered in another, the
    database writes them, by the rate of the day it was placed on; while there is none, it comes to
    nothing that is known."""

    budget_line = models.ForeignKey(BudgetLine, models.PROTECT, related_name="commitments")
    source = models.CharField(max_length=40, blank=True, default="")
    reference = models.CharField(max_length=80)
    supplier = models.CharField(max_length=200, blank=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    invoiced = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    foreign_currency = currency_column()
    foreign_amount = amount_column()
    foreign_invoiced = amount_column()
    exchange_rate = rate_column()
    excess_reason = models.TextField(blank=True, help_text=_("Why more is invoiced than ordered"))
    placed_on = models.DateField()
    state = models.CharField(max_length=10, choices=CommitmentState, default=CommitmentState.OPEN)

    visible_through = ("budget_line",)
    lifecycles = (COMMITMENT,)
    happened = ("placed_on",)
    refuses = {"amount_follows": ("amount", FOLLOWS)}
    stays = (
        RetentionRule(
            "invoiced",
            Q(invoiced__gt=0) | Q(foreign_invoiced__gt=0),
            "An order that was invoiced is not deleted: close or cancel it.",
        ),
    )

    class Meta:
        ordering = ["-placed_on", "-id"]
        triggers = [
            versioned(),
            COMMITMENT.trigger("commitment"),
            *coded("commitment"),
            converted(COMMITMENTS),
            keeps_money(COMMITMENTS),
        ]
        indexes = [searched("commitment", "reference", "supplier"), foreign_index("commitment")]
        constraints = [
            choices("commitment", "state", CommitmentState),
            *numbers("commitment", "amount", "invoiced", low=0),
            rule(
                "commitment_invoiced",
                "invoiced",
                Q(invoiced__lte=models.F("amount")) | ~Q(excess_reason=""),
                MORE,
            ),
            *foreign_rules("commitment", COMMITMENTS, "amount", low=0),
            rule(
                "commitment_foreign_excess",
                "foreign_invoiced",
                Q(foreign_currency="")
                | Q(foreign_invoiced__lte=models.F("foreign_amount"))
                | ~Q(excess_reason=""),
                MORE,
            ),
        ]

    @property
    def to_come(self) -> Decimal | None:
        """Return what is still to be invoiced; None where there is no exchange rate for the
        amount."""
        return None if self.amount is None else max(self.amount - self.invoiced, Decimal(0))

    def validate_unique(self, exclude: Any = None) -> None:
        """Raise ValidationError on `reference` when another order of the portfolio has it."""
        super().validate_unique(exclude=exclude)
        if "reference" not in (exclude or ()) and self.posted_as():
            raise ValidationError({"reference": ValidationError(TAKEN, code="unique")})

    @property
    def target(self) -> tuple[int | None, ...]:
        """The id of the budget line of the order, as a tuple."""
        return (self.budget_line_id,)

    @property
    def facts(self) -> tuple[object, ...]:
        """Return the values in which two orders with the same reference must agree to be the same
        order."""
        foreign = self.foreign_currency
        money = (foreign, self.foreign_amount if foreign else self.amount)
        return (*self.target, *money, self.placed_on, self.supplier)

    def posted_as(self) -> Commitment | None:
        """Return the other order of the portfolio that has this reference of this source."""
        key = Folded(Value(f"{self.source}{WITHIN}{self.reference}"))
        return _coded_as(self, "commitment", key)

    def __str__(self) -> str:
        return f"{self.reference} {self.supplier}".strip()
