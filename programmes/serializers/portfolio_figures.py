"""What the figures of a portfolio look like: for the schema alone."""

from __future__ import annotations

from rest_framework import serializers

from programmes.serializers.figures import (
    DifferenceSerializer,
    FigureSerializer,
    MetricSerializer,
    MomentSerializer,
    ReferenceSerializer,
    ValueField,
)
from programmes.serializers.ranges import THEN


class PartFigureSerializer(FigureSerializer):
    """A figure of a part, and whether it counts in the portfolio's; if not, why."""

    included = serializers.BooleanField()


class PortfolioPartSerializer(ReferenceSerializer):
    """A programme, or a project outside every programme that the user sees."""

    type = serializers.CharField(help_text="`programme` or `project`")
    state = serializers.CharField()
    computed_at = serializers.DateTimeField(allow_null=True)
    metrics = serializers.DictField(child=PartFigureSerializer())


class PartCoverageSerializer(serializers.Serializer):
    """How many parts there are, and how many of them are missing in the figures of the
    portfolio."""

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


class PartSourceSerializer(serializers.Serializer):
    """A programme, or a project outside every programme."""

    type = serializers.CharField(help_text="`programme` or `project`")
    id = serializers.IntegerField()
    code = serializers.CharField()
    title = serializers.CharField()
    url = serializers.URLField()


class PartLineSerializer(serializers.Serializer):
    """What a part adds to a figure of the portfolio, or why it does not count."""

    source = PartSourceSerializer()  # type: ignore[assignment]  # a name DRF also uses
    value = ValueField()
    included = serializers.BooleanField()
    reason = serializers.CharField(allow_null=True)
    explanation = serializers.URLField(
        allow_null=True, help_text="Where the figure of the part is explained, if it has it"
    )


class PortfolioExplanationSerializer(MetricSerializer):
    """Why a figure of a portfolio is what it is: the aggregate of its parts."""

    as_of = serializers.DateField()
    known_at = serializers.DateTimeField(required=False, help_text=THEN)
    portfolio = ReferenceSerializer()
    lines = PartLineSerializer(many=True)


class PortfolioSeriesSerializer(serializers.Serializer):
    """A figure of a portfolio over time."""

    metric = serializers.CharField()
    unit = serializers.CharField()
    currency = serializers.CharField()
    scale = serializers.IntegerField(help_text="How many currency units one of an amount is")
    known_at = serializers.DateTimeField(required=False, help_text=THEN)
    reason = serializers.CharField(required=False, help_text="Why there are no points")
    points = MomentSerializer(many=True)


class PartChangeSerializer(serializers.Serializer):
    """What a part moved a figure of the portfolio by; `before` or `after` is null where it did not
    count."""

    amount = ValueField()
    source = PartSourceSerializer()  # type: ignore[assignment]  # a name DRF also uses
    before = ValueField()
    after = ValueField()
    bridge = serializers.URLField(help_text="What moved the figure of the part")


class PortfolioBridgeSerializer(DifferenceSerializer):
    """What moved a figure of a portfolio between two moments: the parts sum to the difference."""

    portfolio = ReferenceSerializer()
    parts = PartChangeSerializer(many=True)
