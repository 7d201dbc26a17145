"""What was measured of a benefit."""

from __future__ import annotations

from datetime import date

import pgtrigger
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from benefits.models.benefit import Benefit, BenefitKind
from benefits.models.profile import check_magnitude, magnitude
from benefits.models.states import MEASUREMENT, MeasurementStatus
from pmhub.access import Join
from pmhub.access.separation_of_duties import LEADS_PROJECT
from pmhub.database.constraints import choices, no_overlap, numbers, ordered, rule
from pmhub.database.currencies import converted
from pmhub.database.priced import MEASUREMENTS
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import Kind, Mark, frozen, refusal, source
from pmhub.models import Person, Record
from pmhub.models.foreign import followed_currency, foreign_index, rate_column
from programmes.models.closed_year import kept_closed


class EvidenceGrade(models.TextChoices):
    """How good the evidence is."""

    MEASURED = "measured", _("Measured")
    DERIVED = "derived", _("Derived from measures")
    SAMPLED = "sampled", _("Sampled")
    ESTIMATED = "estimated", _("Estimated")


def judged_by_another() -> pgtrigger.Trigger:
    """Refuse a judgement by the manager of the project that brings the benefit, or by its owner or
    reporter, whoever writes it."""
    text = "A project manager does not verify what their own project brings."
    own = "Neither who owns a benefit nor who reports it verifies what is measured of it."
    judges = (
        "(NEW.status, NEW.verified_by_id) IS DISTINCT FROM (OLD.status, OLD.verified_by_id)"
        " AND NEW.status IN ('verified', 'rejected')"
    )
    return pgtrigger.Trigger(
        name="judged_by_another",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("verified_by_id", "status"),
        condition=pgtrigger.Condition("NEW.verified_by_id IS NOT NULL"),
        func=f"IF {judges} AND EXISTS (SELECT FROM benefits_benefitcontribution c"  # noqa: S608  # our own names
        " WHERE c.benefit_id = NEW.benefit_id"
        f" AND NEW.verified_by_id IN ({LEADS_PROJECT.format('c.project_id')})) THEN"
        f" {refusal('not_independent', 'verified_by', text)} END IF;"
        f" IF {judges} AND EXISTS (SELECT FROM benefits_benefit b WHERE b.id = NEW.benefit_id"
        " AND NEW.verified_by_id IN (b.owner_id, b.reporter_id)) THEN"
        f" {refusal('not_independent', 'verified_by', own)} END IF; RETURN NEW;",
    )


