"""How far a benefit is realised."""

from __future__ import annotations

from rest_framework import serializers


class RealisationSerializer(serializers.Serializer):
    """How far a benefit is realised. Its `kind` is a flow (an amount in each period) or a stock (a
    level)."""

    benefit = serializers.IntegerField()
    code = serializers.CharField()
    kind = serializers.ChoiceField(["flow", "stock"])
    unit = serializers.CharField()
    currency = serializers.CharField(allow_null=True)
    as_of = serializers.DateField()
    reasons = serializers.DictField(child=serializers.CharField())
    planned_to_date = serializers.CharField(required=False)
    planned_measured = serializers.CharField(required=False)
    actual_to_date = serializers.CharField(required=False, allow_null=True)
    not_measured_since = serializers.DateField(required=False, allow_null=True)
    attainment = serializers.FloatField(required=False, allow_null=True)
    variance_to_date = serializers.CharField(required=False, allow_null=True)
    whole_life_planned = serializers.CharField(required=False)
    realised_share = serializers.FloatField(required=False, allow_null=True)
    forecast_outturn = serializers.CharField(required=False, allow_null=True)
    remaining = serializers.CharField(required=False, allow_null=True)
    present_value = serializers.CharField(required=False)
    latest = serializers.CharField(required=False, allow_null=True)
    target_then = serializers.CharField(required=False, allow_null=True)
    final_target = serializers.CharField(required=False, allow_null=True)
    achievement = serializers.FloatField(required=False, allow_null=True)
    against_profile = serializers.FloatField(required=False, allow_null=True)
    variance_to_profile = serializers.CharField(required=False, allow_null=True)
