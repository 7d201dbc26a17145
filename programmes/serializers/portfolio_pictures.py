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


class JudgementSerializer(serializers.Serializer):
    """The latest judgement of a kind of a programme or a project, beside the colour that its
    figures come to."""

    type = serializers.CharField(help_text="`programme` or `project`")
    id = serializers.IntegerField()
    code = serializers.CharField()
    title = serializers.CharField()
    url = serializers.URLField()
    kind = serializers.CharField(help_text="`self` or `independent`")
    value = serializers.CharField()
    on = serializers.DateField()
    by = serializers.CharField(allow_blank=True)
    basis = serializers.CharField(allow_blank=True)
    figures = serializers.CharField(help_text="green, amber, red, or grey: not known")
    disagrees = serializers.BooleanField()
    above = serializers.IntegerField(
        allow_null=True,
        help_text="By how many steps of the scale of five people are more confident than the"
        " figures say, below 0 less; within one step, 0; null where figures say nothing",
    )


class PortfolioConfidenceSerializer(serializers.Serializer):
    """Delivery confidence against figures, of what one may see: `whole` says whether that is all
    of the portfolio."""

    portfolio = ReferenceSerializer()
    whole = serializers.BooleanField()
    known_at = serializers.DateTimeField(required=False, help_text=THEN)
    disagreements = serializers.IntegerField()
    unjudged_programmes = serializers.IntegerField()
    unjudged_projects = serializers.IntegerField()
    judgements = JudgementSerializer(many=True)
