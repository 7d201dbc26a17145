"""Stored answers to requests that may be repeated."""

from __future__ import annotations

from django.db import models
from django.db.models import Value
from django.db.models.functions import Now

from pmhub.models.people import User


class StoredAnswer(models.Model):
    """The answer to a POST with an Idempotency-Key: stored with the effect of the request or not at
    all, and returned to whoever repeats the request."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    route = models.CharField(max_length=200)
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    body = models.BinaryField(default=b"", db_default=b"")
    created_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key", "route"], name="storedanswer_once"),
        ]

    def __str__(self) -> str:
        return f"{self.route} {self.key}"
