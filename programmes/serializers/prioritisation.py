"""How proposals rank looks like: for the schema alone."""

from __future__ import annotations

from rest_framework import serializers

from pmhub.serializers import Money
from programmes.serializers.figures import ReferenceSerializer


class RankedSerializer(ReferenceSerializer):
    """A proposal with its place by score, and whether the money lasts for it: `cost_so_far` is what
    it costs with those before it that may be had, null of what was deferred or rejected;
    `affordable` is null where nobody says how much money there is."""

    place = serializers.IntegerField()
    score = serializers.DecimalField(max_digits=5, decimal_places=1, allow_null=True)
    cost_likely = Money()
    benefit_likely = Money()
    cost_so_far = Money(allow_null=True)
    affordable = serializers.BooleanField(allow_null=True)
    state = serializers.CharField()
    reason = serializers.CharField(help_text="Why it was approved, deferred or rejected")


class PrioritisationSerializer(serializers.Serializer):
    """The proposals of a portfolio that were scored, the highest score first. `fiscal_year` says
    whose envelopes leave the money, where none was given, null where there are none; `unscored`
    wait for their scores."""

    portfolio = ReferenceSerializer()
    currency = serializers.CharField()
    money = Money(allow_null=True)
    fiscal_year = serializers.IntegerField(allow_null=True)
    unscored = serializers.IntegerField()
    proposals = RankedSerializer(many=True)
