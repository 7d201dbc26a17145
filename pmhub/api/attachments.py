"""Files and links at records: attach, rename, download and delete them."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from pmhub.api.negotiation import FileNegotiation
from pmhub.api.parameters import check_known
from pmhub.api.parsing import LARGEST_BODY, Form, Json
from pmhub.api.problems import Problem
from pmhub.api.records import RecordViewSet
from pmhub.api.representations import Row
from pmhub.api.resources import API
from pmhub.attachments import PASSIVE, UNKNOWN, blocks_of, let_go
from pmhub.filters import AttachmentFilter
from pmhub.models import Attachment
from pmhub.serializers.attachments import AttachmentSerializer

LOST = "The file is not in the store any more: ask who runs pmhub for the backup."
# Headers that keep a browser from running a file, or showing it as a page of pmhub.
CLOSED = {
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
    "Accept-Ranges": "none",
}


class AttachmentViewSet(RecordViewSet):
    """Files and links at records. A file is sent as multipart/form-data, at most 25 MB, and
    downloaded from `content_url` by users who see its record."""

    serializer_class = AttachmentSerializer
    filterset_class = AttachmentFilter
    parser_classes = (Json, Form)
    http_method_names = ["get", "head", "post", "patch", "delete"]
    search_fields = ("title", "file_name", "link")
    ordering_fields = ("id", "title", "size", "created_at", "updated_at")
    expandable = ("version_of",)
    in_bulk = False

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Count a request with a large body as several requests of the user."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        sent = int(length) if length.isdecimal() else 0
        request._request.units = 1 + sent // LARGEST_BODY  # type: ignore[attr-defined]  # ours
        super().initial(request, *args, **kwargs)

    def finish(self, rows: list[Row]) -> None:
        """Add the address of each file."""
        base = self.request.build_absolute_uri("/")
        for row in rows:
            address = f"{base}{API}{self.basename}/{row['id']}/content/"
            row["content_url"] = address if row["sha256"] else None

    def page_of(self, row: Row) -> str:
        """Return the path of the page of the record's attachments, at this one."""
        return f"attachments/{row['record_type']}/{row['record_id']}/#attachment-{row['id']}"

    def remove(self, pk: str) -> None:
        """Delete an attachment, and its file once the deletion is committed."""
        stored_as = Attachment.objects.filter(pk=pk).values_list("stored_as", flat=True).first()
        super().remove(pk)
        transaction.on_commit(partial(let_go, stored_as or ""))

    @extend_schema(
        responses={(200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY)},
        filters=False,
    )
    @action(
        detail=True,
        url_path="content",
        filterset_class=None,
        pagination_class=None,
        content_negotiation_class=FileNegotiation,
    )
    def content(self, request: Request, pk: str) -> HttpResponseBase:
        """The file, whole, to be saved and never shown in place."""
        check_known(request, set())
        attachment = self.get_object()
        if not attachment.stored_as:
            raise Problem(409, "no_file", f"This is a link: {attachment.link}")
        etag = f'"{attachment.sha256}"'
        unchanged = get_conditional_response(request._request, etag)
        if unchanged is not None:
            return unchanged
        response = _file(attachment)
        response["ETag"] = etag
        return response


def _file(attachment: Attachment) -> StreamingHttpResponse:
    try:
        blocks = blocks_of(attachment)
    except FileNotFoundError:
        raise Problem(410, "file_lost", LOST) from None
    passive = attachment.media_type in PASSIVE
    kind = attachment.media_type if passive else UNKNOWN
    response = StreamingHttpResponse(blocks, content_type=kind, headers=CLOSED)
    response["Content-Disposition"] = content_disposition_header(True, attachment.file_name)
    response["Content-Length"] = str(attachment.size)
    return response
