"""The visits of users; their home page shows what changed since the last one."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class Visit(models.Model):
    """The present visit of a user, and when the one before it began."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="visit"
    )
    begun_at = models.DateTimeField(default=timezone.now)
    before = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.user} since {self.begun_at:%Y-%m-%d %H:%M}"
