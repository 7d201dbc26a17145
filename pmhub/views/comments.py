"""The pages of comments, and of the records that the user follows."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.generic import View

from pmhub.models import Comment
from pmhub.page_addresses import address_of
from pmhub.queries.follows import FollowedRecord, followed_records
from pmhub.queries.time_zones import zone_of
from pmhub.registers.panels import Panel
from pmhub.views import CachedPage
from pmhub.views.at_records import PageOfRecord, Places

ON_A_PAGE = 50
FEW = 10  # followed records on the first page


class CommentsPage(CachedPage):
    """All comments that the user may see, the newest first, or only those that mention them."""

    template_name = "comments/all.html"
    title = "Comments"

    def in_rest(self) -> tuple[str, str]:
        """Return the request to REST for the comments."""
        return "comments_list", "/api/v1/comments/"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add one page of comments."""
        user, parameters = self.request.user, self.request.GET
        rows = Comment.objects.visible_to(user).with_authors()
        mine = "mine" in parameters
        if mine:
            rows = rows.filter(mentions__user=user.pk)
        page = Paginator(rows, ON_A_PAGE).get_page(parameters.get("page"))
        places = Places(page, user)
        lines = [(row, places.label(row)) for row in page]
        return super().get_context_data(page=page, lines=lines, mine=mine, **kwargs)


class CommentsOfRecord(PageOfRecord):
    """The comments on one record, and the form that adds one."""

    template_name = "comments/of_record.html"
    about, heading = "Comments", "Comments on"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add one page of comments."""
        rows = Comment.objects.of(self.record).with_authors()
        page = Paginator(rows, ON_A_PAGE).get_page(self.request.GET.get("page"))
        kind, here = self.kwargs["record_type"], self.request.path
        return super().get_context_data(page=page, comments=page, kind=kind, here=here, **kwargs)


class OneComment(View):
    """The address of one comment, which leads to its place among those on its record."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Redirect to that place; raises Http404 if there is no comment, or none for this user."""
        if not request.user.is_authenticated:
            raise PermissionDenied
        row = get_object_or_404(Comment.objects.visible_to(request.user), pk=pk)
        newer = Comment.objects.filter(
            record_type=row.record_type, record_id=row.record_id, pk__gt=row.pk
        )
        page = 1 + newer.count() // ON_A_PAGE
        there = address_of("comments-of", row.record_type, row.record_id)
        return redirect(f"{there}{f'?page={page}' if page > 1 else ''}#comment-{row.pk}")


class FollowsPage(CachedPage):
    """The records that the user follows, the last changed first."""

    template_name = "comments/follows.html"
    title = "What you follow"

    def in_rest(self) -> tuple[str, str]:
        """Return the request to REST for the same records."""
        return "follows_list", "/api/v1/follows/"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the records that the user follows."""
        lines = _followed(self.request.user)
        return super().get_context_data(lines=lines, here=self.request.path, **kwargs)


def _followed(user: Any) -> list[tuple[FollowedRecord, str, str]]:
    """Return the records that a user follows, each with its name and the address of its page."""
    follows = followed_records(user)
    places = Places([entry.follow for entry in follows], user)
    return [(entry, *places.part(entry.follow)) for entry in follows]


def of_home(_: Any, request: Any) -> dict[str, Any] | None:
    """Return the first few records that the reader follows, for the home page."""
    lines = _followed(request.user)
    if not lines:
        return None
    more = max(0, len(lines) - FEW)
    return {"lines": lines[:FEW], "more": more, "zone": zone_of(request.user)}


PANELS = {"followed": Panel("What you follow", "comments/followed.html", of_home)}
