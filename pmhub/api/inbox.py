"""`/inbox/`: the notices of the user, and which of them are read."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.accounts import inbox
from pmhub.api.effects import Effects, effect
from pmhub.api.filtering import check_parameters
from pmhub.api.parameters import check_known
from pmhub.api.problems import parameter_problem
from pmhub.api.revalidation import answered
from pmhub.api.table_files import FORMAT, wants_table
from pmhub.api.table_lists import TableList
from pmhub.models import NoticeKind
from pmhub.serializers.fields import Flag, Text
from pmhub.serializers.inputs import InputSerializer

WORDS = {"true": True, "false": False, "": None}
KINDS = ("", *NoticeKind.values)


class NoticeSerializer(serializers.Serializer):
    """A notice to the user: a record is `asked` of them, or `given` to them to own, lead or do; a
    comment is a `mention` of them; somebody else made a `change` or a `comment` at a record that
    they follow; or a `job` of theirs has ended. `record_type` and `record_id` name the record or
    the job, `title` is its name, and `by` is who did it, empty where that is unknown or may not be
    shown."""

    id = serializers.CharField()
    kind = serializers.ChoiceField(NoticeKind.choices)
    at = serializers.DateTimeField()
    by = serializers.CharField(allow_blank=True)
    record_type = serializers.CharField()
    record_id = serializers.IntegerField()
    title = serializers.CharField()
    text = serializers.CharField(allow_blank=True)
    html_url = serializers.URLField()
    unread = serializers.BooleanField()


class ReadingSerializer(InputSerializer):
    """The ids of notices, all of them where `ids` is left out, and whether they are marked as
    read."""

    ids = serializers.ListField(child=Text(max_length=200), max_length=inbox.MOST, required=False)
    read = Flag(default=True)


class UnreadSerializer(serializers.Serializer):
    """How many notices are unread."""

    unread = serializers.IntegerField()


class InboxViewSet(Effects, TableList):
    """The notices of the last 30 days, the newest first, at most 500. They are derived from the
    records as they are now: a notice disappears when its matter is settled or its record is out of
    sight."""

    serializer_class = NoticeSerializer
    metadata_class = None
    filter_backends = ()

    def read(self, rows: list[inbox.InboxEntry], start: int, stop: int) -> list[dict[str, Any]]:
        """The rows of a window."""
        base = self.request.build_absolute_uri("/").rstrip("/")
        return [_as_row(row, base) for row in rows[start:stop]]

    @extend_schema(
        parameters=[
            OpenApiParameter("kind", enum=NoticeKind.values),
            OpenApiParameter("unread", bool, description="Only what is unread, or what is read"),
            FORMAT,
        ],
        filters=False,
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """A page of the notices, the newest first, or a file of them all."""
        check_parameters(request, {"page", "page_size", "format", "kind", "unread"})
        kind, unread = (request.query_params.get(name, "") for name in ("kind", "unread"))
        if kind not in KINDS:
            raise parameter_problem(
                "kind", "invalid_choice", f"Choose one of: {', '.join(NoticeKind.values)}."
            )
        if unread not in WORDS:
            raise parameter_problem("unread", "invalid", "Say true or false.")
        rows = inbox.of_kinds(inbox.entries(request.user), kind, unread=WORDS[unread])
        if wants_table(request):
            return self.table(rows)
        return answered(request, self.get_paginated_response(self.paginate_queryset(rows)).data)

    @extend_schema(request=ReadingSerializer, responses=UnreadSerializer)
    @action(detail=False, methods=["post"], url_path="reading")
    @effect
    def reading(self, request: Request) -> Response:
        """Mark notices as read or unread; ids that are not in the inbox are ignored."""
        check_known(request, set())
        serializer = ReadingSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        return Response(
            {"unread": inbox.mark(request.user, values.get("ids"), read=values["read"])}
        )


def _as_row(row: inbox.InboxEntry, base: str) -> dict[str, Any]:
    notice = row.notice
    kind, id = notice.record
    return {
        "id": notice.id,
        "kind": notice.kind.value,
        "at": notice.at,
        "by": notice.by,
        "record_type": kind,
        "record_id": id,
        "title": notice.called,
        "text": notice.text,
        "html_url": f"{base}{row.page}",
        "unread": row.unread,
    }
