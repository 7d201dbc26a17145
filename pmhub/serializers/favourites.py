"""Favourites: the records that a user keeps in the navigation."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from pmhub.models import Favourite
from pmhub.queries import search
from pmhub.serializers.fields import Choice, NoCode
from pmhub.serializers.records import HEAD, RECORD, MissingReference, RecordSerializer

KINDS = sorted(search.kinds())


class FavouriteSerializer(RecordSerializer):
    """A record that the user keeps in the navigation. Nobody else sees it there."""

    ends = ("record_id",)

    code = NoCode()
    record_type = Choice(choices=KINDS)

    class Meta(RecordSerializer.Meta):
        model = Favourite
        fields = [*HEAD, "record_type", "record_id", *RECORD]
        derived = ("code",)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check that the record is in sight, and not a favourite yet."""
        key = attrs["record_type"], attrs["record_id"]
        if key[1] >= 2**63 or not search.named(self.user, [key]).exists():
            text = "There is no such record, or not for you to see."
            error = serializers.ErrorDetail(text, code="does_not_exist")
            raise MissingReference({"record_id": [error]})
        mine = Favourite.objects.visible_to(self.user).filter(record_type=key[0])
        if mine.filter(record_id=key[1]).exists():
            text = "This is a favourite of yours already."
            raise serializers.ValidationError({"record_id": text}, "unique")
        return attrs
