"""The budget lines of a programme that no project carries."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.database.codes import OF_PROGRAMME, takes_along
from pmhub.database.collation import InOrder
from pmhub.database.constraints import between, bounds, choices, code_once, numbers
from pmhub.database.currencies import FOLLOWS, converted, converted_along, keeps_money
from pmhub.database.priced import PROGRAMME_LINES
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import Kind, Mark, source
from pmhub.models import Record
from pmhub.models.foreign import (
    amount_column,
    currency_column,
    foreign_index,
    foreign_rules,
    foreign_year,
    rate_column,
)
from programmes.models.closed_year import kept_closed
from programmes.models.closure_triggers import lines_gain_nothing
from programmes.models.envelope_guards import lines_of_programmes
from programmes.models.funding import FUNDERS_OF_LINES
from programmes.models.programme import Programme


class LineKind(models.TextChoices):
    """What a programme spends beside its projects, or receives."""

    PROGRAMME_OFFICE = "programme_office", _("Programme office")
    CHANGE_AND_TRANSITION = "change_and_transition", _("Change and transition")
    SHARED_RESOURCE = "shared_resource", _("Shared resource")
    GRANT_INCOME = "grant_income", _("Grant income")
    OTHER = "other", _("Other")


class Treatment(models.TextChoices):
    """How money is accounted for."""

    CAPITAL = "capital", _("Capital")
    REVENUE = "revenue", _("Revenue")


# What is still to be spent on a line or by a project, and between which bounds that lies.
TO_COMPLETE = (
    "estimate_to_complete", "estimate_to_complete_low", "estimate_to_complete_high",
)  # fmt: skip


class ProgrammeLine(Record):
    """A budget line of the programme itself; income is negative. Its amounts are in the portfolio's
    currency. Where they were agreed in another, the database converts them by the budget rate of
    the first day of their year; while there is no rate, the approved amount is 0."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="lines")
    code = models.CharField(max_length=40)
    kind = models.CharField(max_length=30, choices=LineKind)
    treatment = models.CharField(max_length=10, choices=Treatment, default=Treatment.REVENUE)
    fiscal_year = models.PositiveSmallIntegerField(null=True, blank=True)
    approved_budget = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    estimate_to_complete = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Left empty: what remains of the budget"),
    )
    estimate_to_complete_low = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("The least that is still to be spent; the simulation reads it"),
    )
    estimate_to_complete_high = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("The most that is still to be spent"),
    )
    foreign_currency = currency_column()
    foreign_approved_budget = amount_column()
    foreign_estimate_to_complete = amount_column()
    foreign_estimate_to_complete_low = amount_column()
    foreign_estimate_to_complete_high = amount_column()
    exchange_rate = rate_column()

    unread = (
        "kind", "treatment", "foreign_estimate_to_complete_low",
        "foreign_estimate_to_complete_high",
    )  # fmt: skip
    rules = ("approved_budget", "foreign_approved_budget")
    visible_through = ("programme",)
    set_by = dict.fromkeys(
        ("approved_budget", "foreign_currency", "foreign_approved_budget"), FUNDERS_OF_LINES
    ) | dict.fromkeys(("fiscal_year", "treatment"), FUNDERS_OF_LINES.where("granted"))
    refuses = {"amount_follows": ("approved_budget", FOLLOWS)}
    stays = (
        RetentionRule(
            "approved_stays",
            ~Q(approved_budget=0)
            | Q(foreign_approved_budget__gt=0)
            | Q(foreign_approved_budget__lt=0),
            "An approved budget is not deleted: set what is approved to 0.",
        ),
    )

    class Meta:
        ordering = ["programme", InOrder("code")]
        triggers = [
            *source(Mark(Kind.PROGRAMME, "programme_id")),
            takes_along("cost", "programme_line_id", parent="programme"),
            converted(PROGRAMME_LINES),
            keeps_money(PROGRAMME_LINES),
            converted_along("line", "programme_id"),
            lines_gain_nothing(),
            *lines_of_programmes(),
            *kept_closed(
                "fiscal_year", "programme_id", "treatment", "fiscal_year", "approved_budget",
                "estimate_to_complete", "estimate_to_complete_low", "estimate_to_complete_high",
                "foreign_currency", "foreign_approved_budget", "foreign_estimate_to_complete",
                "foreign_estimate_to_complete_low", "foreign_estimate_to_complete_high",
                "exchange_rate",
                year="{row}.fiscal_year", home=OF_PROGRAMME.format("{row}.programme_id"),
            ),
        ]  # fmt: skip
        indexes = [foreign_index("programmeline")]
        constraints = [
            code_once("programmeline", "programme"),
            choices("programmeline", "kind", LineKind),
            choices("programmeline", "treatment", Treatment),
            between("programmeline", "fiscal_year", 1990, 2200),
            *numbers("programmeline", "approved_budget", *TO_COMPLETE),
            bounds("programmeline", *TO_COMPLETE[1:]),
            *foreign_rules("programmeline", PROGRAMME_LINES),
            bounds("programmeline", *(f"foreign_{name}" for name in TO_COMPLETE[1:])),
            foreign_year("programmeline"),
        ]

    @property
    def granted(self) -> bool:
        """Return whether money is approved on it, or in another currency will be by its rate: for
        that year and as that kind of spending."""
        return bool(self.approved_budget or self.foreign_currency)

    def __str__(self) -> str:
        return self.get_kind_display()
