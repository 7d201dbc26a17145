"""The inbox: the user's notices, read and unread."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.utils import timezone
from django.utils.translation import gettext

from pmhub import formats
from pmhub.accounts import inbox
from pmhub.models import NoticeKind
from pmhub.queries.time_zones import zone_of
from pmhub.views import Page

ON_A_PAGE = 50


class InboxPage(Page):
    """The user's notices of the last 30 days, the newest first: all, those of one kind, or the
    unread ones."""

    template_name = "inbox.html"
    title = "Inbox"

    def in_rest(self) -> tuple[str, str]:
        """Return the request to REST for the notices."""
        parameters = self.request.GET.copy()
        parameters.pop("page", None)
        return "inbox_list", f"/api/v1/inbox/{f'?{parameters.urlencode()}' if parameters else ''}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add one page of notices, and the number of each kind."""
        entries = inbox.entries(self.request.user)
        kind = self.request.GET.get("kind", "")
        kind = kind if kind in NoticeKind.values else ""
        unread = self.request.GET.get("unread") == "true"
        rows = inbox.of_kinds(entries, kind, unread=unread or None)
        page = Paginator(rows, ON_A_PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(
            page=page,
            days=list(_by_day(page.object_list, ZoneInfo(zone_of(self.request.user)))),
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


def _by_day(
    entries: Iterable[inbox.InboxEntry], zone: ZoneInfo
) -> Iterator[tuple[str, list[inbox.InboxEntry]]]:
    """Yield the notices of each day in the reader's time zone, with the words for that day."""
    today = timezone.localdate(timezone=zone)
    for day, rows in groupby(entries, lambda entry: entry.notice.at.astimezone(zone).date()):
        yield _day_name(day, today), list(rows)


def _day_name(day: date, today: date) -> str:
    if day == today:
        return gettext("Today")
    return gettext("Yesterday") if day == today - timedelta(days=1) else formats.day(day)
