"""Fiscal years that are closed."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from pmhub.serializers import HEAD, RECORD
from programmes.models import ClosedYear
from programmes.models.closed_year import NOT_OVER
from programmes.queries.closed_years import last_over
from programmes.serializers.authored import AuthoredSerializer


class ClosedYearSerializer(AuthoredSerializer):
    """A fiscal year of a portfolio in which nothing is written, changed or deleted that is dated in
    it: costs, budget lines, envelopes, movements of contingency, measurements. The PMO opens it
    again, and says why."""

    author = "closed_by"
    authored = ("portfolio", "fiscal_year")

    class Meta(AuthoredSerializer.Meta):
        model = ClosedYear
        fields = [
            *HEAD, "portfolio", "fiscal_year", "state", "note", "closed_by", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("closed_by",)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a year that is not over."""
        home, year = self.after(attrs, "portfolio"), self.after(attrs, "fiscal_year")
        if self.instance is None and home and year > last_over(home):
            raise serializers.ValidationError({"fiscal_year": NOT_OVER})
        return attrs

    @classmethod
    def begins(cls, row: ClosedYear, user: Any) -> dict[str, Any]:
        """Return the last year that is over."""
        return {"fiscal_year": last_over(row.portfolio)} if row.portfolio_id else {}
