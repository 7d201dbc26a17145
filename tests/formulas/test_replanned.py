"""The plan that follows a change: what was planned up to its day stays, the rest is scaled."""

from datetime import date
from decimal import Decimal

import pytest

from projects.changes import replanned
from projects.evm import planned_value

BEGINS, ENDS = date(2026, 1, 1), date(2026, 12, 31)
EVEN = [(BEGINS, Decimal(0)), (ENDS, Decimal(364))]  # 1 a day
STEPPED = [(BEGINS, Decimal(0)), (date(2026, 3, 1), Decimal(59)), (ENDS, Decimal(364))]
ON, LATER = date(2026, 4, 11), date(2027, 12, 31)  # after 100 days


@pytest.mark.parametrize("profile", [EVEN, STEPPED])
def test_what_was_planned_up_to_the_day_stays(profile: list[tuple[date, Decimal]]) -> None:
    plan = replanned(profile, on=ON, finish=LATER, budget=Decimal(728))
    assert plan is not None
    for day in (BEGINS, date(2026, 2, 10), ON):
        assert planned_value(plan, day) == planned_value(profile, day) == (day - BEGINS).days
    assert plan[-1] == (LATER, Decimal(728))


def test_half_a_cent_is_rounded_up() -> None:
    profile = [(BEGINS, Decimal(0)), (date(2026, 1, 3), Decimal("0.25"))]
    plan = replanned(profile, on=date(2026, 1, 2), finish=ENDS, budget=Decimal(1))
    assert plan == [
        (BEGINS, Decimal(0)), (date(2026, 1, 2), Decimal("0.13")), (ENDS, Decimal(1)),
    ]  # fmt: skip


def test_a_plan_that_is_over_or_costs_less_than_was_planned_is_not_scaled() -> None:
    assert replanned(EVEN, on=ENDS, finish=LATER, budget=Decimal(728)) is None
    assert replanned(EVEN, on=ON, finish=LATER, budget=Decimal(99)) is None
    assert replanned(EVEN, on=ON, finish=ON, budget=Decimal(728)) is None
    assert replanned([], on=ON, finish=LATER, budget=Decimal(728)) is None
