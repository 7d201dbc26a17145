"""Rule sets: the rules by which figures are judged, as the PMO sets them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar

from rest_framework import serializers

from pmhub.serializers import HEAD, RECORD
from pmhub.serializers.fields import NamedNumbers
from programmes.health import DEFAULT
from programmes.models import RuleSet
from programmes.models.portfolio import known_thresholds
from programmes.serializers.governance import Authored


class Thresholds(NamedNumbers):
    """Bounds of colours by name, only those that differ from the defaults."""

    numbers = asdict(DEFAULT)


class RuleSetSerializer(Authored):
    """Rules of a portfolio from a day on. A set is never changed: another follows. `in_force` says
    whether it holds on the status date. A preview names all that would be judged otherwise."""

    said = ("values",)
    values = Thresholds(required=False, validators=[known_thresholds])
    in_force = serializers.BooleanField(read_only=True)

    class Meta(Authored.Meta):
        model = RuleSet
        fields = [
            *HEAD, "portfolio", "kind", "values", "valid_from", "reason", "in_force", "by",
            *RECORD,
        ]  # fmt: skip
        derived = ("code", "in_force")
        extra_kwargs: ClassVar[dict[str, Any]] = {"valid_from": {"required": False}}

    @classmethod
    def begins(cls, row: RuleSet) -> dict[str, Any]:
        """Return what a new set begins with: the rules in force."""
        return {"values": row.portfolio.rag_thresholds} if row.portfolio_id else {}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Without a first day they hold from the status date on."""
        self.default_day(attrs, "valid_from")
        return attrs
