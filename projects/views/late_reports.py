"""The panel of projects that have not reported by their day, above the list of reports."""

from __future__ import annotations

from typing import Any

from pmhub.queries.late_reports import late_reports
from programmes.models import Programme

MOST_LATE = 50  # projects that are shown


def reports_late(above: Any, request: Any) -> dict[str, Any] | None:
    """Return the projects that have not reported by their day, in a list within a programme those
    of it; None where there are none, and within a project."""
    if above is not None and not isinstance(above, Programme):
        return None
    rows = late_reports(request.user)
    rows = rows if above is None else rows.filter(programme=above)
    count = rows.count()
    shown = rows[:MOST_LATE] if count else ()
    return {"rows": shown, "count": count, "more": count - len(shown)} if count else None
