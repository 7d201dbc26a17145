"""Earned value of a programme or a project: estimates at completion by each method, and earned
value by month."""

from __future__ import annotations

import json
from bisect import bisect_right
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Sum
from django.db.models.functions import ExtractMonth, ExtractYear

from pmhub.database.cached_reads import CachedReads
from pmhub.database.statements import DAY, IDS, Statement
from programmes.ratios import Ratio
from programmes.rollup.reading.projects import BASELINES
from projects import evm
from projects.models import CostActual, Project

ZERO = Decimal(0)
MOST = 2_000_000  # bytes that a process keeps of plans and of what is spent
curves_read = CachedReads(MOST)
Plan = tuple[Sequence[tuple[date, Decimal]], date | None]  # cumulative value, and its end
SPENT = Statement(
    lambda: (
        CostActual.objects.filter(project_id__in=[IDS], posted_on__lte=DAY)
        .order_by()
        .values(year=ExtractYear("posted_on"), month=ExtractMonth("posted_on"))
        .annotate(total=Sum("amount", default=Decimal(0)))
        .values_list("year", "month", "total")
    )
)


@dataclass(frozen=True, slots=True)
class Method:
    """An estimate or an index with its name and its formula in words; its value is None, with a
    reason, where it is undefined."""

    name: str
    formula: str
    value: Decimal | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class EarnedMonth:
    """Planned, earned and spent up to a day, all cumulative. `earned` is None where it was not
    recorded, and `spent` after the status date. `tcpi` (to the budget) and `spi_t` are None where
    one of them is."""

    day: date
    planned: Decimal
    earned: Decimal | None
    spent: Decimal | None
    tcpi: Ratio | None = None
    spi_t: Ratio | None = None


@dataclass(frozen=True, slots=True)
class EarnedValue:
    """The estimates at completion, the indices, the months, the status date, and the day on
    which the last of the projects is expected to end."""

    estimates: Sequence[Method]
    indices: Sequence[Method]
    months: Sequence[EarnedMonth]
    as_of: date
    ends: date


def plans(projects: Iterable[Project], as_of: date) -> list[Plan]:
    """Return the plans in force of these projects; that of a terminated project ends with it."""
    ended = {project.pk: project.terminated_on for project in projects}
    return [
        (evm.profile_points(json.loads(profile), start, finish, budget), ended[id])
        for id, start, finish, budget, profile in curves_read.rows(BASELINES, [*ended], day=as_of)
    ]


def planned(plans: Iterable[Plan], days: Iterable[date]) -> dict[date, Decimal]:
    """Return the planned value of all the plans by each of these days."""
    values = dict.fromkeys(days, ZERO)
    for points, end in plans:
        for day in values:
            if day >= points[0][0]:
                values[day] += evm.planned_value(points, min(day, end or day))
    return values


def earned(
    projects: Sequence[Project],
    as_of: date,
    figures: Mapping[str, Decimal | None],
    history: Sequence[tuple[datetime, Any]],
    zone: str,
    risk: tuple[Decimal | None, Decimal | None] = (None, None),
    lacking: str = "not_simulated",
) -> EarnedValue | None:
    """Return the earned value of these projects; None where nothing is planned.

    `figures` are values by the name of the metric, `history` is the earned value as it was known
    from each moment on, `risk` the P10 and P90 of the exposure, and `lacking` the reason where
    these are None.
    """
    bac, ev = figures.get("budget_at_completion"), figures.get("earned_value")
    pv, ac = figures.get("planned_value"), figures.get("actual_cost")
    curves = plans(projects, as_of)
    if bac is None or pv is None or ev is None or ac is None or not curves or bac <= 0:
        return None
    eac = figures.get("estimate_at_completion")
    values = evm.metrics(bac, pv, ev, ac, None if eac is None else eac - ac)
    months = _months(curves, [project.pk for project in projects], as_of, ev, history, zone)
    axis = Axis.of(curves)
    return EarnedValue(
        estimates=_estimates(values, eac, risk, lacking),
        indices=_indices(values, axis.spi_t(as_of, ev)),
        months=[_indexed(month, bac, axis) for month in months],
        as_of=as_of,
        ends=_last(projects, curves, as_of),
    )


def _last(projects: Iterable[Project], plans: Iterable[Plan], as_of: date) -> date:
    """Return the day on which the last project ends by its forecast, or by the plans where no
    project has one; never before the status date."""
    declared = [project.actual_finish or project.forecast_finish for project in projects]
    days = [day for day in declared if day] or [day for points, _ in plans for day, _ in points]
    return max(as_of, *days)


