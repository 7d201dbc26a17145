"""What is attached to records: all that one sees, and the attachments of one record."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.generic import View

from pmhub.addresses import address_of
from pmhub.models import Attachment, attachable
from pmhub.registers import registers
from pmhub.views import Page
from pmhub.views.registers.names import Names

ON_A_PAGE = 50


class AttachmentsPage(Page):
    """All attachments that one sees, the newest first."""

    template_name = "attachments/all.html"
    title = "Attachments"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A page of them."""
        rows = Attachment.objects.visible_to(request.user).filter(next_versions__isnull=True)
        page = Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page"))
        wanted: dict[Any, set[int]] = defaultdict(set)
        for each in page:
            wanted[attachable()[each.record_type]].add(each.record_id)
        names = Names(wanted, request.user)
        lines = [
            (each, names.label(attachable()[each.record_type], each.record_id)) for each in page
        ]
        return self.render_to_response(self.get_context_data(page=page, lines=lines))


class AttachmentsOfRecord(Page):
    """The attachments of one record with their versions; who may write it adds and removes some."""

    template_name = "attachments/of_record.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page; 404 where there is no such record, or not for this person."""
        model = attachable().get(self.kwargs["record_type"])
        if model is None:
            raise Http404
        rows = model._default_manager.visible_to(request.user)
        self.record = get_object_or_404(rows, pk=self.kwargs["record_id"])
        self.called = Names({model: [self.record.pk]}, request.user).label(model, self.record.pk)
        self.title = f"Attachments of {self.called}"
        return self.render_to_response(self.get_context_data(record=self.record))

    def crumbs(self) -> list[tuple[str, str]]:
        """The record, where it has a page."""
        register = registers.of(type(self.record))
        if register is None:
            return []
        return [(self.called, address_of("record", register.name, self.record.pk))]


class OneAttachment(View):
    """The address of one attachment: its place among those of its record."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Lead there; 404 where there is none, or not for this person."""
        if not request.user.is_authenticated:
            raise PermissionDenied
        row = get_object_or_404(Attachment.objects.visible_to(request.user), pk=pk)
        there = address_of("attachments-of", row.record_type, row.record_id)
        return redirect(f"{there}#attachment-{row.pk}")
