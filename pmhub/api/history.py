"""`/{collection}/{id}/history/`: who changed a record, when, from what to what, by which path."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from itertools import zip_longest
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from pmhub import queries
from pmhub.access import reads_deleted
from pmhub.api.representations import Row
from pmhub.database.history import WritePath


class ActorSerializer(serializers.Serializer):
    """The user; `name` is null once their account is deleted."""

    id = serializers.IntegerField()
    name = serializers.CharField(allow_null=True)


class DifferenceSerializer(serializers.Serializer):
    """One changed field: its values as the resource shows them (of any type, or null), and the
    names of related records."""

    field = serializers.CharField()
    to = serializers.JSONField()
    from_label = serializers.CharField(allow_null=True)
    to_label = serializers.CharField(allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        """Add `from`, which is no name in Python."""
        given = super().get_fields()
        before = serializers.JSONField()
        return {"field": given.pop("field"), "from": before, **given}


@extend_schema_serializer(component_name="Change")
class ChangeSerializer(serializers.Serializer):
    """One change. `by` is null where the user is unknown, as after plain SQL, or may not be shown
    to this reader. `for` is the person for whom they acted, if that is somebody else; `reason` is
    the reason that they gave."""

    at = serializers.DateTimeField()
    by = ActorSerializer(allow_null=True)
    via = serializers.ChoiceField(choices=WritePath.choices)
    reason = serializers.CharField(allow_null=True)
    action = serializers.ChoiceField(choices=list(queries.ACTIONS.values()))
    version = serializers.IntegerField()
    changes = DifferenceSerializer(many=True)

    def get_fields(self) -> dict[str, Any]:
        """Add `for`, which is no name in Python."""
        given = super().get_fields()
        acted_for = serializers.CharField(allow_null=True)
        before = {name: given.pop(name) for name in ("at", "by", "via")}
        return {**before, "for": acted_for, **given}


class RecordHistory:
    """The history of one record, in the form that the paginator reads."""

    def __init__(self, view: Any) -> None:
        self.view = view
        visible = view.shape().names
        self.names = [name for name in queries.fields(view.model) if name in visible]

    def events(self, pk: str) -> QuerySet:
        """Return the events of the record; raises Http404 when it is out of sight.

        The history of a deleted record is for roles on the whole organisation only, as nothing says
        who else could see the record; nobody reads that of a record that only its author could see.
        """
        events = queries.events(self.view.model, pk)
        if self.view.get_queryset().filter(pk=pk).exists():
            return events
        there = self.view.model._base_manager.filter(pk=pk).exists()
        reads = not there and reads_deleted(self.view.model, self.view.request.user)
        if reads and self._was_open(events):
            return events
        raise Http404

    def _was_open(self, events: QuerySet) -> bool:
        """Return whether the record existed and others than its author could see it when it was
        deleted."""
        last = events.filter(pk__in=events.values("pk")[:1])
        alone = self.view.model.of_author_alone
        return last.exists() and (alone is None or not last.filter(alone).exists())

    def read(self, events: QuerySet, start: int, stop: int) -> list[Row]:
        """Return the changes that the events of a window recorded."""
        rows = queries.rows(events, self.names, start, stop)
        return self._told(list(zip_longest(rows, rows[1:])))

    def changes_of(self, ids: Collection[int]) -> dict[int, Row]:
        """Return the changes that events recorded, by the ids of the events, for records that the
        reader may see."""
        pairs = queries.with_earlier(self.view.model, ids, self.names)
        events = [row["pgh_id"] for row, _ in pairs]
        return dict(zip(events, self._told(pairs), strict=True))

    def _told(self, pairs: Sequence[tuple[Row, Row | None]]) -> list[Row]:
        rows = {id(row): row for pair in pairs for row in pair if row}
        self.view.withhold(list(rows.values()), past=True)
        changes = queries.event_rows(self.view.model, pairs, self.names, to=self.view.request.user)
        actors: dict[int, set[int]] = defaultdict(set)
        for (row, _), change in zip(pairs, changes, strict=True):
            if change["by"]:
                actors[row["id"]].add(change["by"]["id"])
        named = {pk: self.view.named(pk, actor) for pk, actor in actors.items()}
        for (row, _), change in zip(pairs, changes, strict=True):
            if change["by"] and change["by"]["id"] not in named[row["id"]]:
                change["by"] = None
        return changes
