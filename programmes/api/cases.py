"""Business cases, their options and the flows of these over REST."""

from __future__ import annotations

from pmhub.api.records import RecordViewSet
from pmhub.api.representations import Row
from programmes.api.as_of import PastViewSet
from programmes.appraisal import BANDS
from programmes.filters import BusinessCaseFilter, CaseFlowFilter, CaseOptionFilter
from programmes.models import BusinessCase, CaseOption, Portfolio
from programmes.queries.cases import case_standings, compared, money, share
from programmes.serializers.cases import (
    BusinessCaseSerializer,
    CaseFlowSerializer,
    CaseOptionSerializer,
)


class BusinessCaseViewSet(PastViewSet):
    """Business cases."""

    serializer_class = BusinessCaseSerializer
    filterset_class = BusinessCaseFilter
    search_fields = ("code", "strategic", "economic")
    ordering_fields = ("id", "code", "kind", "number", "npsv", "approved_on", "updated_at")
    expandable = ("programme", "project", "preferred_option", "approved_by")
    changing_figures = True  # how it stands now follows the figures

    @staticmethod
    def portfolio_of(record: BusinessCase) -> Portfolio:
        """Return the portfolio of its programme or project."""
        portfolio: Portfolio = record.owner_portfolio
        return portfolio

    def finish(self, rows: list[Row]) -> None:
        """Add which options are best, and the present figures of approved cases: five queries."""
        ids = [row["id"] for row in rows]
        tables, standing = compared(ids), case_standings(ids)
        for row in rows:
            table, now = tables[row["id"]], standing.get(row["id"])
            row["highest_npsv"] = table.highest_npsv and table.highest_npsv.pk
            row["highest_bcr"] = table.highest_bcr and table.highest_bcr.pk
            if now is not None:
                row["npsv_now"], row["npsv_change"] = now.now, now.change
                row["npsv_change_reason"] = now.reason or None
                row["last_true_on"], row["days_since_true"] = now.last_true_on, now.days


class CaseOptionViewSet(PastViewSet):
    """Options of business cases."""

    serializer_class = CaseOptionSerializer
    filterset_class = CaseOptionFilter
    search_fields = ("code", "title", "description")
    ordering_fields = ("id", "code", "title", "kind", "updated_at")
    expandable = ("case",)
    changing_figures = True  # what it comes to follows its flows, its rank the other options

    @staticmethod
    def portfolio_of(record: CaseOption) -> Portfolio:
        """Return the portfolio of its case."""
        portfolio: Portfolio = record.case.owner_portfolio
        return portfolio

    def finish(self, rows: list[Row]) -> None:
        """Add the value of each option: two queries."""
        tables = compared({row["case"] for row in rows})
        for row in rows:
            line = tables[row["case"]].of(row["id"])
            if line is None:
                continue
            row["flows_without_rate"] = line.unrated
            if line.worth:
                row["benefits_present_value"] = money(line.worth.pv_benefits)
                row["costs_present_value"] = money(line.worth.pv_costs)
            row["npsv"] = line.npsv
            row["bcr"] = share(line.bcr, BANDS)
            row["value_for_money"] = line.value_for_money
            row["payback_year"] = line.payback
            row["optimism_bias"] = share(line.option.bias)
            row["rank"] = line.rank


class CaseFlowViewSet(RecordViewSet):
    """Flows of options."""

    serializer_class = CaseFlowSerializer
    filterset_class = CaseFlowFilter
    search_fields = ("category",)
    ordering_fields = ("id", "fiscal_year", "kind", "amount", "updated_at")
    expandable = ("option",)
