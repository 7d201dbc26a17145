"""Benefits of a programme."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from benefits.models.states import APPROVERS, BENEFIT, HELD_TO, BenefitStatus
from pmhub import formats
from pmhub.database.belonging import still_there
from pmhub.database.codes import OF_PROGRAMME, coded
from pmhub.database.collation import InOrder, searched
from pmhub.database.constraints import between, choices, numbers, ordered, rule
from pmhub.database.currencies import converted_along, keeps_its_money
from pmhub.database.triggers import Kind, Mark, listed, refusal, source
from pmhub.models import Coded, Customised, Person
from pmhub.models.foreign import currency_column
from programmes.models import OrganisationUnit, Programme, StrategicObjective
from programmes.models.closure_triggers import watched_once_closed
from programmes.models.decision_triggers import Act, DecisionCause
from programmes.models.organisation_unit import of_unit
from programmes.models.portfolio import RETIRED, objectives_last, own_objectives


class BenefitKind(models.TextChoices):
    """Whether it adds up over time or is a level."""

    FLOW = "flow", _("Flow: an amount in each period")
    STOCK = "stock", _("Stock: a level at the end of a period")


class BenefitCategory(models.TextChoices):
    """Who gains, and whether it can be taken out of a budget."""

    CASHABLE = "cashable", _("Cashable")
    NON_CASHABLE = "non_cashable", _("Non-cashable")
    ECONOMIC = "economic", _("Economic")
    QUALITATIVE = "qualitative", _("Qualitative")
    ENVIRONMENTAL = "environmental", _("Environmental")
    DIS_BENEFIT = "dis_benefit", _("Dis-benefit")


class BenefitLevel(models.TextChoices):
    """Only end benefits are summed; intermediate ones lead to them."""

    INTERMEDIATE = "intermediate", _("Intermediate")
    END = "end", _("End")


class Beneficiary(models.TextChoices):
    """The one to whom the benefit falls."""

    ORGANISATION = "organisation", _("Organisation")
    GOVERNMENT = "government", _("Government")
    CITIZENS = "citizens", _("Citizens")
    PARTNER = "partner", _("Partner")


class Frequency(models.TextChoices):
    """How often it is measured."""

    MONTH = "month", _("Monthly")
    QUARTER = "quarter", _("Quarterly")
    YEAR = "year", _("Yearly")


class Polarity(models.IntegerChoices):
    """Gain or loss."""

    GAIN = 1, _("Gain")
    LOSS = -1, _("Loss")


# The fields that a benefit needs to be profiled and keeps from then on, each in words.
PROFILE = {
    "measure": "its measure",
    "unit": "its unit",
    "baseline_value": "its baseline",
    "baseline_on": "its baseline",
    "target_value": "its target",
    "target_on": "its target",
    "owner": "its owner",
    "measurement_method": "how it is measured",
}
CURRENCY_STAYS = "What is planned or measured of it is in the currency it has: that stays."
JUDGED = ("profiled", "approved", "realising")
ENDED = (BenefitStatus.WITHDRAWN, BenefitStatus.MISSED, BenefitStatus.SUPERSEDED)


def profile_said() -> pgtrigger.Trigger:
    """Refuse that a benefit becomes profiled without one of the fields of `PROFILE`, or that one
    which is profiled, approved or being realised loses one of them."""
    judged = ", ".join(f"'{status}'" for status in JUDGED)
    steps = []
    for field, words in PROFILE.items():
        column = "owner_id" if field == "owner" else field
        new, old = (f"coalesce({row}.{column}::text, '') = ''" for row in ("NEW", "OLD"))
        text = f"A benefit that is profiled says {words}."
        steps.append(
            f"IF {new} AND (OLD.status = 'identified' OR NOT {old}) THEN"
            f" {refusal('profile_said', field, text)} END IF;"
        )
    columns = [*(name for name in PROFILE if name != "owner"), "owner_id", "status"]
    return pgtrigger.Trigger(
        name="profile_said",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf(*columns),
        condition=pgtrigger.Condition(f"NEW.status IN ({judged})"),
        func=f"{' '.join(steps)} RETURN NEW;",
    )


def given_up() -> Act:
    """Return the act that leaves a decision where a benefit that was approved is withdrawn, missed
    or superseded."""
    said = " ".join(f"WHEN '{status}' THEN '{status.label}'" for status in ENDED)
    return Act(
        "benefit",
        pgtrigger.UpdateOf("status"),
        f"OLD.status IN ({listed(HELD_TO)}) AND NEW.status IN ({listed(ENDED)})",
        DecisionCause.BENEFIT,
        programme="NEW.programme_id",
        title="'Benefit given up: ' || NEW.code || ' ' || NEW.title",
        outcome=f"CASE NEW.status {said} END",
    )


def keeps_its_currency() -> pgtrigger.Trigger:
    """Refuse to change the currency of a benefit once something is planned or measured of it."""
    held = " OR ".join(
        f"EXISTS (SELECT FROM {table} WHERE benefit_id = NEW.id)"
        for table in ("benefits_benefitprofileentry", "benefits_benefitmeasurement")
    )
    return pgtrigger.Trigger(
        name="keeps_its_currency",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("foreign_currency"),
        condition=pgtrigger.Condition("OLD.foreign_currency <> NEW.foreign_currency"),
        # The lock waits for a transaction that writes a value at the same time.
        func="PERFORM FROM benefits_benefit WHERE id = NEW.id FOR UPDATE;"
        f" IF {held} THEN {refusal('benefit_currency', 'foreign_currency', CURRENCY_STAYS)}"
        " END IF; RETURN NEW;",
    )


class Benefit(Customised, Coded):
    """A measurable improvement (or decline) from an outcome. One programme owns it; projects only
    contribute, and closing them changes nothing here."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="benefits")
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=200, help_text=_("Starts with a word of change"))
    description = models.TextField(blank=True)
    observable_change = models.TextField(blank=True)
    attribution_statement = models.TextField(blank=True)
    measure = models.CharField(max_length=300, blank=True)
    measurement_method = models.TextField(blank=True)
    frequency = models.CharField(max_length=10, choices=Frequency, default=Frequency.YEAR)
    unit = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=BenefitKind, default=BenefitKind.FLOW)
    category = models.CharField(max_length=20, choices=BenefitCategory)
    beneficiary = models.CharField(
        max_length=20, choices=Beneficiary, default=Beneficiary.ORGANISATION
    )
    polarity = models.SmallIntegerField(choices=Polarity, default=Polarity.GAIN)
    level = models.CharField(max_length=20, choices=BenefitLevel, default=BenefitLevel.END)
    monetised = models.BooleanField(
        default=False,
        help_text=_("Its values are money in the portfolio's unit"),
    )
    foreign_currency = currency_column()
    unit_value = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    baseline_value = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    baseline_on = models.DateField(null=True, blank=True)
    target_value = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    target_on = models.DateField(null=True, blank=True)
    confidence = models.DecimalField(max_digits=5, decimal_places=4, default=1)
    tolerance_percent = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True)
    owner = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="benefits_owned"
    )
    organisation_unit = models.ForeignKey(
        OrganisationUnit, models.PROTECT, null=True, blank=True, related_name="benefits",
        help_text=_("The part of the organisation in which it comes"),
    )  # fmt: skip
    bcm = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    reporter = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    status = models.CharField(
        max_length=20, choices=BenefitStatus, default=BenefitStatus.IDENTIFIED
    )
    start_realising_on = models.DateField(null=True, blank=True)
    sustain_until = models.DateField(null=True, blank=True)
    next_measurement_on = models.DateField(null=True, blank=True)
    objective = models.ForeignKey(
        StrategicObjective,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="primary_benefits",
        help_text=_("The one its value is shown under"),
    )
    objectives = models.ManyToManyField(StrategicObjective, blank=True, related_name="benefits")

    grant_kind = "benefit"
    unread = (
        "title", "description", "observable_change", "attribution_statement", "measure",
        "measurement_method", "frequency", "beneficiary", "unit_value", "baseline_value",
        "baseline_on", "target_value", "target_on", "tolerance_percent", "owner", "bcm",
        "reporter", "foreign_currency", "start_realising_on", "sustain_until",
        "next_measurement_on", "objective", "organisation_unit",
    )  # fmt: skip
    visible_through = ("programme",)
    lifecycles = (BENEFIT,)
    over_in = ("withdrawn", "missed", "superseded")
    answered_for = dict.fromkeys(
        ("owner", "bcm", "reporter"), ~Q(status__in=["withdrawn", "missed", "superseded"])
    )
    posts = {"benefit_owner": "owner", "benefit_reporter": "reporter"}
    happened = ("baseline_on",)
    list_triggers = {
        "objectives": [
            own_objectives(
                "joined",
                pgtrigger.Insert | pgtrigger.Update,
                "served.programme ="
                " (SELECT b.programme_id FROM benefits_benefit b WHERE b.id = NEW.benefit_id)",
            ),
            objectives_last(),
        ]
    }
    set_by = {"tolerance_percent": APPROVERS} | dict.fromkeys(
        (
            "baseline_value",
            "baseline_on",
            "target_value",
            "target_on",
            "unit_value",
            "monetised",
            "level",
        ),
        APPROVERS.where("status", *HELD_TO),
    )
    refuses = {
        "benefit_magnitudes": (
            "category",
            "Its profile or measurements have amounts below 0, and those of a dis-benefit are"
            " magnitudes: correct them first.",
        ),
        "benefit_currency": ("foreign_currency", CURRENCY_STAYS),
    }
    first_code = "B01"

    class Meta:
        ordering = [InOrder("code"), "id"]
        triggers = [
            BENEFIT.trigger("benefit"),
            profile_said(),
            given_up().trigger(),
            watched_once_closed(),
            *source(
                Mark(Kind.BENEFIT, "id"),
                Mark(Kind.PROGRAMME, "programme_id", if_moved=True),
            ),
            *coded("benefit"),
            keeps_its_currency(),
            *of_unit(
                "benefit",
                "(SELECT portfolio_id FROM programmes_programme WHERE id = NEW.programme_id)",
                same=["programme_id"],
            ),
            converted_along("benefit", "programme_id"),
            keeps_its_money(
                OF_PROGRAMME.format("{row}.programme_id"),
                "programme_id",
                only="NEW.monetised AND NEW.foreign_currency = ''",
            ),
            still_there(
                "benefit",
                "objective",
                "FROM programmes_strategicobjective"
                " WHERE id = NEW.objective_id AND status = 'retired'",
                RETIRED,
            ),
            pgtrigger.Trigger(
                name="magnitudes",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("polarity", "kind"),
                condition=pgtrigger.Condition(
                    "NEW.polarity < 0 AND NEW.kind = 'flow'"
                    " AND (OLD.polarity, OLD.kind) IS DISTINCT FROM (NEW.polarity, NEW.kind)"
                ),
                # An amount that another transaction writes at the same time is missed;
                # figures take its magnitude all the same.
                func="IF EXISTS (SELECT FROM benefits_benefitprofileentry"
                " WHERE benefit_id = NEW.id AND value < 0)"
                " OR EXISTS (SELECT FROM benefits_benefitmeasurement"
                " WHERE benefit_id = NEW.id AND value < 0) THEN"
                " RAISE EXCEPTION 'Its profile or measurements have amounts below 0.'"
                " USING ERRCODE = 'check_violation', CONSTRAINT = 'benefit_magnitudes';"
                " END IF; RETURN NEW;",
            ),
            own_objectives(
                "made",
                pgtrigger.Insert,
                "served.programme = NEW.programme_id",
                "NEW.objective_id IS NOT NULL",
            ),
            own_objectives(
                "moved",
                pgtrigger.UpdateOf("objective_id", "programme_id"),
                "served.programme = NEW.programme_id",
                "OLD.objective_id IS DISTINCT FROM NEW.objective_id"
                " OR OLD.programme_id <> NEW.programme_id",
            ),
        ]
        indexes = [searched("benefit", "code", "title", "description", "measure")]
        constraints = [
            choices("benefit", "kind", BenefitKind),
            choices("benefit", "category", BenefitCategory),
            choices("benefit", "level", BenefitLevel),
            choices("benefit", "status", BenefitStatus),
            choices("benefit", "beneficiary", Beneficiary),
            choices("benefit", "frequency", Frequency),
            ordered("benefit", "baseline_on", "target_on"),
            rule(
                "benefit_polarity_choice",
                "polarity",
                Q(polarity__in=[1, -1]),
                "Enter 1 or -1.",
            ),
            rule(
                "benefit_dis_benefit_polarity",
                "category",
                (Q(category="dis_benefit") & Q(polarity=-1))
                | (~Q(category="dis_benefit") & Q(polarity=1)),
                "A dis-benefit has polarity -1, every other benefit 1.",
            ),
            rule(
                "benefit_monetised_flow",
                "monetised",
                Q(monetised=False) | Q(kind="flow"),
                "Only a flow can be money; a level is not summed.",
            ),
            rule(
                "benefit_foreign_currency",
                "foreign_currency",
                Q(foreign_currency="") | Q(monetised=True, foreign_currency__regex=r"^[A-Z]{3}$"),
                "Only a benefit in money has a currency: of three letters, such as EUR.",
            ),
            between("benefit", "confidence", 0, 1),
            *numbers("benefit", "baseline_value", "target_value", "unit_value"),
            *numbers("benefit", "tolerance_percent", low=0),
            ordered("benefit", "start_realising_on", "sustain_until"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    # The field that says whether its values are money, and the one with their unit where not.
    amounts_by = ("monetised", "unit")

    @property
    def amounts_in(self) -> str:
        """Return the unit of its values: of money, the benefit's or else the portfolio's currency;
        otherwise the benefit's own unit."""
        home = self.programme.portfolio
        return formats.unit_of(self.currency, home.money_unit) if self.monetised else self.unit

    @property
    def currency(self) -> str:
        """Return the currency that its values are in, where they are money."""
        return self.foreign_currency or self.programme.portfolio.currency
