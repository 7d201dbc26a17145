from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programmes.appraisal import (
    Appraisal,
    Schedule,
    annual_rate,
    appraise,
    bcr,
    discount_factor,
    managed_bias,
    option_table,
    payback_year,
    present_value,
    value_for_money,
)
from tests.formulas.worked import worked

D = Decimal
FIXED = Schedule.FIXED


@worked("NPV-P01")
def test_present_value_of_a_sum_by_year(example):
    amount, rate = example.inputs["amount"], example.inputs["rate"]
    years = [int(year) for year in example.inputs["years"]]
    example.agrees([present_value([(year, amount)], FIXED, rate) for year in years], "pv")
    example.agrees([present_value([(year, amount)]) for year in years], "pv")


@worked("NPV-P02")
def test_green_book_factors(example):
    example.agrees([discount_factor(int(year)) for year in example.inputs["years"]], "factor")


@worked("NPV-P03")
def test_net_present_value(example):
    flows, rate = example.inputs["flows"], example.inputs["rate"]
    example.agrees(present_value(enumerate(flows), FIXED, rate), "npv")
    found = appraise(enumerate([D(0), *flows[1:]]), [(0, -flows[0])], FIXED, rate)
    for name in ("pv_benefits", "npv"):
        example.agrees(getattr(found, name), name)
    example.agrees(found.bcr.value, "bcr")


@worked("NPV-P05")
def test_benefit_cost_ratio(example):
    inputs = example.inputs
    flows = enumerate(inputs["benefits"]), enumerate(inputs["costs"])
    found = appraise(*flows, FIXED, inputs["rate"])
    for name in ("pv_benefits", "pv_costs", "npv"):
        example.agrees(getattr(found, name), name)
    example.agrees(found.bcr.value, "bcr")


@worked("NPV-P06")
def test_the_best_ratio_is_not_the_best_value(example):
    options = {name: Appraisal(**row) for name, row in example.inputs["options"].items()}
    table = option_table(options)
    example.agrees({name: each.npv for name, each in table.options.items()}, "npv")
    example.agrees({name: each.bcr.value for name, each in table.options.items()}, "bcr")
    assert table.best_npv == example.expected["best_npv"]
    assert table.best_bcr == example.expected["best_bcr"]


@worked("OB-P02")
def test_managed_optimism_bias(example):
    inputs = example.inputs
    example.agrees(managed_bias(inputs["upper"], inputs["mitigated"]), "resultant")


def test_bias_never_falls_below_its_lower_bound():
    assert managed_bias(D("0.51"), D(1), D("0.04")) == D("0.04")


@pytest.mark.parametrize(
    ("year", "rate"),
    [
        (30, "0.035"),
        (31, "0.03"),
        (75, "0.03"),
        (76, "0.025"),
        (126, "0.02"),
        (201, "0.015"),
        (300, "0.015"),
        (301, "0.01"),
    ],
)
def test_green_book_rates_decline(year, rate):
    assert annual_rate(year) == D(rate)


def test_no_schedule_means_no_discounting():
    assert present_value([(0, D(5)), (40, D(7))], Schedule.NONE) == 12


def test_a_fixed_schedule_needs_its_rate():
    with pytest.raises(ValueError, match="needs a rate"):
        present_value([(1, D(5))], FIXED)


def test_a_ratio_without_costs_is_undefined():
    assert bcr(D(5), D(0)).reason == "costs_not_positive"
    assert option_table({"A": Appraisal(D(5), D(0))}).best_bcr is None
    assert option_table({}).best_npv is None


@pytest.mark.parametrize(
    ("ratio", "band"),
    [("0.99", "poor"), ("1", "low"), ("1.5", "medium"), ("1.99", "medium"), ("2", "high")],
)
def test_value_for_money_bands(ratio, band):
    assert value_for_money(D(ratio)) == band
    assert value_for_money(None) is None


@pytest.mark.parametrize(
    ("flows", "year"), [([-100, 60, 60], 2), ([-100, 10], None), ([10, 10], None), ([5, -9, 4], 2)]
)
def test_payback(flows, year):
    assert payback_year([D(flow) for flow in flows]) == year


@given(st.integers(0, 400))
def test_a_later_year_is_worth_less(year):
    assert 0 < discount_factor(year + 1) < discount_factor(year) <= 1


@given(st.lists(st.decimals(-1000, 1000, places=2), max_size=20))
def test_present_value_is_additive(amounts):
    flows = list(enumerate(amounts))
    gains = [flow for flow in flows if flow[1] > 0]
    losses = [(year, -amount) for year, amount in flows if amount <= 0]
    assert abs(appraise(gains, losses).npv - present_value(flows)) < D("1e-15")
