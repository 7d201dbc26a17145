"""Digests: mails that tell people what waits for them, and what else they want to hear about."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pmhub.database.time_zones import known_time_zone


class Cadence(models.TextChoices):
    """How often somebody is told of a topic."""

    OFF = "off", _("Never")
    AT_ONCE = "at_once", _("At once")
    DAILY = "daily", _("On working days")
    WEEKLY = "weekly", _("Once a week")


class Topic(models.TextChoices):
    """What a digest tells of: each of them has a field of this name on the user."""

    WAITING = "digest_waiting", _("What waits for you")
    MENTIONS = "digest_mentions", _("Comments that mention you")
    FOLLOWED = "digest_followed", _("Changes of what you follow")


class DigestChoices(models.Model):
    """A user's choices for digests: how often they are told of each topic, and the time zone of
    their mornings."""

    digest_waiting = models.CharField(
        Topic.WAITING.label, max_length=10, choices=Cadence, default=Cadence.DAILY
    )
    digest_mentions = models.CharField(
        Topic.MENTIONS.label, max_length=10, choices=Cadence, default=Cadence.WEEKLY
    )
    digest_followed = models.CharField(
        Topic.FOLLOWED.label, max_length=10, choices=Cadence, default=Cadence.WEEKLY
    )
    time_zone = models.CharField(
        _("time zone"), max_length=60, blank=True, validators=[known_time_zone],
        help_text=_("Where it is eight in the morning when a digest comes."),
    )  # fmt: skip

    DIGEST = (*Topic.values, "time_zone")

    class Meta:
        abstract = True


def now_of_all_topics() -> dict[str, str]:
    """Return the present moment for each topic, as that until which it has been told."""
    return dict.fromkeys(Topic.values, timezone.now().isoformat())


class Digest(models.Model):
    """When the next digest of a user is due, and what earlier ones told them."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="digest"
    )
    due_at = models.DateTimeField(default=timezone.now, db_index=True)
    begun_at = models.DateTimeField(
        null=True, help_text=_("When the last one was begun: at most one a day is")
    )
    tries = models.PositiveSmallIntegerField(default=0)
    told_at = models.JSONField(
        default=now_of_all_topics, help_text=_("Until when each topic was told")
    )
    waits = models.JSONField(
        default=dict, help_text=_("What waited then, by key: whether it was overdue")
    )
    told = models.JSONField(
        default=list, help_text=_("The notices, by id, of a later moment that were told already")
    )
    looked_at = models.DateTimeField(
        null=True, help_text=_("When it was looked for the last time what is to be told at once")
    )
    looked_stamp = models.CharField(
        max_length=40, default="", blank=True,
        help_text=_("The stamp of the tables then: while it is the same, nothing is to be told"),
    )  # fmt: skip
    looked_topics = models.JSONField(
        default=list, blank=True, help_text=_("The tables from which that was read")
    )

    def __str__(self) -> str:
        return f"{self.user} at {self.due_at:%Y-%m-%d %H:%M}"
