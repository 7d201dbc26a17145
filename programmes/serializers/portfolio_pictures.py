"""What the pages of a portfolio show beside its figures looks like: for the schema alone."""

from __future__ import annotations

from rest_framework import serializers

from programmes.serializers.figures import ReferenceSerializer, ValueField
from programmes.serializers.ranges import THEN


class TrendPointSerializer(serializers.Serializer):
    """A figure at the end of a day: the last of a month, or today."""

    on = serializers.DateField()
    value = ValueField()
    reason = serializers.CharField(allow_null=True)
    counted = serializers.IntegerField(help_text="Of how many programmes and projects it is")


class PortfolioTrendSerializer(serializers.Serializer):
    """A figure over months, the earliest first, of the programmes and projects that one may see:
    `whole` says whether that is all of the portfolio."""

    portfolio = ReferenceSerializer()
    metric = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a name DRF also uses
    unit = serializers.CharField()
    currency = serializers.CharField(required=False)
    whole = serializers.BooleanField()
    programmes = serializers.IntegerField()
    projects = serializers.IntegerField()
    known_at = serializers.DateTimeField(required=False, help_text=THEN)
    points = TrendPointSerializer(many=True)
