"""What the figures of a portfolio look like: for the schema alone."""

from __future__ import annotations

from rest_framework import serializers

from programmes.serializers.figures import MetricSerializer, ReferenceSerializer, ValueField
from programmes.serializers.ranges import THEN


class PartFigureSerializer(serializers.Serializer):
    """A figure of a part, and whether it counts in the whole; if not, why."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a name DRF also uses
    unit = serializers.CharField()
    value = ValueField()
    currency = serializers.CharField(required=False)
    reason = serializers.CharField(required=False)
    included = serializers.BooleanField()


class PortfolioPartSerializer(ReferenceSerializer):
    """A programme, or a project outside every programme that one sees."""

    type = serializers.CharField(help_text="`programme` or `project`")
    state = serializers.CharField()
    computed_at = serializers.DateTimeField(allow_null=True)
    metrics = serializers.DictField(child=PartFigureSerializer())


class PartCoverageSerializer(serializers.Serializer):
    """How many parts there are, and how many of them the figures of the whole lack."""

    programmes = serializers.IntegerField()
    projects = serializers.IntegerField()
    failed = serializers.IntegerField()
    not_computed = serializers.IntegerField()


class PortfolioRollupSerializer(serializers.Serializer):
    """The figures of a portfolio and of its parts."""

    portfolio = ReferenceSerializer()
    state = serializers.CharField(help_text="The worst of its parts")
    as_of = serializers.DateField()
    known_at = serializers.DateTimeField(required=False, help_text=THEN)
    reason = serializers.CharField(required=False, help_text="Why there are no metrics")
    computed_at = serializers.DateTimeField(
        allow_null=True, help_text="When the part was computed whose computation is the oldest"
    )
    currency = serializers.CharField()
    money_unit = serializers.IntegerField()
    coverage = PartCoverageSerializer()
    metrics = serializers.DictField(child=MetricSerializer())
    parts = PortfolioPartSerializer(many=True)
