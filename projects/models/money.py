"""Money of projects: budget lines, actual costs and movements of contingency."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import LIMITS
from pmhub.codes import WITHIN, coded
from pmhub.collation import InOrder, searched
from pmhub.constraints import between, choices, code_once, numbers, one_of, rule
from pmhub.models import Code, Record, portfolio_of
from pmhub.retention import Stay
from pmhub.triggers import Kind, Mark, source
from programmes.models import Programme, ProgrammeLine
from programmes.models.programme import Treatment
from projects.models.project import Project

TAKEN = "This reference is taken in this portfolio."


class CostCategory(models.TextChoices):
    """What money is spent on."""

    LABOUR = "labour", _("Labour")
    CONTRACT = "contract", _("Contract")
    EQUIPMENT = "equipment", _("Equipment")
    LAND = "land", _("Land")
    OTHER = "other", _("Other")


class BudgetLine(Record):
    """A part of a project's budget, before contingency drawn: baseline, approved and forecast."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="budget_lines")
    code = models.CharField(max_length=40)
    category = models.CharField(max_length=20, choices=CostCategory, default=CostCategory.OTHER)
    treatment = models.CharField(max_length=10, choices=Treatment, default=Treatment.CAPITAL)
    fiscal_year = models.PositiveSmallIntegerField(null=True, blank=True)
    baseline = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    approved = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    forecast = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)

    unread = ("code", "category", "treatment", "fiscal_year", "baseline", "forecast")
    visible_through = ("project",)
    set_by = {"baseline": LIMITS, "approved": LIMITS}
    stays = (
        Stay(
            "approved_stays",
            Q(approved__gt=0) | Q(baseline__gt=0),
            "An approved budget is not deleted: set what is approved and its baseline to 0.",
        ),
    )

    class Meta:
        ordering = ["project", InOrder("code")]
        triggers = source(Mark(Kind.PROJECT, "project_id"))
        indexes = [searched("budgetline", "code")]
        constraints = [
            code_once("budgetline", "project"),
            choices("budgetline", "category", CostCategory),
            choices("budgetline", "treatment", Treatment),
            between("budgetline", "fiscal_year", 1990, 2200),
            *numbers("budgetline", "baseline", "approved", "forecast", low=0),
        ]

    def __str__(self) -> str:
        return f"{self.project.code} {self.code}"


class CostKind(models.TextChoices):
    """How a cost came to the books."""

    ACTUAL = "actual", _("Actual")
    ACCRUAL = "accrual", _("Accrual")
    REVERSAL = "reversal", _("Reversal")


class CostActual(Record):
    """Money spent by a project or by a line of the programme; a reversal is negative. Source and
    reference together are unique over the portfolio, so that an import can be repeated."""

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
    posted_on = models.DateField()
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    kind = models.CharField(max_length=10, choices=CostKind, default=CostKind.ACTUAL)
    description = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=40, blank=True, default="")
    source_ref = models.CharField(max_length=80, blank=True, default="")

    unread = ("kind", "description", "source", "source_ref")
    visible_through = ("project", "programme_line")
    happened = ("posted_on",)
    stays = (
        Stay(
            "posted_stays",
            Q(amount__isnull=False),
            "A posted cost is not deleted: post its reversal, of the same amount below 0.",
        ),
    )

    class Meta:
        ordering = ["-posted_on", "-id"]
        triggers = [
            *source(Mark(Kind.PROJECT, "project_id"), Mark(Kind.LINE, "programme_line_id")),
            *coded("cost"),
        ]
        indexes = [searched("costactual", "description", "source_ref")]
        constraints = [
            one_of("costactual", "project", "programme_line"),
            choices("costactual", "kind", CostKind),
            *numbers("costactual", "amount"),
            rule(
                "costactual_reversal_sign",
                "amount",
                ~Q(kind="reversal") | Q(amount__lte=0),
                "A reversal is negative.",
            ),
        ]

    def validate_unique(self, exclude: Any = None) -> None:
        """Raise ValidationError on `source_ref` when another cost of the portfolio has it."""
        super().validate_unique(exclude=exclude)
        if "source_ref" not in (exclude or ()) and self.posted_as():
            raise ValidationError({"source_ref": ValidationError(TAKEN, code="unique")})

    def posted_as(self) -> CostActual | None:
        """Return the other cost of the portfolio that has this reference of this source."""
        home = portfolio_of(self)
        if not self.source_ref or home is None:
            return None
        key = f"{self.source}{WITHIN}{self.source_ref}"
        known = Code.objects.filter(kind="cost", portfolio_id=home, key=key)
        rows = CostActual.objects.filter(pk__in=known.values("object_id"))
        return rows.exclude(pk=self.pk).first()

    def __str__(self) -> str:
        return f"{self.posted_on}: {self.amount}"


def covered() -> pgtrigger.Trigger:
    """No more contingency is given than the programme has, however many give at once."""
    return pgtrigger.Trigger(
        name="covered",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update,
        timing=pgtrigger.Deferred,
        # The lock makes two transactions that each give the last of it see one another.
        func="PERFORM 1 FROM programmes_programme WHERE id = NEW.programme_id FOR NO KEY UPDATE;"
        " IF (SELECT sum(amount) FROM projects_contingencymovement"
        " WHERE programme_id = NEW.programme_id)"
        " > (SELECT contingency_budget FROM programmes_programme WHERE id = NEW.programme_id) THEN"
        " RAISE EXCEPTION 'No more contingency can be given than the programme has.'"
        " USING ERRCODE = 'check_violation', CONSTRAINT = 'contingency_covered'; END IF;"
        " RETURN NULL;",
    )


class ContingencyMovement(Record):
    """Contingency of a programme given to a project, or (negative) given back. It moves money and
    never creates it: what is left is the contingency budget less the sum of movements. Figures
    count it from the day on which it moved."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="contingency_movements")
    project = models.ForeignKey(Project, models.PROTECT, related_name="contingency_movements")
    amount = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        help_text=_("To the project; negative gives back"),
    )
    moved_on = models.DateField()
    reference = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)

    unread = ("reference", "reason")
    visible_through = ("programme", "project")
    happened = ("moved_on",)
    written_through = ("programme",)
    stays = (
        Stay(
            "moved_stays",
            Q(amount__isnull=False),
            "A movement of contingency is not deleted: give the money back by another.",
        ),
    )
    refuses = {"contingency_covered": ("amount", "No more contingency can be given than remains.")}

    class Meta:
        ordering = ["-moved_on", "-id"]
        triggers = [
            *source(Mark(Kind.PROGRAMME, "programme_id"), Mark(Kind.PROJECT, "project_id")),
            covered(),
        ]
        constraints = [
            *numbers("contingencymovement", "amount"),
            rule(
                "contingencymovement_moves",
                "amount",
                ~Q(amount=0),
                "Enter an amount other than 0.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project.code}: {self.amount}"
