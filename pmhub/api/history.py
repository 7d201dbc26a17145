"""`/{collection}/{id}/history/`: who changed a record, when, from what to what, by which path."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from pmhub import queries
from pmhub.api.reading import Row
from pmhub.database.history import Via
from pmhub.grants import grants_of


class ActorSerializer(serializers.Serializer):
    """The user; `name` is null once their account is deleted."""

    id = serializers.IntegerField()
    name = serializers.CharField(allow_null=True)


class DifferenceSerializer(serializers.Serializer):
    """One field, its values as the resource shows them, and what a related record is called."""

    field = serializers.CharField()
    to = serializers.JSONField(allow_null=True)
    from_label = serializers.CharField(allow_null=True)
    to_label = serializers.CharField(allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        """With `from`, which is no name in Python."""
        given = super().get_fields()
        before = serializers.JSONField(allow_null=True)
        return {"field": given.pop("field"), "from": before, **given}


@extend_schema_serializer(component_name="Change")
class ChangeSerializer(serializers.Serializer):
    """One change; `by` is null where nobody is known, as with plain SQL, or not to this reader.
    `for` is for whom they acted, where that is somebody else; `reason` is why, where that was
    said."""

    at = serializers.DateTimeField()
    by = ActorSerializer(allow_null=True)
    via = serializers.ChoiceField(choices=Via.choices)
    reason = serializers.CharField(allow_null=True)
    action = serializers.ChoiceField(choices=list(queries.ACTIONS.values()))
    version = serializers.IntegerField()
    changes = DifferenceSerializer(many=True)

    def get_fields(self) -> dict[str, Any]:
        """With `for`, which is no name in Python."""
        given = super().get_fields()
        acted_for = serializers.CharField(allow_null=True)
        before = {name: given.pop(name) for name in ("at", "by", "via")}
        return {**before, "for": acted_for, **given}


class Past:
    """The history of one record, as the paginator reads it."""

    def __init__(self, view: Any) -> None:
        self.view = view
        shown = view.shape().names
        self.names = [name for name in queries.fields(view.model) if name in shown]

    def events(self, pk: str) -> QuerySet:
        """The events of the record; raises Http404 when it is out of sight.

        Where no record is any more, nothing says who might have seen it: only roles on the whole
        organisation read on.
        """
        found = queries.events(self.view.model, pk)
        if self.view.get_queryset().filter(pk=pk).exists():
            return found
        there = self.view.model._base_manager.filter(pk=pk).exists()
        if not there and grants_of(self.view.request.user).everywhere and found.exists():
            return found
        raise Http404

    def read(self, found: QuerySet, start: int, stop: int) -> list[Row]:
        """Return what the events of a window changed."""
        rows = queries.rows(found, self.names, start, stop)
        self.view.conceal(rows)
        told = queries.told(self.view.model, rows, self.names, to=self.view.request.user)
        actors = {each["by"]["id"] for each in told if each["by"]}
        named = self.view.named(rows[0]["id"], actors) if actors else actors
        for each in told:
            if each["by"] and each["by"]["id"] not in named:
                each["by"] = None
        return told
