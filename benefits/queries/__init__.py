"""Reads of benefits that join their profiles and measurements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db.models import OuterRef, QuerySet

from benefits.models import (
    Benefit,
    BenefitKind,
    BenefitMeasurement,
    BenefitProfileEntry,
    Frequency,
    MeasurementStatus,
    ProfileKind,
    ProfileVersion,
    VersionState,
)
from benefits.realisation import (
    Period,
    flow_figures,
    profile_present_value,
    stock_figures,
)
from benefits.realisation.periods import DAY, spans
from pmhub import formats
from pmhub.rounding import rounded
from programmes.appraisal import Schedule
from programmes.queries.realisation import series_of
from programmes.rollup.reading.benefits import benefit_profiles, plan_of, verified_measurements

# The columns of a benefit that its panels read.
OF_PANELS = (
    "monetised", "unit", "foreign_currency", "polarity", "kind", "confidence",
    "next_measurement_on",
)  # fmt: skip
MONTHS = {Frequency.MONTH: 1, Frequency.QUARTER: 3, Frequency.YEAR: 12}


def realisation(benefit: Benefit) -> dict[str, Any]:
    """Return where the benefit stands on its portfolio's status date, in two queries beside the
    benefit.

    Amounts are Decimals to the hundredth, ratios floats; what is undefined is None and `reasons`
    says why. The plan is the latest approved profile, else the baseline one.
    """
    portfolio = benefit.programme.portfolio
    profiles = benefit_profiles([benefit.pk])[benefit.pk]
    planned = plan_of(profiles)
    forecast = profiles.get(ProfileKind.FORECAST, [])
    actual = verified_measurements([benefit.pk])[benefit.pk]
    money = benefit.monetised
    figures = (
        _flow(benefit, planned, actual, forecast)
        if benefit.kind == BenefitKind.FLOW
        else _stock(benefit, planned, actual, forecast)
    )
    return {
        "benefit": benefit.pk,
        "code": benefit.code,
        "kind": benefit.kind,
        "unit": benefit.unit,
        "currency": benefit.currency if money else None,
        "as_of": portfolio.as_of,
        **figures,
    }


def plan(benefit: Benefit) -> Sequence[Period]:
    """Return what is planned of a benefit: its approved profile in force, or else its baseline."""
    return plan_of(benefit_profiles([benefit.pk])[benefit.pk])


def _flow(
    benefit: Benefit,
    planned: Sequence[Period],
    actual: Sequence[Period],
    forecast: Sequence[Period],
) -> dict[str, Any]:
    portfolio = benefit.programme.portfolio
    figures = flow_figures(
        benefit.polarity, planned, actual, forecast, benefit.confidence, portfolio.as_of
    )
    share = figures.realised_share
    present = profile_present_value(
        benefit.polarity,
        planned,
        portfolio.discount_base_year,
        Schedule(portfolio.discount_schedule),
        portfolio.discount_rate,
        portfolio.fiscal_year_start_month,
    )
    actual_to_date = figures.actual_to_date if figures.measured else None
    has_outturn = figures.has_outturn
    reasons = {
        "actual_to_date": figures.not_measured,
        "attainment": figures.attainment_reason,
        "variance_to_date": None if figures.measured else figures.not_measured,
        "realised_share": share.reason,
        "forecast_outturn": figures.not_forecast,
    }
    return {
        "planned_to_date": _amount(figures.planned_to_date),
        "planned_measured": _amount(figures.planned_measured),
        "actual_to_date": _amount(actual_to_date),
        "not_measured_since": figures.unmeasured_from,
        "attainment": _ratio(figures.attainment),
        "variance_to_date": _amount(figures.variance_to_date),
        "whole_life_planned": _amount(figures.whole_life_planned),
        "realised_share": _ratio(share.value),
        "forecast_outturn": _amount(figures.forecast_outturn) if has_outturn else None,
        "remaining": _amount(figures.remaining) if has_outturn else None,
        "present_value": _amount(present),
        "reasons": {name: reason for name, reason in reasons.items() if reason},
    }


def _stock(
    benefit: Benefit,
    planned: Sequence[Period],
    actual: Sequence[Period],
    forecast: Sequence[Period],
) -> dict[str, Any]:
    baseline, target = benefit.baseline_value, benefit.target_value
    figures = stock_figures(
        baseline or Decimal(0),
        target or Decimal(0),
        planned,
        actual,
        benefit.programme.portfolio.as_of,
        forecast,
        benefit.target_on,
    )
    reasons = dict(figures.reasons)
    defined = baseline is not None and target is not None
    if not defined:  # the way from one to the other is not known
        reasons |= dict.fromkeys(("achievement", "against_profile"), "no_baseline_or_target")
    return {
        "latest": _amount(figures.latest),
        "target_then": _amount(figures.target_then),
        "final_target": _amount(target),
        "achievement": _ratio(figures.achievement) if defined else None,
        "against_profile": _ratio(figures.against_profile) if defined else None,
        "variance_to_profile": _amount(figures.variance_to_profile),
        "forecast_outturn": _amount(figures.forecast_outturn),
        "not_measured_since": figures.unmeasured_from,
        "remaining": _amount(figures.remaining) if target is not None else None,
        "reasons": reasons,
    }


@dataclass(slots=True)
class PeriodRow:
    """What is planned, forecast and measured for one period, with the bounds of the forecast; None
    for what has no value."""

    start: date
    end: date
    baseline: Decimal | None = None
    approved: Decimal | None = None
    forecast: Decimal | None = None
    measured: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None


def periods(benefit: Benefit) -> list[PeriodRow]:
    """Return the periods of a benefit's profiles in force and of its verified measurements, in
    order of time, in two queries."""
    rows: dict[tuple[date, date], PeriodRow] = {}
    profiles = dict(benefit_profiles([benefit.pk])[benefit.pk])
    profiles["measured"] = verified_measurements([benefit.pk])[benefit.pk]
    for kind, values in profiles.items():
        for value in values:
            row = rows.setdefault((value.start, value.end), PeriodRow(value.start, value.end))
            setattr(row, kind, value.value)
            if kind == ProfileKind.FORECAST:
                row.low, row.high = value.low, value.high
    return [rows[key] for key in sorted(rows)]


def periods_ahead(
    benefit: Benefit, rows: Iterable[PeriodRow], most: int
) -> list[tuple[date, date]]:
    """Return the first and the last day of the periods that a plan of the benefit goes on with: as
    often as it is measured, from the period after the last one of these, or else the one in which
    it starts to be realised, until its target day or that to which it is sustained."""
    until = benefit.sustain_until or benefit.target_on
    if until is None:
        return []
    portfolio = benefit.programme.portfolio
    last = max((row.end for row in rows), default=None)
    first = last + DAY if last else benefit.start_realising_on or portfolio.as_of
    months = MONTHS[Frequency(benefit.frequency)]
    ahead = spans(first, until, months, portfolio.fiscal_year_start_month)
    return [*islice((span for span in ahead if span[0] >= first or last is None), most)]


def versions(benefit: Benefit) -> QuerySet[ProfileVersion]:
    """Return the versions of a benefit's profile, the newest first."""
    rows = benefit.profile_versions.select_related("proposed_by", "approved_by")
    return rows.order_by("-created_at", "-pk")


