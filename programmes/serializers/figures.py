"""What the derived resources look like: for the schema alone, the answers are shaped in `api`.

Money is a string with a currency beside it, a ratio a number, undefined is null with a reason.
"""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

STATES = ("fresh", "stale", "recomputing", "failed")
VALUE = {
    "description": "Money: a decimal as text. Ratio, count, days: a number. Date, status: text.",
    "type": ["string", "number", "null"],
}


@extend_schema_field(VALUE)
class ValueField(serializers.Field):
    """A figure, in the form of its unit."""


class ReferenceSerializer(serializers.Serializer):
    """A record, in short."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    url = serializers.URLField()
    html_url = serializers.URLField()


class LineCoverageSerializer(serializers.Serializer):
    """How many source records a figure rests on, and how many it could not use."""

    included = serializers.IntegerField()
    excluded = serializers.IntegerField()
    missing = serializers.IntegerField()
    hidden = serializers.IntegerField()


class ProjectCoverageSerializer(serializers.Serializer):
    """How many projects the figures cover, lack, and hold old reports of."""

    covered = serializers.IntegerField()
    missing = serializers.IntegerField()
    stale = serializers.IntegerField()
    hidden = serializers.IntegerField()


class MetricSerializer(serializers.Serializer):
    """One figure of a programme."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a name DRF also uses
    unit = serializers.CharField()
    value = ValueField()
    currency = serializers.CharField(required=False)
    reason = serializers.CharField(required=False)
    aggregate = serializers.CharField(required=False)
    formula = serializers.CharField(required=False)
    inputs = serializers.ListField(child=serializers.CharField(), required=False)
    dimensions = serializers.DictField(child=serializers.CharField(), required=False)
    reasons = serializers.ListField(child=serializers.CharField(), required=False)
    computed_at = serializers.DateTimeField(allow_null=True)
    state = serializers.CharField()
    coverage = LineCoverageSerializer()


class RollupSerializer(serializers.Serializer):
    """All figures of a programme, with how fresh and how complete they are."""

    programme = ReferenceSerializer()
    state = serializers.CharField(help_text=", ".join(STATES))
    as_of = serializers.DateField(allow_null=True)
    computed_at = serializers.DateTimeField(allow_null=True)
    failed_since = serializers.DateTimeField(allow_null=True)
    currency = serializers.CharField()
    money_unit = serializers.IntegerField()
    coverage = ProjectCoverageSerializer()
    metrics = serializers.DictField(child=MetricSerializer())


class SourceSerializer(serializers.Serializer):
    """The record a line comes from; one out of the reader's sight has a type alone."""

    type = serializers.CharField()
    id = serializers.IntegerField(allow_null=True)
    code = serializers.CharField(allow_null=True)
    title = serializers.CharField(allow_null=True)
    url = serializers.URLField(allow_null=True)
    hidden = serializers.BooleanField()


class LineSerializer(serializers.Serializer):
    """What one source record adds to a figure, or why it does not count."""

    source = SourceSerializer()  # type: ignore[assignment]  # a name DRF also uses
    value = ValueField()
    included = serializers.BooleanField()
    reason = serializers.CharField(allow_null=True)
    inputs = serializers.DictField()


class InputSerializer(serializers.Serializer):
    """A figure that went into a derived one."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a name DRF also uses
    unit = serializers.CharField()
    value = ValueField()
    currency = serializers.CharField(required=False)
    reason = serializers.CharField(required=False)
    url = serializers.URLField()


class ExplanationSerializer(MetricSerializer):
    """Why a figure is what it is: the aggregate of its lines, or a formula over its inputs."""

    as_of = serializers.DateField(allow_null=True)
    programme = ReferenceSerializer()
    inputs = InputSerializer(many=True, required=False)  # type: ignore[assignment]  # in full here
    lines = LineSerializer(many=True)


class PeriodSerializer(serializers.Serializer):
    """A fiscal year of the realisation curve; what is not known yet is null."""

    label = serializers.CharField()  # type: ignore[assignment]  # a name DRF also uses
    start = serializers.DateField()
    end = serializers.DateField()
    planned = serializers.CharField(allow_null=True)
    forecast = serializers.CharField(allow_null=True)
    actual = serializers.CharField(allow_null=True)
    planned_cumulative = serializers.CharField(allow_null=True)
    forecast_cumulative = serializers.CharField(allow_null=True)
    actual_cumulative = serializers.CharField(allow_null=True)


class SeriesSerializer(serializers.Serializer):
    """Benefits by fiscal year: planned, forecast and realised, with their sums."""

    metric = serializers.CharField()
    unit = serializers.CharField()
    currency = serializers.CharField()
    scale = serializers.IntegerField(help_text="How many currency units one of an amount is")
    as_of = serializers.DateField()
    periods = PeriodSerializer(many=True)


class StationSerializer(serializers.Serializer):
    """A milestone on a track."""

    code = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.CharField()
    baseline_on = serializers.DateField(allow_null=True)
    forecast_on = serializers.DateField(allow_null=True)
    actual_on = serializers.DateField(allow_null=True)


class TrackSerializer(serializers.Serializer):
    """A project on the roadmap."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    html_url = serializers.URLField()
    stage = serializers.CharField()
    status = serializers.CharField()
    health = serializers.CharField(allow_null=True)
    baseline_start = serializers.DateField(allow_null=True, required=False)
    baseline_finish = serializers.DateField(allow_null=True)
    declared_start = serializers.DateField(allow_null=True)
    declared_finish = serializers.DateField(allow_null=True)
    propagated_start = serializers.DateField(allow_null=True)
    propagated_finish = serializers.DateField(allow_null=True)
    hidden_delay_days = serializers.IntegerField(allow_null=True)
    driver = serializers.CharField(allow_null=True)
    milestones = StationSerializer(many=True)


class JunctionSerializer(serializers.Serializer):
    """A dependency between two tracks; an end out of sight is null."""

    code = serializers.CharField()
    deliverable = serializers.CharField()
    giver = serializers.IntegerField(allow_null=True)
    giver_label = serializers.CharField(allow_null=True)
    receiver = serializers.IntegerField(allow_null=True)
    receiver_label = serializers.CharField(allow_null=True)
    kind = serializers.CharField()
    on = serializers.DateField(allow_null=True)
    need_by = serializers.DateField(allow_null=True)
    status = serializers.CharField()
    drives = serializers.BooleanField()
    hidden = serializers.BooleanField()


class StretchSerializer(serializers.Serializer):
    """A tranche on the roadmap."""

    code = serializers.CharField()
    name = serializers.CharField()
    start = serializers.DateField(allow_null=True)
    end = serializers.DateField(allow_null=True)


class RoadmapSerializer(serializers.Serializer):
    """What the tracks draw."""

    as_of = serializers.DateField()
    start = serializers.DateField(allow_null=True)
    end = serializers.DateField(allow_null=True)
    projects = TrackSerializer(many=True)
    dependencies = JunctionSerializer(many=True)
    tranches = StretchSerializer(many=True)
