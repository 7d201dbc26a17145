"""The ranking of proposals: for the schema alone."""

from __future__ import annotations

from rest_framework import serializers

from pmhub.serializers import Money
from programmes.serializers.figures import ReferenceSerializer


class RankedSerializer(ReferenceSerializer):
    """A proposal with its place by score, and whether the money lasts for it. `cost_so_far` is its
    cost and that of the proposals before it, null where it was deferred or rejected; `affordable`
    is null where it is not known how much money there is."""

    place = serializers.IntegerField()
    score = serializers.DecimalField(max_digits=5, decimal_places=1, allow_null=True)
    cost_likely = Money()
    benefit_likely = Money()
    cost_so_far = Money(allow_null=True)
    affordable = serializers.BooleanField(allow_null=True)
    state = serializers.CharField()
    reason = serializers.CharField(help_text="Why it was approved, deferred or rejected")


class PrioritisationSerializer(serializers.Serializer):
    """The scored proposals of a portfolio, the highest score first. `fiscal_year` is the year whose
    envelopes give the money, null where money was given or there are no envelopes; `unscored` is
    the number of proposals without a score."""

    portfolio = ReferenceSerializer()
    currency = serializers.CharField()
    money = Money(allow_null=True)
    fiscal_year = serializers.IntegerField(allow_null=True)
    unscored = serializers.IntegerField()
    proposals = RankedSerializer(many=True)
