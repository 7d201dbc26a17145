"""Comments on records, and the records that users follow."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from pmhub.api.filtering import accepted_parameters, check_parameters
from pmhub.api.records import RecordViewSet
from pmhub.api.representations import Row
from pmhub.api.revalidation import revalidated
from pmhub.filters import CommentFilter, FollowFilter
from pmhub.queries import authors, readers
from pmhub.serializers.at_records import record_named
from pmhub.serializers.comments import (
    CommentSerializer,
    FollowSerializer,
    MentionableAnswer,
    MentionableSerializer,
)

OFFERED = 8  # people at once


class CommentViewSet(RecordViewSet):
    """Comments on records. Whoever sees a record reads and adds comments; each is changed and
    deleted by its author."""

    serializer_class = CommentSerializer
    filterset_class = CommentFilter
    http_method_names = ["get", "head", "post", "patch", "delete"]
    search_fields = ("text",)
    ordering_fields = ("id", "created_at", "updated_at")

    def finish(self, rows: list[Row]) -> None:
        """Add the name of each author."""
        names = authors(self.model, [row["id"] for row in rows])
        for row in rows:
            row["author_name"] = names.get(row["id"])

    @extend_schema(
        parameters=[MentionableSerializer],
        responses=MentionableAnswer,
        filters=False,
    )
    @action(detail=False, filterset_class=None, pagination_class=None)
    @revalidated
    def mentionable(self, request: Request) -> Any:
        """The first people, by name, who see a record and so may be mentioned in its comments."""
        check_parameters(request, MentionableSerializer().fields)
        serializer = MentionableSerializer(data=request.query_params.dict())
        given = accepted_parameters(serializer)
        record = record_named(given["record_type"], given["record_id"], request.user)
        people = readers.readers_named(record, given["search"], OFFERED, request.user)
        return MentionableAnswer({"results": people}).data


class FollowViewSet(RecordViewSet):
    """The records that the user follows. Nobody else sees which."""

    serializer_class = FollowSerializer
    filterset_class = FollowFilter
    http_method_names = ["get", "head", "post", "delete"]
    ordering_fields = ("id", "created_at", "updated_at")
    in_bulk = False

    def page_of(self, row: Row) -> str:
        """Return the path of the page of the followed record."""
        return "follows/"
