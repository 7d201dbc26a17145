"""What narrows the list of posts."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet

from pmhub.filters import RANGE, TruthFilter
from projects.filters.base import PlaceFilter
from projects.models import Post
from projects.queries import is_vacant


class PostFilter(PlaceFilter):
    """Filters of posts."""

    vacant = TruthFilter(method="of_nobody", label="Vacant")

    class Meta:
        model = Post
        fields: ClassVar[Any] = {
            "project": ["exact"],
            "programme": ["exact"],
            "portfolio": ["exact"],
            "role": ["exact"],
            "holder": ["exact"],
            "discipline": ["exact"],
            "wanted_from": RANGE,
            "wanted_to": RANGE,
        }

    def of_nobody(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        """Return the posts that are vacant, or all others."""
        return rows.alias(none=is_vacant()).filter(none=value)
