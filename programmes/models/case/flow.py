"""The flows of an option: what it costs and brings, year by year."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pmhub import access
from pmhub.access.separation_of_duties import written_with
from pmhub.database.constraints import Rule, between, choices, numbers, rule
from pmhub.database.currencies import FOLLOWS, converted
from pmhub.database.priced import CASE_FLOWS
from pmhub.database.triggers import versioned
from pmhub.models import Record
from pmhub.models.foreign import (
    amount_column,
    currency_column,
    foreign_index,
    foreign_rules,
    rate_column,
)
from programmes.models.case.case import FIRST_YEAR, HELD, LAST_YEAR
from programmes.models.case.option import CaseOption, settled
from programmes.models.programme_line import Treatment

ORDER = "Enter low, amount and high so that none is less than the one before."
CASE_OF_FLOW = "(SELECT o.case_id FROM programmes_caseoption o WHERE o.id = {row}.option_id)"
AMOUNTS = ("amount", "low", "high")


class FlowKind(models.TextChoices):
    """What an amount is; every amount is at least 0."""

    COST = "cost", _("Cost")
    BENEFIT = "benefit", _("Benefit")
    DISBENEFIT = "disbenefit", _("Dis-benefit")
    RISK = "risk", _("Priced risk")


def _around(of: str = "") -> list[Rule]:
    """Return the constraints that an amount lies between its low and its high, where these are
    given."""
    amount = F(f"{of}amount")
    return [
        rule(
            f"caseflow_{of}{name}",
            f"{of}{name}",
            Q(**{f"{of}{name}__isnull": True}) | Q(**{f"{of}{name}__{compared}": amount}),
            ORDER,
        )
        for name, compared in (("low", "lte"), ("high", "gte"))
    ]


class CaseFlows(access.ScopedQuerySet):
    """Flows of the options of business cases."""

    def visible_to(self, user: Any) -> CaseFlows:
        """Return the flows of the options that the user may see."""
        return self.filter(option__in=CaseOption.objects.visible_to(user).order_by().values("pk"))


class CaseFlow(Record):
    """An amount of one fiscal year in real terms, without inflation and without optimism bias;
    `low` and `high` are between what it may come to.

    They are in the portfolio's currency. Where they were estimated in another, the database writes
    them, by the budget rate of the first day of their year, and nothing while there is none; once
    the case is submitted, they stay."""

    option = models.ForeignKey(CaseOption, models.CASCADE, related_name="flows")
    fiscal_year = models.PositiveSmallIntegerField(help_text=_("By the year it starts in"))
    kind = models.CharField(max_length=12, choices=FlowKind)
    treatment = models.CharField(max_length=10, choices=Treatment, blank=True)
    category = models.CharField(max_length=60, blank=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    low = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    high = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    foreign_currency = currency_column()
    foreign_amount = amount_column()
    foreign_low = amount_column()
    foreign_high = amount_column()
    exchange_rate = rate_column()

    objects = CaseFlows.as_manager()  # type: ignore[misc]  # one queryset for another
    visible_through = ("option",)
    refuses = {"case_settled": ("", HELD), "amount_follows": ("amount", FOLLOWS)}

    class Meta:
        ordering = ["option", "fiscal_year", "kind", "id"]
        triggers = [
            versioned(),
            converted(CASE_FLOWS),
            *settled(CASE_OF_FLOW),
            written_with(
                "programmes_businesscase",
                CASE_OF_FLOW,
                "option_id",
                "fiscal_year",
                "kind",
                "treatment",
                "category",
                *AMOUNTS,
                "foreign_currency",
                *(f"foreign_{name}" for name in AMOUNTS),
            ),
        ]
        indexes = [foreign_index("caseflow")]
        constraints = [
            choices("caseflow", "kind", FlowKind),
            rule(
                "caseflow_treatment_choice",
                "treatment",
                Q(treatment__in=["", *Treatment.values]),
                "Choose capital or revenue, or neither.",
            ),
            between("caseflow", "fiscal_year", FIRST_YEAR, LAST_YEAR),
            *numbers("caseflow", "amount", "low", "high", low=0),
            *foreign_rules("caseflow", CASE_FLOWS, "amount", low=0),
            *_around(),
            *_around("foreign_"),
        ]

    @property
    def holds(self) -> bool:
        """Return whether it cannot change any more, since its case was submitted."""
        return self.pk is not None and self.option.holds

    def __str__(self) -> str:
        foreign = self.foreign_currency
        said = f"{self.foreign_amount} {foreign}" if foreign else self.amount
        return f"{self.get_kind_display()} {self.fiscal_year}: {said}"
