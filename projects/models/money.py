"""Money of projects: budget lines, actual costs and commitments."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pgtrigger
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.access.setters import LIMITS_OF_PROJECT
from pmhub.database.codes import OF_LINE, OF_PROJECT, WITHIN, coded, takes_along
from pmhub.database.collation import InOrder, searched
from pmhub.database.constraints import between, bounds, choices, code_once, numbers, one_of, rule
from pmhub.database.currencies import FOLLOWS, converted, converted_along, keeps_money
from pmhub.database.priced import BUDGET_LINES, COSTS
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import Kind, Mark, refusal, source
from pmhub.models import Code, Record, portfolio_of
from pmhub.models.foreign import (
    amount_column,
    currency_column,
    foreign_index,
    foreign_rules,
    foreign_year,
    rate_column,
)
from programmes.models import ProgrammeLine
from programmes.models.closed_year import kept_closed
from programmes.models.envelope_guards import lines_of_projects
from programmes.models.programme_line import Treatment
from projects.models.closure_triggers import gains_nothing_once_ended
from projects.models.project import Project

UNALLOCATED = "unallocated"  # the treatment of what is posted to no budget line
TAKEN = "This reference is taken in this portfolio."
POSTED = "Costs are posted to this line: it stays with its project."
OTHER_LINE = "Choose a budget line of the project that spent it."
MIRRORED = "A reversal takes back all of the cost it names: neither of the two is changed."


class CostCategory(models.TextChoices):
    """What money is spent on."""

    LABOUR = "labour", _("Labour")
    CONTRACT = "contract", _("Contract")
    EQUIPMENT = "equipment", _("Equipment")
    LAND = "land", _("Land")
    OTHER = "other", _("Other")


def stays_with_its_postings() -> pgtrigger.Trigger:
    """Refuse to move a line to another project without the costs that are posted to it."""
    moved = (
        "EXISTS (SELECT FROM projects_costactual"
        " WHERE budget_line_id = NEW.id AND project_id IS DISTINCT FROM NEW.project_id)"
    )
    said = refusal("budgetline_posted", "project", POSTED)
    return pgtrigger.Trigger(
        name="stays_with_its_postings",
        when=pgtrigger.After,
        timing=pgtrigger.Immediate,  # deferred where the line and its costs move together
        operation=pgtrigger.UpdateOf("project_id"),
        func=f"IF {moved} THEN {said} END IF; RETURN NULL;",
    )


def spent_on_line(day: Any) -> Coalesce:
    """Return an expression for what is posted to a budget line up to a day."""
    rows = CostActual.objects.filter(budget_line=OuterRef("pk"), posted_on__lte=day).order_by()
    total = rows.values("budget_line").annotate(total=Sum("amount")).values("total")
    return Coalesce(Subquery(total), Decimal(0))


class BudgetLine(Record):
    """A part of a project's budget, before contingency drawn: baseline, approved and forecast.

    They are in the portfolio's currency. Where they were agreed in another, the database writes
    them, by the budget rate of the first day of their year, and 0 while there is none."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="budget_lines")
    code = models.CharField(max_length=40)
    category = models.CharField(max_length=20, choices=CostCategory, default=CostCategory.OTHER)
    treatment = models.CharField(max_length=10, choices=Treatment, default=Treatment.CAPITAL)
    fiscal_year = models.PositiveSmallIntegerField(null=True, blank=True)
    baseline = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    approved = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    forecast = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    forecast_low = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("The least that it may come to; the simulation reads it"),
    )
    forecast_high = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("The most that it may come to"),
    )
    foreign_currency = currency_column()
    foreign_baseline = amount_column()
    foreign_approved = amount_column()
    foreign_forecast = amount_column()
    foreign_forecast_low = amount_column()
    foreign_forecast_high = amount_column()
    exchange_rate = rate_column()

    unread = (
        "code", "category", "treatment", "baseline", "foreign_baseline", "foreign_forecast_low",
        "foreign_forecast_high",
    )  # fmt: skip
    visible_through = ("project",)
    refuses = {
        "budgetline_posted": ("project", POSTED),
        "amount_follows": ("approved", FOLLOWS),
    }
    set_by = dict.fromkeys(
        ("baseline", "approved", "foreign_currency", "foreign_baseline", "foreign_approved"),
        LIMITS_OF_PROJECT,
    ) | dict.fromkeys(("fiscal_year", "treatment"), LIMITS_OF_PROJECT.where("granted"))
    stays = (
        RetentionRule(
            "approved_stays",
            Q(approved__gt=0)
            | Q(baseline__gt=0)
            | Q(foreign_approved__gt=0)
            | Q(foreign_baseline__gt=0),
            "An approved budget is not deleted: set what is approved and its baseline to 0.",
        ),
    )

    class Meta:
        ordering = ["project", InOrder("code")]
        triggers = [
            *source(Mark(Kind.PROJECT, "project_id")),
            converted(BUDGET_LINES),
            keeps_money(BUDGET_LINES),
            stays_with_its_postings(),
            gains_nothing_once_ended(),
            *lines_of_projects(),
            takes_along("commitment", "budget_line_id", parent="project"),
            converted_along("budget_line", "project_id"),
            *kept_closed(
                "fiscal_year", "project_id", "treatment", "fiscal_year", "baseline", "approved",
                "forecast", "forecast_low", "forecast_high", "foreign_currency",
                "foreign_baseline", "foreign_approved", "foreign_forecast", "foreign_forecast_low",
                "foreign_forecast_high", "exchange_rate",
                year="{row}.fiscal_year", home=OF_PROJECT.format("{row}.project_id"),
            ),
        ]  # fmt: skip
        indexes = [searched("budgetline", "code"), foreign_index("budgetline")]
        constraints = [
            code_once("budgetline", "project"),
            choices("budgetline", "category", CostCategory),
            choices("budgetline", "treatment", Treatment),
            between("budgetline", "fiscal_year", 1990, 2200),
            *numbers(
                "budgetline",
                "baseline",
                "approved",
                "forecast",
                "forecast_low",
                "forecast_high",
                low=0,
            ),
            bounds("budgetline", "forecast_low", "forecast_high"),
            *foreign_rules("budgetline", BUDGET_LINES, low=0),
            bounds("budgetline", "foreign_forecast_low", "foreign_forecast_high"),
            foreign_year("budgetline"),
        ]

    @property
    def granted(self) -> bool:
        """Return whether money is approved or planned on it, or given in another currency: its year
        and the kind of spending stay then."""
        return bool(self.approved or self.baseline or self.foreign_currency)

    def __str__(self) -> str:
        return f"{self.project.code} {self.code}"


