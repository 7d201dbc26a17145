"""`GET /audit/`: the audit register, for the PMO and assurers."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django_filters import utils
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.access.grants import audits
from pmhub.api import table_jobs
from pmhub.api.filtering import check_parameters, parameter_problems
from pmhub.api.json_rendering import dumps
from pmhub.api.table_files import FORMAT, TABLES, Table, table_answer, wants_table
from pmhub.database.history import WritePath
from pmhub.filters.audit import AuditFilter
from pmhub.models import Act, AuditEntry
from pmhub.queries.audit import name_entries

FILTERS = AuditFilter.base_filters
DAYS = ("since", "until")
CHOICES: dict[str, Any] = {"act": Act, "via": WritePath}
COLUMNS = (
    "id", "at", "act", "actor", "who", "acting_for", "via", "session", "token", "address",
    "request", "object_type", "object_id", "what", "reason", "details", "place", "seal",
    "sealed_at",
)  # fmt: skip
AT_ONCE = 1000  # rows that are read at once for a file


class AuditEntrySerializer(serializers.ModelSerializer):
    """An act. `actor` is the id of an account, `person` that of its person; `who` and `what` are
    the present names, which the register itself does not store. `place` is null until the row is
    sealed."""

    person = serializers.IntegerField(source="person.pk", allow_null=True, default=None)
    who = serializers.CharField()
    what = serializers.CharField()

    class Meta:
        model = AuditEntry
        fields = (*COLUMNS[:4], "person", *COLUMNS[4:])


def _parameters() -> list[OpenApiParameter]:
    """Return the parameters of the list, for OpenAPI."""
    kinds = dict.fromkeys(DAYS, OpenApiTypes.DATE) | dict.fromkeys(
        ("person", "actor"), OpenApiTypes.INT
    )
    given = [
        OpenApiParameter(
            name,
            kinds.get(name, OpenApiTypes.STR),
            enum=CHOICES[name].values if name in CHOICES else None,
        )
        for name in FILTERS
    ]
    return [*given, FORMAT]


class AuditViewSet(viewsets.GenericViewSet):
    """The audit register, the newest act first. The PMO and assurers of the whole organisation see
    all acts; those of a part of it see the acts on the records of that part."""

    serializer_class = AuditEntrySerializer
    metadata_class = None
    filter_backends = ()
    renderer_classes = TABLES

    def get_queryset(self) -> QuerySet[AuditEntry]:
        """Return the acts that the user may see; raises Http404 for a user who may see none."""
        if not audits(self.request.user):
            raise Http404
        return AuditEntry.objects.visible_to(self.request.user).order_by("-pk")

    def read(self, queryset: QuerySet[AuditEntry], start: int, stop: int) -> Any:
        """The rows of a window, with names."""
        return name_entries(list(queryset[start:stop]))

    @extend_schema(parameters=_parameters(), filters=False)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response | HttpResponse:
        """A page of the acts, or a file of all that the filters find."""
        check_parameters(request, {"page", "page_size", "format", *FILTERS})
        filters = AuditFilter(request.query_params, self.get_queryset(), request=request)
        if not filters.is_valid():
            raise parameter_problems(utils.translate_validation(filters.errors).detail)
        if not wants_table(request):
            page = self.paginate_queryset(filters.qs)
            return self.get_paginated_response(self.get_serializer(page, many=True).data)
        count = filters.qs.count()
        later = table_jobs.deferred(request, count)
        return later or table_answer(request, self._table(filters.qs, count))

    def _table(self, rows: QuerySet[AuditEntry], count: int) -> Table:
        lines: list[Any] = []
        for start in range(0, count, AT_ONCE):
            lines += map(_line, self.read(rows, start, min(count, start + AT_ONCE)))
            table_jobs.report_progress(self.request, len(lines), count)
        return Table("audit", COLUMNS, lines)


def _line(entry: AuditEntry) -> list[Any]:
    cells = {name: getattr(entry, name) for name in COLUMNS}
    cells |= {name: cells[name].isoformat() for name in ("at", "sealed_at") if cells[name]}
    return list((cells | {"details": dumps(entry.details).decode()}).values())
