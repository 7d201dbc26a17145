"""What the pages of benefits show beside what their register declares."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q

from benefits import queries
from benefits.models import (
    Benefit,
    BenefitMeasurement,
    OverlapCase,
    ProfileKind,
    ProfileVersion,
)
from pmhub.access import can
from pmhub.page_addresses import address_of
from pmhub.queries.waiting import BY_NAME, waiting
from pmhub.registers.panels import Panel
from pmhub.views.waiting import waiting_panel

FREE = 2  # empty rows at the end of the form, for other periods


def profile(benefit: Benefit, request: Any) -> dict[str, Any] | None:
    """Return what is planned, forecast and measured period by period, with the forms of a new
    version."""
    rows, may = queries.periods(benefit), may_write(request.user, benefit)
    if not rows and not may:
        return None
    return {
        "rows": rows,
        "unit": benefit.amounts_in,
        "address": address_of("record", "benefits", benefit.pk),
        "versions": list(queries.versions(benefit)),
        "forms": [_form(benefit, rows, *form) for form in FORMS] if may else [],
    }


FORMS = (
    (
        ProfileKind.FORECAST, "Re-forecast",
        "The new forecast counts at once. The one before stays on record, with this reason.",
    ),
    (
        ProfileKind.APPROVED, "Plan anew",
        "A draft of a new plan: it counts once it is proposed and somebody else has approved it.",
    ),
)  # fmt: skip


def _form(
    benefit: Benefit, rows: Iterable[queries.PeriodRow], kind: str, title: str, says: str
) -> dict[str, Any]:
    """Return the form of a version: a field for each period, filled with its present value."""
    entries = [
        {
            "start": row.start,
            "end": row.end,
            "now": getattr(row, kind),
            "planned": row.approved,
            "low": row.low,
            "high": row.high,
        }
        for row in rows
    ]
    return {
        "kind": kind.value,  # type: ignore[attr-defined]  # of a choice
        "title": title,
        "says": says,
        "bounds": kind == ProfileKind.FORECAST,
        "why": kind == ProfileKind.FORECAST and any(entry["now"] is not None for entry in entries),
        "entries": entries,
        "free": range(len(entries), len(entries) + FREE),
    }


def curve(benefit: Benefit, request: Any) -> dict[str, Any] | None:
    """Return the realisation curve; None where there are too few values for a line."""
    series = queries.series(benefit)
    if len(series["periods"]) < (2 if "level" in series else 1):  # one level makes no line
        return None
    if not benefit.monetised:
        series |= {"currency": benefit.unit, "scale": ""}
    return {
        "series": series,
        "told": json.dumps(series, cls=DjangoJSONEncoder),
        "unit": benefit.amounts_in,
    }


def due_measurements(above: Any, request: Any) -> dict[str, Any] | None:
    """Return what the user owns or reports and has to measure, now or later; None where there is
    nothing, and in a list within a record."""
    if above is not None:
        return None
    findings = waiting(request.user, [BY_NAME["measurement_due"]], early=True)
    findings.sort(key=lambda finding: finding.due or date.max)
    benefits = Benefit.objects.select_related("programme__portfolio").in_bulk(
        [finding.id for finding in findings]
    )
    rows = [_due(benefits[finding.id], request.user) for finding in findings]
    return {"rows": rows} if rows else None


def next_measurement(benefit: Benefit, request: Any) -> dict[str, Any] | None:
    """Return when the benefit is measured next, with the address of the form for a user who may
    measure it."""
    return _due(benefit, request.user)


def _due(benefit: Benefit, user: Any) -> dict[str, Any]:
    period = queries.first_unmeasured(benefit)
    may = can(user, "write", BenefitMeasurement(benefit=benefit))
    return {
        "benefit": benefit,
        "page": address_of("record", "benefits", benefit.pk),
        "period": period,
        "late": is_late(benefit),
        "waiting": queries.waiting(benefit),
        "measure": _measure(benefit, period) if may else "",
    }


def is_late(benefit: Benefit) -> bool:
    """Return whether the day of the benefit's next measurement has come."""
    next_on = benefit.next_measurement_on
    return next_on is not None and next_on <= benefit.programme.portfolio.as_of


def _measure(benefit: Benefit, period: tuple[date, date] | None) -> str:
    """The address of the form of a measurement, with the period and the day filled in."""
    query: dict[str, Any] = {"benefit": benefit.pk}
    if period:
        query |= {"period_start": period[0], "period_end": period[1]}
    query["measured_on"] = benefit.programme.portfolio.as_of
    return f"{address_of('new-record', 'measurements')}?{urlencode(query)}"


def overlaps(benefit: Benefit, request: Any) -> dict[str, Any] | None:
    """Return the benefits that may claim the same as this one, each with its case; None where there
    are none."""
    named = Q(first=benefit) | Q(second=benefit)
    cases = OverlapCase.objects.visible_to(request.user).filter(named)
    rows = [
        {
            "case": case,
            "page": address_of("record", "overlap-cases", case.pk),
            "other": case.second if case.first_id == benefit.pk else case.first,
        }
        for case in cases.select_related("first", "second", "programme__portfolio")
    ]
    return {"rows": rows} if rows else None


def may_write(user: Any, benefit: Benefit) -> bool:
    """Return whether the user may write the profile of a benefit."""
    return can(user, "write", ProfileVersion(benefit=benefit))


PANELS: Mapping[str, Panel] = {
    "benefit-asked": waiting_panel("You are asked to answer for these", "hand_over_to_accept"),
    "benefit-due": Panel("Due to be measured", "benefits/due_measurements.html", due_measurements),
    "benefit-measuring": Panel(
        "Measuring",
        "benefits/next_measurement.html",
        next_measurement,
        cached=True,
        columns=queries.OF_PANELS,
    ),
    "benefit-profile": Panel(
        "Profile", "benefits/profile.html", profile, cached=True, columns=queries.OF_PANELS
    ),
    "benefit-curve": Panel(
        "Realisation", "benefits/curve.html", curve, cached=True, columns=queries.OF_PANELS
    ),
    "benefit-overlaps": Panel(
        "Benefits that may claim the same", "benefits/overlaps.html", overlaps, cached=True
    ),
}
