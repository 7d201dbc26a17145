"""What moved the figure that an exception is about, up to the moment at which it was raised."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pmhub.page_addresses import address_of
from programmes.models import ExceptionReport, ToleranceKind
from programmes.views.bridge import BARS, bridge_of
from programmes.views.period import Owner, portfolio_of, requested_period

A_YEAR = timedelta(days=365)
# What is judged by each kind of tolerance, of an approved case and of a project.
OF_CASE = {
    ToleranceKind.NPSV: "case_npsv_now",
    ToleranceKind.COST: "case_costs_present_value",
    ToleranceKind.BENEFIT: "benefits_forecast_present_value",
    ToleranceKind.TIME: "finish_propagated",
    ToleranceKind.RISK: "risk_mean",
}
OF_PROJECT = {
    ToleranceKind.COST: "estimate_at_completion",
    ToleranceKind.TIME: "finish_propagated",
    ToleranceKind.RISK: "risk_mean",
}


def exception_bridge(report: ExceptionReport, request: Any) -> dict[str, Any] | None:
    """Return what moved the figure, since its case was approved, of a project in a year; None where
    no figure is judged, as with outputs."""
    owner: Owner | None = report.case.programme if report.case else report.project
    name = (OF_CASE if report.case else OF_PROJECT).get(ToleranceKind(report.kind))
    if owner is None or name is None:
        return None
    since = (report.case and report.case.approved_on) or report.opened_on - A_YEAR
    user, until = request.user, report.created_at
    chosen = requested_period({"since": since.isoformat()}, owner, user, until)
    bridge = bridge_of(owner, name, user, chosen, until)
    page = "explain" if report.case else "project-explain"
    return {
        "bridge": bridge,
        "rows": bridge["rows"][:BARS],
        "more": len(bridge["rows"]) - BARS,
        "explained": address_of(page, owner.pk, name),
        "zone": portfolio_of(owner).time_zone,
    }