@dataclass(slots=True)
class VersionRow:
    """What a version says of one period, and what the version before it said."""

    start: date
    end: date
    value: Decimal | None = None
    before: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None


def version_before(version: ProfileVersion) -> ProfileVersion | None:
    """Return the last version of the same kind before this one that was in force; None for the
    first."""
    in_force = (VersionState.APPROVED, VersionState.SUPERSEDED)
    rows = version.benefit.profile_versions.filter(
        kind=version.kind, number__lt=version.number, state__in=in_force
    )
    return rows.order_by("-number").first()


def version_rows(version: ProfileVersion) -> list[VersionRow]:
    """Return the periods of a version, and those of the version before it, in order of time."""
    rows: dict[tuple[date, date], VersionRow] = {}

    def row_of(entry: BenefitProfileEntry) -> VersionRow:
        period = entry.period_start, entry.period_end
        return rows.setdefault(period, VersionRow(*period))

    for entry in version.entries:
        row = row_of(entry)
        row.value, row.low, row.high = entry.value, entry.low, entry.high
    before = version_before(version)
    for entry in before.entries if before else ():
        row_of(entry).before = entry.value
    return [rows[key] for key in sorted(rows)]


def series(benefit: Benefit) -> dict[str, Any]:
    """Return the realisation curve of a benefit: of a flow its sums by fiscal year, like the curve
    of a programme; of a stock its level at the end of each period, with `level` set."""
    profiles = benefit_profiles([benefit.pk])[benefit.pk]
    portfolio = benefit.programme.portfolio
    planned, forecast = plan_of(profiles), profiles.get(ProfileKind.FORECAST, [])
    actual = verified_measurements([benefit.pk])[benefit.pk]
    if benefit.kind != BenefitKind.FLOW:
        empty = series_of((), portfolio)
        return empty | {"level": True, "periods": _levels(benefit, planned, forecast, actual)}
    figures = flow_figures(
        benefit.polarity, planned, actual, forecast, benefit.confidence, portfolio.as_of
    )
    return series_of([figures], portfolio) | {"currency": benefit.currency}


