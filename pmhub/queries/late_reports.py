"""Projects that have not reported by the day on which they should have."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Q, QuerySet

from pmhub.database.collation import InOrder
from pmhub.queries.waiting.projects import last_report, next_report
from projects.models import LIVE, Project
from projects.queries import day_of


def late_reports(user: Any) -> QuerySet[Project]:
    """Return the live projects in sight whose next report was due before the status date, or that
    have never reported, the longest due first: with `due`, and `reported`, the last day of which
    they have reported."""
    day = day_of("programme__portfolio", "portfolio")
    rows = Project.objects.visible_to(user).filter(status__in=LIVE, archived_at=None)
    rows = rows.annotate(_day=day).annotate(due=next_report(), reported=last_report())
    late = rows.filter(Q(due__lt=F("_day")) | Q(reported=None))
    return late.select_related("project_manager").order_by("due", InOrder("code"), "pk")
