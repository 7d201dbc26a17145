"""How people and programs sign in: attempts, sessions, tokens and rules."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken, AuthTokenManager
from knox.settings import knox_settings

from pmhub import browsers
from pmhub.audit import triggers as audit

TOLD_BEFORE = timedelta(days=14)  # time before the end of a token at which its owner is told


class Door(models.TextChoices):
    """Where somebody shows that they are who they say."""

    PASSWORD = "password", _("Password")
    CONFIRMATION = "confirmation", _("Password again")
    SECOND_FACTOR = "second_factor", _("Second factor")
    TOKEN = "token", _("Token")
    RESET = "reset", _("Password forgotten")
    PASSKEY = "passkey", _("Passkey")
    PROVIDER = "provider", _("Provider")


class Outcome(models.TextChoices):
    """What came of it."""

    ADMITTED = "admitted", _("Admitted")
    REFUSED = "refused", _("Refused")
    HELD = "held", _("Held back")


class Attempt(models.Model):
    """An attempt to sign in, kept for auditors and counted by the lock-out. What was typed is not
    kept, as people sometimes type their password in place of their name."""

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

    @property
    def named(self) -> str:
        """The name of the browser, such as "Firefox on Windows"."""
        return browsers.browser_name(self.browser)


class SignInRule(models.Model):
    """What a role requires of everybody who holds it anywhere in order to sign in. The PMO sets
    it."""

    role = models.CharField(max_length=20, unique=True)
    second_factor = models.BooleanField(
        _("second factor"),
        default=True,
        help_text=_("Who holds the role sets up an app or a passkey, and sees nothing before."),
    )

    class Meta:
        ordering = ["role"]
        triggers = audit.SIGN_IN_RULE

    def __str__(self) -> str:
        return self.role


class Session(AbstractBaseSession):
    """A session of a browser: whose it is, from which address, and since when."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="sessions"
    )
    address = models.GenericIPAddressField(null=True)
    browser = models.CharField(max_length=200, blank=True)
    begun_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta(AbstractBaseSession.Meta):
        abstract = False
        triggers = audit.SESSIONS

    @classmethod
    def get_session_store_class(cls) -> Any:
        """Return the session store that reads and writes these rows."""
        return import_module(settings.SESSION_ENGINE).SessionStore


class Mail(models.Model):
    """A mail to send: a worker writes it from this row, sends it, and deletes the row. A link in it
    is made only then, so that none is stored in the database."""

    kind = models.CharField(max_length=20)
    to = models.EmailField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    about = models.JSONField(default=dict)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"{self.kind} to {self.to}"


class Tokens(AuthTokenManager):
    """Tokens, made with the moment at which their owner is told of their expiry."""

    def create(self, user: Any, expiry: Any = knox_settings.TOKEN_TTL, **fields: Any) -> Any:
        """Return a token and its key, which is not stored."""
        fields.setdefault("tell_at", timezone.now() + expiry - TOLD_BEFORE)
        return super().create(user, expiry=expiry, **fields)


class Token(AbstractAuthToken):
    """A key for another system: stored hashed, shown once, with an expiry, and with no more rights
    than its user."""

    name = models.CharField(max_length=100)
    scopes = models.TextField(
        blank=True, help_text=_("Words as pmhub/scopes.py has them; empty for everything")
    )
    last_used_at = models.DateTimeField(null=True, editable=False)
    tell_at = models.DateTimeField(null=True, editable=False)

    objects = Tokens()

    class Meta(AbstractAuthToken.Meta):
        abstract = False
        triggers = audit.TOKEN
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expiry__isnull=False),
                name="token_ends",
                violation_error_message=_("A token has an end."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.token_key}…)"

    @property
    def has_ended(self) -> bool:
        """Whether the token has expired."""
        return bool(self.expiry <= timezone.now())
