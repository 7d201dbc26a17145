"""The portfolio, root of everything, and its strategic objectives."""

from datetime import date
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pgtrigger
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from benefits.realisation import fiscal_year
from pmhub.access import Join
from pmhub.database import past
from pmhub.database.collation import InOrder
from pmhub.database.constraints import between, choices, code_once, numbers, ordered, rule
from pmhub.database.currencies import converted_along, rounded_along
from pmhub.database.time_zones import known_time_zone, zone_known
from pmhub.database.triggers import Kind, Mark, refusal, source, versioned
from pmhub.models import Archivable, Person, Record
from pmhub.rules import Rules
from programmes.health import Thresholds
from programmes.models.limits_in_force import limits_of_rules
from programmes.models.portfolio_currency import (
    CURRENCY_STAYS,
    TOO_FINE,
    coins_fit,
    keeps_its_currency,
)
from programmes.models.rules_in_force import (
    SHOWN,
    RuleKind,
    rules_on,
    set_on_portfolio,
    shows_those_in_force,
)
from programmes.models.states import OBJECTIVE, ObjectiveStatus
from programmes.rule_kinds import NAMES

R = TypeVar("R", bound=Rules)
YEARS_CLOSED = "A fiscal year is closed: open it again before years begin in another month."


class PmoType(models.TextChoices):
    """How strongly the PMO steers, if there is one: it decides who approves what."""

    NONE = "none", _("None")
    SUPPORTIVE = "supportive", _("Supportive")
    CONTROLLING = "controlling", _("Controlling")
    DIRECTIVE = "directive", _("Directive")


class DiscountSchedule(models.TextChoices):
    """How future money is brought to today's value."""

    GREEN_BOOK = "green_book", _("Green Book")
    FIXED = "fixed", _("Fixed rate")
    NONE = "none", _("Undiscounted")


class StatusDatePolicy(models.TextChoices):
    """Which day is the status date of figures."""

    TODAY = "today", _("Today in the portfolio's time zone")
    FIXED = "fixed", _("A fixed date")


class Disclosure(models.TextChoices):
    """What a party to an agreed dependency is told of a project at its other end that they may not
    see."""

    CONTACT = "contact", _("Whom to call")
    TITLE = "title", _("Whom to call, and the project's title")
    NONE = "none", _("Only that there is one")


class MoneyUnit(models.IntegerChoices):
    """The unit in which every amount of the portfolio is recorded."""

    ONE = 1, _("units")
    THOUSAND = 1_000, _("thousands")
    MILLION = 1_000_000, _("millions")


ZONE = "Europe/London"  # unless another is chosen


def known_thresholds(values: Any) -> None:
    """Raise ValidationError unless health can be judged by these thresholds."""
    try:
        Thresholds.from_dict(values).check()
    except (ValueError, TypeError, AttributeError) as error:
        raise ValidationError(f"{error}.") from error


def keeps_its_years() -> pgtrigger.Trigger:
    """Refuse another first month of fiscal years while a year is closed, since other days would
    then be in it."""
    closed = "SELECT FROM programmes_closedyear WHERE portfolio_id = NEW.id AND state = 'closed'"
    return pgtrigger.Trigger(
        name="keeps_its_years",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("fiscal_year_start_month"),
        condition=pgtrigger.Condition("OLD.fiscal_year_start_month <> NEW.fiscal_year_start_month"),
        func=f"IF EXISTS ({closed}) THEN"
        f" {refusal('years_closed', 'fiscal_year_start_month', YEARS_CLOSED)} END IF; RETURN NEW;",
    )


def this_year() -> int:
    """Return the fiscal year of today, where years begin in the usual month."""
    return fiscal_year(past.now().astimezone(ZoneInfo(ZONE)).date())


