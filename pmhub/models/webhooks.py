"""Webhooks: who is told of changes, where, and the result of each message."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class WebhookState(models.TextChoices):
    """Whether a webhook is told anything."""

    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")


class DeliveryState(models.TextChoices):
    """What came of a message."""

    WAITING = "waiting", _("Waiting")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Failed")


class Webhook(models.Model):
    """An address of another system that is told of changes to what its owner may see.

    `secret` signs the messages, and is stored encrypted. `base` is the address of pmhub at which
    the webhook was made: messages name records below it.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="webhooks")
    name = models.CharField(max_length=100)
    address = models.URLField(max_length=500)
    base = models.URLField(max_length=200)
    secret = models.TextField()
    topics = ArrayField(
        models.CharField(max_length=60),
        default=list,
        blank=True,
        help_text=_("Collections; empty for all"),
    )
    programme = models.ForeignKey(
        "programmes.Programme", models.CASCADE, null=True, blank=True, related_name="webhooks",
        help_text=_("Of what belongs to it alone; empty for all that its owner sees"),
    )  # fmt: skip
    state = models.CharField(max_length=10, choices=WebhookState, default=WebhookState.ACTIVE)
    active_since = models.DateTimeField(db_default=Now())
    failing_since = models.DateTimeField(null=True)
    sending_until = models.DateTimeField(
        null=True, help_text=_("A worker sends meanwhile; after that it is taken for dead")
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar[Any] = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=WebhookState.values), name="webhook_state_known"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def told(self) -> str:
        """The kinds of records that the webhook is told about, in words; empty for all."""
        return ", ".join(topic.replace("-", " ") for topic in self.topics)

    @property
    def is_active(self) -> bool:
        """Whether the webhook is told of changes."""
        return self.state == WebhookState.ACTIVE


class WebhookCursor(models.Model):
    """How far the history of one kind of record has been read for webhooks.

    Transactions commit in another order than their events are numbered, so there are two positions:
    all events up to `settled` were read; up to `read`, some may still come, until no transaction
    before `horizon` (the id of a transaction) is open. `stamp` is that of the table when it was
    read.
    """

    kind = models.CharField(max_length=40, unique=True)
    settled = models.BigIntegerField(default=0)
    read = models.BigIntegerField(default=0)
    horizon = models.BigIntegerField(default=0)
    stamp = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.settled}"


class WebhookDelivery(models.Model):
    """A message to a webhook, and its result. It names a record but holds none of its content; a
    message about figures names their programme, and `happened_at` says when they changed."""

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    message = models.UUIDField(default=uuid.uuid4, unique=True)
    kind = models.CharField(
        max_length=40, blank=True, help_text=_("Of record or figures; empty for a ping")
    )
    event = models.BigIntegerField(null=True)
    action = models.CharField(max_length=10)
    record_id = models.BigIntegerField(null=True)
    version = models.BigIntegerField(null=True)
    happened_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    problem = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    moves: Any = ()  # changes of figures, read when the message is sent

    class Meta:
        ordering: ClassVar[Any] = ["-id"]
        verbose_name_plural = "webhook deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["webhook", "kind", "event"], name="webhookdelivery_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=DeliveryState.values), name="webhookdelivery_state_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state="waiting"), name="webhookdelivery_due"
            ),
            models.Index(fields=["created_at"], name="webhookdelivery_made"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.kind} {self.record_id or ''}".strip()

    @property
    def name(self) -> str:
        """The id of the message, the same however often it is sent."""
        return f"msg_{self.message.hex}"
