"""What the pages of benefits show beside what their register declares."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q, Subquery

from benefits import queries
from benefits.models import (
    Benefit,
    BenefitKind,
    BenefitMeasurement,
    MeasurementStatus,
    OverlapCase,
    ProfileKind,
    ProfileVersion,
    VersionState,
)
from pmhub.access import can
from pmhub.database.history import events_of
from pmhub.page_addresses import address_of
from pmhub.queries.waiting import BY_NAME, waiting
from pmhub.registers.panels import Panel
from pmhub.views.waiting import waiting_panel

FREE = 2  # empty rows at the end of the form, for other periods
AHEAD = 12  # rows with days, for periods that are not planned yet


def profile(benefit: Benefit, request: Any) -> dict[str, Any] | None:
    """Return what is planned, forecast and measured period by period, with the forms of a new
    version."""
    rows, may = queries.periods(benefit), may_write(request.user, benefit)
    if not rows and not may:
        return None
    versions = list(queries.versions(benefit))
    plans = [version for version in versions if version.kind == ProfileKind.APPROVED]
    return {
        "rows": rows,
        "unit": benefit.amounts_in,
        "address": address_of("record", "benefits", benefit.pk),
        "versions": versions,
        "unsettled": [row for row in versions if row.state in UNSETTLED],
        "drafted": bool(plans) and all(row.state in UNSETTLED for row in plans),
        "forms": [_form(benefit, rows, *form) for form in FORMS] if may else [],
    }


def version_periods(version: ProfileVersion, request: Any) -> dict[str, Any] | None:
    """Return what a version says period by period, beside the version of its kind that is in force
    or was in force before it; None where it says nothing yet."""
    rows = queries.version_rows(version)
    if not rows:
        return None
    return {
        "rows": rows,
        "before": queries.version_before(version),
        "unit": version.benefit.amounts_in,
        "adds_up": version.benefit.kind == BenefitKind.FLOW,
        "total": sum((row.value for row in rows if row.value is not None), Decimal(0)),
        "total_before": sum((row.before for row in rows if row.before is not None), Decimal(0)),
    }


FORMS = (
    (
        ProfileKind.FORECAST, "Re-forecast",
        "The new forecast counts at once. The one before stays on record, with this reason.",
    ),
    (
        ProfileKind.APPROVED, "Plan anew",
        "A draft of a new plan: it is proposed next, and counts once somebody else has approved it."
        " The first plan counts as a draft already.",
    ),
)  # fmt: skip
NOTHING_SAID = (None, None, None)
UNSETTLED = (VersionState.DRAFT, VersionState.PROPOSED)


def _form(
    benefit: Benefit, rows: Sequence[queries.PeriodRow], kind: str, title: str, says: str
) -> dict[str, Any]:
    """Return the form of a version: a field for each period of the profile, filled with its present
    value. Periods that were only measured have none: they may share days with others."""
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
        if (row.baseline, row.approved, row.forecast) != NOTHING_SAID
    ]
    return {
        "kind": kind.value,  # type: ignore[attr-defined]  # of a choice
        "title": title,
        "says": says,
        "bounds": kind == ProfileKind.FORECAST,
        "why": kind == ProfileKind.FORECAST and any(entry["now"] is not None for entry in entries),
        "entries": entries,
        "free": [
            {"place": place, "start": start, "end": end}
            for place, (start, end) in enumerate(
                [*queries.periods_ahead(benefit, rows, AHEAD), *[(None, None)] * FREE], len(entries)
            )
        ],
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
    due = _due(benefit, request.user)
    return {**due, "planned": due["period"] is not None or bool(queries.plan(benefit))}


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


def rejected(measurement: BenefitMeasurement, request: Any) -> dict[str, Any] | None:
    """Return why a measurement was rejected, with the one that came after it or the address of the
    form of a new one; None where it was not rejected."""
    if measurement.status != MeasurementStatus.REJECTED:
        return None
    one = BenefitMeasurement.objects.filter(pk=measurement.pk)
    anew = one.values_list(Subquery(queries.measured_anew().order_by("-pk").values("pk")[:1]))
    events = events_of(BenefitMeasurement).objects.filter(id=measurement.pk)
    event = events.filter(status=MeasurementStatus.REJECTED).order_by("pgh_id").first()
    may = can(request.user, "write", BenefitMeasurement(benefit=measurement.benefit))
    return {
        "by": measurement.verified_by,
        "reason": ((event and event.pgh_context) or {}).get("reason", ""),
        "anew": anew.get()[0],
        "measure": _measure(
            measurement.benefit, (measurement.period_start, measurement.period_end)
        ) if may else "",
    }  # fmt: skip


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
    "measurement-rejected": Panel("Rejected", "benefits/rejected.html", rejected),
    "version-periods": Panel(
        "Period by period", "benefits/version_periods.html", version_periods, cached=True
    ),
    "benefit-overlaps": Panel(
        "Benefits that may claim the same", "benefits/overlaps.html", overlaps, cached=True
    ),
}
