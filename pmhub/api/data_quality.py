"""`GET /data-quality/`: the faults that rules find in the records that the user sees."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from pmhub.api.filtering import check_parameters
from pmhub.api.revalidation import answered
from pmhub.api.table_files import FORMAT, wants_table
from pmhub.api.table_lists import TableList
from pmhub.queries.data_quality import Finding, findings


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


class DataQualityViewSet(TableList):
    """The number of records with faults, by rule, among all that the user sees."""

    serializer_class = DataQualitySerializer
    metadata_class = None
    filter_backends = ()

    def read(self, rows: list[Finding], start: int, stop: int) -> list[dict[str, Any]]:
        """Return the rows from `start` to before `stop`."""
        base = self.request.build_absolute_uri("/").rstrip("/")
        return [_as_row(finding, base) for finding in rows[start:stop]]

    @extend_schema(parameters=[FORMAT], filters=False)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """A page of the rules, also of those that find no fault, or a file of them all."""
        check_parameters(request, {"page", "page_size", "format"})
        rows = findings(request.user)
        if wants_table(request):
            return self.table(rows)
        return answered(request, self.get_paginated_response(self.paginate_queryset(rows)).data)


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