class CostKind(models.TextChoices):
    """How a cost came to the books."""

    ACTUAL = "actual", _("Actual")
    ACCRUAL = "accrual", _("Accrual")
    REVERSAL = "reversal", _("Reversal")


def line_of_its_project() -> pgtrigger.Trigger:
    """Refuse a cost on a line of another project than the one that spent it."""
    # The lock makes a posting and a move of its line see one another.
    query = (
        "PERFORM 1 FROM projects_budgetline"
        " WHERE id = NEW.budget_line_id AND project_id = NEW.project_id FOR SHARE;"
    )
    said = refusal("cost_line", "budget_line", OTHER_LINE)
    return pgtrigger.Trigger(
        name="line_of_its_project",
        when=pgtrigger.After,
        timing=pgtrigger.Immediate,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("budget_line_id", "project_id"),
        condition=pgtrigger.Q(new__budget_line__isnull=False),
        func=f"{query} IF NOT FOUND THEN {said} END IF; RETURN NULL;",
    )


def mirrored() -> pgtrigger.Trigger:
    """Refuse a reversal that does not take back all of the cost it names at the place where that
    was posted, and later changes to either of the two."""
    places = ("project_id", "programme_line_id", "budget_line_id")
    # Two queries, each by an index: one join compares each row of a bulk load with all pairs.
    takes_back = f"EXISTS ({_pair('c', 'NEW', 'c', 'c.id = NEW.reverses_id', places)})"
    taken_back = f"EXISTS ({_pair('r', 'r', 'NEW', 'r.reverses_id = NEW.id', places)})"
    said = refusal("cost_mirrored", "amount", MIRRORED)
    return pgtrigger.Trigger(
        name="mirrored",
        when=pgtrigger.After,
        operation=pgtrigger.Insert
        | pgtrigger.UpdateOf(
            "amount", "foreign_currency", "foreign_amount", "kind", "reverses_id", *places
        ),
        func=f"IF (NEW.reverses_id IS NOT NULL AND {takes_back}) OR {taken_back} THEN {said}"
        " END IF; RETURN NULL;",
    )


def _pair(row: str, r: str, c: str, where: str, places: Sequence[str]) -> str:
    """Return SQL that finds the row `row` of a wrong pair of a cost `c` and its reversal `r`: the
    reversal does not take back the whole amount, or belongs to another place. NEW is the other row
    of the pair."""
    there, here = (", ".join(f"{name}.{place}" for place in places) for name in (c, r))
    return (
        f"SELECT FROM projects_costactual {row} WHERE {where}"  # noqa: S608  # our own names
        f" AND ({r}.amount IS DISTINCT FROM -{c}.amount"
        f" OR {r}.foreign_currency <> {c}.foreign_currency"
        f" OR {r}.foreign_amount IS DISTINCT FROM -{c}.foreign_amount"
        f" OR {r}.kind <> 'reversal' OR {c}.reverses_id IS NOT NULL"
        f" OR ({there}) IS DISTINCT FROM ({here}))"
    )


def reversal_follows() -> pgtrigger.Trigger:
    """Convert the reversal of a cost in another currency again when the cost gets another day: both
    use the rate of that day."""
    again = COSTS.converted_anew("c.reverses_id = NEW.id")
    return pgtrigger.Trigger(
        name="reversal_follows",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("posted_on"),
        condition=pgtrigger.Condition("OLD.posted_on <> NEW.posted_on"),
        func=f"{again} RETURN NULL;",
    )


