"""The inbox: what one is told, and which of it one has read."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator

from pmhub.accounts import inbox
from pmhub.models import NoticeKind
from pmhub.views import Page

ON_A_PAGE = 50


class InboxPage(Page):
    """What one was told in the last 30 days, the newest first: all of it, one kind, or what is
    unread."""

    template_name = "inbox.html"
    title = "Inbox"

    def in_rest(self) -> tuple[str, str]:
        """Return the request that answers the same as data."""
        asked = self.request.GET.copy()
        asked.pop("page", None)
        return "inbox_list", f"/api/v1/inbox/{f'?{asked.urlencode()}' if asked else ''}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """A page of it, and how much there is of each kind."""
        entries = inbox.entries(self.request.user)
        kind = self.request.GET.get("kind", "")
        kind = kind if kind in NoticeKind.values else ""
        unread = self.request.GET.get("unread") == "true"
        rows = inbox.of_kinds(entries, kind, unread=unread or None)
        return super().get_context_data(
            page=Paginator(rows, ON_A_PAGE).get_page(self.request.GET.get("page")),
            kinds=[
                (name, words, count)
                for name, words in inbox.kinds()
                if (count := len(inbox.of_kinds(entries, name))) or name == kind
            ],
            kind=kind,
            only_unread=unread,
            count=len(entries),
            unread=[entry.notice.id for entry in inbox.of_kinds(entries, unread=True)],
            **kwargs,
        )
