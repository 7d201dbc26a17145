"""Overrides of health, as REST reads and writes them."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from pmhub.serializers import HEAD, RECORD
from pmhub.serializers.verbs import VerbDefinition
from programmes.models import HealthOverride
from programmes.serializers.authored import AuthoredSerializer
from programmes.services import approve_override


class HealthOverrideSerializer(AuthoredSerializer):
    """A colour in the place of the derived one, for 90 days at most, once somebody else has
    approved it: see `/approval/`. `counts` says whether it does on the status date."""

    authored = ("programme", "project", "colour", "reason", "starts_on", "expires_on")
    counts = serializers.BooleanField(read_only=True)

    class Meta(AuthoredSerializer.Meta):
        model = HealthOverride
        fields = [
            *HEAD, "programme", "project", "colour", "reason", "starts_on", "expires_on", "state",
            "counts", "by", "approved_by", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("by", "approved_by")
        derived = ("code", "counts")
        extra_kwargs: ClassVar[dict[str, Any]] = {"starts_on": {"required": False}}
        verbs: ClassVar[dict[str, VerbDefinition]] = {"approval": VerbDefinition(approve_override)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Set the first day to the status date where none is given."""
        self.default_day(attrs, "starts_on")
        return attrs