def _levels(
    benefit: Benefit,
    planned: Sequence[Period],
    forecast: Sequence[Period],
    actual: Sequence[Period],
) -> list[dict[str, Any]]:
    """Return the levels of a stock by day: all begin at its baseline, and the forecast goes on from
    the last measurement."""
    day, value = benefit.baseline_on, benefit.baseline_value
    begins = {day: value} if day and value is not None else {}
    plan, measured = begins | _by_end(planned), begins | _by_end(actual)
    last = max(measured, default=date.min)
    later = {day: value for day, value in _by_end(forecast).items() if day > last}
    if later and measured:
        later[last] = measured[last]
    days = sorted(plan.keys() | measured.keys() | later.keys())
    return [
        {
            "label": formats.day(day),
            "start": before + DAY if before else day,
            "end": day,
            "planned_cumulative": plan.get(day),
            "forecast_cumulative": later.get(day),
            "actual_cumulative": measured.get(day),
        }
        for before, day in zip([None, *days], days, strict=False)
    ]


def _by_end(periods: Iterable[Period]) -> dict[date, Decimal]:
    return {period.end: period.value for period in periods}


def first_unmeasured(benefit: Benefit) -> tuple[date, date] | None:
    """Return the first and the last day of the first planned period that is over and has no
    submitted measurement; None where every one has."""
    as_of = benefit.programme.portfolio.as_of
    counted_states = [MeasurementStatus.SUBMITTED, MeasurementStatus.VERIFIED]
    submitted = list(
        benefit.measurements.filter(status__in=counted_states).values_list(
            "period_start", "period_end"
        )
    )
    for period in sorted(plan(benefit), key=lambda period: period.start):
        met = any(start <= period.end and period.start <= end for start, end in submitted)
        if period.end <= as_of and not met:
            return period.start, period.end
    return None


def measured_anew() -> QuerySet[BenefitMeasurement]:
    """Return, for a subquery, the measurements that were submitted after the one of the outer row
    and share days of its benefit with it."""
    return BenefitMeasurement.objects.filter(
        benefit=OuterRef("benefit"),
        pk__gt=OuterRef("pk"),
        period_start__lte=OuterRef("period_end"),
        period_end__gte=OuterRef("period_start"),
    )


def waiting(benefit: Benefit) -> int:
    """Return how many measurements of a benefit nobody has judged yet."""
    return benefit.measurements.filter(status=MeasurementStatus.SUBMITTED).count()


def _amount(value: Decimal | None) -> Decimal | None:
    return None if value is None else rounded(value, 2)


def _ratio(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
