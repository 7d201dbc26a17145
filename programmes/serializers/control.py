"""By whom and within which limits is decided: tolerances, boards, delegated limits."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import F
from rest_framework import serializers

from pmhub.serializers import (
    HEAD,
    RECORD,
    Currency,
    NoCode,
    Number,
    RecordSerializer,
    Related,
    Whole,
)
from programmes.models import Board, DelegatedLimit, Portfolio, Side, Tolerance
from programmes.models.board import APART, FEW
from programmes.models.delegated_limit import LONGEST, Level
from programmes.models.tolerance import OF_CASES, OF_PROGRAMME, ToleranceKind
from programmes.serializers.governance import Authored


class ToleranceSerializer(Authored):
    """How far something may stray before it is an exception. The most specific counts: that of the
    stage a project is in, else of the project, else of its programme, else of the portfolio."""

    said = ("kind", "stage", "value", "side")
    unit = serializers.CharField(read_only=True, help_text="What the value is measured in")

    class Meta(Authored.Meta):
        model = Tolerance
        fields = [
            *HEAD, "portfolio", "programme", "project", "stage", "kind", "value", "unit", "side",
            "by", *RECORD,
        ]  # fmt: skip
        derived = (*Authored.Meta.derived, "unit")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Fill in the side of what can stray to one side alone."""
        if self.instance is None and attrs.get("kind") in OF_CASES:
            attrs.setdefault("side", Side.UNDER)
        project = self.after(attrs, "project")
        if self.after(attrs, "kind") == ToleranceKind.NPSV and project and project.programme_id:
            raise serializers.ValidationError({"kind": OF_PROGRAMME})
        return attrs


class BoardSerializer(RecordSerializer):
    """People who decide together. Who chairs is one of the members, and a quorum is no more than
    there are of these."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = Board
        fields = [
            *HEAD, "portfolio", "programme", "name", "kind", "chair", "members", "quorum",
            "archived_at", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("archived_at",)
        derived = ("code",)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a board that could never decide."""
        members = self.list_after(attrs, "members")
        chair, quorum = self.after(attrs, "chair"), self.after(attrs, "quorum") or 1
        if quorum > len(members):
            raise serializers.ValidationError({"quorum": FEW})
        if chair is not None and chair not in members:
            raise serializers.ValidationError({"chair": APART})
        return attrs


class DelegatedLimitSerializer(RecordSerializer):
    """What a level decides without asking the next; what is left empty has no limit."""

    code = NoCode()
    currency = Currency()

    class Meta(RecordSerializer.Meta):
        model = DelegatedLimit
        fields = [*HEAD, "portfolio", "level", "currency", "cost", "days", "benefit_pct", *RECORD]
        expressions: ClassVar[dict[str, Any]] = {"currency": F("portfolio__currency")}
        derived = ("code",)


class AskedSerializer(serializers.Serializer):
    """What somebody would decide: its cost, its days and its loss of benefits."""

    portfolio = Related(queryset=Portfolio.objects.all())
    cost = Number(max_digits=14, decimal_places=2, default=Decimal(0))
    days = Whole(min_value=-LONGEST, max_value=LONGEST, default=0)
    benefit_pct = Number(max_digits=5, decimal_places=2, default=Decimal(0))


class LevelSerializer(serializers.Serializer):
    """Who decides: the lowest level within whose limits all three are; null where none is."""

    level = serializers.ChoiceField(choices=Level.choices, allow_null=True)
    limit = serializers.IntegerField(allow_null=True, help_text="The delegated limit that says so")
