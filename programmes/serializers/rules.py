"""Rule sets: the rules by which figures are judged and who decides, as the PMO sets them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError as InvalidRules
from rest_framework import serializers

from pmhub.rules import Rules
from pmhub.serializers import HEAD, RECORD
from pmhub.serializers.fields import NamedRules
from programmes import health
from programmes.models import RuleKind, RuleSet
from programmes.models.rule_set import checked
from programmes.rule_kinds import KINDS
from programmes.serializers.authored import AuthoredSerializer


class Thresholds(NamedRules):
    """Bounds of colours by name, only those that differ from the defaults."""

    kind = health.Thresholds


class RuleSetSerializer(AuthoredSerializer):
    """Rules of one kind of a portfolio from a day on. A set is never changed: another follows.
    `in_force` says whether it holds on the status date."""

    authored = ("values",)
    values = NamedRules(required=False)
    in_force = serializers.BooleanField(read_only=True)

    class Meta(AuthoredSerializer.Meta):
        model = RuleSet
        fields = [
            *HEAD, "portfolio", "kind", "values", "valid_from", "reason", "in_force", "by",
            *RECORD,
        ]  # fmt: skip
        derived = ("code", "in_force")
        extra_kwargs: ClassVar[dict[str, Any]] = {"valid_from": {"required": False}}

    @classmethod
    def begins(cls, row: RuleSet, user: Any) -> dict[str, Any]:
        """Return the values with which a new set begins: those of the rules in force."""
        return {"values": row.portfolio.values_of(row.kind)} if row.portfolio_id else {}

    @classmethod
    def offers(cls, row: RuleSet) -> dict[str, list[str]]:
        """Return the only kind that the form can have: each kind has its own inputs."""
        return {"kind": [row.kind]}

    @classmethod
    def holds(cls, row: RuleSet) -> dict[str, type[Rules]]:
        """Return the rules that the values belong to."""
        return {"values": KINDS[row.kind]}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse values by which nothing could be judged. Without a first day, set the status
        date."""
        try:
            checked(attrs.get("kind", RuleKind.THRESHOLDS), attrs.get("values", {}))
        except InvalidRules as error:
            raise serializers.ValidationError({"values": error.messages}) from error
        self.default_day(attrs, "valid_from")
        return attrs