def _coded_as(row: Any, kind: str, key: Any) -> Any:
    """Return the other record of the row's kind and portfolio that has this code (SQL)."""
    if (home := portfolio_of(row)) is None:
        return None
    codes = Code.objects.filter(kind=kind, portfolio_id=home, key=key)
    rows = type(row)._base_manager.filter(pk__in=codes.values("object_id"))
    return rows.exclude(pk=row.pk).first()


class CostActual(Record):
    """Money spent by a project, on one of its budget lines or on none in particular, or by a line
    of the programme. A reversal is negative, or takes back all of another cost. Source and
    reference together are unique over the portfolio, so that an import can be repeated.

    `amount` is in the portfolio's currency. Where it was spent in another, the database writes it,
    by the rate of the day, and nothing while there is none."""

    project = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="cost_actuals"
    )
    programme_line = models.ForeignKey(
        ProgrammeLine,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="cost_actuals",
    )
    budget_line = models.ForeignKey(
        BudgetLine, models.PROTECT, null=True, blank=True, related_name="cost_actuals"
    )
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="reversed_by"
    )
    posted_on = models.DateField()
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    foreign_currency = currency_column()
    foreign_amount = amount_column()
    exchange_rate = rate_column()
    kind = models.CharField(max_length=10, choices=CostKind, default=CostKind.ACTUAL)
    description = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=40, blank=True, default="")
    source_ref = models.CharField(max_length=80, blank=True, default="")

    unread = ("kind", "description", "source", "source_ref", "reverses", "exchange_rate")
    visible_through = ("project", "programme_line")
    joins = {"budget_line": Join.SEE}
    happened = ("posted_on",)
    true_from = "posted_on"
    refuses = {
        "cost_line": ("budget_line", OTHER_LINE),
        "cost_mirrored": ("amount", MIRRORED),
        "amount_follows": ("amount", FOLLOWS),
    }
    stays = (
        RetentionRule(
            "posted_stays",
            Q(posted_on__isnull=False),
            "A posted cost is not deleted: post its reversal, of the same amount below 0.",
        ),
    )

    class Meta:
        ordering = ["-posted_on", "-id"]
        triggers = [
            *source(Mark(Kind.PROJECT, "project_id"), Mark(Kind.LINE, "programme_line_id")),
            *coded("cost"),
            line_of_its_project(),
            converted(COSTS),
            keeps_money(COSTS),
            reversal_follows(),
            mirrored(),
            *kept_closed(
                "posted_on", "project_id", "programme_line_id", "budget_line_id", "posted_on",
                "amount", "foreign_currency", "foreign_amount", "exchange_rate", "kind",
                day="{row}.posted_on",
                home=f"coalesce({OF_PROJECT.format('{row}.project_id')},"
                f" {OF_LINE.format('{row}.programme_line_id')})",
            ),
        ]  # fmt: skip
        indexes = [
            searched("costactual", "description", "source_ref"),
            foreign_index("costactual"),
        ]
        constraints = [
            one_of("costactual", "project", "programme_line"),
            choices("costactual", "kind", CostKind),
            *numbers("costactual", "amount"),
            *foreign_rules("costactual", COSTS, "amount"),
            rule(
                "costactual_reversal_sign",
                "amount",
                ~Q(kind="reversal")
                | Q(foreign_currency="", amount__lte=0)
                | Q(foreign_amount__isnull=False, foreign_amount__lte=0)
                | Q(reverses__isnull=False),
                "Enter an amount below 0: a reversal takes a cost back.",
            ),
        ]

    @property
    def reversible(self) -> bool:
        """Return whether it can be reversed: it is no reversal, and was not reversed yet."""
        return self.reverses_id is None and not CostActual.objects.filter(reverses=self).exists()

    @property
    def target(self) -> tuple[int | None, ...]:
        """The ids of the project or the line of a programme that spent it, as a tuple."""
        return (self.project_id, self.programme_line_id)

    @property
    def facts(self) -> tuple[object, ...]:
        """Return the values in which two postings with the same reference must agree to be the same
        posting."""
        foreign = self.foreign_currency
        money = (foreign, self.foreign_amount) if foreign else (foreign, self.amount)
        return (*self.target, *money, self.posted_on, self.kind)

    def validate_unique(self, exclude: Any = None) -> None:
        """Raise ValidationError on `source_ref` when another cost of the portfolio has it."""
        super().validate_unique(exclude=exclude)
        if "source_ref" not in (exclude or ()) and self.posted_as():
            raise ValidationError({"source_ref": ValidationError(TAKEN, code="unique")})

    def posted_as(self) -> CostActual | None:
        """Return the other cost of the portfolio that has this reference of this source."""
        if not self.source_ref:
            return None
        return _coded_as(self, "cost", Value(f"{self.source}{WITHIN}{self.source_ref}"))

    def __str__(self) -> str:
        if self.foreign_currency:
            return f"{self.posted_on}: {self.foreign_amount} {self.foreign_currency}"
        return f"{self.posted_on}: {self.amount}"
