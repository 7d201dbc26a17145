"""What the benefits map looks like: for the schema alone, the answer is shaped in `api`."""

from __future__ import annotations

from rest_framework import serializers

from programmes.queries.benefits_map import COLUMNS
from programmes.serializers.ranges import THEN

FLAGS = (
    "leads_to_no_benefit", "leads_to_no_end_benefit", "serves_no_objective", "nothing_leads_to_it",
    "no_benefit_serves_it",
)  # fmt: skip


class MapNodeSerializer(serializers.Serializer):
    """A record on the map, by its key."""

    key = serializers.CharField(help_text="output-12, outcome-3 …; links name these")
    column = serializers.ChoiceField(choices=COLUMNS)
    id = serializers.IntegerField()
    code = serializers.CharField()
    title = serializers.CharField()
    state = serializers.CharField()
    project = serializers.CharField(allow_null=True, help_text="Of an output: its project's code")
    url = serializers.URLField()
    flags = serializers.ListField(child=serializers.ChoiceField(choices=FLAGS))


class MapLinkSerializer(serializers.Serializer):
    """What leads to what, by their keys."""

    source = serializers.CharField()  # type: ignore[assignment]  # a name DRF also uses
    target = serializers.CharField()


class BenefitsMapSerializer(serializers.Serializer):
    """From outputs over outcomes and intermediate benefits to end benefits and objectives."""

    programme = serializers.IntegerField()
    known_at = serializers.DateTimeField(required=False, help_text=THEN)
    columns = serializers.ListField(child=serializers.CharField())
    nodes = MapNodeSerializer(many=True)
    links = MapLinkSerializer(many=True)
    orphans = serializers.IntegerField(help_text="Nodes with a flag")
    hidden = serializers.IntegerField(help_text="Outputs of projects the reader may not open")
