"""Tolerances: how far a project, a programme or all of a portfolio may stray from plan."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub import formats
from pmhub.access import Join, can
from pmhub.access.separation_of_duties import LEADS_PROGRAMME, LEADS_PROJECT
from pmhub.access.setters import Setter, is_limited
from pmhub.database.constraints import choices, one_of, rule
from pmhub.database.history import APPROVED, USER
from pmhub.database.triggers import Kind, Mark, refusal, source
from pmhub.models import Person, Record
from programmes.models.portfolio import Portfolio
from programmes.models.programme import Programme
from projects.stages import ProjectStage

PLACES = ("portfolio", "programme", "project")
OWN = "Nobody sets the limits within which they lead."
MOST, MOST_MONEY = 100_000, Decimal("99999999.99")


class ToleranceKind(models.TextChoices):
    """What may stray: the outturn above the approved budget, the finish after the baseline,
    benefits below plan, the net present value below that of the approved case, the expected cost of
    risks, outputs taken out of the scope, and due outputs that are not accepted."""

    COST = "cost_pct", _("Cost, % of the approved budget")
    TIME = "time_days", _("Time, days after the baseline")
    BENEFIT = "benefit_pct", _("Benefits, % below plan")
    NPSV = "npsv", _("Net present value, below that of the approved case")
    RISK = "risk", _("Risk, expected cost")
    SCOPE = "scope", _("Scope, % of outputs descoped")
    QUALITY = "quality", _("Quality, % of outputs due and not accepted")


OF_MONEY = (ToleranceKind.NPSV, ToleranceKind.RISK)
ONE_WAY = (ToleranceKind.TIME, ToleranceKind.RISK, ToleranceKind.SCOPE, ToleranceKind.QUALITY)
OF_PROGRAMME = (
    "Net present value is that of the case of its programme: set this there, or on the portfolio."
)
OF_CASES = (ToleranceKind.BENEFIT, ToleranceKind.NPSV)  # what strays under


UNITS: dict[str, str] = {
    ToleranceKind.COST: "%",
    ToleranceKind.TIME: "days",
    ToleranceKind.BENEFIT: "%",
    ToleranceKind.SCOPE: "%",
    ToleranceKind.QUALITY: "%",
}


def unit_of(kind: str, portfolio: Any) -> str:
    """Return the unit of a kind of tolerance; empty while the kind is not known."""
    if kind in OF_MONEY and portfolio is not None:
        return formats.money_unit(portfolio)
    return UNITS.get(kind, "")


class Side(models.TextChoices):
    """The sides to which something may stray no further."""

    OVER = "over", _("Over")
    UNDER = "under", _("Under")
    BOTH = "both", _("Both")


@dataclass(frozen=True, slots=True)
class HigherLevel(Setter):
    """People above those whom a tolerance limits."""

    def allows(self, user: Any, row: Any) -> bool:
        """Return whether the user may set the tolerance, by its place."""
        right = "limit" if row.project_id else "steer"
        return can(user, right, row) and not row.judges_own(user)


ABOVE = HigherLevel(
    "whoever stands above: of a project the programme manager, else the SRO, or the PMO"
)


def npsv_of_case() -> pgtrigger.Trigger:
    """Refuse a tolerance of net present value on a project of a programme: the case is the
    programme's."""
    return pgtrigger.Trigger(
        name="npsv_of_case",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("kind", "project_id"),
        condition=pgtrigger.Condition(f"NEW.kind = '{ToleranceKind.NPSV}'"),
        func="IF EXISTS (SELECT FROM projects_project p WHERE p.id = NEW.project_id"
        " AND p.programme_id IS NOT NULL) THEN"
        f" {refusal('npsv_of_case', 'kind', OF_PROGRAMME)} END IF; RETURN NEW;",
    )


