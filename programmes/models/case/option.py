"""The options that a business case compares."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub import access
from pmhub.access.separation_of_duties import written_with
from pmhub.database.collation import InOrder
from pmhub.database.constraints import between, choices, code_once, numbers, rule
from pmhub.database.currencies import FOLLOWS, converted, converted_along
from pmhub.database.priced import CASE_OPTIONS
from pmhub.database.triggers import refusal, unchanged, versioned
from pmhub.models import Record
from pmhub.models.foreign import (
    amount_column,
    currency_column,
    foreign_index,
    foreign_rules,
    rate_column,
)
from programmes.models.case.case import HELD, STAYS, BusinessCase
from programmes.models.case.states import CaseState

LOWEST, HIGHEST = 1, 5  # of a qualitative score
SCORES = ("strategic_fit", "affordability", "achievability", "supplier_capacity")


class OptionKind(models.TextChoices):
    """How ambitious an option is."""

    DO_NOTHING = "do_nothing", _("Do nothing")
    DO_MINIMUM = "do_minimum", _("Do the minimum")
    DO_SOMETHING = "do_something", _("Do something")
    PREFERRED = "preferred_way_forward", _("Preferred way forward")


class BiasCategory(models.TextChoices):
    """Types of projects, by whose usual overrun costs are raised (Mott MacDonald for HM
    Treasury)."""

    NON_STANDARD_BUILDINGS = "non_standard_buildings", _("Non-standard buildings")
    STANDARD_BUILDINGS = "standard_buildings", _("Standard buildings")
    NON_STANDARD_CIVIL = "non_standard_civil", _("Non-standard civil engineering")
    STANDARD_CIVIL = "standard_civil", _("Standard civil engineering")
    EQUIPMENT = "equipment_development", _("Equipment and development")
    OUTSOURCING = "outsourcing", _("Outsourcing")


def settled(case: str) -> list[pgtrigger.Trigger]:
    """Refuse to add, change or delete what belongs to a case that is no draft. `case` is SQL for
    the case of a `{row}`."""

    def held(row: str, text: str) -> str:
        of = case.format(row=row)
        return (
            f"IF EXISTS (SELECT FROM programmes_businesscase c WHERE c.id = {of}"  # our own names
            f" AND c.state <> 'draft') THEN {refusal('case_settled', '', text)} END IF;"
        )

    return [
        pgtrigger.Trigger(
            name=name,
            when=pgtrigger.Before,
            operation=operation,
            func=f"{unchanged()}{' '.join(held(row, text) for row in rows)} RETURN {rows[-1]};",
        )
        for name, operation, text, rows in (
            ("settled_made", pgtrigger.Insert, HELD, ("NEW",)),
            ("settled_said", pgtrigger.Update, HELD, ("OLD", "NEW")),
            ("kept_settled", pgtrigger.Delete, STAYS, ("OLD",)),
        )
    ]


class CaseOptions(access.ScopedQuerySet):
    """Options of business cases."""

    def visible_to(self, user: Any) -> CaseOptions:
        """Return the options of the cases that the user may see."""
        return self.filter(case__in=BusinessCase.objects.visible_to(user).order_by().values("pk"))


class CaseOption(Record):
    """A way to go that a business case weighs against the others.

    Optimism bias is that of the category, less the share of it that is mitigated; it raises costs
    only where no risk is priced among the flows. `risk_cost` is what managing its risks costs, in
    present value and in the currency of the portfolio. Where it was estimated in another currency,
    the database converts it by the budget rate of the first day of the base year of the case; it
    stays empty while there is no rate. Once the case is submitted, it does not change.
    """

    case = models.ForeignKey(BusinessCase, models.CASCADE, related_name="options")
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=24, choices=OptionKind, default=OptionKind.DO_SOMETHING)
    description = models.TextField(blank=True)
    bias_category = models.CharField(max_length=24, choices=BiasCategory, blank=True)
    mitigation = models.DecimalField(
        max_digits=5, decimal_places=4, default=0, help_text=_("The share of the bias, 0 to 1")
    )
    risk_cost = models.DecimalField(
        max_digits=14, decimal_places=2, null=True, blank=True, default=0
    )
    foreign_currency = currency_column()
    foreign_risk_cost = amount_column()
    exchange_rate = rate_column()
    strategic_fit = models.PositiveSmallIntegerField(null=True, blank=True)
    affordability = models.PositiveSmallIntegerField(null=True, blank=True)
    achievability = models.PositiveSmallIntegerField(null=True, blank=True)
    supplier_capacity = models.PositiveSmallIntegerField(null=True, blank=True)

    objects = CaseOptions.as_manager()  # type: ignore[misc]  # one queryset for another
    added_while = {"case": (CaseState.DRAFT,)}
    visible_through = ("case",)
    refuses = {"case_settled": ("", HELD), "amount_follows": ("risk_cost", FOLLOWS)}
    first_code = "O1"

    class Meta:
        ordering = ["case", InOrder("code")]
        triggers = [
            versioned(),
            converted(CASE_OPTIONS),
            *settled("{row}.case_id"),
            converted_along("option", "case_id"),
            written_with(
                "programmes_businesscase",
                "{row}.case_id",
                "case_id",
                "code",
                "title",
                "kind",
                "description",
                "bias_category",
                "mitigation",
                "risk_cost",
                "foreign_currency",
                "foreign_risk_cost",
                *SCORES,
            ),
        ]
        indexes = [foreign_index("caseoption")]
        constraints = [
            code_once("caseoption", "case"),
            choices("caseoption", "kind", OptionKind),
            rule(
                "caseoption_bias_category_choice",
                "bias_category",
                Q(bias_category__in=["", *BiasCategory.values]),
                "Choose a category, or none.",
            ),
            between("caseoption", "mitigation", 0, 1),
            *numbers("caseoption", "risk_cost", low=0),
            *foreign_rules("caseoption", CASE_OPTIONS, "risk_cost", low=0),
            *(between("caseoption", name, LOWEST, HIGHEST) for name in SCORES),
        ]

    @property
    def holds(self) -> bool:
        """Return whether it cannot change any more, since its case was submitted."""
        return self.pk is not None and not self.case.is_draft

    def __str__(self) -> str:
        return f"{self.code} {self.title}"
