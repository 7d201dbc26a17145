"""Tolerances, as REST reads and writes them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from pmhub.serializers import HEAD, RECORD
from programmes.models import Side, Tolerance
from programmes.models.tolerance import OF_CASES, OF_PROGRAMME, ToleranceKind
from programmes.serializers.authored import AuthoredSerializer


class ToleranceSerializer(AuthoredSerializer):
    """How far something may stray before it is an exception. The most specific counts: that of the
    stage a project is in, else of the project, else of its programme, else of the portfolio."""

    authored = ("kind", "stage", "value", "side")
    unit = serializers.CharField(read_only=True, help_text="What the value is measured in")

    class Meta(AuthoredSerializer.Meta):
        model = Tolerance
        fields = [
            *HEAD, "portfolio", "programme", "project", "stage", "kind", "value", "unit", "side",
            "by", *RECORD,
        ]  # fmt: skip
        derived = (*AuthoredSerializer.Meta.derived, "unit")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Set the side of a kind that can stray to one side only."""
        if self.instance is None and attrs.get("kind") in OF_CASES:
            attrs.setdefault("side", Side.UNDER)
        project = self.after(attrs, "project")
        if self.after(attrs, "kind") == ToleranceKind.NPSV and project and project.programme_id:
            raise serializers.ValidationError({"kind": OF_PROGRAMME})
        return attrs