class Portfolio(Archivable, Record):
    """All programmes and projects of an organisation, or of a part of it, with what their figures
    have in common: currency, time zone, fiscal year, status date and rules."""

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    organisation = models.CharField(max_length=200)
    currency = models.CharField(
        max_length=3,
        default="GBP",
        validators=[RegexValidator(r"^[A-Z]{3}$", "Enter a currency code such as GBP.")],
    )
    money_unit = models.PositiveIntegerField(choices=MoneyUnit, default=MoneyUnit.THOUSAND)
    time_zone = models.CharField(max_length=60, default=ZONE, validators=[known_time_zone])
    fiscal_year_start_month = models.PositiveSmallIntegerField(default=4)
    pmo_type = models.CharField(max_length=20, choices=PmoType, default=PmoType.CONTROLLING)
    discount_base_year = models.PositiveSmallIntegerField(
        default=this_year,
        help_text=_("The fiscal year, by the year it starts in, that is undiscounted"),
    )
    discount_schedule = models.CharField(
        max_length=20, choices=DiscountSchedule, default=DiscountSchedule.GREEN_BOOK
    )
    discount_rate = models.DecimalField(
        max_digits=6,
        decimal_places=4,
        null=True,
        blank=True,
        help_text=_("For a fixed rate"),
    )
    rag_thresholds = models.JSONField(
        default=dict,
        blank=True,
        validators=[known_thresholds],
        help_text=_("Only what differs from the defaults"),
    )
    rules_in_force = models.JSONField(
        default=dict,
        editable=False,
        help_text=_("The other rules by kind, as their rule sets say"),
    )
    status_date_policy = models.CharField(
        max_length=10, choices=StatusDatePolicy, default=StatusDatePolicy.TODAY
    )
    status_date = models.DateField(null=True, blank=True)
    dependency_disclosure = models.CharField(
        max_length=10,
        choices=Disclosure,
        default=Disclosure.CONTACT,
        help_text=_("What others are told of a project that they depend on and may not see"),
    )

    grant_kind = "portfolio"
    visible_below = {
        "programmes": "programme",
        "programmes__projects": "project",
        "programmes__benefits": "benefit",
        "projects": "project",
    }

    rules = (
        "pmo_type", "time_zone", "fiscal_year_start_month", "discount_base_year",
        "discount_schedule", "discount_rate", "rag_thresholds", "rules_in_force",
        "status_date_policy", "status_date", "dependency_disclosure",
    )  # fmt: skip
    true_columns = {"status_date": past.ON, **rules_on("p", past.ON)}
    refuses = {
        "rules_shown": ("", SHOWN),
        "currency_stays": ("currency", CURRENCY_STAYS),
        "coins_too_fine": ("currency", TOO_FINE),
    }
    unread = (
        "code", "name", "organisation", "currency", "money_unit", "pmo_type",
        "dependency_disclosure",
    )  # fmt: skip

    class Meta:
        ordering = [InOrder("name"), "id"]
        triggers = [
            *source(Mark(Kind.PORTFOLIO, "id")),
            zone_known(ZONE),
            set_on_portfolio(),
            shows_those_in_force(),
            limits_of_rules(),
            keeps_its_years(),
            coins_fit(),
            keeps_its_currency(),
            converted_along("portfolio", "fiscal_year_start_month"),
            rounded_along(),
        ]
        constraints = [
            code_once("portfolio"),
            choices("portfolio", "pmo_type", PmoType),
            choices("portfolio", "discount_schedule", DiscountSchedule),
            choices("portfolio", "dependency_disclosure", Disclosure),
            between("portfolio", "fiscal_year_start_month", 1, 12),
            between("portfolio", "discount_base_year", 1990, 2200),
            between("portfolio", "discount_rate", 0, 1),
            rule(
                "portfolio_fixed_rate",
                "discount_rate",
                ~Q(discount_schedule="fixed") | Q(discount_rate__isnull=False),
                "Enter a rate: the discount schedule is a fixed one.",
            ),
            rule(
                "portfolio_fixed_date",
                "status_date",
                Q(status_date_policy="today")
                | Q(status_date_policy="fixed", status_date__isnull=False),
                "Give a status date: the policy is a fixed one.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def against_archiving(self) -> str:
        """Return what to do before it can be archived, empty for nothing: all that is in it is
        archived first."""
        inside = (self.programmes, self.projects)
        if any(rows.filter(archived_at__isnull=True).exists() for rows in inside):
            return "Archive its programmes and projects first."
        return ""

    @property
    def thresholds(self) -> Thresholds:
        """Return the bounds of colours: the defaults, except those that the portfolio sets."""
        return self.rules_of(Thresholds)

    def rules_of(self, kind: type[R]) -> R:
        """Return the rules of a kind in force: the defaults, except those that the portfolio
        sets."""
        return kind.from_dict(self.values_of(NAMES[kind]))

    def values_of(self, kind: str) -> dict[str, Any]:
        """Return the values that the portfolio sets for a kind of rules, by name."""
        rules: dict[str, Any] = self.rules_in_force.get(kind, {})
        return self.rag_thresholds if kind == RuleKind.THRESHOLDS else rules

    @property
    def as_of(self) -> date:
        """Return the status date: the fixed one, or today in its time zone."""
        if self.status_date_policy == StatusDatePolicy.FIXED and self.status_date:
            return self.status_date
        return past.now().astimezone(ZoneInfo(self.time_zone)).date()

    @property
    def fiscal_year(self) -> int:
        """The fiscal year of that day, by the year it starts in."""
        return fiscal_year(self.as_of, self.fiscal_year_start_month)


# Which objectives are served in which portfolio, by a programme or by one of its benefits.
SERVED = """
    SELECT link.strategicobjective_id AS objective, p.id AS programme, p.portfolio_id
    FROM programmes_programme_objectives link JOIN programmes_programme p ON p.id = programme_id
    UNION ALL SELECT link.strategicobjective_id, p.id, p.portfolio_id
    FROM benefits_benefit_objectives link JOIN benefits_benefit b ON b.id = link.benefit_id
    JOIN programmes_programme p ON p.id = b.programme_id
    UNION ALL SELECT b.objective_id, p.id, p.portfolio_id
    FROM benefits_benefit b JOIN programmes_programme p ON p.id = b.programme_id
"""


def own_objectives(
    name: str, operation: pgtrigger.Operation, of: str, condition: str = ""
) -> pgtrigger.Trigger:
    """Refuse, at the end of the transaction, that a programme or a benefit serves an objective of
    another portfolio. `of` is SQL that joins the rows to look at, as `served` and `o`."""
    func = f"""
        PERFORM 1 FROM programmes_programme p JOIN ({SERVED}) served ON served.programme = p.id
            JOIN programmes_strategicobjective o ON o.id = served.objective WHERE {of}
            FOR SHARE OF p;
        IF EXISTS (SELECT FROM ({SERVED}) served
            JOIN programmes_strategicobjective o ON o.id = served.objective
            WHERE {of} AND o.portfolio_id <> served.portfolio_id)
        THEN RAISE EXCEPTION 'An objective is of the portfolio of who serves it.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'objective_of_portfolio'; END IF;
        RETURN NULL;
    """
    return pgtrigger.Trigger(
        name=f"own_objectives_{name}",
        when=pgtrigger.After,
        operation=operation,
        timing=pgtrigger.Deferred,
        condition=pgtrigger.Condition(condition) if condition else None,
        func=" ".join(func.split()),
    )


RETIRED = "This objective is retired: choose another."


def objectives_last() -> pgtrigger.Trigger:
    """Refuse to add a retired objective to a list of objectives; those that were there stay."""
    return pgtrigger.Trigger(
        name="objectives_last",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func="IF EXISTS (SELECT FROM programmes_strategicobjective"
        " WHERE id = NEW.strategicobjective_id AND status = 'retired') THEN"
        f" {refusal('objective_retired', 'objectives', RETIRED)} END IF; RETURN NEW;",
    )


class StrategicObjective(Record):
    """What the organisation wants to reach; benefits are linked to it."""

    portfolio = models.ForeignKey(Portfolio, models.PROTECT, related_name="objectives")
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    measure = models.CharField(max_length=300, blank=True)
    target = models.CharField(max_length=300, blank=True)
    target_on = models.DateField(null=True, blank=True)
    unit = models.CharField(max_length=40, blank=True, help_text=_("What its measure counts in"))
    baseline_value = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    baseline_on = models.DateField(null=True, blank=True)
    target_value = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    weight = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    owner = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    status = models.CharField(
        max_length=10, choices=ObjectiveStatus, default=ObjectiveStatus.ACTIVE
    )

    answered_for = {"owner": Q(status="active")}
    lifecycles = (OBJECTIVE,)
    over_in = (ObjectiveStatus.RETIRED,)
    happened = ("baseline_on",)
    visible_through = ("portfolio",)
    joined = Join.SEE
    visible_below = {f"portfolio__{path}": kind for path, kind in Portfolio.visible_below.items()}
    refuses = {"objective_of_portfolio": ("objectives", "This objective is another portfolio's.")}
    first_code = "SO1"

    class Meta:
        ordering = [InOrder("code"), "id"]
        triggers = [
            versioned(),
            OBJECTIVE.trigger("strategic objective"),
            own_objectives(
                "moved",
                pgtrigger.UpdateOf("portfolio_id"),
                "o.id = NEW.id",
                "OLD.portfolio_id <> NEW.portfolio_id",
            ),
        ]
        constraints = [
            code_once("objective", "portfolio"),
            choices("objective", "status", ObjectiveStatus),
            between("objective", "weight", 0, 100),
            *numbers("objective", "baseline_value", "target_value"),
            ordered("objective", "baseline_on", "target_on"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"
