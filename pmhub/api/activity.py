"""`GET /activity/`: the activity at a record and at all that belongs to it, the latest first."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.viewsets import ViewSet

from pmhub.api.authentication import token_reaches
from pmhub.api.filtering import accepted_parameters, check_parameters
from pmhub.api.history import ActorSerializer, DifferenceSerializer
from pmhub.api.problems import parameter_problem
from pmhub.api.resources import API, basename_of, has_view, view_of
from pmhub.models import attachable, kinds_of_records
from pmhub.queries import activity
from pmhub.queries.activity import Entry, Place
from pmhub.scopes import ALL
from pmhub.serializers.at_records import KINDS as AT
from pmhub.serializers.at_records import record_named
from pmhub.serializers.fields import Choice
from pmhub.serializers.inputs import InputSerializer

ENTRIES, MOST = 50, 100
KINDS = sorted([*attachable(), *activity.AT_RECORDS])


class ActivityQuerySerializer(InputSerializer):
    """The record whose activity is listed, and optionally the kind of entry, the user who acted,
    and the place after which the page begins."""

    record_type = Choice(choices=AT)
    record_id = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    kind = Choice(choices=KINDS, required=False, default="")
    by = serializers.IntegerField(required=False, min_value=1, max_value=2**31, default=None)
    cursor = serializers.CharField(required=False, max_length=100, default="")
    page_size = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST, default=ENTRIES
    )


class HappenedSerializer(serializers.Serializer):
    """A change of a record, or a comment on one or a file at one (`text`). For a deleted record
    `text` is its name, and `changes` is empty."""

    at = serializers.DateTimeField()
    kind = serializers.CharField()
    action = serializers.CharField()
    record_type = serializers.CharField()
    record_id = serializers.IntegerField()
    record_url = serializers.URLField()
    by = ActorSerializer(allow_null=True)
    via = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    text = serializers.CharField(allow_null=True)
    changes = DifferenceSerializer(many=True)


@extend_schema_serializer(many=False)
class ActivitySerializer(serializers.Serializer):
    """A page of activity: `next` is the address of the earlier entries."""

    next = serializers.URLField(allow_null=True)
    results = HappenedSerializer(many=True)


class ActivityViewSet(ViewSet):
    """The activity at a record and at all that belongs to it: changes, comments and files of the
    records that the user sees."""

    metadata_class = None

    @extend_schema(parameters=[ActivityQuerySerializer], responses=ActivitySerializer)
    def list(self, request: Request) -> Response:
        """A page of the activity, the latest first."""
        if not token_reaches(request.auth, ALL):
            raise PermissionDenied("This takes a token that may read everything.")
        check_parameters(request, ActivityQuerySerializer().fields)
        serializer = ActivityQuerySerializer(data=request.query_params.dict())
        given = accepted_parameters(serializer)
        record = record_named(given["record_type"], given["record_id"], request.user)
        most = given["page_size"]
        entries = activity.entries(
            record,
            filter(has_view, kinds_of_records().values()),
            request.user,
            kind=given["kind"],
            by=given["by"],
            after=_place(given["cursor"]),
            most=most + 1,
        )
        described = activity.described(entries[:most], self._changes_of_events, request.user)
        address = request.build_absolute_uri()
        return Response(
            {
                "next": replace_query_param(address, "cursor", entries[most - 1].place)
                if len(entries) > most
                else None,
                "results": [self._shown(entry, row) for entry, row in described],
            }
        )

    def _changes_of_events(self, model: Any, ids: set[int]) -> Any:
        return view_of(model)(request=self.request, basename=basename_of(model)).changes_of(ids)

    def _shown(self, entry: Entry, row: Any) -> dict[str, Any]:
        base = self.request.build_absolute_uri("/")
        said = row.get("said")
        return {
            "at": entry.at,
            "kind": entry.kind,
            "action": row["action"],
            "record_type": entry.record_type,
            "record_id": entry.record_id,
            "record_url": f"{base}{API}{basename_of(entry.model)}/{entry.record_id}/",
            **{name: row[name] for name in ("by", "via", "reason", "changes")},
            "text": str(getattr(said, "text", said)) if said else row.get("was"),
        }


def _place(text: str) -> Place | None:
    """Return the place that a cursor names; None for an empty text. Raises a 400 problem."""
    try:
        return Place.of(text) if text else None
    except ValueError:
        raise parameter_problem(
            "cursor", "invalid", "Take it from `next` of the page before."
        ) from None
