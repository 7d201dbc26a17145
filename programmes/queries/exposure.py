"""The burn-down of expected exposure: what moved it month by month, from the ledger, and what is
left of it in the months ahead.

A risk has at most one line at a time in the ledger, so that the steps from line to line sum exactly
to the difference between the ends of a month.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from pmhub.caching import BoundedCache
from pmhub.database import past
from pmhub.database.statements import Statement
from programmes.models import Programme

MONTHS = 12  # that are looked back on
LEAST = timedelta(microseconds=1)  # the end of a month is the last moment before the next
ZERO = Decimal(0)


class Movement(StrEnum):
    """How a risk moves the exposure."""

    NEW = "new"
    RESCORED = "rescored"
    CLOSED = "closed"
    HAPPENED = "happened"
    OTHER = "other"  # escalated, aggregated, returned, its day passed, with its project elsewhere


# Why a line did not count before the risk was new, by its reason; none where there was no line.
UNBORN = (None, "draft", "not_estimated", "no_rate")
GONE = {"closed": Movement.CLOSED, "materialised": Movement.HAPPENED}


def movement(*, before: bool, was: str | None, after: bool, becomes: str | None) -> Movement:
    """Return what kind of movement a step from one line of a risk to the next is. `before` and
    `after` say whether each line counts; `was` and `becomes` are the reasons why not, None where
    there is no line."""
    if before and after:
        return Movement.RESCORED
    if after:
        return Movement.NEW if was in UNBORN else Movement.OTHER
    return GONE.get(becomes or "", Movement.OTHER)


@dataclass(frozen=True, slots=True)
class ExposureMonth:
    """The expected exposure at both ends of a month, and what moved it, by kind of movement."""

    month: date
    opening: Decimal
    moved: dict[Movement, Decimal] = field(default_factory=dict)

    @property
    def closing(self) -> Decimal:
        """Return the exposure at the end of the month."""
        return self.opening + sum(self.moved.values(), ZERO)


# Steps from a line to the one that follows it at once, or to none: both ends of a step that was
# made within the time have begun or ended in it, so that no other lines are looked at.
STEPS = """
WITH line AS (
    SELECT source_type, source_id, valid_from, valid_to, reason,
        CASE WHEN included THEN amount END AS counted
    FROM programmes_ledgerline
    WHERE programme_id = %(id)s AND metric = 'risk_mean' AND valid_from <= %(end)s
        AND (valid_from > %(begin)s OR valid_to > %(begin)s AND valid_to <= %(end)s)
), beside AS (
    SELECT *, LAG(valid_to) OVER mine IS NOT DISTINCT FROM valid_from AS follows,
        LAG(counted) OVER mine AS before, LAG(reason) OVER mine AS was,
        LEAD(valid_from) OVER mine IS NOT DISTINCT FROM valid_to AS followed
    FROM line WINDOW mine AS (PARTITION BY source_type, source_id ORDER BY valid_from)
), step AS (
    SELECT valid_from AS moment, CASE WHEN follows THEN before END AS before,
        CASE WHEN follows THEN was END AS was, counted AS after, reason AS becomes
    FROM beside WHERE valid_from > %(begin)s
    UNION ALL
    SELECT valid_to, counted, reason, NULL, NULL FROM beside
    WHERE valid_to <= %(end)s AND NOT followed
)
SELECT date_trunc('month', moment AT TIME ZONE %(zone)s)::date, before IS NOT NULL, was,
    after IS NOT NULL, becomes, SUM(COALESCE(after, 0) - COALESCE(before, 0))
