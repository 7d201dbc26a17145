"""Scales of pictures: where values stand, and round steps."""

from datetime import date

import pytest

from pmhub.picture_scale import Scale, of_days, percent, scale_of


@pytest.mark.parametrize(
    ("values", "zero", "steps"),
    [
        ([60388, 10000], True, [0, 20000, 40000, 60000, 80000]),
        ([-3, 8], True, [-5, 0, 5, 10]),
        ([0.93, 0.98], False, [0.93, 0.94, 0.95, 0.96, 0.97, 0.98]),
        ([], True, [0, 1]),
        ([7], False, [7, 8]),
    ],
)
def test_steps_are_round_and_hold_all_values(values, zero, steps):
    scale, found = scale_of(values, zero=zero)
    assert found == pytest.approx(steps)
    assert all(-1e-9 <= scale.at(value) <= 100 + 1e-9 for value in values)


def test_a_height_counts_from_the_top():
    assert Scale(0, 10, turned=True).at(10) == 0
    assert Scale(0, 10).at(10) == 100
    assert Scale(3, 3).at(3) == 50


def test_days_stand_on_whole_years():
    scale = of_days([date(2027, 3, 1), date(2028, 2, 1)])
    assert scale is not None
    assert scale.at(date(2027, 1, 1).toordinal()) == 0
    assert of_days([]) is None
    assert percent(12.3456) == "12.35%"
