"""What a preview looks like: for the schema alone, the answer is shaped in `api`."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from programmes.queries.contacts import ROLES
from programmes.serializers.figures import ReferenceSerializer, SourceSerializer, ValueField


class PreviewSourceSerializer(SourceSerializer):
    """The record a line comes from."""


class PreviewLineSerializer(serializers.Serializer):
    """A record whose part in a figure would change; null does not count."""

    source = PreviewSourceSerializer()  # type: ignore[assignment]  # a member of ours, not DRF's
    before = ValueField(allow_null=True)
    after = ValueField(allow_null=True)


class PreviewMetricSerializer(serializers.Serializer):
    """A figure that would change, with the lines that move it."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a member of ours, not DRF's
    unit = serializers.CharField()
    to = ValueField(allow_null=True)
    lines = PreviewLineSerializer(many=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        """Add `from`, which cannot be a name in Python."""
        return {**super().get_fields(), "from": ValueField(allow_null=True)}


class PreviewProgrammeSerializer(ReferenceSerializer):
    """A programme with the figures that would change."""

    currency = serializers.CharField()
    money_unit = serializers.IntegerField()
    metrics = PreviewMetricSerializer(many=True)


class DayMoveSerializer(serializers.Serializer):
    """A day, before and after."""

    to = serializers.DateField(allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        """Add `from`, which cannot be a name in Python."""
        return {**super().get_fields(), "from": serializers.DateField(allow_null=True)}


class WordMoveSerializer(serializers.Serializer):
    """A word, before and after."""

    to = serializers.CharField(allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        """Add `from`, which cannot be a name in Python."""
        return {**super().get_fields(), "from": serializers.CharField(allow_null=True)}


class PreviewProjectSerializer(ReferenceSerializer):
    """A project whose finish or health would change."""

    finish = DayMoveSerializer()
    health = WordMoveSerializer()


class PreviewDependencySerializer(ReferenceSerializer):
    """A dependency whose day or status would change; its name is what is delivered."""

    effective_forecast = DayMoveSerializer()
    status = WordMoveSerializer()


class MoneyMoveSerializer(serializers.Serializer):
    """An amount, before and after."""

    to = serializers.CharField()

    def get_fields(self) -> dict[str, serializers.Field]:
        """Add `from`, which cannot be a name in Python."""
        return {**super().get_fields(), "from": serializers.CharField()}


class PreviewYearSerializer(serializers.Serializer):
    """A fiscal year of the counted benefits. `expected` is the forecast if contributions come as
    late as their projects, and those of stopped projects never: an indication."""

    label = serializers.CharField()  # type: ignore[assignment]  # a member of ours, not DRF's
    planned = MoneyMoveSerializer()
    forecast = MoneyMoveSerializer()
    expected = serializers.CharField()


class PreviewBenefitsSerializer(ReferenceSerializer):
    """A programme whose benefits would come in other years, or not at all."""

    currency = serializers.CharField()
    money_unit = serializers.IntegerField()
    years = PreviewYearSerializer(many=True)


class PreviewRoleSerializer(serializers.Serializer):
    """The role of a person at a record that would move; where it is about a dependency, which
    one."""

    role = serializers.ChoiceField(choices=ROLES)
    dependency = serializers.CharField(allow_null=True)
    source = PreviewSourceSerializer()  # type: ignore[assignment]  # a member of ours, not DRF's


class PreviewPersonSerializer(serializers.Serializer):
    """A person to ask before the change is made, and why."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    roles = PreviewRoleSerializer(many=True)


class PreviewHiddenSerializer(serializers.Serializer):
    """How many would change that the reader may not see."""

    programmes = serializers.IntegerField()
    projects = serializers.IntegerField()


@extend_schema_field({"type": ["object", "null"], "additionalProperties": True})
class ObjectField(serializers.Field):
    """A record of the resource."""


class PreviewExceptionSerializer(serializers.Serializer):
    """A tolerance that would be broken and is not now: an exception would be opened."""

    programme = serializers.CharField(help_text="Its code")
    tolerance = PreviewSourceSerializer()


class PreviewSerializer(serializers.Serializer):
    """With ?preview=1: the record as it would be, and what would move. Nothing is saved."""

    preview = serializers.BooleanField()
    object = ObjectField(allow_null=True)
    programmes = PreviewProgrammeSerializer(many=True)
    projects = PreviewProjectSerializer(many=True)
    would_open = PreviewExceptionSerializer(many=True)
    project_figures = PreviewProgrammeSerializer(many=True)
    dependencies = PreviewDependencySerializer(many=True)
    benefits = PreviewBenefitsSerializer(many=True)
    people = PreviewPersonSerializer(many=True)
    hidden = PreviewHiddenSerializer()
