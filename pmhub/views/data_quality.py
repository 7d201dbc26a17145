"""The page of data quality: `/pmo/data-quality/`."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from pmhub.queries.data_quality import findings
from pmhub.views import CachedPage


class DataQualityPage(CachedPage):
    """What each rule of data quality finds, by group, as far as the user sees it."""

    template_name = "registers/data_quality.html"
    title = "Data quality"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the findings of each group, and how many there are in all."""
        rows = findings(self.request.user)
        return super().get_context_data(
            groups=[(name, [*group]) for name, group in groupby(rows, lambda f: f.rule.group)],
            total=sum(row.count for row in rows),
            seen=any(row.of for row in rows),
            **kwargs,
        )

    def crumbs(self) -> list[tuple[str, str]]:
        """Return the index of all registers."""
        return [("PMO", "/pmo/")]
