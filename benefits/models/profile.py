"""What a benefit is planned and forecast to bring, period by period."""

from __future__ import annotations

from decimal import Decimal

import pgtrigger
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from benefits.models.benefit import Benefit, BenefitKind
from benefits.models.states import PROFILE_VERSION, VersionState
from pmhub.access import Join
from pmhub.database.constraints import choices, no_overlap, numbers, ordered, rule
from pmhub.database.currencies import converted
from pmhub.database.priced import PROFILE_ENTRIES
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import Kind, Mark, frozen, refusal, source
from pmhub.models import Person, Record
from pmhub.models.foreign import followed_currency, foreign_index, rate_column

MAGNITUDE = "What a dis-benefit costs is a magnitude: enter a number of at least 0."


def check_magnitude(benefit: Benefit, value: Decimal | None, field: str = "value") -> None:
    """Raise ValidationError for a negative amount of a dis-benefit, which would read as a gain."""
    if (
        value is not None
        and value < 0
        and benefit.polarity < 0
        and benefit.kind == BenefitKind.FLOW
    ):
        raise ValidationError({field: ValidationError(MAGNITUDE, code="magnitude")})


def magnitude(*columns: str) -> pgtrigger.Trigger:
    """Return the trigger that refuses a negative amount of a dis-benefit in any of these columns,
    whoever writes it."""
    return pgtrigger.Trigger(
        name="magnitude",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf(*columns, "benefit_id"),
        condition=pgtrigger.Condition(" OR ".join(f"NEW.{column} < 0" for column in columns)),
        func="IF EXISTS (SELECT FROM benefits_benefit"
        " WHERE id = NEW.benefit_id AND polarity < 0 AND kind = 'flow') THEN"
        f" RAISE EXCEPTION '{MAGNITUDE}'"
        " USING ERRCODE = 'check_violation', CONSTRAINT = 'benefit_magnitude';"
        " END IF; RETURN NEW;",
    )


class ProfileKind(models.TextChoices):
    """What a profile says: what was first planned, what is planned, what is expected."""

    BASELINE = "baseline", _("Baseline")
    APPROVED = "approved", _("Plan")
    FORECAST = "forecast", _("Forecast")


VERSIONS = "benefits_profileversion"
UNSAID = "Entered period by period."  # the reason of a version that came with its entries
FROZEN = "This version of the profile is frozen: write a new one."
# The columns of an entry that its version freezes.
SAID = (
    "benefit_id", "version_kind", "version_number", "period_start", "period_end", "value", "low",
    "high",
)  # fmt: skip
# SQL: whether the version `v` takes no more changes. A forecast is corrected while it is in force.
IS_FROZEN = (
    "(v.state IN ('proposed', 'superseded') OR v.state = 'approved' AND v.kind <> 'forecast')"
)


