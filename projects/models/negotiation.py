"""What the two sides of a dependency say to each other: requests, offers and notes."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.database.constraints import choices, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, versioned
from pmhub.models import Person, Record
from projects.models.schedule import Dependency, Side


class MessageKind(models.TextChoices):
    """What a message does. A request or an offer stands until the other side answers."""

    REQUEST = "request", _("Request")
    OFFER = "offer", _("Offer")
    NOTE = "note", _("Note")


class DependencyMessage(Record):
    """What one side of a dependency says to the other. It stays as it was written. A day in it
    moves no figure until the other side agrees: the receiver says by when it needs the deliverable,
    the giver when it can have it."""

    dependency = models.ForeignKey(Dependency, models.PROTECT, related_name="messages")
    side = models.CharField(max_length=8, choices=Side)
    kind = models.CharField(max_length=8, choices=MessageKind, default=MessageKind.NOTE)
    need_by = models.DateField(null=True, blank=True)
    forecast_on = models.DateField(null=True, blank=True)
    text = models.TextField(blank=True)
    author = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)

    visible_through = ("dependency",)
    joins = {"author": Join.SET}
    edited_in = ()
    stays = (
        RetentionRule(
            "append_only", Q(side__in=Side.values), "What was said to the other side stays."
        ),
    )
    refuses = {"append_only": ("", "What was said stays as it is: write another message.")}

    class Meta:
        ordering = ["dependency", "id"]
        triggers = [
            versioned(),
            frozen(
                "append_only", "TRUE", "dependency_id", "side", "kind", "need_by", "forecast_on",
                "text", "author_id", "at",
            ),
        ]  # fmt: skip
        constraints = [
            choices("dependencymessage", "side", Side),
            choices("dependencymessage", "kind", MessageKind),
            rule(
                "dependencymessage_request",
                "kind",
                ~Q(kind="request") | Q(side="receiver"),
                "The receiver requests; the giver offers.",
            ),
            rule(
                "dependencymessage_need_by",
                "need_by",
                Q(need_by__isnull=True) | Q(side="receiver", kind__in=["request", "offer"]),
                "By when it is needed is said by the receiver, in a request or an offer.",
            ),
            rule(
                "dependencymessage_forecast_on",
                "forecast_on",
                Q(forecast_on__isnull=True) | Q(side="giver", kind="offer"),
                "When it comes is said by the giver, in an offer.",
            ),
            rule(
                "dependencymessage_says_something",
                "text",
                ~Q(text="") | Q(need_by__isnull=False) | Q(forecast_on__isnull=False),
                "Say something, or give a day.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on {self.dependency.code}"
