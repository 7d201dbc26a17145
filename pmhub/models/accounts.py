"""How people and programs get in: what was tried, sessions, tokens."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken


class Door(models.TextChoices):
    """Where somebody shows that they are who they say."""

    PASSWORD = "password", _("Password")
    CONFIRMATION = "confirmation", _("Password again")
    SECOND_FACTOR = "second_factor", _("Second factor")
    TOKEN = "token", _("Token")


class Outcome(models.TextChoices):
    """What came of it."""

    ADMITTED = "admitted", _("Admitted")
    REFUSED = "refused", _("Refused")
    HELD = "held", _("Held back")


class Attempt(models.Model):
    """Somebody tried to get in: kept for who audits, and counted by the lock-out. What was typed
    is not kept, for people type their password as their name."""

    at = models.DateTimeField(default=timezone.now, editable=False)
    door = models.CharField(max_length=20, choices=Door)
    outcome = models.CharField(max_length=20, choices=Outcome, default=Outcome.REFUSED)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    account = models.CharField(
        max_length=64, blank=True, help_text=_("A keyed digest of the name, known or unknown")
    )
    address = models.GenericIPAddressField(null=True)
    origin = models.CharField(
        max_length=64, blank=True, help_text=_("What counts as one address: of IPv6, the network")
    )
    browser = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["account", "at"], name="attempt_account"),
            models.Index(fields=["origin", "at"], name="attempt_origin"),
            models.Index(fields=["at"], name="attempt_at"),
        ]

    def __str__(self) -> str:
        return f"{self.door} {self.outcome} {self.at:%Y-%m-%d %H:%M}"


class Token(AbstractAuthToken):
    """A key for another system: hashed, shown once, never able to do more than its user."""

    name = models.CharField(max_length=100)
    scopes = models.CharField(
        max_length=200, blank=True, help_text=_("read, write; empty for both")
    )
    last_used_at = models.DateTimeField(null=True, editable=False)

    class Meta(AbstractAuthToken.Meta):
        abstract = False

    def __str__(self) -> str:
        return f"{self.name} ({self.token_key}…)"
