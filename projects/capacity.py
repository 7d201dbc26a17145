"""Resource capacity against bookings, by month. Units are the resource's own (FTE, crane, team)."""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

ZERO = Decimal(0)
Period = tuple[date, date, Decimal]  # first day, last day, units


@dataclass(frozen=True, slots=True)
class Booking:
    """Units of a resource that a project books from a first to a last day. Only `counted` bookings
    use capacity, and none does after the day on which its project ended."""

    project: int
    units: Decimal
    start: date
    end: date
    counted: bool
    ended_on: date | None = None

    @property
    def last(self) -> date:
        """The last day on which the booking uses capacity; before its first where it never does."""
        return min(self.end, self.ended_on or self.end)


@dataclass(frozen=True, slots=True)
class Load:
    """Demand against capacity in a period; utilisation is None, with a reason, without capacity."""

    demand: Decimal
    capacity: Decimal
    over: Decimal
    utilisation: Decimal | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Month:
    """Load of a month (its first day), and the ids of the projects that cause it."""

    month: date
    demand: Decimal
    capacity: Decimal
    over: Decimal
    utilisation: Decimal | None
    reason: str | None
    projects: tuple[int, ...]


def load(capacity: Decimal, demand: Decimal) -> Load:
    """Return the load in a period to which both arguments belong; over-allocation is by how much
    demand exceeds capacity.

    The length of the period matters: a week can be exactly full while two of its days are
    over-booked.
    """
    over = max(ZERO, demand - capacity)
    if capacity <= 0:
        return Load(demand, capacity, over, None, "no_capacity")
    return Load(demand, capacity, over, demand / capacity)


def monthly_load(
    capacity: Decimal,
    bookings: Iterable[Booking],
    first_month: date,
    months: int,
    periods: Sequence[Period] = (),
) -> list[Month]:
    """Return the load of each month from `first_month`, bookings and capacity pro rata by calendar
    days. `periods` replace the usual capacity on their days; no two of them share a day."""
    horizon = [_month_after(first_month, count) for count in range(months)]
    unit_days: dict[date, Decimal] = defaultdict(Decimal)
    projects: dict[date, set[int]] = defaultdict(set)
    for booking in bookings:
        if not (booking.counted and horizon and booking.start <= booking.last):
            continue
        for month, days in _days_by_month(booking, horizon[0], horizon[-1]):
            unit_days[month] += booking.units * days
            projects[month].add(booking.project)
    return [
        _month(
            month, capacity_of_month(capacity, periods, month), unit_days[month], projects[month]
        )
        for month in horizon
    ]


def capacity_of_month(usual: Decimal, periods: Sequence[Period], month: date) -> Decimal:
    """The mean capacity over the calendar days of a month, given its first day."""
    length = _length(month)
    last = month.replace(day=length)
    other = [
        ((min(end, last) - max(start, month)).days + 1, units)
        for start, end, units in periods
        if start <= last and end >= month
    ]
    if not other:
        return usual
    left = length - sum(days for days, _ in other)
    return (usual * left + sum(units * days for days, units in other)) / length


def _month(month: date, capacity: Decimal, unit_days: Decimal, projects: set[int]) -> Month:
    # Divided once, so that parts of a month add up to it exactly.
    figures = load(capacity, unit_days / _length(month))
    return Month(
        month=month,
        demand=figures.demand,
        capacity=capacity,
        over=figures.over,
        utilisation=figures.utilisation,
        reason=figures.reason,
        projects=tuple(sorted(projects)),
    )


def _days_by_month(booking: Booking, first: date, last: date) -> Iterator[tuple[date, int]]:
    month = max(first, booking.start.replace(day=1))
    while month <= min(last, booking.last):
        month_end = month.replace(day=_length(month))
        yield month, (min(booking.last, month_end) - max(booking.start, month)).days + 1
        month = _month_after(month, 1)


def _length(month: date) -> int:
    return monthrange(month.year, month.month)[1]


def _month_after(month: date, count: int) -> date:
    years, index = divmod(month.month - 1 + count, 12)
    return date(month.year + years, index + 1, 1)
