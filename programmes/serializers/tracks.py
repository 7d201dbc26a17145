"""The tracks of a programme as REST tells them."""

from __future__ import annotations

from rest_framework import serializers

from programmes.serializers.ranges import THEN

FLOAT = "By how many days it alone may come later than computed: the programme's finish stays"
DRAG = "The programme's finish as computed, less the finish with it at its baseline"
WAITS = "False where the programme's finish does not wait for it; null where that is not known"


class FloatSerializer(serializers.Serializer):
    """Whether the programme's finish depends on an event, and its float; null for a reached
    event."""

    float_days = serializers.IntegerField(allow_null=True, help_text=FLOAT)
    waits = serializers.BooleanField(allow_null=True, help_text=WAITS)


class StationSerializer(FloatSerializer):
    """A milestone on a track."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.CharField()
    baseline_on = serializers.DateField(allow_null=True)
    forecast_on = serializers.DateField(allow_null=True)
    actual_on = serializers.DateField(allow_null=True)
    computed_on = serializers.DateField(
        allow_null=True, help_text="Where it really stands; null where it takes no part"
    )
    drag_days = serializers.IntegerField(allow_null=True, help_text=DRAG)


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
    tranche = serializers.CharField(allow_null=True, help_text="Its code")
    critical = serializers.BooleanField(help_text="Whether the critical chain leads over it")
    start = FloatSerializer()
    finish = FloatSerializer()
    drag_days = serializers.IntegerField(allow_null=True, help_text=DRAG)
    milestones = StationSerializer(many=True)


class JunctionSerializer(serializers.Serializer):
    """A dependency between two tracks; an end out of sight is null, with the contact there."""

    id = serializers.IntegerField()
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
    drag_days = serializers.IntegerField(
        allow_null=True, help_text=f"{DRAG}: with it coming on the day it is needed by"
    )


class StretchSerializer(serializers.Serializer):
    """A tranche on the roadmap."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    start = serializers.DateField(allow_null=True)
    end = serializers.DateField(allow_null=True)


class StepSerializer(FloatSerializer):
    """An event on the critical chain, and what sets its day."""

    project = serializers.IntegerField()
    code = serializers.CharField()
    event = serializers.CharField(help_text="start, finish or the code of a milestone")
    milestone = serializers.IntegerField(allow_null=True, help_text="The id of that milestone")
    title = serializers.CharField(help_text="The event by its name")
    on = serializers.DateField()
    driver = serializers.CharField(
        allow_null=True, help_text="The code of a dependency, or status_date"
    )
    link = serializers.IntegerField(allow_null=True, help_text="The id of that dependency")
    drag_days = serializers.IntegerField(
        allow_null=True, help_text="Of the dependency that drives it"
    )


class RoadmapSerializer(serializers.Serializer):
    """The data of the tracks."""

    as_of = serializers.DateField()
    known_at = serializers.DateTimeField(required=False, help_text=THEN)
    start = serializers.DateField(allow_null=True)
    end = serializers.DateField(allow_null=True)
    finish_propagated = serializers.DateField(allow_null=True)
    finish_baseline = serializers.DateField(allow_null=True)
    total = serializers.IntegerField(help_text="How many projects there are to draw")
    sensitivity = serializers.CharField(
        help_text="Of what float and drag are: current, updating (of the facts before the last"
        " change), or why there are none: no_dates, circle_of_dependencies"
    )
    projects = TrackSerializer(many=True)
    dependencies = JunctionSerializer(many=True)
    critical_chain = StepSerializer(
        many=True, help_text="From the last finish backwards, as far as it leads over these tracks"
    )
    tranches = StretchSerializer(many=True)
