"""Comments on records, and the records that users follow."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import Q

from pmhub.access import Join
from pmhub.database.collation import searched
from pmhub.database.constraints import rule
from pmhub.database.triggers import frozen, versioned
from pmhub.models.at_records import AtRecord, AtRecords
from pmhub.models.people import Person

STAYS = "A comment stays with its record and its author."
PLACE = ("record_type", "record_id", "created_by_id")


class Comments(AtRecords):
    """Comments on records."""

    def with_authors(self) -> Self:
        """Read the comments with their authors, and with the people they mention, which takes one
        more query."""
        return self.select_related("created_by__person").prefetch_related("mentions")


class Comment(AtRecord):
    """A comment on a record, in Markdown. Whoever sees the record sees it and may add another; only
    its author changes it."""

    text = models.TextField()
    mentions = models.ManyToManyField(
        Person, related_name="mentioned_in", editable=False, blank=True
    )

    objects = Comments.as_manager()  # type: ignore[misc]  # another queryset class
    of_author = True
    joins = {"mentions": Join.SEE}
    refuses = {"comment_stays": ("record_id", STAYS)}

    class Meta:
        ordering = ["-id"]
        # The comments of a deleted account stay.
        triggers = [versioned(), frozen("comment_stays", "NEW.created_by_id IS NOT NULL", *PLACE)]
        constraints = [rule("comment_text", "text", ~Q(text=""), "Say something.")]
        indexes = [
            searched("comment", "text"),
            models.Index(fields=["record_type", "record_id"], name="comment_of_record"),
        ]

    def __str__(self) -> str:
        return self.text[:80]


class Follows(AtRecords):
    """Follows; each is seen by its user only, while they see the record."""

    def visible_to(self, user: Any) -> Self:
        """Return the user's follows of records that they may see."""
        return super().visible_to(user).by(user)

    def by(self, user: Any) -> Self:
        """Return all follows of a user, also of records that they no longer see."""
        return self.filter(created_by=getattr(user, "pk", None) or 0)


class Follow(AtRecord):
    """A record that a user wants to hear about. Nobody else sees that, and it gives no right."""

    objects = Follows.as_manager()  # type: ignore[misc]  # another queryset class
    of_author = True
    of_author_alone = Q()

    class Meta:
        ordering = ["-id"]
        triggers = [versioned()]
        constraints = [
            models.UniqueConstraint(
                fields=["created_by", "record_type", "record_id"],
                name="follow_once",
                violation_error_message="You follow this already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_type} {self.record_id}"
