"""What is attached to records: all that one sees, and the attachments of one record."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.generic import View

from pmhub.models import Attachment
from pmhub.page_addresses import address_of
from pmhub.views import CachedPage
from pmhub.views.at_records import PageOfRecord, Places

ON_A_PAGE = 50


class AttachmentsPage(CachedPage):
    """All attachments that one sees, the newest first."""

    template_name = "attachments/all.html"
    title = "Attachments"

    def in_rest(self) -> tuple[str, str]:
        """Return the request that answers the same as data."""
        return "attachments_list", "/api/v1/attachments/"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """A page of them."""
        user = self.request.user
        rows = Attachment.objects.visible_to(user).filter(next_versions__isnull=True)
        page = Paginator(rows, ON_A_PAGE).get_page(self.request.GET.get("page"))
        places = Places(page, user)
        lines = [(row, places.label(row)) for row in page]
        return super().get_context_data(page=page, lines=lines, **kwargs)


class AttachmentsOfRecord(PageOfRecord):
    """The attachments of one record with their versions; who may write it adds and removes some."""

    template_name = "attachments/of_record.html"
    about, heading = "Attachments", "Attachments of"


class OneAttachment(View):
    """The address of one attachment: its place among those of its record."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Lead there; 404 where there is none, or not for this person."""
        if not request.user.is_authenticated:
            raise PermissionDenied
        row = get_object_or_404(Attachment.objects.visible_to(request.user), pk=pk)
        there = address_of("attachments-of", row.record_type, row.record_id)
        return redirect(f"{there}#attachment-{row.pk}")
