"""Delegated limits, as REST reads and writes them; and who decides about so much."""

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
    WholeNumber,
)
from programmes.models import DelegatedLimit, Portfolio
from programmes.models.delegated_limit import LONGEST, Level


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
    """The effects of what somebody wants to decide: cost, days and loss of benefits."""

    portfolio = Related(queryset=Portfolio.objects.all())
    cost = Number(max_digits=14, decimal_places=2, default=Decimal(0))
    days = WholeNumber(min_value=-LONGEST, max_value=LONGEST, default=0)
    benefit_pct = Number(max_digits=5, decimal_places=2, default=Decimal(0))


class LevelSerializer(serializers.Serializer):
    """Who decides: the lowest level whose limits cover all three; null where none does."""

    level = serializers.ChoiceField(choices=Level.choices, allow_null=True)
    limit = serializers.IntegerField(allow_null=True, help_text="The delegated limit that says so")
