"""Saved views: the way in which a user wants to see a list, under a name."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from pmhub import access
from pmhub.access.grants import grants_of
from pmhub.database.constraints import once, rule
from pmhub.database.triggers import versioned
from pmhub.models.records import Record

LONGEST_QUERY = 2000


class SavedViews(access.ScopedQuerySet):
    """Saved views; each is seen by its author only, until it is shared."""

    def visible_to(self, user: Any) -> SavedViews:
        """Return the user's own views, and those shared on a portfolio or programme that they may
        see."""
        if not grants_of(user).roles:
            return self.none()
        shared = Q(portfolio__isnull=False) | Q(programme__isnull=False)
        seen = super().visible_to(user).filter(shared).order_by()
        own = Q(created_by=getattr(user, "pk", None) or 0)
        return self.filter(own | Q(pk__in=seen.values("pk")))


class SavedView(Record):
    """The query of a list (filters, search, order, columns, groups) under a name. It can be shared
    with all who may see a portfolio or a programme, and gives nobody a right. A list opens with its
    reader's default view if the address asks for nothing."""

    collection = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=LONGEST_QUERY, blank=True)
    portfolio = models.ForeignKey(
        "programmes.Portfolio", models.CASCADE, null=True, blank=True, related_name="+"
    )
    programme = models.ForeignKey(
        "programmes.Programme", models.CASCADE, null=True, blank=True, related_name="+"
    )
    is_default = models.BooleanField(default=False)

    objects = SavedViews.as_manager()  # type: ignore[misc]  # another queryset class
    visible_through = ("portfolio", "programme")
    of_author = True
    of_author_alone = Q(portfolio=None, programme=None)
    sought = False

    class Meta:
        ordering = ["collection", "name", "id"]
        triggers = [versioned()]
        constraints = [
            once(
                "savedview_name",
                "name",
                "created_by",
                "collection",
                message="You have a view of this name already.",
            ),
            models.UniqueConstraint(
                fields=["created_by", "collection"],
                condition=Q(is_default=True),
                name="savedview_one_default",
                violation_error_message="Another view opens with this list.",
            ),
            rule(
                "savedview_shared_once",
                "programme",
                Q(portfolio__isnull=True) | Q(programme__isnull=True),
                "Share it with a portfolio or with a programme, not with both.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
