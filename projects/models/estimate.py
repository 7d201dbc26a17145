"""Estimates: what something will come to, how that is known, and how good it was in the end."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Case, Exists, F, Func, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.database.codes import OF_PROJECT
from pmhub.database.collation import searched
from pmhub.database.constraints import between, choices, numbers, one_of, ordered, rising, rule
from pmhub.database.triggers import frozen, refusal, versioned
from pmhub.models import Person, Record
from programmes.models import Discipline
from programmes.models.discipline import of_portfolio
from projects.models.money import BudgetLine, CostActual
from projects.models.project import Project
from projects.models.schedule import Milestone
from projects.models.work import WorkPackage

SUBJECTS = ("budget_line", "milestone", "work_package", "project")
STAYS = "An estimate is never changed: make another, the last one counts."
KEPT = "An estimate is never deleted: make another, the last one counts."
ZERO, AMOUNT = Decimal(0), models.DecimalField(max_digits=14, decimal_places=2)
SAID = "What it came to is said already."
FINISHED = "It was finished before this day: what it came to is known."
REPLACED = "Another estimate of this was made after that day: the last one counts."
UNBEGUN = "This is more than two years before anything is known of its project."


class Quantity(models.TextChoices):
    """What is estimated."""

    COST = "cost", _("Cost")
    DAYS = "days", _("Days")
    EFFORT = "effort", _("Days of work")


class EstimateMethod(models.TextChoices):
    """How the likely value is come by."""

    ANALOGOUS = "analogous", _("Analogous")
    PARAMETRIC = "parametric", _("Parametric")
    BOTTOM_UP = "bottom_up", _("Bottom-up")
    EXPERT = "expert", _("Expert judgement")
    THREE_POINT = "three_point", _("Three-point")


SCALED = (EstimateMethod.ANALOGOUS, EstimateMethod.PARAMETRIC)
# Estimates whose outcome follows from other records: for these nobody states it.
OF_RECORDS = (
    Q(quantity="cost", budget_line__isnull=False)
    | Q(quantity="cost", project__isnull=False)
    | Q(quantity="days", project__isnull=False)
    | Q(quantity="days", milestone__isnull=False)
)


# SQL for the project of an estimate, or of its subject.
HOME = (
    "coalesce(NEW.project_id,"
    " (SELECT project_id FROM projects_budgetline WHERE id = NEW.budget_line_id),"
    " (SELECT project_id FROM projects_milestone WHERE id = NEW.milestone_id),"
    " (SELECT project_id FROM projects_workpackage WHERE id = NEW.work_package_id))"
)


def made_before_the_end() -> pgtrigger.Trigger:
    """Refuse an estimate that is dated after the end of what is estimated: its outcome is known by
    then."""
    ends = (
        "SELECT least((SELECT coalesce(p.terminated_on, p.actual_finish) FROM projects_project p"  # noqa: S608  # our own names
        f" WHERE p.id = {HOME} AND p.status IN ('closed', 'terminated')), (SELECT m.actual_on"
        " FROM projects_milestone m WHERE m.id = NEW.milestone_id AND m.state = 'achieved'))"
    )
    return pgtrigger.Trigger(
        name="made_before_the_end",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func=f"IF NEW.made_on > ({ends}) THEN"
        f" {refusal('estimate_finished', 'made_on', FINISHED)} END IF; RETURN NEW;",
    )


def made_in_turn() -> pgtrigger.Trigger:
    """Refuse an estimate that is dated before one that it replaces, or more than two years before
    all that is known of its project: the day on which that was entered, its start and its plans."""
    same = " OR ".join(f"e.{name}_id = NEW.{name}_id" for name in SUBJECTS)
    plans = (
        "SELECT min(least(b.approved_on, b.starts_on)) FROM projects_baseline b"
        " WHERE b.project_id = p.id"
    )
    known = (
        "SELECT (least((p.created_at AT TIME ZONE 'UTC')::date, p.actual_start, p.forecast_start,"  # noqa: S608  # our own names
        f" ({plans})) - interval '2 years')::date FROM projects_project p WHERE p.id = {HOME}"
    )
    return pgtrigger.Trigger(
        name="made_in_turn",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func="IF EXISTS (SELECT FROM projects_estimate e WHERE e.quantity = NEW.quantity"
        f" AND ({same}) AND e.made_on > NEW.made_on) THEN"
        f" {refusal('estimate_replaced', 'made_on', REPLACED)} END IF;"
        f" IF NEW.made_on < ({known}) THEN"
        f" {refusal('estimate_unbegun', 'made_on', UNBEGUN)} END IF; RETURN NEW;",
    )


class Estimate(Record):
    """What a budget line, a milestone, a work package or a whole project will come to, between low
    and high, and the method. A new estimate never replaces an old one: the last of a subject
    counts. No figure is computed from it."""

    project = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="estimates"
    )
    budget_line = models.ForeignKey(
        BudgetLine, models.PROTECT, null=True, blank=True, related_name="estimates"
    )
    milestone = models.ForeignKey(
        Milestone, models.PROTECT, null=True, blank=True, related_name="estimates"
    )
    work_package = models.ForeignKey(
        WorkPackage, models.PROTECT, null=True, blank=True, related_name="estimates"
    )
    quantity = models.CharField(max_length=6, choices=Quantity)
    low = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        help_text=_("What it comes to at least; left empty, by the class"),
    )
    likely = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        help_text=_(
            "What it comes to most likely; left empty, the base times the factor of an analogous or"
            " a parametric estimate"
        ),
    )
    high = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        help_text=_("What it comes to at most; left empty, by the class"),
    )
    accuracy_class = models.PositiveSmallIntegerField(
        help_text=_("How much is defined: from 5, an idea, to 1, all of it (AACE)")
    )
    method = models.CharField(max_length=11, choices=EstimateMethod)
    base = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Analogous: what a comparable one came to. Parametric: how many units"),
    )
    factor = models.DecimalField(
        max_digits=12,
        decimal_places=4,
        null=True,
        blank=True,
        help_text=_("Analogous: how much larger this is. Parametric: what one unit takes"),
    )
    basis = models.TextField(help_text=_("What it rests on: records, drawings, whom one asked"))
    estimator = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="estimates"
    )
    discipline = models.ForeignKey(
        Discipline, models.PROTECT, null=True, blank=True, related_name="estimates"
    )
    made_on = models.DateField(help_text=_("The day of it; left empty, the status date"))
    actual = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("What it came to, where no other record says so"),
    )
    actual_on = models.DateField(null=True, blank=True)

    visible_through = SUBJECTS
    joins = {"estimator": Join.SEE}
    happened = ("made_on", "actual_on")
    in_turn = "made_on"
    edited_in = ()
    undeletable = KEPT
    refuses = {
        "estimate_stays": ("", STAYS),
        "estimate_finished": ("made_on", FINISHED),
        "estimate_replaced": ("made_on", REPLACED),
        "estimate_unbegun": ("made_on", UNBEGUN),
        "estimate_outcome": ("actual", SAID),
    }

    class Meta:
        ordering = ["-made_on", "-id"]
        triggers = [
            versioned(),
            made_before_the_end(),
            made_in_turn(),
            frozen(
                "estimate_stays", "TRUE", *(f"{name}_id" for name in SUBJECTS), "quantity", "low",
                "likely", "high", "accuracy_class", "method", "base", "factor", "basis",
                "estimator_id", "discipline_id", "made_on",
            ),
            *of_portfolio("estimate", OF_PROJECT.format(HOME)),
            frozen("estimate_outcome", "OLD.actual IS NOT NULL", "actual", "actual_on"),
        ]  # fmt: skip
        indexes = [searched("estimate", "basis")]
        constraints = [
            one_of("estimate", *SUBJECTS),
            choices("estimate", "quantity", Quantity),
            choices("estimate", "method", EstimateMethod),
            between("estimate", "accuracy_class", 1, 5),
            *numbers("estimate", "low", "likely", "high", "base", "factor", "actual", low=0),
            *rising("estimate", "low", "likely", "high"),
            ordered("estimate", "made_on", "actual_on"),
            rule(
                "estimate_scaled",
                "base",
                Q(method__in=SCALED, base__isnull=False, factor__isnull=False)
                | ~Q(method__in=SCALED) & Q(base__isnull=True, factor__isnull=True),
                "Enter a base and a factor for an analogous or parametric estimate, for no other.",
            ),
            rule(
                "estimate_measured",
                "quantity",
                ~Q(milestone__isnull=False) | Q(quantity="days"),
                "Of a milestone only the days to it are estimated.",
            ),
            rule(
                "estimate_priced",
                "quantity",
                ~Q(budget_line__isnull=False) | Q(quantity="cost"),
                "Of a budget line only the cost is estimated.",
            ),
            rule(
                "estimate_stated",
                "actual",
                Q(actual__isnull=True) | ~OF_RECORDS,
                "Records say what this came to.",
            ),
            rule(
                "estimate_actual_on",
                "actual_on",
                Q(actual__isnull=True, actual_on__isnull=True)
                | Q(actual__isnull=False, actual_on__isnull=False),
                "What it came to has its day.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_quantity_display()} of {self.subject}"

    @property
    def subject(self) -> Any:
        """The record that is estimated."""
        return next(filter(None, (getattr(self, name) for name in SUBJECTS)), None)


def is_current() -> Case:
    """Return an expression for whether an estimate is the last of its subject and quantity."""
    same = {name: OuterRef(name) for name in SUBJECTS}
    alike = Q(quantity=OuterRef("quantity"))
    for name, outer in same.items():
        alike &= Q(**{name: outer}) | Q(**{f"{name}__isnull": True})
    later = Estimate._base_manager.filter(alike).filter(
        Q(made_on__gt=OuterRef("made_on")) | Q(made_on=OuterRef("made_on"), pk__gt=OuterRef("pk"))
    )
    return Case(When(Exists(later), then=Value(False)), default=Value(True))


def _days(first: str, last: str) -> Cast:
    """Return an expression for the calendar days from one day to another."""
    days = Func(F(last), F(first), template="(%(expressions)s)", arg_joiner=" - ")
    return Cast(days, AMOUNT)


def _spent(parent: str) -> Coalesce:
    rows = CostActual._base_manager.filter(**{parent: OuterRef(parent)}).order_by()
    total = rows.values(parent).annotate(total=Sum("amount")).values("total")
    return Coalesce(Subquery(total), Value(ZERO))


def came_to() -> Coalesce:
    """Return an expression for the outcome of what was estimated, once it is finished: as stated,
    or else from the records."""
    return Coalesce(
        F("actual"),
        Case(
            When(quantity="cost", project__status="closed", then=_spent("project")),
            When(
                quantity="cost", budget_line__project__status="closed", then=_spent("budget_line")
            ),
            When(
                quantity="days",
                project__status="closed",
                then=_days("project__actual_start", "project__actual_finish"),
            ),
            When(
                quantity="days",
                milestone__state="achieved",
                then=_days("milestone__project__actual_start", "milestone__actual_on"),
            ),
            output_field=AMOUNT,
        ),
    )
