"""Pages of what stands at a record of any kind: files, comments."""

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
    """What the records are called at which something stands, and where they are looked at."""

    def __init__(self, rows: Iterable[AtRecord], user: Any) -> None:
        wanted: dict[Any, set[int]] = defaultdict(set)
        for row in rows:
            wanted[attachable()[row.record_type]].add(row.record_id)
        self._names = Names(wanted, user)

    def part(self, row: AtRecord) -> tuple[str, str]:
        """(what the record of a row is called, the address of its page or nothing)."""
        return self._names.part(attachable()[row.record_type], row.record_id, long=True)

    def label(self, row: AtRecord) -> str:
        """Return what the record of a row is called."""
        return self.part(row)[0]


class PageOfRecord(CachedPage):
    """What stands at one record, for who may see it."""

    heading: ClassVar[str] = ""

    def in_rest(self) -> tuple[str, str]:
        """Return the request that answers the same as data."""
        kind = self.about.lower()
        asked = {"record_type": self.kwargs["record_type"], "record_id": self.kwargs["record_id"]}
        return f"{kind}_list", f"/api/v1/{kind}/?{urlencode(asked)}"

    def find(self) -> None:
        """The record; raises Http404 where there is none, or not for this person."""
        user = self.request.user
        model = attachable().get(self.kwargs["record_type"])
        if model is None:
            raise Http404
        rows = model._default_manager.visible_to(user)
        self.record = get_object_or_404(rows, pk=self.kwargs["record_id"])
        self.called = Names({model: [self.record.pk]}, user).label(model, self.record.pk)
        self.title = f"{self.heading} {self.called}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the record, and the time zone of where it is."""
        zone = zone_at(self.record)
        return super().get_context_data(record=self.record, zone=zone, **kwargs)

    def crumbs(self) -> list[tuple[str, str]]:
        """The record, and what it belongs to."""
        return way_to(self.record, self.request.user)
