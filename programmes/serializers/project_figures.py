"""What the figures of a project look like: for the schema alone."""

from __future__ import annotations

from rest_framework import serializers

from programmes.serializers.figures import (
    CHANGED,
    ENGINE,
    STATES,
    BridgeSerializer,
    ExplanationSerializer,
    MetricSerializer,
    MomentSerializer,
    ReferenceSerializer,
)
from programmes.serializers.ranges import THEN


class RecordCoverageSerializer(serializers.Serializer):
    """How many records the figures rest on, and how many lack a fact."""

    covered = serializers.IntegerField()
    missing = serializers.IntegerField()
    hidden = serializers.IntegerField()


class ProjectRollupSerializer(serializers.Serializer):
    """All figures of a project, with how fresh and how complete they are."""

    project = ReferenceSerializer()
    state = serializers.CharField(help_text=", ".join(STATES))
    as_of = serializers.DateField()
    known_at = serializers.DateTimeField(required=False, help_text=THEN)
    engine_version = serializers.IntegerField(required=False, allow_null=True, help_text=ENGINE)
    reason = serializers.CharField(required=False, help_text="Why there are no metrics")
    computed_at = serializers.DateTimeField(allow_null=True, help_text=CHANGED)
    currency = serializers.CharField()
    money_unit = serializers.IntegerField()
    coverage = RecordCoverageSerializer()
    metrics = serializers.DictField(child=MetricSerializer())


class ProjectExplanationSerializer(ExplanationSerializer):
    """Why a figure of a project is what it is: the aggregate of the lines of its records, or a
    formula over its inputs."""

    programme = None  # type: ignore[assignment]  # how DRF takes a field away
    project = ReferenceSerializer()
    lines_reason = serializers.CharField(
        required=False,
        help_text="Why there are no lines: older_engine, or not_reproduced where the records as"
        " they were read then are no longer known",
    )


class ProjectSeriesSerializer(serializers.Serializer):
    """A figure of a project over time."""

    metric = serializers.CharField()
    unit = serializers.CharField()
    currency = serializers.CharField()
    scale = serializers.IntegerField(help_text="How many currency units one of an amount is")
    known_at = serializers.DateTimeField(required=False, help_text=THEN)
    points = MomentSerializer(many=True)


class ProjectBridgeSerializer(BridgeSerializer):
    """What moved a figure of a project between two moments: the parts sum to the difference."""

    programme = None  # type: ignore[assignment]  # how DRF takes a field away
    project = ReferenceSerializer()
