"""What the derived resources look like: for the schema alone, the answers are shaped in `api`.

Money is a string with a currency beside it, a ratio a number, undefined is null with a reason.
"""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from programmes.rollup.causes import Cause
from programmes.serializers.findings import FindingSerializer
from programmes.serializers.ranges import THEN

STATES = ("fresh", "stale", "recomputing", "failed", "past")
ENGINE = "With as_of: the version of the engine then, null where that was not stored"
CHANGED = "With as_of: when it last changed before that"
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
    """How many source records count in a figure, how many do not, and how many lack a fact."""

    included = serializers.IntegerField()
    excluded = serializers.IntegerField()
    missing = serializers.IntegerField()
    hidden = serializers.IntegerField()


class ProjectCoverageSerializer(serializers.Serializer):
    """How many projects the figures cover, how many are missing, and how many have old reports."""

    covered = serializers.IntegerField()
    missing = serializers.IntegerField()
    stale = serializers.IntegerField()
    hidden = serializers.IntegerField()


class FigureSerializer(serializers.Serializer):
    """A figure with its name and unit; where it is undefined, the reason."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a name DRF also uses
    unit = serializers.CharField()
    value = ValueField()
    currency = serializers.CharField(required=False)
    reason = serializers.CharField(required=False)


class MetricSerializer(FigureSerializer):
    """One figure of a programme, with how it is computed and how many records it rests on."""

    aggregate = serializers.CharField(required=False)
    formula = serializers.CharField(required=False)
    inputs = serializers.ListField(child=serializers.CharField(), required=False)
    derived = serializers.CharField(
        required=False,
        allow_null=True,
        help_text="The colour that an override would stand in the place of",
    )
    override = serializers.IntegerField(
        required=False, help_text="The health override that counts, if one does"
    )
    dimensions = serializers.DictField(child=serializers.CharField(), required=False)
    reasons = serializers.ListField(child=serializers.CharField(), required=False)
    findings = FindingSerializer(many=True, required=False)
    declared = serializers.CharField(required=False, allow_null=True)
    differs = serializers.BooleanField(required=False)
    computed_at = serializers.DateTimeField(allow_null=True, help_text=CHANGED)
    state = serializers.CharField()
    coverage = LineCoverageSerializer()


class RollupSerializer(serializers.Serializer):
    """All figures of a programme, with how fresh and how complete they are."""

    programme = ReferenceSerializer()
    state = serializers.CharField(help_text=", ".join(STATES))
    as_of = serializers.DateField(allow_null=True)
    known_at = serializers.DateTimeField(required=False, help_text=THEN)
    engine_version = serializers.IntegerField(required=False, allow_null=True, help_text=ENGINE)
    reason = serializers.CharField(required=False, help_text="Why there are no metrics")
    computed_at = serializers.DateTimeField(allow_null=True, help_text=CHANGED)
    failed_since = serializers.DateTimeField(allow_null=True)
    next_attempt = serializers.DateTimeField(allow_null=True, help_text="After a failure")
    currency = serializers.CharField()
    money_unit = serializers.IntegerField()
    coverage = ProjectCoverageSerializer()
    metrics = serializers.DictField(child=MetricSerializer())


class SourceSerializer(serializers.Serializer):
    """The record from which a line comes. Of one out of the reader's sight there is the type and,
    for a party to a dependency of its project, whom to call; `title` is then that of the project,
    where the portfolio discloses it."""

    type = serializers.CharField()
    id = serializers.IntegerField(allow_null=True)
    code = serializers.CharField(allow_null=True)
    title = serializers.CharField(allow_null=True)
    url = serializers.URLField(allow_null=True)
    hidden = serializers.BooleanField()
    contact = serializers.CharField(allow_null=True, help_text="Out of sight: whom to call")
    deliverable = serializers.CharField(allow_null=True, help_text="Out of sight: what is owed")


class LineSerializer(serializers.Serializer):
    """What one source record adds to a figure, or the reason why it does not count. A line that
    counts with a reason counts for what is known of it."""

    source = SourceSerializer()  # type: ignore[assignment]  # a name DRF also uses
    value = ValueField()
    included = serializers.BooleanField()
    reason = serializers.CharField(allow_null=True)
    inputs = serializers.DictField()


class InputSerializer(FigureSerializer):
    """A figure from which a derived one is computed."""

    url = serializers.URLField()


class RulesSerializer(serializers.Serializer):
    """The rule set in force that has the bounds of the colours."""

    id = serializers.IntegerField()
    kind = serializers.CharField()
    valid_from = serializers.DateField()
    reason = serializers.CharField()
    url = serializers.URLField()
    html_url = serializers.URLField()


class ExplanationSerializer(MetricSerializer):
    """Why a figure is what it is: the aggregate of its lines, or a formula over its inputs."""

    as_of = serializers.DateField(allow_null=True)
    known_at = serializers.DateTimeField(required=False, help_text=THEN)
    engine_version = serializers.IntegerField(required=False, allow_null=True, help_text=ENGINE)
    programme = ReferenceSerializer()
    inputs = InputSerializer(many=True, required=False)  # type: ignore[assignment]  # in full here
    rule_set = RulesSerializer(
        allow_null=True,
        help_text="The bounds that judge it; null where the defaults do, or nothing does",
    )
    rule_sets = RulesSerializer(
        many=True, help_text="All that are in force and judge it, of each kind one"
    )
    lines = LineSerializer(many=True)


class EndSerializer(serializers.Serializer):
    """A figure at one end of a bridge."""

    value = ValueField()
    reason = serializers.CharField(allow_null=True)
    computed_at = serializers.DateTimeField(allow_null=True)


class ChangedBySerializer(serializers.Serializer):
    """Who last changed a source before it moved; a deleted account has no name."""

    id = serializers.IntegerField()
    name = serializers.CharField(allow_null=True)


class PartSerializer(serializers.Serializer):
    """What one source moved a figure by; without a source, a rule has changed."""

    amount = ValueField()
    cause = serializers.ChoiceField(choices=[member.value for member in Cause])
    words = serializers.CharField(help_text="The cause in words: risk raised, profile entered …")
    source = SourceSerializer(allow_null=True)  # type: ignore[assignment]  # a name DRF also uses
    through = serializers.CharField(allow_null=True, help_text="The input it went through")
    at = serializers.DateTimeField(allow_null=True, help_text="The last movement")
    before = ValueField()
    after = ValueField()
    moments = serializers.ListField(child=serializers.DateTimeField())
    root = SourceSerializer(allow_null=True, help_text="The record that somebody edited")
    path = SourceSerializer(many=True, help_text="The way from there to the source, both included")
    also = SourceSerializer(many=True, help_text="Records on the way that were edited too")
    by = ChangedBySerializer(allow_null=True)
    via = serializers.CharField(allow_null=True, help_text="page, rest, admin, import or sql")
    reason = serializers.CharField(allow_null=True, help_text="Why, as whoever edited it said")


class DifferenceSerializer(serializers.Serializer):
    """A figure at two moments, and the difference that the parts of a bridge sum to."""

    metric = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a name DRF also uses
    unit = serializers.CharField()
    currency = serializers.CharField(required=False)
    to = serializers.DateTimeField()
    before = EndSerializer()
    after = EndSerializer()
    difference = ValueField()
    difference_unit = serializers.CharField(help_text="The unit; days for a date, levels of health")
    reason = serializers.CharField(required=False, help_text="Why there is no difference")

    def get_fields(self) -> dict[str, serializers.Field]:
        """Add `from`, which cannot be a name in Python."""
        return {**super().get_fields(), "from": serializers.DateTimeField()}


class BridgeSerializer(DifferenceSerializer):
    """What moved a figure between two moments: the parts sum to the difference exactly."""

    programme = ReferenceSerializer()
    hidden = serializers.IntegerField(help_text="Parts whose source the reader may not open")
    parts = PartSerializer(many=True)


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
    unmeasured = serializers.IntegerField(
        help_text="Benefits planned to bring something in the year and not measured to its end"
    )


class MomentSerializer(serializers.Serializer):
    """A figure from one moment on."""

    at = serializers.DateTimeField()
    value = ValueField()
    reason = serializers.CharField(allow_null=True)


class SeriesSerializer(serializers.Serializer):
    """Benefits by fiscal year: planned, forecast and realised, with their sums. Of a metric: its
    value over time."""

    metric = serializers.CharField()
    unit = serializers.CharField()
    currency = serializers.CharField()
    scale = serializers.IntegerField(help_text="How many currency units one of an amount is")
    as_of = serializers.DateField(allow_null=True, help_text="Of benefits; else null")
    known_at = serializers.DateTimeField(required=False, help_text=THEN)
    periods = PeriodSerializer(many=True, help_text="Of benefits; else empty")
    points = MomentSerializer(many=True, help_text="Of a metric; else empty")
