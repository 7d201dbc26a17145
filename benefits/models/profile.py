"""What a benefit is planned and forecast to bring, period by period."""

from __future__ import annotations

from decimal import Decimal

import pgtrigger
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from benefits.models.benefit import Benefit, BenefitKind
from pmhub.constraints import apart, choices, numbers, ordered
from pmhub.models import Record
from pmhub.triggers import Kind, Mark, source

MAGNITUDE = "What a dis-benefit costs is a magnitude: enter a number of at least 0."


def check_magnitude(benefit: Benefit, value: Decimal | None) -> None:
    """Raise ValidationError for an amount of a dis-benefit below 0, which would read as a gain."""
    if (
        value is not None
        and value < 0
        and benefit.polarity < 0
        and benefit.kind == BenefitKind.FLOW
    ):
        raise ValidationError({"value": ValidationError(MAGNITUDE, code="magnitude")})


def magnitude() -> pgtrigger.Trigger:
    """The trigger that refuses such an amount, whoever writes it."""
    return pgtrigger.Trigger(
        name="magnitude",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("value", "benefit_id"),
        condition=pgtrigger.Condition("NEW.value < 0"),
        func="IF EXISTS (SELECT FROM benefits_benefit"
        " WHERE id = NEW.benefit_id AND polarity < 0 AND kind = 'flow') THEN"
        f" RAISE EXCEPTION '{MAGNITUDE}'"
        " USING ERRCODE = 'check_violation', CONSTRAINT = 'benefit_magnitude';"
        " END IF; RETURN NEW;",
    )


class ProfileVersion(models.TextChoices):
    """Which plan an entry belongs to."""

    BASELINE = "baseline", _("Baseline")
    APPROVED = "approved", _("Approved")
    FORECAST = "forecast", _("Forecast")


class BenefitProfileEntry(Record):
    """The value planned or forecast for one period: an amount (flow) or a level (stock)."""

    benefit = models.ForeignKey(Benefit, models.PROTECT, related_name="profile_entries")
    version_kind = models.CharField(
        max_length=10, choices=ProfileVersion, default=ProfileVersion.FORECAST
    )
    version_number = models.PositiveSmallIntegerField(default=1)
    period_start = models.DateField()
    period_end = models.DateField()
    value = models.DecimalField(max_digits=14, decimal_places=2)

    visible_through = ("benefit",)
    refuses = {"benefit_magnitude": ("value", MAGNITUDE)}

    class Meta:
        ordering = ["benefit", "version_kind", "version_number", "period_start"]
        verbose_name_plural = "benefit profile entries"
        triggers = [*source(Mark(Kind.BENEFIT, "benefit_id")), magnitude()]
        constraints = [
            apart("profileentry", "benefit", "version_kind", "version_number"),
            choices("profileentry", "version_kind", ProfileVersion),
            ordered("profileentry", "period_start", "period_end"),
            *numbers("profileentry", "value"),
        ]

    def clean(self) -> None:
        """Check what the row's benefit has to say."""
        if benefit := getattr(self, "benefit", None):
            check_magnitude(benefit, self.value)

    def __str__(self) -> str:
        return f"{self.benefit.code} {self.version_kind} {self.period_end}: {self.value}"
