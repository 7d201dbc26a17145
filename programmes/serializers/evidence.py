"""The evidence behind benefits: for the schema alone, the answer is shaped in `api`."""

from __future__ import annotations

from rest_framework import serializers

from benefits.models import EvidenceGrade
from programmes.serializers.ranges import THEN


class GradeSerializer(serializers.Serializer):
    """What was realised on evidence of one grade, and in how many verified measurements."""

    evidence_grade = serializers.ChoiceField(choices=EvidenceGrade.choices)
    value = serializers.CharField()
    measurements = serializers.IntegerField()


class OwnHistorySerializer(serializers.Serializer):
    """What share of the approved benefits was realised by `count` benefits that have finished: the
    median and the quartiles, and the value of the claim by each. None while there are too few."""

    count = serializers.IntegerField()
    reason = serializers.ChoiceField(choices=["not_enough"], allow_null=True)
    lower = serializers.FloatField(allow_null=True)
    median = serializers.FloatField(allow_null=True)
    upper = serializers.FloatField(allow_null=True)
    lower_value = serializers.CharField(allow_null=True)
    median_value = serializers.CharField(allow_null=True)
    upper_value = serializers.CharField(allow_null=True)


class ClaimSerializer(serializers.Serializer):
    """A benefit that counts: its planned amount over its whole life, whether finance has validated
    that, and what other benefits of its category that were planned at the same stage have
    realised."""

    benefit = serializers.IntegerField()
    code = serializers.CharField()
    category = serializers.CharField()
    stage = serializers.CharField(help_text="Of the programme when it was planned; empty: not yet")
    claimed = serializers.CharField()
    validated = serializers.BooleanField()
    history = OwnHistorySerializer()


class EvidenceSerializer(serializers.Serializer):
    """What was realised by the grade of evidence, and what finance has validated of what is
    claimed. The grades sum to `realised`, which is `benefits_actual_to_date`."""

    programme = serializers.IntegerField()
    known_at = serializers.DateTimeField(required=False, help_text=THEN)
    as_of = serializers.DateField()
    currency = serializers.CharField()
    realised = serializers.CharField()
    grades = GradeSerializer(many=True)
    claimed = serializers.CharField()
    validated = serializers.CharField()
    benefits = ClaimSerializer(many=True)
