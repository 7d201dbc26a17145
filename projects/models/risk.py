"""Risks of projects and programmes: threats and opportunities, each counted once."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.database.codes import coded
from pmhub.database.collation import InOrder, searched
from pmhub.database.constraints import choices, numbers, one_of, rising, rule
from pmhub.database.currencies import FOLLOWS, converted, keeps_money
from pmhub.database.priced import RISKS
from pmhub.database.triggers import Kind, Mark, listed, source
from pmhub.models import Coded, Customised, Person
from pmhub.models.foreign import (
    amount_column,
    currency_column,
    foreign_index,
    foreign_rules,
    rate_column,
)
from programmes.models import Programme
from programmes.models.closure_triggers import (
    LASTING,
    LIVE_PROJECTS,
    OPEN_RISKS,
    while_programme_lasts,
    while_project_lasts,
)
from projects.models.project import Project
from projects.models.states import RISK, RiskStatus


class RiskKind(models.TextChoices):
    """Whether it would hurt or help."""

    THREAT = "threat", _("Threat")
    OPPORTUNITY = "opportunity", _("Opportunity")


class RiskResponse(models.TextChoices):
    """What is done about it."""

    AVOID = "avoid", _("Avoid")
    REDUCE = "reduce", _("Reduce")
    TRANSFER = "transfer", _("Transfer")
    SHARE = "share", _("Share")
    ACCEPT = "accept", _("Accept")
    CONTINGENT = "contingent_plan", _("Contingent plan")
    EXPLOIT = "exploit", _("Exploit")
    ENHANCE = "enhance", _("Enhance")


def probability() -> models.DecimalField:
    """Return the field of a probability: 0 and 1 are refused (1 is an issue)."""
    return models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)


def money() -> models.DecimalField:
    """Return the field of an amount in the portfolio's unit."""
    return models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)


def foreign_estimated(view: str) -> models.BaseConstraint:
    """Return the constraint of one estimate's cost in another currency: in order, and whole."""
    low, likely, high = (f"foreign_{view}_cost_{end}" for end in ("min", "most_likely", "max"))
    given = {f"{name}__isnull": False for name in (low, likely, high)}
    return rule(
        f"risk_foreign_{view}_cost",
        likely,
        Q(**{f"{low}__isnull": True, f"{high}__isnull": True})
        | Q(**given, **{f"{low}__lte": F(likely), f"{likely}__lte": F(high)}),
        "Give the least, the most likely and the most of it, in this order, or the most likely"
        " alone.",
    )


def days() -> models.PositiveIntegerField:
    """Return the field of a number of days."""
    return models.PositiveIntegerField(null=True, blank=True)


CERTAIN = "Enter a probability between 0 and 1; what is certain is an issue."


def estimated(view: str) -> list[models.BaseConstraint]:
    """Return the constraints of one estimate (inherent, residual or target)."""
    chance = f"{view}_probability"
    return [
        rule(
            f"risk_{chance}_range",
            chance,
            Q(**{f"{chance}__isnull": True}) | Q(**{f"{chance}__gt": 0, f"{chance}__lt": 1}),
            CERTAIN,
        ),
        *numbers(
            "risk",
            *(f"{view}_cost_{end}" for end in ("min", "most_likely", "max")),
            low=0,
        ),
        *rising("risk", *(f"{view}_cost_{end}" for end in ("min", "most_likely", "max"))),
        *rising("risk", *(f"{view}_days_{end}" for end in ("min", "most_likely", "max"))),
        whole(f"{view}_cost"),
        whole(f"{view}_days"),
    ]


def whole(figure: str) -> models.BaseConstraint:
    """Return the constraint that a figure is given by its most likely value alone, or by all
    three."""
    low, likely, high = (f"{figure}_{end}__isnull" for end in ("min", "most_likely", "max"))
    return rule(
        f"risk_{figure}_whole",
        f"{figure}_most_likely",
        Q(**{low: True, high: True}) | Q(**{low: False, likely: False, high: False}),
        "Give the least, the most likely and the most of it, or the most likely alone.",
    )


def counted_above() -> pgtrigger.Trigger:
    """Refuse that a risk is counted by another one that is not of the programme of its project,
    whoever writes it."""
    parents = ("escalated_to_id", "aggregated_into_id")
    new, old = (", ".join(f"{row}.{name}" for name in parents) for row in ("NEW", "OLD"))
    home = "SELECT programme_id FROM projects_project WHERE id = NEW.project_id"
    above = f"parent.programme_id IS NULL OR parent.programme_id IS DISTINCT FROM ({home})"
    among = f"parent.id IN ({new}) AND ({above})"
    wrong = f"SELECT FROM projects_risk parent WHERE {among}"  # our own names
    return pgtrigger.Trigger(
        name="counted_above",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update,
        func=f"IF TG_OP = 'UPDATE' AND ({new}) IS NOT DISTINCT FROM ({old}) THEN RETURN NULL;"
        f" END IF; IF EXISTS ({wrong}) THEN"
        " RAISE EXCEPTION 'A risk is counted by one of the programme of its project.'"
        " USING ERRCODE = 'check_violation', CONSTRAINT = 'risk_counted_above'; END IF;"
        " RETURN NULL;",
    )


