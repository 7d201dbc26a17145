"""The tracks of a programme as REST tells them."""

from __future__ import annotations

from rest_framework import serializers

from programmes.serializers.ranges import THEN


class StationSerializer(serializers.Serializer):
    """A milestone on a track."""

    code = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.CharField()
    baseline_on = serializers.DateField(allow_null=True)
    forecast_on = serializers.DateField(allow_null=True)
    actual_on = serializers.DateField(allow_null=True)
    computed_on = serializers.DateField(
        allow_null=True, help_text="Where it really stands; null where it takes no part"
    )


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
    terminated_on = serializers.DateField(allow_null=True)
    hidden_delay_days = serializers.IntegerField(allow_null=True)
    driver = serializers.CharField(allow_null=True)
    milestones = StationSerializer(many=True)


class JunctionSerializer(serializers.Serializer):
    """A dependency between two tracks; an end out of sight is null, with whom to call there."""

    code = serializers.CharField()
    deliverable = serializers.CharField()
    giver = serializers.IntegerField(allow_null=True)
    giver_label = serializers.CharField(allow_null=True)
    giver_contact = serializers.CharField(allow_null=True)
    receiver = serializers.IntegerField(allow_null=True)
    receiver_label = serializers.CharField(allow_null=True)
    receiver_contact = serializers.CharField(allow_null=True)
    kind = serializers.CharField()
    on = serializers.DateField(allow_null=True)
    need_by = serializers.DateField(allow_null=True)
    status = serializers.CharField()
    status_reason = serializers.CharField()
    drives = serializers.BooleanField()
    hidden = serializers.BooleanField()


class StretchSerializer(serializers.Serializer):
    """A tranche on the roadmap."""

    code = serializers.CharField()
    name = serializers.CharField()
    start = serializers.DateField(allow_null=True)
    end = serializers.DateField(allow_null=True)


class StepSerializer(serializers.Serializer):
    """An event on the critical chain, and what makes its day."""

    project = serializers.IntegerField()
    code = serializers.CharField()
    event = serializers.CharField(help_text="start, finish or the code of a milestone")
    on = serializers.DateField()
    driver = serializers.CharField(
        allow_null=True, help_text="The code of a dependency, or status_date"
    )


class RoadmapSerializer(serializers.Serializer):
    """What the tracks draw."""

    as_of = serializers.DateField()
    known_at = serializers.DateTimeField(required=False, help_text=THEN)
    start = serializers.DateField(allow_null=True)
    end = serializers.DateField(allow_null=True)
    finish_propagated = serializers.DateField(allow_null=True)
    finish_baseline = serializers.DateField(allow_null=True)
    projects = TrackSerializer(many=True)
    dependencies = JunctionSerializer(many=True)
    critical_chain = StepSerializer(
        many=True, help_text="From the last finish backwards, as far as it leads over these tracks"
    )
    tranches = StretchSerializer(many=True)