class ProfileVersion(Record):
    """A version of a profile: all periods that were planned or forecast of a benefit at one time.
    While no version of its kind is approved, the newest one counts."""

    benefit = models.ForeignKey(Benefit, models.CASCADE, related_name="profile_versions")
    kind = models.CharField(max_length=10, choices=ProfileKind)
    number = models.PositiveSmallIntegerField(default=1)
    reason = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=VersionState, default=VersionState.DRAFT)
    proposed_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    approved_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    approved_on = models.DateField(null=True, blank=True)
    finance_validated_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+"
    )
    finance_validated_on = models.DateField(null=True, blank=True)

    unread = (
        "reason", "proposed_by", "approved_by", "approved_on", "finance_validated_by",
        "finance_validated_on",
    )  # fmt: skip
    visible_through = ("benefit",)
    joins = dict.fromkeys(("proposed_by", "approved_by", "finance_validated_by"), Join.SET)
    parties = ("proposed_by", "created_by__person", "benefit__owner")
    lifecycles = (PROFILE_VERSION,)
    happened = ("approved_on", "finance_validated_on")
    stays = (
        RetentionRule(
            "version_stays",
            Q(state__in=["proposed", "approved", "superseded"]),
            "A version of a profile that was proposed or in force stays: write a new one.",
        ),
    )
    refuses = {
        "version_key": ("number", "A version keeps its benefit, its kind and its number."),
        "version_reason": ("reason", FROZEN),
        "version_proposer": ("proposed_by", FROZEN),
        "version_approver": ("approved_by", FROZEN),
    }

    class Meta:
        ordering = ["benefit", "kind", "-number"]
        triggers = [
            *source(Mark(Kind.BENEFIT, "benefit_id")),
            PROFILE_VERSION.trigger("version"),
            frozen("version_key", "true", "benefit_id", "kind", "number"),
            frozen("version_reason", "OLD.state <> 'draft'", "reason"),
            frozen(
                "version_proposer",
                "OLD.state <> 'draft' AND NEW.state <> 'draft'",
                "proposed_by_id",
            ),
            frozen("version_approver", "OLD.state IN ('approved', 'superseded')", "approved_by_id"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["benefit", "kind", "number"],
                name="profileversion_once",
                violation_error_message="This version is there already.",
            ),
            models.UniqueConstraint(
                fields=["benefit", "kind"],
                condition=Q(state="approved"),
                name="profileversion_one_in_force",
                violation_error_message="Another version of this kind is in force.",
            ),
            choices("profileversion", "kind", ProfileKind),
            choices("profileversion", "state", VersionState),
            rule(
                "profileversion_reason_said",
                "reason",
                ~Q(kind="forecast") | Q(number__lte=1) | ~Q(reason=""),
                "Say why the forecast changes.",
            ),
            rule(
                "profileversion_approved_by_another",
                "approved_by",
                Q(kind="forecast")
                | Q(approved_by__isnull=True)
                | Q(proposed_by__isnull=True)
                | ~Q(approved_by=F("proposed_by")),
                "Nobody approves what they have proposed.",
            ),
            rule(
                "profileversion_says_who",
                "approved_by",
                Q(kind="forecast")
                | ~Q(state="approved")
                | Q(proposed_by__isnull=True)
                | Q(approved_by__isnull=False),
                "A version that was proposed names who approved it.",
            ),
        ]

    @property
    def entries(self) -> models.QuerySet[BenefitProfileEntry]:
        """Return its entries, one a period."""
        return BenefitProfileEntry.objects.filter(
            benefit=self.benefit_id, version_kind=self.kind, version_number=self.number
        )

    @property
    def is_frozen(self) -> bool:
        """Return whether its entries can no longer be changed."""
        in_force = self.state == VersionState.APPROVED and self.kind != ProfileKind.FORECAST
        return in_force or self.state in (VersionState.PROPOSED, VersionState.SUPERSEDED)

    @property
    def may_be_validated(self) -> bool:
        """Return whether finance may validate it: a baseline or a plan that is proposed or
        approved."""
        stands = self.state in (VersionState.PROPOSED, VersionState.APPROVED)
        return stands and self.kind != ProfileKind.FORECAST

    def __str__(self) -> str:
        return f"{self.benefit.code} {self.kind} {self.number}"


def _frozen(row: str) -> str:
    """Return SQL that refuses to change an entry (OLD or NEW) whose version is frozen."""
    return (
        f"IF EXISTS (SELECT FROM {VERSIONS} v"  # our own names
        f" WHERE v.benefit_id = {row}.benefit_id AND v.kind = {row}.version_kind"
        f" AND v.number = {row}.version_number AND {IS_FROZEN})"
        f" THEN {refusal('profile_frozen', 'version_number', FROZEN)} END IF;"
    )


def stays_with_its_version() -> list[pgtrigger.Trigger]:
    """Refuse changes of entries whose version is frozen, whoever makes them."""
    written = pgtrigger.UpdateOf(*SAID)
    return [
        pgtrigger.Trigger(
            name="frozen_added",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            func=f"{_frozen('NEW')} RETURN NEW;",
        ),
        pgtrigger.Trigger(
            name="frozen_changed",
            when=pgtrigger.Before,
            operation=written,
            condition=pgtrigger.AnyChange(*("benefit", *SAID[1:])),
            func=f"{_frozen('OLD')} {_frozen('NEW')} RETURN NEW;",
        ),
        pgtrigger.Trigger(
            name="kept_frozen",
            when=pgtrigger.Before,
            operation=pgtrigger.Delete,
            func=f"{_frozen('OLD')} RETURN OLD;",
        ),
    ]


