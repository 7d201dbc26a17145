"""Base of the pages with the comments or attachments of a record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.http import Http404
from django.shortcuts import get_object_or_404

from pmhub.models import AtRecord, attachable
from pmhub.queries.time_zones import zone_at
from pmhub.views import CachedPage
from pmhub.views.registers.breadcrumbs import way_to
from pmhub.views.registers.names import Names


class Places:
    """The names and page addresses of the records to which comments or attachments (`rows`)
    belong."""

    def __init__(self, rows: Iterable[AtRecord], user: Any) -> None:
        wanted: dict[Any, set[int]] = defaultdict(set)
        for row in rows:
            wanted[attachable()[row.record_type]].add(row.record_id)
        self._names = Names(wanted, user)

    def part(self, row: AtRecord) -> tuple[str, str]:
        """Return the name of the row's record, and the address of its page, empty if it has
        none."""
        return self._names.part(attachable()[row.record_type], row.record_id, long=True)

    def label(self, row: AtRecord) -> str:
        """Return the name of the row's record."""
        return self.part(row)[0]


class PageOfRecord(CachedPage):
    """A page with the comments or the attachments of one record, for users who may see the
    record."""

    heading: ClassVar[str] = ""

    def in_rest(self) -> tuple[str, str]:
        """Return the request to REST for the same rows."""
        kind = self.about.lower()
        parameters = {
            "record_type": self.kwargs["record_type"],
            "record_id": self.kwargs["record_id"],
        }
        return f"{kind}_list", f"/api/v1/{kind}/?{urlencode(parameters)}"

    def find(self) -> None:
        """Find the record; raises Http404 if there is none, or none for this user."""
        user = self.request.user
        model = attachable().get(self.kwargs["record_type"])
        if model is None:
            raise Http404
        rows = model._default_manager.visible_to(user)
        self.record = get_object_or_404(rows, pk=self.kwargs["record_id"])
        self.called = Names({model: [self.record.pk]}, user).label(model, self.record.pk)
        self.title = f"{self.heading} {self.called}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the record, and the time zone of its portfolio."""
        zone = zone_at(self.record)
        return super().get_context_data(record=self.record, zone=zone, **kwargs)

    def crumbs(self) -> list[tuple[str, str]]:
        """Return the record, and the records above it."""
        return way_to(self.record, self.request.user)