def _estimates(
    values: evm.EarnedValue,
    eac: Decimal | None,
    risk: tuple[Decimal | None, Decimal | None],
    lacking: str,
) -> list[Method]:
    why = values.reasons
    of_risk = [None if eac is None or part is None else eac + part for part in risk]
    return [
        Method(
            "Bottom up", "Spent + still to be spent, as forecast", values.eac_bottom_up,
            "" if values.eac_bottom_up is not None else "not_estimated",
        ),
        Method("Rest at budget", "AC + (BAC − EV)", values.eac_atypical),
        Method("Rest as so far", "BAC ÷ CPI", values.eac_cpi, why.get("eac_cpi", "")),
        Method(
            "Rest as so far, late too", "AC + (BAC − EV) ÷ (CPI × SPI)", values.eac_cpi_spi,
            why.get("eac_cpi_spi", ""),
        ),
        *(
            Method(
                name, f"Bottom up + {name} of the open risks", value,
                "" if value is not None else lacking,
            )
            for name, value in zip(("P10", "P90"), of_risk, strict=True)
        ),
    ]  # fmt: skip


def _indices(values: evm.EarnedValue, spi_t: Ratio) -> list[Method]:
    why = values.reasons
    return [
        Method("CPI", "EV ÷ AC", values.cpi, why.get("cpi", "")),
        Method("SPI", "EV ÷ PV", values.spi, why.get("spi", "")),
        Method("SPI(t)", "Earned schedule ÷ time elapsed", spi_t.value, spi_t.reason or ""),
        Method(
            "TCPI, to the budget", "(BAC − EV) ÷ (BAC − AC)", values.tcpi_bac,
            why.get("tcpi_bac", ""),
        ),
        Method(
            "TCPI, to the forecast", "(BAC − EV) ÷ (EAC − AC)", values.tcpi_eac,
            why.get("tcpi_eac", ""),
        ),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Axis:
    """The planned value over time, in days since the first plan began."""

    start: date
    times: Sequence[Decimal]
    values: Sequence[Decimal]

    @classmethod
    def of(cls, plans: Sequence[Plan]) -> Axis:
        """Return the axis of these plans; there has to be at least one."""
        days = sorted({day for points, _ in plans for day, _ in points})
        times, values = evm.time_axis([*planned(plans, days).items()], days[0])
        return cls(days[0], times, values)

    def spi_t(self, day: date, ev: Decimal) -> Ratio:
        """Return the earned schedule over the time that has passed by a day."""
        if day <= self.start:
            return Ratio(None, "no_time_elapsed")
        at = Decimal((day - self.start).days)
        schedule = evm.earned_schedule(self.times, self.values, ev, at)
        return Ratio(schedule.spi_t, schedule.reasons.get("spi_t"))


def _indexed(month: EarnedMonth, bac: Decimal, axis: Axis) -> EarnedMonth:
    """Return a month with its indices, measured against the budget that is in force now."""
    if month.earned is None or month.spent is None:
        return month
    return replace(
        month,
        tcpi=evm.tcpi(bac, month.earned, month.spent, bac),
        spi_t=axis.spi_t(month.day, month.earned),
    )


def _months(
    plans: Sequence[Plan],
    ids: Sequence[int],
    as_of: date,
    ev: Decimal,
    history: Sequence[tuple[datetime, Any]],
    zone: str,
) -> list[EarnedMonth]:
    """Return what was planned, earned and spent by the end of each month from the beginning of the
    first plan to the end of the last one, and by the status date."""
    costs: dict[date, Decimal] = defaultdict(Decimal)
    for year, month, total in curves_read.rows(SPENT, ids, day=as_of):
        costs[min(as_of, _end(date(int(year), int(month), 1)))] += total
    posted = sorted(costs)
    sums = [ZERO, *accumulate(costs[day] for day in posted)]
    planned_days = [day for points, _ in plans for day, _ in points]
    first, last = min([*planned_days, *posted]), max([*planned_days, as_of])
    moments = [moment for moment, _ in history]
    tz = ZoneInfo(zone)

    def known(day: date) -> Decimal | None:
        if day == as_of:
            return ev
        after = datetime.combine(day + timedelta(days=1), datetime.min.time(), tz)
        at = bisect_right(moments, after)
        return history[at - 1][1] if at and day < as_of else None

    return [
        EarnedMonth(
            day,
            by_now,
            known(day),
            sums[bisect_right(posted, day)] if day <= as_of else None,
        )
        for day, by_now in planned(plans, sorted({*_ends(first, last), as_of})).items()
    ]


def _ends(first: date, last: date) -> Iterable[date]:
    day = first.replace(day=1)
    while day <= last:
        yield _end(day)
        day = _end(day) + timedelta(days=1)


def _end(month: date) -> date:
    return month.replace(day=monthrange(month.year, month.month)[1])
