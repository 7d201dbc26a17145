"""The forecast of a project, as the engine computed it last."""

from __future__ import annotations

from rest_framework import serializers

from programmes.serializers.findings import FindingSerializer


class HealthSerializer(serializers.Serializer):
    """The derived health of a project beside the declared one; findings and reasons explain
    them."""

    derived = serializers.CharField(required=False, allow_null=True)
    declared = serializers.CharField(required=False)
    effective = serializers.CharField(required=False)
    override = serializers.IntegerField(
        required=False, help_text="The health override that counts, if one does"
    )
    differs = serializers.BooleanField(required=False)
    stale = serializers.BooleanField(required=False)
    dimensions = serializers.DictField(child=serializers.CharField(), required=False)
    reasons = serializers.ListField(child=serializers.CharField(), required=False)
    findings = FindingSerializer(many=True, required=False)


class ForecastSerializer(serializers.Serializer):
    """Where a project stands, as computed. A figure that is not known is null, and `reasons` says
    why."""

    declared_finish = serializers.DateField(allow_null=True)
    propagated_start = serializers.DateField(allow_null=True)
    propagated_finish = serializers.DateField(allow_null=True)
    slip_days = serializers.IntegerField(allow_null=True)
    hidden_delay_days = serializers.IntegerField(allow_null=True)
    driver = serializers.CharField(allow_null=True, help_text="The code of a dependency")
    currency = serializers.CharField()
    bac = serializers.CharField(allow_null=True)
    pv = serializers.CharField(allow_null=True)
    ev = serializers.CharField(allow_null=True)
    ac = serializers.CharField(allow_null=True)
    cpi = serializers.FloatField(allow_null=True)
    spi = serializers.FloatField(allow_null=True)
    eac = serializers.CharField(allow_null=True)
    eac_basis = serializers.CharField(allow_null=True)
    eac_cpi = serializers.CharField(allow_null=True, help_text="BAC / CPI, for comparison")
    approved_budget = serializers.CharField(allow_null=True)
    budget_released = serializers.CharField(allow_null=True, help_text="Of a terminated project")
    reasons = serializers.DictField(child=serializers.CharField())
    health = HealthSerializer()
    oversight_level = serializers.CharField(allow_null=True, help_text="Null with as_of")
    oversight_derived = serializers.CharField(
        allow_null=True, help_text="What the facts ask for, where another level was decided"
    )
    inspection_due_on = serializers.DateField(allow_null=True, help_text="Null with as_of")
    known_at = serializers.DateTimeField(required=False, help_text="With as_of: that moment")
    computed_at = serializers.DateTimeField(allow_null=True)
