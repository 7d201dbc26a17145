"""Custom fields of records."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from pmhub.serializers import HEAD, RECORD, NoCode, RecordSerializer
from programmes.models import CustomField, FieldType


class CustomFieldSerializer(RecordSerializer):
    """A field that a portfolio has given to its records of a kind. Once a record has a value, its
    name and its type stay; a choice may get more values, and loses none that a record has. Retired,
    it takes no new value, and records keep what they have."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = CustomField
        fields = [
            *HEAD, "portfolio", "entity", "name", "label", "type", "choices", "required_from",
            "position", "state", *RECORD,
        ]  # fmt: skip
        derived = ("code",)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Remove repeated choices; refuse choices that differ by case alone or are too long."""
        if self.after(attrs, "type") == FieldType.CHOICE and "choices" in attrs:
            values = CustomField(choices=attrs["choices"]).values
            if len({value.casefold() for value in values}) < len(values):
                raise serializers.ValidationError({"choices": "Two choices differ by case alone."})
            attrs["choices"] = "\n".join(values)
        if max((len(line) for line in attrs.get("choices", "").splitlines()), default=0) > 200:
            raise serializers.ValidationError(
                {"choices": "Enter 200 characters at most for each choice."}
            )
        return attrs