def makes_its_version() -> pgtrigger.Trigger:
    """Add the version that an entry names, where there is none: a forecast comes into force in the
    place of the one before, any other kind begins as a draft."""
    mine = "benefit_id = NEW.benefit_id AND kind = NEW.version_kind"
    why = "NULLIF(current_setting('pghistory.context_metadata', true), '')::jsonb ->> 'reason'"
    return pgtrigger.Trigger(
        name="makes_its_version",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert
        | pgtrigger.UpdateOf("benefit_id", "version_kind", "version_number"),
        declare=[("newest", "boolean")],
        func=(
            f"IF EXISTS (SELECT FROM {VERSIONS} WHERE {mine} AND number = NEW.version_number)"  # noqa: S608  # our own names
            " THEN RETURN NEW; END IF;"
            " newest := NEW.version_kind = 'forecast' AND NOT EXISTS"
            f" (SELECT FROM {VERSIONS} WHERE {mine} AND number > NEW.version_number);"
            f" IF newest THEN UPDATE {VERSIONS} SET state = 'superseded'"
            f" WHERE {mine} AND state = 'approved'; END IF;"
            f" INSERT INTO {VERSIONS} (benefit_id, kind, number, reason, state, created_by_id,"
            " updated_by_id) VALUES (NEW.benefit_id, NEW.version_kind, NEW.version_number,"
            f" coalesce({why}, '{UNSAID}'),"
            " CASE WHEN newest THEN 'approved' ELSE 'draft' END,"
            " NEW.created_by_id, NEW.updated_by_id) ON CONFLICT DO NOTHING; RETURN NEW;"
        ),
    )


class BenefitProfileEntry(Record):
    """The value planned or forecast for one period: an amount (flow) or a level (stock). It belongs
    to the version that its benefit, `version_kind` and `version_number` name, a foreign key of the
    database. It is in the currency of its benefit; figures convert it by its rate, the budget rate
    of the first day of its fiscal year."""

    benefit = models.ForeignKey(Benefit, models.PROTECT, related_name="profile_entries")
    version_kind = models.CharField(
        max_length=10, choices=ProfileKind, default=ProfileKind.FORECAST
    )
    version_number = models.PositiveSmallIntegerField(default=1)
    period_start = models.DateField()
    period_end = models.DateField()
    value = models.DecimalField(max_digits=14, decimal_places=2)
    low = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("The least that a forecast may come to; the simulation reads it"),
    )
    high = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("The most that it may come to"),
    )
    foreign_currency = followed_currency()
    exchange_rate = rate_column()

    visible_through = ("benefit",)
    held_by = {
        ProfileVersion: {"benefit": "benefit", "version_kind": "kind", "version_number": "number"}
    }
    refuses = {"benefit_magnitude": ("value", MAGNITUDE)}

    class Meta:
        ordering = ["benefit", "version_kind", "version_number", "period_start", "id"]
        verbose_name_plural = "benefit profile entries"
        triggers = [
            *source(Mark(Kind.BENEFIT, "benefit_id")),
            converted(PROFILE_ENTRIES),
            magnitude("value", "low"),
            *stays_with_its_version(),
            makes_its_version(),
        ]
        indexes = [foreign_index("profileentry")]
        constraints = [
            no_overlap("profileentry", "benefit", "version_kind", "version_number"),
            choices("profileentry", "version_kind", ProfileKind),
            ordered("profileentry", "period_start", "period_end"),
            *numbers("profileentry", "value", "low", "high"),
            rule(
                "profileentry_range",
                "low",
                Q(low__isnull=True, high__isnull=True)
                | Q(low__isnull=False, high__isnull=False)
                & Q(low__lte=F("value"), high__gte=F("value")),
                "Say both the least and the most, with the value between them.",
            ),
        ]

    def clean(self) -> None:
        """Check the entry against its benefit, and whether its version may be changed."""
        if benefit := getattr(self, "benefit", None):
            check_magnitude(benefit, self.value)
            check_magnitude(benefit, self.low, "low")
            self.check_versions()

    def check_versions(self) -> None:
        """Raise ValidationError where the entry enters, leaves or changes a version that is
        frozen."""
        before = type(self)._base_manager.filter(pk=self.pk).first() if self.pk else None
        if before is None or any(getattr(before, name) != getattr(self, name) for name in SAID):
            for row in filter(None, (before, self)):
                version = ProfileVersion.objects.filter(
                    benefit=row.benefit_id, kind=row.version_kind, number=row.version_number
                ).first()
                if version is not None and version.is_frozen:
                    error = ValidationError(FROZEN, code="profile_frozen")
                    raise ValidationError({"version_number": error})

    @property
    def amounts_in(self) -> str:
        """Return the unit of its value."""
        return self.benefit.amounts_in

    def __str__(self) -> str:
        return f"{self.benefit.code} {self.version_kind} {self.period_end}: {self.value}"