class Risk(Customised, Coded):
    """Something uncertain that would change cost, time or benefit. It belongs to one project or to
    a programme; escalated or aggregated, it is counted at its parent only.

    Its costs are in the currency of the portfolio. Where they were estimated in another currency,
    the database converts them by the budget rate of the last year in which the risk could happen,
    or else by the newest budget rate. They stay empty while there is no rate."""

    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="risks"
    )
    project = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="risks"
    )
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    cause = models.TextField(blank=True)
    event = models.TextField(blank=True)
    effect = models.TextField(blank=True)
    category = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=20, choices=RiskKind, default=RiskKind.THREAT)
    status = models.CharField(max_length=20, choices=RiskStatus, default=RiskStatus.OPEN)
    owner = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="risks")
    actionee = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    response = models.CharField(max_length=20, choices=RiskResponse, blank=True)
    response_cost = money()
    proximity_on = models.DateField(
        null=True,
        blank=True,
        help_text=_("The last day on which it could still happen"),
    )
    escalated_to = models.ForeignKey(
        "self", models.RESTRICT, null=True, blank=True, related_name="escalated_from"
    )
    aggregated_into = models.ForeignKey(
        "self", models.RESTRICT, null=True, blank=True, related_name="aggregated_from"
    )
    benefit_effect_percent = models.DecimalField(
        max_digits=6, decimal_places=3, null=True, blank=True
    )
    foreign_currency = currency_column()
    foreign_response_cost = amount_column()
    exchange_rate = rate_column()

    inherent_probability = probability()
    inherent_cost_min = money()
    inherent_cost_most_likely = money()
    inherent_cost_max = money()
    foreign_inherent_cost_min = amount_column()
    foreign_inherent_cost_most_likely = amount_column()
    foreign_inherent_cost_max = amount_column()
    inherent_days_min = days()
    inherent_days_most_likely = days()
    inherent_days_max = days()
    residual_probability = probability()
    residual_cost_min = money()
    residual_cost_most_likely = money()
    residual_cost_max = money()
    foreign_residual_cost_min = amount_column()
    foreign_residual_cost_most_likely = amount_column()
    foreign_residual_cost_max = amount_column()
    residual_days_min = days()
    residual_days_most_likely = days()
    residual_days_max = days()
    target_probability = probability()
    target_cost_min = money()
    target_cost_most_likely = money()
    target_cost_max = money()
    foreign_target_cost_min = amount_column()
    foreign_target_cost_most_likely = amount_column()
    foreign_target_cost_max = amount_column()
    target_days_min = days()
    target_days_most_likely = days()
    target_days_max = days()

    answered_for = dict.fromkeys(
        ("owner", "actionee"), Q(status__in=["draft", "open", "escalated"])
    )
    unread = (
        "title", "cause", "event", "effect", "owner", "actionee", "response", "response_cost",
        "inherent_days_min", "inherent_days_max", "target_probability", "target_cost_min",
        "target_cost_most_likely", "target_cost_max", "target_days_min",
        "target_days_most_likely", "target_days_max",
        *(name for name in RISKS.foreign if name != "foreign_residual_cost_most_likely"),
    )  # fmt: skip
    visible_through = ("project", "programme")
    joins = {"escalated_to": Join.WRITE, "aggregated_into": Join.WRITE}
    lifecycles = (RISK,)
    added_while = {"programme": LASTING, "project": LIVE_PROJECTS}
    refuses = {
        "risk_counted_above": ("escalated_to", "Choose a risk of the programme of its project."),
        "amount_follows": ("residual_cost_most_likely", FOLLOWS),
    }
    first_code = "R01"

    class Meta:
        ordering = [InOrder("code"), "id"]
        triggers = [
            *source(Mark(Kind.PROJECT, "project_id"), Mark(Kind.PROGRAMME, "programme_id")),
            *coded("risk"),
            RISK.trigger("risk"),
            counted_above(),
            converted(RISKS),
            keeps_money(RISKS),
            while_programme_lasts(
                f"{{row}}.status IN ({listed(OPEN_RISKS)})",
                "status",
                text="A programme that has ended has no open risks.",
            ),
            while_project_lasts(
                f"{{row}}.status IN ({listed(OPEN_RISKS)})",
                "status",
                text="A project that has ended has no open risks.",
            ),
        ]
        indexes = [
            searched("risk", "code", "title", "cause", "event", "effect"),
            models.Index(InOrder("code"), "id", name="risk_in_order"),
            foreign_index("risk"),
        ]
        constraints = [
            one_of("risk", "programme", "project"),
            choices("risk", "kind", RiskKind),
            choices("risk", "status", RiskStatus),
            rule(
                "risk_response_choice",
                "response",
                Q(response__in=["", *RiskResponse.values]),
                f"Choose one of: {', '.join(RiskResponse.values)}.",
            ),
            rule(
                "risk_not_its_own_parent",
                "escalated_to",
                (Q(escalated_to__isnull=True) | ~Q(escalated_to=F("id")))
                & (Q(aggregated_into__isnull=True) | ~Q(aggregated_into=F("id"))),
                "A risk cannot be its own parent.",
            ),
            rule(
                "risk_escalated_to",
                "escalated_to",
                Q(status="escalated", escalated_to__isnull=False)
                | (~Q(status="escalated") & Q(escalated_to__isnull=True)),
                "An escalated risk, and no other, names the one that counts it.",
            ),
            *numbers("risk", "response_cost", low=0),
            *numbers("risk", "benefit_effect_percent"),
            *estimated("inherent"),
            *estimated("residual"),
            *estimated("target"),
            *foreign_rules("risk", RISKS, low=0),
            *(foreign_estimated(view) for view in ("inherent", "residual", "target")),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def scope(self) -> str:
        """The level that the risk belongs to: `project` or `programme`."""
        return "project" if self.project_id else "programme"

    @property
    def above(self) -> Programme | None:
        """The programme of its project, whose risks can count this one."""
        return self.project.programme if self.project else None
