"""Favourites: records that users want beside every page."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from pmhub import access
from pmhub.access.grants import grants_of
from pmhub.database.triggers import versioned
from pmhub.models.records import Record


class Favourites(access.ScopedQuerySet):
    """Favourites; each is seen by its owner only."""

    def visible_to(self, user: Any) -> Favourites:
        """Return the user's own favourites."""
        if not grants_of(user).roles:
            return self.none()
        return self.filter(created_by=getattr(user, "pk", None) or 0)


class Favourite(Record):
    """A record that a user keeps in the navigation, by its type and id. Only they see it, and it
    gives no right: the record's name is shown while they may see it."""

    record_type = models.CharField(max_length=40)
    record_id = models.PositiveBigIntegerField()

    objects = Favourites.as_manager()  # type: ignore[misc]  # another queryset class
    of_author = True
    of_author_alone = Q()
    sought = False

    class Meta:
        ordering = ["id"]
        triggers = [versioned()]
        constraints = [
            models.UniqueConstraint(
                fields=["created_by", "record_type", "record_id"],
                name="favourite_once",
                violation_error_message="This is a favourite of yours already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.record_type} {self.record_id}"
