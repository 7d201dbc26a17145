"""The pages of attachments: all that the user may see, and those of one record."""

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
    """All attachments that the user may see, the newest first."""

    template_name = "attachments/all.html"
    title = "Attachments"

    def in_rest(self) -> tuple[str, str]:
        """Return the request to REST for the attachments."""
        return "attachments_list", "/api/v1/attachments/"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add one page of attachments."""
        user = self.request.user
        rows = Attachment.objects.visible_to(user).filter(next_versions__isnull=True)
        page = Paginator(rows, ON_A_PAGE).get_page(self.request.GET.get("page"))
        places = Places(page, user)
        lines = [(row, places.label(row)) for row in page]
        return super().get_context_data(page=page, lines=lines, **kwargs)


class AttachmentsOfRecord(PageOfRecord):
    """The attachments of one record with their versions; users who may write the record add and
    remove some."""

    template_name = "attachments/of_record.html"
    about, heading = "Attachments", "Attachments of"


class OneAttachment(View):
    """The address of one attachment, which leads to its place among those of its record."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Redirect to that place; raises Http404 if there is no attachment, or none for this
        user."""
        if not request.user.is_authenticated:
            raise PermissionDenied
        row = get_object_or_404(Attachment.objects.visible_to(request.user), pk=pk)
        there = address_of("attachments-of", row.record_type, row.record_id)
        return redirect(f"{there}#attachment-{row.pk}")
