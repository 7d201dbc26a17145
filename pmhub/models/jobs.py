"""Jobs: long work that users ask for, and its results."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

AT_ONCE = 2  # running jobs of one user


class JobState(models.TextChoices):
    """Where a job is."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


OPEN = (JobState.QUEUED, JobState.RUNNING)


class Job(models.Model):
    """Long work for one user. The row holds all there is to know; a message to a worker is only a
    hint.

    While a worker runs it, the job takes one of its owner's places, until `held_until` at most,
    which the worker extends while it lives. `attempts` identifies the present worker, so that one
    that was given up can write nothing more. `scope` is what the owner could see when it ran.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="jobs")
    token = models.ForeignKey(
        "pmhub.Token",
        models.CASCADE,
        null=True,
        related_name="+",
        help_text=_("By which it was asked for: revoked, it takes its jobs along"),
    )
    kind = models.CharField(max_length=40)
    parameters = models.JSONField(default=dict)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=JobState, default=JobState.QUEUED)
    progress = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)
    message = models.TextField(blank=True)
    place = models.PositiveSmallIntegerField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    held_until = models.DateTimeField(null=True)
    scope = models.JSONField(default=dict)
    file_name = models.CharField(max_length=200, blank=True)
    media_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveBigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[Any] = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "place"],
                condition=Q(state="running"),
                name="job_place_once",
            ),
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="job_state_known"),
            models.CheckConstraint(
                condition=Q(
                    state="running",
                    place__isnull=False,  # without a place the range check would be NULL, and pass
                    place__range=(1, AT_ONCE),
                    held_until__isnull=False,
                )
                | (~Q(state="running") & Q(place__isnull=True, held_until__isnull=True)),
                name="job_holds_a_place_while_it_runs",
            ),
            models.CheckConstraint(
                condition=Q(state__in=OPEN, finished_at__isnull=True, expires_at__isnull=True)
                | (
                    ~Q(state__in=OPEN)
                    & Q(finished_at__isnull=False, expires_at__gt=F("finished_at"))
                ),
                name="job_ends_and_expires",
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | (~Q(file_name="") & Q(size__isnull=False)),
                name="job_done_has_a_file",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "owner"], condition=Q(state__in=OPEN), name="job_open"),
            models.Index(fields=["expires_at"], name="job_expires"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        """Whether the job still waits or runs."""
        return self.state in OPEN


class JobPart(models.Model):
    """A piece of the file that a job makes, with the number of the attempt that made it; attempt 0
    is for the file that the job was given."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="parts")
    attempt = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "attempt", "number"], name="jobpart_once")
        ]

    def __str__(self) -> str:
        return f"{self.job_id}/{self.number}"