FROM step WHERE before IS NOT NULL OR after IS NOT NULL GROUP BY 1, 2, 3, 4, 5
"""
MOVED = Statement(STEPS, types={"zone": "text"})
STANDING = Statement(
    "SELECT COALESCE(SUM(amount), 0) FROM programmes_ledgerline"
    " WHERE programme_id = %(id)s AND metric = 'risk_mean' AND included"
    " AND valid_from <= %(begin)s AND (valid_to IS NULL OR valid_to > %(begin)s)"
)
COMPUTED = Statement(
    "SELECT computed_at FROM programmes_programmerollup"
    " WHERE programme_id = %(id)s AND computed_at IS NOT NULL"
)
Moved = Mapping[date, Mapping[Movement, Decimal]]  # by month


@dataclass(frozen=True, slots=True)
class PastMovement:
    """The exposure at a beginning, and what moved it from there to the computation `until`. The
    ledger up to that never changes, since every later computation has a later moment."""

    opening: Decimal
    moved: Moved
    until: datetime


cache = BoundedCache(1_000_000)


def exposure_by_month(programme: Programme, at: datetime | None = None) -> list[ExposureMonth]:
    """Return what moved the expected exposure of a programme in each of the last months up to a
    moment, the latest month first, without the months before the first line. Months are those of
    the portfolio's calendar; a movement counts in the month in which it was computed. Without `at`,
    only what is new since the last call is read."""
    end, zone = at or past.now(), programme.portfolio.time_zone
    months = list(_months(end.astimezone(ZoneInfo(zone)).date()))
    begin = datetime.combine(months[0], time.min, ZoneInfo(zone)).astimezone(UTC) - LEAST
    parts = (
        _moved_until(programme.pk, begin, end, zone)
        if at
        else _moved_now(programme.pk, begin, zone)
    )
    rows: list[ExposureMonth] = []
    standing = parts.opening
    for month in months:
        if not rows and not standing and month not in parts.moved:
            continue
        rows.append(ExposureMonth(month, standing, dict(parts.moved.get(month, {}))))
        standing = rows[-1].closing
    return rows[::-1]


def _moved_now(programme: int, begin: datetime, zone: str) -> PastMovement:
    key = programme, begin, zone
    before: PastMovement | None = cache.get(key)
    [(computed,)] = COMPUTED(id=programme) or [(begin,)]
    if before and computed <= before.until:
        return before
    moved = _moved_until(programme, begin, computed, zone, before)
    cache.put(key, moved, 1000 * (1 + len(moved.moved)))
    return moved


def _moved_until(
    programme: int, begin: datetime, end: datetime, zone: str, before: PastMovement | None = None
) -> PastMovement:
    """Return what moved the exposure up to a moment; what is known `before` is not read again."""
    if before is None:
        [(opening,)] = STANDING(id=programme, begin=begin)
        before = PastMovement(opening, {}, begin)
    moved: dict[date, dict[Movement, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for month, kinds in before.moved.items():
        moved[month] = defaultdict(Decimal, kinds)
    for month, counted, was, counts, becomes, amount in MOVED(
        id=programme, begin=before.until, end=end, zone=zone
    ):
        moved[month][movement(before=counted, was=was, after=counts, becomes=becomes)] += amount
    return PastMovement(before.opening, dict(moved), end)


@dataclass(frozen=True, slots=True)
class ExposureAhead:
    """How many risks have their last day (`proximity_on`) in a coming month, how much expected
    exposure ends with them, and what is left."""

    month: date
    risks: int
    passing: Decimal
    left: Decimal


PASSING = """
SELECT date_trunc('month', risk.proximity_on)::date, COUNT(*), SUM(line.amount)
FROM programmes_ledgerline line
LEFT JOIN projects_risk risk ON line.source_type = 'risk' AND risk.id = line.source_id
WHERE line.programme_id = %(id)s AND line.metric = 'risk_mean' AND line.included
    AND line.valid_from <= %(end)s AND (line.valid_to IS NULL OR line.valid_to > %(end)s)
GROUP BY 1
"""
PASSES = Statement(PASSING)


def exposure_ahead(
    programme: Programme, as_of: date, at: datetime | None = None
) -> list[ExposureAhead]:
    """Return the expected exposure that is left at the end of each month, from the month of the
    status date to the end of the year of the last risk (`proximity_on`), provided nothing else
    happens. Empty where no risk has such a day. One query."""
    passes = PASSES(id=programme.pk, end=at or past.now())
    rows = {month: (risks, amount) for month, risks, amount in passes}
    first, last = as_of.replace(day=1), max(filter(None, rows), default=as_of)
    left, months = sum((amount for _, amount in rows.values()), ZERO), []
    for month in _following(first):
        if month > last:
            break
        risks, passing = rows.get(month, (0, ZERO))
        left -= passing
        months.append(ExposureAhead(month, risks, passing, left))
    return months if any(ahead.risks for ahead in months) else []


def _months(last: date) -> Iterable[date]:
    """Return the first days of the last twelve months up to a day, the earliest first."""
    number = last.year * 12 + last.month - MONTHS
    return _following(date(number // 12, number % 12 + 1, 1))


def _following(first: date) -> Iterable[date]:
    """Yield the first days of twelve months."""
    number = first.year * 12 + first.month - 1
    for month in range(number, number + MONTHS):
        yield date(month // 12, month % 12 + 1, 1)
