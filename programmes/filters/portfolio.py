"""What narrows the list of portfolios."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RecordFilter
from programmes.models import Portfolio


class PortfolioFilter(RecordFilter):
    """Filters of portfolios."""

    class Meta:
        model = Portfolio
        fields: ClassVar[Any] = {"code": ["exact"], "organisation": ["exact"]}
