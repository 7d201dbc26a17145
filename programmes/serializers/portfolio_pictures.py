"""What the pages of a portfolio show beside its figures, as data: for the schema alone."""

from __future__ import annotations

from rest_framework import serializers

from programmes.serializers.figures import ReferenceSerializer, ValueField
from programmes.serializers.ranges import THEN


class PortfolioPictureSerializer(serializers.Serializer):
    """The portfolio, whether all of it is in the user's sight, and the moment."""

    portfolio = ReferenceSerializer()
    whole = serializers.BooleanField()
    known_at = serializers.DateTimeField(required=False, help_text=THEN)


class RoadmapTrancheSerializer(serializers.Serializer):
    """A tranche whose two days are known."""

    code = serializers.CharField()
    name = serializers.CharField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()


class RoadmapLineSerializer(serializers.Serializer):
    """When a programme, or a project outside every programme that the user sees, begins and
    ends."""

    type = serializers.CharField(help_text="`programme` or `project`")
    id = serializers.IntegerField()
    code = serializers.CharField()
    title = serializers.CharField()
    url = serializers.URLField()
    health = serializers.CharField(help_text="green, amber, red, or grey: not known")
    starts_on = serializers.DateField(allow_null=True)
    baseline_finish = serializers.DateField(allow_null=True)
    finishes_on = serializers.DateField(
        allow_null=True, help_text="As it is computed; of what has ended, the day of that"
    )
    slip_days = serializers.IntegerField(allow_null=True)
    tranches = RoadmapTrancheSerializer(many=True)


class PortfolioRoadmapSerializer(PortfolioPictureSerializer):
    """The programmes and projects of a portfolio over time; `as_of` is its status date."""

    as_of = serializers.DateField()
    lines = RoadmapLineSerializer(many=True)


class BubbleSerializer(serializers.Serializer):
    """A programme with the figures of the picture; null is not known."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    title = serializers.CharField()
    url = serializers.URLField()
    health = serializers.CharField(help_text="green, amber, red, or grey: not known")
    benefits_forecast_outturn = ValueField()
    benefits_share = ValueField(help_text="Of the benefits that are planned")
    risk_p80 = ValueField()
    risk_share = ValueField(help_text="Of the approved budget")
    estimate_at_completion = ValueField()


class PortfolioBubblesSerializer(PortfolioPictureSerializer):
    """The programmes of a portfolio by benefits, risk, cost and health."""

    currency = serializers.CharField()
    programmes = BubbleSerializer(many=True)


class TrendPointSerializer(serializers.Serializer):
    """A figure at the end of a month, or of today."""

    on = serializers.DateField()
    value = ValueField()
    reason = serializers.CharField(allow_null=True)
    counted = serializers.IntegerField(help_text="Of how many programmes and projects it is")


class PortfolioTrendSerializer(PortfolioPictureSerializer):
    """A figure over months, the earliest first, of the programmes and projects that the user may
    see; `whole` says whether that is all of the portfolio."""

    metric = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a name DRF also uses
    unit = serializers.CharField()
    currency = serializers.CharField(required=False)
    programmes = serializers.IntegerField()
    projects = serializers.IntegerField()
    points = TrendPointSerializer(many=True)


class JudgementSerializer(serializers.Serializer):
    """The latest judgement of one kind of a programme or a project, beside the colour of its
    figures."""

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


class PortfolioConfidenceSerializer(PortfolioPictureSerializer):
    """Delivery confidence beside figures, of what the user may see; `whole` says whether that is
    all of the portfolio."""

    disagreements = serializers.IntegerField()
    unjudged_programmes = serializers.IntegerField()
    unjudged_projects = serializers.IntegerField()
    judgements = JudgementSerializer(many=True)
