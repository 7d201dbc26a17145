"""What the engine computes for a project."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from pmhub.access import ScopedQuerySet, Visible
from pmhub.database.touch_triggers import leaves_touches
from projects.models.project import Project


@leaves_touches
class ProjectForecast(Visible, models.Model):
    """What the engine computed for a project: where its dates really stand, its earned value and
    health. Closed and reopened like a ledger line, so that it can be read as it was known."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="forecasts")
    # The programme whose lock this was computed under. A fact of that time, so no foreign key.
    computed_under = models.BigIntegerField(null=True)
    starts_on = models.DateField(null=True)
    finishes_on = models.DateField(null=True)
    slip_days = models.IntegerField(null=True)
    hidden_delay_days = models.IntegerField(null=True)
    driver = models.BigIntegerField(null=True)
    # The computed day of each event (projects.schedule.Timeline), which projects that wait for this
    # one need. None where it was computed before events were stored.
    events = models.JSONField(null=True)
    figures = models.JSONField(default=dict)
    health = models.JSONField(default=dict)
    # Only for a project that stands alone: when its figures next change by themselves.
    stale_after = models.DateTimeField(null=True, db_index=True)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    objects = ScopedQuerySet.as_manager()
    visible_through = ("project",)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(valid_to__isnull=True),
                name="projectforecast_one_open",
            ),
            models.CheckConstraint(
                name="projectforecast_interval",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
            ),
        ]
        indexes = [
            models.Index(
                F("computed_under"),
                F("finishes_on").desc(nulls_last=True),
                name="projectforecast_last",
                condition=Q(valid_to__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"Forecast of {self.project.code}"
