"""Percentiles of exposure against two million draws, against enumeration, and against the clock."""

import math
import time
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projects.risk import Impact, distribution, expected_value, percentiles
from tests.formulas.enumerated import exact_outcomes

D = Decimal
DRAWS = 2_000_000
ERRORS = (-0.0006, 0.0006)
SHARES = (D("0.5"), D("0.8"), D("0.9"))


def risk(chance, low, likely, high, *, opportunity=False):
    return Impact(D(str(chance)), D(low), D(likely), D(high), opportunity)


def fixed(chance, cost, *, opportunity=False):
    return risk(chance, cost, cost, cost, opportunity=opportunity)


BASE = [risk("0.9", 80, 100, 120)]
SHAPES = {
    "a risk a hundred times the other": [risk("0.05", 9_000, 10_000, 11_000), *BASE],
    "a risk ten thousand times the other": [risk("0.01", 900_000, 1_000_000, 1_100_000), *BASE],
    "a giant beside twenty": [
        risk("0.005", 200_000_000, 250_000_000, 300_000_000),
        *[risk("0.3", 5_000, 12_000, 40_000)] * 20,
    ],
    "three sizes, each a thousand times the last": [
        risk("0.002", 80_000_000, 90_000_000, 120_000_000),
        risk("0.03", 70_000, 90_000, 110_000),
        *BASE,
    ],
    "a giant that would save": [
        risk("0.02", 800_000, 900_000, 1_500_000, opportunity=True),
        *BASE,
        risk("0.4", 10, 30, 90),
    ],
    "giants on both sides": [
        risk("0.03", 800_000, 900_000, 1_500_000, opportunity=True),
        risk("0.04", 0, 400_000, 2_000_000),
        risk("0.5", 40, 50, 90, opportunity=True),
        *BASE,
    ],
    "one that is sure beside one that is small": [
        risk(1, 1_000_000, 1_000_500, 1_001_000),
        risk("0.5", 0, 400, 900),
    ],
    "fixed and uncertain impacts": [
        fixed("0.25", 500),
        fixed("0.001", 7_000_000),
        risk("0.6", 0, 0, 300),
        risk("0.6", 0, 300, 300),
    ],
    "threats and opportunities of one size": [
        risk("0.5", 100, 200, 400),
        risk("0.5", 100, 200, 400, opportunity=True),
        risk("0.7", 10, 250, 260),
    ],
    "twenty of all sizes": [risk("0.1", 0, 4**n, 9**n) for n in range(1, 21)],
}


def drawn(risks, seed=11):
    """Two million totals, sorted; only what occurs is drawn."""
    random = np.random.default_rng(seed)
    total = np.zeros(DRAWS)
    for each in risks:
        low, mode, high = float(each.low), float(each.most_likely), float(each.high)
        number = random.binomial(DRAWS, float(each.probability))
        sizes = np.full(number, low) if low == high else random.triangular(low, mode, high, number)
        happened = random.choice(DRAWS, number, replace=False)
        total[happened] += -sizes if each.opportunity else sizes
    return np.sort(total)


@pytest.mark.parametrize("name", SHAPES)
def test_percentiles_are_those_of_two_million_draws(name):
    risks = SHAPES[name]
    totals = drawn(risks)
    small = 0.005 * abs(float(sum(map(expected_value, risks))))
    for share, found in zip(SHARES, percentiles(risks, SHARES), strict=True):
        # What two million draws tell is off by some too: twice its standard error either way.
        least, most = (
            float(totals[math.ceil((float(share) + error) * DRAWS) - 1]) for error in ERRORS
        )
        allowed = 0.005 * max(abs(most), small)
        assert least - allowed <= float(found) <= most + allowed, share


@pytest.mark.parametrize(
    ("risks", "p50", "p80"),
    [
        ("a risk a hundred times the other", "99.47", None),
        ("a risk ten thousand times the other", "98.97", "106.93"),
        ("a giant beside twenty", None, "150463"),
    ],
)
def test_one_value_that_dwarfs_the_others_hides_none_of_them(risks, p50, p80):
    found = distribution(SHAPES[risks])
    for wanted, value in ((p50, found.p50), (p80, found.p80)):
        assert wanted is None or float(value) == pytest.approx(float(wanted), rel=0.001)


def test_percentiles_do_not_depend_on_the_unit():
    """A million times as much money is a million times as much exposure."""
    scaled = [
        risk(i.probability, i.low * 10**6, i.most_likely * 10**6, i.high * 10**6)
        for i in SHAPES["a giant beside twenty"]
    ]
    found = distribution(SHAPES["a giant beside twenty"])
    assert float(distribution(scaled).p80) == pytest.approx(float(found.p80) * 1e6, rel=1e-6)


def test_what_is_sure_is_added_exactly():
    small = [risk("0.3", 10, 20, 60), risk("0.6", 5, 6, 7)]
    found, alone = distribution([fixed(1, 10**12), *small]), distribution(small)
    assert [found.p50 - alone.p50, found.p80 - alone.p80] == [D(10**12)] * 2


# Fixed impacts


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 99), st.integers(1, 500), st.booleans()), min_size=1, max_size=12
    )
)
def test_totals_of_fixed_impacts_are_enumerated(rows):
    risks = [fixed(D(p) / 100, D(x) / 4, opportunity=saves) for p, x, saves in rows]
    outcomes = exact_outcomes(risks)
    for share, found in zip(SHARES, percentiles(risks, SHARES), strict=True):
        assert found in outcomes
        assert sum(chance for total, chance in outcomes.items() if total < found) < share
        assert sum(chance for total, chance in outcomes.items() if total <= found) >= share - D(
            "1e-9"
        )


def test_many_equal_fixed_impacts_are_exact_too():
    """Of a hundred, a binomial number occurs."""
    found = distribution([fixed("0.5", "19.99")] * 100)
    assert (found.p50, found.p80, found.p90) == (50 * D("19.99"), 54 * D("19.99"), 56 * D("19.99"))


# What it costs


def taken(risks):
    """The least seconds of this thread in three tries, after a first."""
    distribution(risks)
    found = []
    for _ in range(3):
        began = time.thread_time()
        distribution(risks)
        found.append(time.thread_time() - began)
    return min(found)


def test_fifteen_fixed_impacts_take_no_longer_than_a_few_times_sixteen():
    risks = [fixed("0.3", 1000 + 37 * n * n) for n in range(1, 17)]
    assert taken(risks[:15]) < 8 * taken(risks)


def test_ten_thousand_risks_take_less_than_a_second():
    risks = [
        risk(D(1 + n % 90) / 100, n, 2 * n, 4 * n, opportunity=n % 5 == 0) for n in range(1, 10_001)
    ]
    # A fifth of a second; the bound leaves room for a busy machine.
    assert taken(risks) < 1


def test_an_expected_value_that_ends_on_half_a_cent_is_exactly_that():
    """Divided before it is multiplied, 0.3 of 28,610.0833… is a hair less."""
    assert expected_value(risk("0.3", "8583.02", "21457.56", "55789.67")) == D("8583.025")
