"""`/deleted/`: the deleted records that the user may bring back, and how one is brought back."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.api.authentication import token_reaches
from pmhub.api.effects import Effects, effect
from pmhub.api.filtering import check_parameters
from pmhub.api.history import ActorSerializer
from pmhub.api.parameters import check_known
from pmhub.api.problems import parameter_problem
from pmhub.api.resources import basename_of, has_view, model_of, view_of
from pmhub.api.restoration import restoration_of
from pmhub.api.subrequests import item_request
from pmhub.api.table_files import FORMAT, wants_table
from pmhub.api.table_lists import TableList
from pmhub.queries.deletions import DeletionDescription, deletions, described, restorable
from pmhub.scopes import ALL

SEEN = OpenApiParameter("If-Match", OpenApiTypes.STR, OpenApiParameter.HEADER)
PLACE = re.compile(r"([a-z-]+)-([0-9]{1,18})")


class DeletedSerializer(serializers.Serializer):
    """A deleted record: its collection, its code and title, when and by whom it was deleted, and
    until when a POST to `restoration_url` may bring it back. `id` names it at this address, such as
    `risks-12`."""

    id = serializers.CharField()
    collection = serializers.CharField()
    record_id = serializers.IntegerField()
    code = serializers.CharField()
    title = serializers.CharField()
    deleted_at = serializers.DateTimeField()
    deleted_by = ActorSerializer(allow_null=True)
    until = serializers.DateTimeField()
    days_left = serializers.IntegerField()
    restoration_url = serializers.URLField()


class DeletedViewSet(Effects, TableList):
    """Records deleted within the last 30 days that the user may bring back: those that they deleted
    and, for the PMO, those that others deleted, where they may write such a record. Records that
    were deleted together with another come back with that one."""

    serializer_class = DeletedSerializer
    metadata_class = None
    filter_backends = ()
    lookup_value_regex = r"[a-z-]+-[0-9]{1,18}"
    previewable = True

    def read(self, rows: Any, start: int, stop: int) -> list[dict[str, Any]]:
        """The rows of a window."""
        base = self.request.build_absolute_uri("/")
        return [_as_row(one, base) for one in described(rows[start:stop], self.request.user)]

    def check_repeat(self, answer: Any) -> None:
        """Raise 404 or 403 unless the user still sees the record that was brought back, and may
        write it."""
        _view(self.request, self.kwargs["pk"])[0].check_repeat(answer)

    @extend_schema(
        parameters=[OpenApiParameter("collection", OpenApiTypes.STR), FORMAT], filters=False
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """A page of the deleted records, the last deleted first, or a file of them all."""
        check_parameters(request, {"page", "page_size", "format", "collection"})
        if not token_reaches(request.auth, ALL):
            raise PermissionDenied("This takes a token that may read everything.")
        rows = deletions(request.user, _models(request))
        if wants_table(request):
            return self.table(rows)
        return self.get_paginated_response(self.paginate_queryset(rows))

    @extend_schema(request=None, responses=OpenApiTypes.OBJECT, parameters=[SEEN])
    @action(detail=True, methods=["post"], url_path="restoration")
    @effect
    def restoration(self, request: Request, pk: str) -> Response:
        """Bring a deleted record back as it was, with a new version and with all that was deleted
        with it: all of it or nothing. `If-Match`, where it is sent, names the version that was
        deleted."""
        check_known(request, set())
        view, id = _view(request, pk)
        seen = request.headers.get("If-Match")
        row = view.committed(lambda: view.stored_row(view.restore_record(id, seen=seen)))
        headers = {"Location": row["url"], "ETag": f'"{view.etag(row)}"'}
        return Response(row, headers=headers)


def _models(request: Request) -> list[Any]:
    """Return the model of the collection that is asked for, or all where none is named."""
    name = request.query_params.get("collection", "")
    models = {basename_of(model): model for model in restorable() if has_view(model)}
    if name and name not in models:
        raise parameter_problem("collection", "invalid_choice", "Name a collection of records.")
    return [models[name]] if name else list(models.values())


def _view(request: Request, place: str) -> tuple[Any, str]:
    """Return the view that brings back the record of an address, and the record's id; raises
    Http404."""
    match = PLACE.fullmatch(place)
    model = model_of(match[1]) if match else None
    if match is None or model is None:
        raise Http404
    view = view_of(model)(basename=match[1], detail=True)
    view.request = item_request(request, "POST", f"{match[1]}/{match[2]}/", {})
    view.action, view.format_kwarg, view.args, view.kwargs = "", None, (), {"pk": match[2]}
    return view, match[2]


def _as_row(one: DeletionDescription, base: str) -> dict[str, Any]:
    deletion = one.deletion
    collection = basename_of(deletion.model)
    return {
        "id": f"{collection}-{deletion.id}",
        "collection": collection,
        "record_id": deletion.id,
        "code": one.code,
        "title": one.called,
        "deleted_at": deletion.at,
        "deleted_by": one.by,
        "until": deletion.until,
        "days_left": deletion.days_left,
        "restoration_url": base + restoration_of(collection, deletion.id),
    }
