"""`GET /data-quality/`: the faults that rules find in the records that the user sees."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.api.filtering import check_parameters
from pmhub.api.table_files import FORMAT, TABLES, Table, table_answer, wants_table
from pmhub.queries.data_quality import Finding, findings

COLUMNS = ("rule", "title", "group", "about", "type", "count", "of", "url", "html_url")


class DataQualitySerializer(serializers.Serializer):
    """The number of records (`count`, out of all `of` the `type` that the user may see) in which a
    rule finds a fault; `url` and `html_url` list them."""

    rule = serializers.CharField()
    title = serializers.CharField()
    group = serializers.CharField()
    about = serializers.CharField(help_text="What it leads to")
    type = serializers.CharField()
    count = serializers.IntegerField()
    of = serializers.IntegerField()
    url = serializers.URLField()
    html_url = serializers.URLField()


class DataQualityViewSet(viewsets.GenericViewSet):
    """The number of records with faults, by rule, among all that the user sees."""

    serializer_class = DataQualitySerializer
    metadata_class = None
    filter_backends = ()
    pagination_class = None
    renderer_classes = TABLES

    @extend_schema(
        parameters=[FORMAT],
        responses=DataQualitySerializer(many=True),
        filters=False,
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """All rules, also those that find no fault."""
        check_parameters(request, {"format"})
        base = request.build_absolute_uri("/").rstrip("/")
        rows = [_as_row(finding, base) for finding in findings(request.user)]
        if wants_table(request):
            cells = [[row[name] for name in COLUMNS] for row in rows]
            return table_answer(request, Table("data-quality", COLUMNS, cells))
        return Response(rows)


def _as_row(finding: Finding, base: str) -> dict[str, Any]:
    rule = finding.rule
    return {
        "rule": rule.name,
        "title": rule.title,
        "group": rule.group,
        "about": rule.about,
        "type": rule.collection,
        "count": finding.count,
        "of": finding.of,
        "url": f"{base}/api/v1/{rule.collection}/?finding={rule.name}",
        "html_url": f"{base}{rule.address}",
    }
