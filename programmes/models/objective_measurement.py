"""Measurements of strategic objectives."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.database.constraints import choices, numbers, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, refusal, versioned
from pmhub.models import Person, Record
from programmes.models.portfolio import SERVED, StrategicObjective
from programmes.models.programme import Programme
from programmes.models.states import OBJECTIVE_MEASUREMENT, ObjectiveMeasurementStatus

NOT_SERVED = "This programme does not serve the objective."


def serving_programmes(objective: StrategicObjective) -> models.QuerySet[Programme]:
    """Return the programmes that serve an objective, themselves or by a benefit, by code."""
    serves = Q(objectives=objective) | Q(benefits__objectives=objective)
    rows = Programme.objects.filter(serves | Q(benefits__objective=objective))
    return rows.order_by("code").distinct()


def for_who_serves() -> pgtrigger.Trigger:
    """Refuse that an objective is measured for a programme that does not serve it."""
    return pgtrigger.Trigger(
        name="for_who_serves",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("objective_id", "programme_id"),
        condition=pgtrigger.Condition("NEW.programme_id IS NOT NULL"),
        func=f"IF NOT EXISTS (SELECT FROM ({' '.join(SERVED.split())}) served"  # our own names
        " WHERE served.objective = NEW.objective_id AND served.programme = NEW.programme_id) THEN"
        f" {refusal('for_who_serves', 'programme', NOT_SERVED)} END IF; RETURN NEW;",
    )


class ObjectiveMeasurement(Record):
    """A measured value of an objective on a day. It counts once somebody else has verified it;
    `programme` is the one for which it was measured, if it was for one."""

    objective = models.ForeignKey(StrategicObjective, models.PROTECT, related_name="measurements")
    programme = models.ForeignKey(
        Programme,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="objective_measurements",
        help_text=_("The programme that has it measured"),
    )
    on = models.DateField(help_text=_("The day of which the value speaks"))
    value = models.DecimalField(max_digits=14, decimal_places=2)
    source = models.CharField(max_length=300, blank=True)
    status = models.CharField(
        max_length=20,
        choices=ObjectiveMeasurementStatus,
        default=ObjectiveMeasurementStatus.SUBMITTED,
    )
    by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    verified_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")

    visible_through = ("objective", "programme")
    visible_below = {
        f"objective__{path}": kind for path, kind in StrategicObjective.visible_below.items()
    }
    joins = {"objective": Join.SEE, "by": Join.SET, "verified_by": Join.SET}
    lifecycles = (OBJECTIVE_MEASUREMENT,)
    edited_in = (ObjectiveMeasurementStatus.SUBMITTED, ObjectiveMeasurementStatus.REJECTED)
    happened = ("on",)
    true_from = "on"
    parties = ("by", "created_by__person")
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
        ),
        "for_who_serves": ("programme", NOT_SERVED),
    }

    class Meta:
        ordering = ["objective", "-on", "-id"]
        triggers = [
            versioned(),
            OBJECTIVE_MEASUREMENT.trigger("objective measurement"),
            for_who_serves(),
            frozen(
                "verified_stays",
                "OLD.status IN ('verified', 'superseded')",
                "objective_id",
                "programme_id",
                "on",
                "value",
                "source",
                "by_id",
                "verified_by_id",
            ),
        ]
        constraints = [
            choices("objectivemeasurement", "status", ObjectiveMeasurementStatus),
            *numbers("objectivemeasurement", "value"),
            models.UniqueConstraint(
                fields=["objective", "on"],
                condition=Q(status="verified"),
                name="objectivemeasurement_once",
                violation_error_message=_("This objective has a verified measurement of that day."),
            ),
            rule(
                "objectivemeasurement_verified_by",
                "verified_by",
                ~Q(status="verified") | Q(verified_by__isnull=False),
                "A verified measurement names who verified it.",
            ),
            rule(
                "objectivemeasurement_not_own",
                "verified_by",
                Q(verified_by__isnull=True) | Q(by__isnull=True) | ~Q(verified_by=F("by")),
                "Nobody verifies their own measurement.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.objective.code} on {self.on}: {self.value}"