def set_by_another() -> pgtrigger.Trigger:
    """Refuse that the leader of a project or a programme sets its tolerance, whichever path the
    write comes by. It cannot be checked for plain SQL, where no user is known."""
    leads = (
        f"SELECT FROM pmhub_person who WHERE who.user_id = {USER} AND NOT {APPROVED}"
        f" AND who.id IN ({LEADS_PROJECT.format('NEW.project_id')}"
        f" UNION {LEADS_PROGRAMME.format('NEW.programme_id')})"
    )
    return pgtrigger.Trigger(
        name="set_by_another",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        func=f"IF EXISTS ({leads}) THEN {refusal('not_independent', 'value', OWN)} END IF;"
        " RETURN NEW;",
    )


class Tolerance(Record):
    """How far something may stray before it is an exception, in the place of the thresholds. The
    tolerance of the stage that a project is in counts before that of the project, then that of its
    programme, then that of the portfolio. A value exactly at the tolerance is no exception."""

    portfolio = models.ForeignKey(
        Portfolio, models.PROTECT, null=True, blank=True, related_name="tolerances"
    )
    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="tolerances"
    )
    project = models.ForeignKey(
        "projects.Project", models.PROTECT, null=True, blank=True, related_name="tolerances"
    )
    stage = models.CharField(
        max_length=30,
        choices=ProjectStage,
        blank=True,
        help_text=_("Of a project: while it is in this stage; empty, in every other"),
    )
    kind = models.CharField(max_length=20, choices=ToleranceKind)
    value = models.DecimalField(max_digits=10, decimal_places=2)
    side = models.CharField(max_length=10, choices=Side, default=Side.OVER)
    by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")

    unread = ("by",)
    rules = ("kind", "stage", "value", "side")
    visible_through = PLACES
    joins = {"by": Join.SET}
    set_by = dict.fromkeys(("kind", "stage", "value", "side"), ABOVE)
    refuses = {"not_independent": ("value", OWN), "npsv_of_case": ("kind", OF_PROGRAMME)}

    class Meta:
        ordering = ["kind", "-id"]
        triggers = [
            *source(
                Mark(Kind.PORTFOLIO, "portfolio_id"),
                Mark(Kind.PROGRAMME, "programme_id"),
                Mark(Kind.PROJECT, "project_id"),
            ),
            set_by_another(),
            npsv_of_case(),
        ]
        constraints = [
            one_of("tolerance", *PLACES),
            choices("tolerance", "kind", ToleranceKind),
            choices("tolerance", "side", Side),
            rule(
                "tolerance_value_range",
                "value",
                Q(value__gte=0)
                & (Q(value__lte=MOST) | Q(kind__in=OF_MONEY, value__lte=MOST_MONEY)),
                f"Enter a value from 0 to {MOST}.",
            ),
            rule(
                "tolerance_side_fits",
                "side",
                Q(kind=ToleranceKind.COST)
                | Q(kind__in=ONE_WAY, side=Side.OVER)
                | Q(kind__in=OF_CASES, side=Side.UNDER),
                "Choose under for benefits and net present value, over for all others but cost.",
            ),
            rule(
                "tolerance_kind_place",
                "kind",
                ~Q(kind=ToleranceKind.BENEFIT) | Q(project__isnull=True),
                "Benefits are a programme's: set this there, or on the portfolio.",
            ),
            rule(
                "tolerance_stage_choice",
                "stage",
                Q(stage__in=["", *ProjectStage.values]),
                "Choose a stage, or none.",
            ),
            rule(
                "tolerance_stage_place",
                "stage",
                Q(stage="") | Q(project__isnull=False),
                "Stages are a project's: set this on one.",
            ),
            *(
                models.UniqueConstraint(
                    fields=[place, "kind", *(["stage"] if place == "project" else [])],
                    condition=Q(**{f"{place}__isnull": False}),
                    name=f"tolerance_{place}_once",
                    violation_error_message="There is one of this kind here: change that.",
                )
                for place in PLACES
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.value}"

    @property
    def amounts_in(self) -> str:
        """Return the unit of its value."""
        if self.project:
            return unit_of(self.kind, self.project.owner_portfolio)
        return unit_of(self.kind, self.portfolio or (self.programme and self.programme.portfolio))

    def judges_own(self, user: Any) -> bool:
        """Return whether the user leads the project or the programme, and so may not set its
        limits."""
        return is_limited(user, self, "project__project_manager", "programme__programme_manager")
