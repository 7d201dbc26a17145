"""What health found, as REST tells it: for the schema alone."""

from rest_framework import serializers

from programmes.health import Rag


class DriverSerializer(serializers.Serializer):
    """A record that drives a finding."""

    type = serializers.CharField()
    id = serializers.IntegerField()
    code = serializers.CharField()


class FindingSerializer(serializers.Serializer):
    """A colour with the rule that gives it, the values by which it was judged, and what drives it;
    `reasons` says the same in words, in the same order."""

    dimension = serializers.CharField()
    colour = serializers.ChoiceField([member.value for member in Rag])
    rule = serializers.CharField(help_text="late_against_baseline, over_approved, not_reported …")
    values = serializers.DictField(
        help_text="Exact numbers as text: value and, where the colour has bounds, the last green"
        " and the last amber one"
    )
    driver = DriverSerializer(allow_null=True, help_text="What weighs most")
    drivers = DriverSerializer(many=True, help_text="The worst first, up to twelve")
