"""Thousands of risks: the smallest are drawn in lumps, and the total stays what it is."""

import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random

import numpy as np
import pytest

from projects.risk import Impact, chance_of_none, percentiles, rows_of
from projects.simulation import Uncertainty, exposure, tornado
from projects.simulation.exposure import MOST_SINGLE
from projects.simulation.lumps import FACTORS, Lump

GIVEN = {"scope": ("programme", 1), "as_of": date(2026, 10, 31), "engine": 4}
HALF = Decimal("0.5")


def risks(count, seed=5):
    """So many risks of forty owners and ten causes; every ninth is an opportunity."""
    random = Random(seed)  # noqa: S311  # a seed, no secret
    found = []
    for n in range(count):
        size = Decimal(random.randint(100, 100_000)) / 100
        chance = Decimal(random.randint(1, 60)) / 100
        impact = Impact(chance, size, size * 2, size * 4, n % 9 == 0)
        found.append(Uncertainty(f"R{n}", f"P{n % 40}", impact, f"cause {n % 10}"))
    return found


def drawn(found, loading):
    """Their exposure."""
    impacts = [each.impact for each in found]
    return exposure(impacts, [each.cause for each in found], loading=loading, **GIVEN)


@pytest.mark.parametrize("loading", [Decimal("0.2"), HALF, Decimal("0.8")])
def test_the_total_of_lumps_is_that_of_risks_drawn_one_by_one(loading, monkeypatch):
    found = risks(5 * MOST_SINGLE)
    lumped = drawn(found, loading)
    module = sys.modules["projects.simulation.exposure"]  # whose name is that of the function, too
    monkeypatch.setattr(module, "MOST_SINGLE", len(found))
    single = drawn(found, loading)
    assert lumped.accepted
    assert single.accepted
    for name in ("mean", "sd", "p10", "p50", "p80", "p90"):
        assert getattr(lumped, name) == pytest.approx(getattr(single, name), rel=0.02), name


def test_a_lump_keeps_the_mean_and_the_variance_of_its_risks():
    """Over all values of the factor, by the law of total variance."""
    rows = rows_of(each.impact for each in risks(50))
    alone, shared = Lump.of(rows, 0), Lump.of(rows, 0.5)
    weights = np.exp(-(FACTORS**2) / 2)
    weights /= weights.sum()
    mean = (weights * shared.means).sum()
    assert mean == pytest.approx(alone.means[0], rel=0.001)
    # Together they vary more than apart: by how much the factor moves their mean.
    moved = (weights * (shared.means - mean) ** 2).sum()
    whole = (weights * shared.variances).sum() + moved
    assert (whole > alone.variances[0], moved > 0) == (True, True)


def test_swings_of_thousands_add_up():
    found = risks(3000)
    told = tornado(found, loading=Decimal(0), **GIVEN)
    for shown, rest in ((told.risks, told.rest_of_risks), (told.owners, told.rest_of_owners)):
        assert sum(each.share for each in (*shown, rest)) == pytest.approx(1)
    assert sum(each.number for each in told.risks) + told.rest_of_risks.number == 3000
    mean = sum(each.expected_value for each in (*told.owners, told.rest_of_owners))
    assert mean == pytest.approx(told.total.analytic_mean)
    p80 = percentiles([each.impact for each in found], [Decimal("0.8")])[0]
    assert told.total.p80 == pytest.approx(float(p80))


def test_rare_risks_are_drawn_one_by_one_however_many():
    """Of few that occur the sum is not normal: mostly nothing is to be paid."""
    impact = Impact(Decimal("0.0001"), Decimal(10), Decimal(20), Decimal(30))
    found = drawn([Uncertainty(f"R{n}", "P", impact, "flood") for n in range(1000)], HALF)
    assert found.p50 == 0
    assert found.none > 0.9


def test_the_chance_of_no_cost_of_ten_thousand_risks_is_none():
    """Nothing to be paid lies far from all that happens."""
    assert chance_of_none([each.impact for each in risks(10_000)]) == 0
    saved = [
        Impact(i.impact.probability, i.impact.low, i.impact.most_likely, i.impact.high, True)
        for i in risks(400)
    ]
    assert chance_of_none(saved) == pytest.approx(1)


@pytest.mark.parametrize("count", [20, 200, 2000])
def test_as_many_opportunities_as_threats_lie_as_far_below_nothing_as_above_it(count):
    """A few are a thousand times as large as others, which the grid sums up in a lump on both sides
    of 0."""
    threats = [each.impact for each in risks(count)]
    threats = [replace(one, opportunity=False) for one in threats]
    threats[::50] = [
        replace(one, low=1000 * one.low, most_likely=1000 * one.most_likely, high=1000 * one.high)
        for one in threats[::50]
    ]
    both = [*threats, *(replace(one, opportunity=True) for one in threats)]
    shares = [Decimal(share) for share in ("0.1", "0.2", "0.5", "0.8", "0.9")]
    p10, p20, p50, p80, p90 = map(float, percentiles(both, shares))
    assert (p10, p20) == pytest.approx((-p90, -p80), rel=2e-3)
    assert p50 == pytest.approx(0, abs=p90 / 500)
    assert chance_of_none(both) == pytest.approx(0.5, abs=0.01)