class BenefitMeasurement(Record):
    """What was measured for one period, by whom, on what evidence, and who verified it. It is in
    the currency of its benefit; figures convert it by its rate, that of the day its period ends."""

    benefit = models.ForeignKey(Benefit, models.PROTECT, related_name="measurements")
    period_start = models.DateField()
    period_end = models.DateField()
    value = models.DecimalField(max_digits=14, decimal_places=2)
    measured_on = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=300, blank=True)
    evidence_grade = models.CharField(
        max_length=10, choices=EvidenceGrade, default=EvidenceGrade.MEASURED
    )
    status = models.CharField(
        max_length=20, choices=MeasurementStatus, default=MeasurementStatus.SUBMITTED
    )
    submitted_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+"
    )
    confirmed_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+"
    )
    verified_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    foreign_currency = followed_currency()
    exchange_rate = rate_column()

    unread = (
        "measured_on", "source", "evidence_grade", "submitted_by", "confirmed_by", "verified_by",
    )  # fmt: skip
    visible_through = ("benefit",)
    joins = dict.fromkeys(("submitted_by", "confirmed_by", "verified_by"), Join.SET)
    lifecycles = (MEASUREMENT,)
    edited_in = (MeasurementStatus.SUBMITTED, MeasurementStatus.REJECTED)
    happened = ("measured_on", "period_end")
    true_from = "period_end"
    parties = (
        "submitted_by",
        "created_by__person",
        "benefit__owner",
        "benefit__reporter",
        "benefit__contributions__project__project_manager",
    )
    stays = (
        RetentionRule(
            "verified_stays",
            Q(status__in=["verified", "superseded"]),
            "A verified measurement is never deleted, only superseded by a new one.",
        ),
    )
    refuses = {
        "verified_stays": (
            "",
            "A verified measurement is never changed, only superseded by a new one.",
        )
    }

    class Meta:
        ordering = ["benefit", "period_start", "-id"]
        triggers = [
            *source(Mark(Kind.BENEFIT, "benefit_id")),
            converted(MEASUREMENTS),
            magnitude("value"),
            judged_by_another(),
            MEASUREMENT.trigger("measurement"),
            *kept_closed(
                "period_end", "benefit_id", "period_start", "period_end", "value",
                "foreign_currency", "exchange_rate", "status",
                day="{row}.period_end",
                home="(SELECT g.portfolio_id FROM benefits_benefit b JOIN programmes_programme g"
                " ON g.id = b.programme_id WHERE b.id = {row}.benefit_id)",
            ),
            frozen(
                "verified_stays",
                "OLD.status IN ('verified', 'superseded')",
                "benefit_id",
                "value",
                "period_start",
                "period_end",
                "measured_on",
                "source",
                "evidence_grade",
                "submitted_by_id",
                "confirmed_by_id",
                "verified_by_id",
            ),
        ]  # fmt: skip
        indexes = [foreign_index("measurement")]
        constraints = [
            no_overlap("measurement", "benefit", condition=Q(status="verified")),
            choices("measurement", "status", MeasurementStatus),
            choices("measurement", "evidence_grade", EvidenceGrade),
            ordered("measurement", "period_start", "period_end"),
            *numbers("measurement", "value"),
            rule(
                "measurement_verified_by",
                "verified_by",
                ~Q(status="verified") | Q(verified_by__isnull=False),
                "A verified measurement names who verified it.",
            ),
            rule(
                "measurement_not_own",
                "verified_by",
                Q(verified_by__isnull=True)
                | Q(submitted_by__isnull=True)
                | ~Q(verified_by=F("submitted_by")),
                "Nobody verifies their own measurement.",
            ),
        ]

    @property
    def waits_for_owner(self) -> bool:
        """Return whether the owner of the benefit has still to confirm what somebody else
        submitted."""
        stands = self.confirmed_by_id or self.submitted_by_id == self.benefit.owner_id
        return self.status == MeasurementStatus.SUBMITTED and not stands

    def clean(self) -> None:
        """Check the value, the period and the day of measuring against the benefit."""
        benefit = getattr(self, "benefit", None)
        if benefit is None:
            return
        check_magnitude(benefit, self.value)
        if self.period_start and self.period_end:
            check_over(benefit, self.period_end)
            check_measured(benefit, self.period_start, self.period_end, self.measured_on)

    @property
    def amounts_in(self) -> str:
        """Return the unit of its value."""
        return self.benefit.amounts_in

    def __str__(self) -> str:
        return f"{self.benefit.code} {self.period_end}: {self.value}"


def check_over(benefit: Benefit, period_end: date) -> None:
    """Raise ValidationError for a period that is not over on the status date."""
    as_of = benefit.programme.portfolio.as_of
    if period_end > as_of:
        text = f"This period is not over on the status date, {_day_in_words(as_of)}."
        raise ValidationError({"period_end": ValidationError(text, code="not_over")})


def check_measured(benefit: Benefit, start: date, end: date, measured_on: date | None) -> None:
    """Raise ValidationError for a day of measuring that is too early: of an amount before the end
    of its period, of a level before the beginning."""
    earliest = end if benefit.kind == BenefitKind.FLOW else start
    if measured_on and measured_on < earliest:
        text = f"Nothing of this period could be measured before {_day_in_words(earliest)}."
        raise ValidationError({"measured_on": ValidationError(text, code="too_early")})


def _day_in_words(day: date) -> str:
    return date_format(day, "j M Y")
