from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benefits.realisation import (
    Period,
    achievement,
    attainment,
    by_fiscal_year,
    fiscal_year,
    flow_figures,
    profile_present_value,
    realised_share,
    shifted_forecast,
    stock_figures,
    without_overlap,
)
from programmes.ratios import Ratio
from tests.formulas.worked import AS_OF, DEMO, by_id, day, worked

D = Decimal
BASE = 2024


def fiscal_years(values):
    """Periods of fiscal years from FY2024; None is no value."""
    return [
        Period(date(BASE + n, 4, 1), date(BASE + n + 1, 3, 31), value)
        for n, value in enumerate(values or [])
        if value is not None
    ]


def flow(row, as_of):
    return flow_figures(
        int(row["polarity"]),
        fiscal_years(row["planned"]),
        fiscal_years(row["actual"]),
        fiscal_years(row["forecast"]),
        row["confidence"],
        as_of,
    )


def pv(row):
    return profile_present_value(int(row["polarity"]), fiscal_years(row["planned"]), BASE)


@worked("BEN-P02")
def test_a_falling_target_is_achieved_by_falling(example):
    inputs = example.inputs
    ends = inputs["baseline"], inputs["target"]
    example.agrees([achievement(*ends, each).value for each in inputs["actuals"]], "achievement")


@worked("BEN-P04")
def test_stock_benefit_of_the_programme(example):
    stock = example.inputs["benefits"][-1]
    figures = stock_figures(
        stock["baseline"],
        stock["target"],
        [],
        fiscal_years([stock["latest"]]),
        day(example.inputs["status_date"]),
    )
    example.agrees({stock["id"]: figures.achievement}, "stock_achievement")
    assert figures.reasons == {
        "against_profile": "nothing_planned_yet",
        "forecast_outturn": "no_forecast",
    }


@worked("BEN-P05")
def test_attainment_is_undefined_unless_something_positive_was_planned(example):
    cases = [(case["planned"], case["actual"]) for case in example.inputs["cases"]]
    found = [attainment(*case) for case in cases]
    example.agrees([each.value for each in found], "attainment")
    reasons = ["planned_net_not_positive", "nothing_planned_yet", None]
    assert [each.reason for each in found] == reasons
    example.agrees([actual - planned for planned, actual in cases], "variance")


def rounded(value, places=4):
    return None if value is None else round(value, places)


@pytest.mark.parametrize("code", DEMO["expected"]["benefits"])
def test_demo_benefits(code):
    row, wanted = by_id("benefits")[code], DEMO["expected"]["benefits"][code]
    if row["kind"] == "stock":
        figures = stock_figures(
            row["baseline"],
            row["target"],
            fiscal_years(row["planned"]),
            fiscal_years(row["actual"]),
            AS_OF,
        )
        shown = {name: rounded(getattr(figures, name)) for name in wanted}
    else:
        figures = flow(row, AS_OF)
        names = [name for name in wanted if name != "pv_planned"]
        shown = {name: rounded(getattr(figures, name)) for name in names}
        shown["pv_planned"] = round(pv(row), 1)
    assert shown == wanted


def test_nothing_counts_before_its_period_is_complete():
    planned = fiscal_years([D(100), D(200)])
    figures: Any = flow_figures(1, planned, planned, planned, D(1), date(2026, 3, 30))
    assert (figures.planned_to_date, figures.actual_to_date) == (100, 100)
    assert (figures.forecast_outturn, figures.remaining) == (300, 200)


APRIL = Period(date(2026, 4, 1), date(2026, 4, 30), D(9))
YEAR = Period(date(2026, 4, 1), date(2027, 3, 31), D(365))


def test_a_forecast_year_counts_for_the_days_no_actual_covers():
    figures = flow_figures(1, [YEAR], [APRIL], [YEAR], D(1), AS_OF)
    assert figures.forecast_outturn == 9 + 335
    assert by_fiscal_year(figures.outturn) == {2026: 9 + 335}


def test_what_is_measured_compares_with_what_was_planned_of_the_same_days():
    figures = flow_figures(1, [YEAR], [APRIL], [YEAR], D(1), AS_OF)
    assert figures.planned_to_date == 0  # the year is not over
    assert (figures.planned_measured, figures.variance_to_date) == (30, 9 - 30)
    assert figures.attainment == D("0.3")


def test_what_was_never_measured_is_not_known():
    planned = fiscal_years([D(0), D(100)])
    figures = flow_figures(1, planned, [], planned, D(1), AS_OF)
    assert (figures.attainment, figures.attainment_reason) == (None, "never_measured")
    assert (figures.variance_to_date, figures.realised_share.reason) == (None, "never_measured")
    assert figures.unmeasured_from == date(2025, 4, 1)
    assert figures.forecast_outturn == 100  # until it is measured, what was forecast of it


def test_nothing_measured_of_what_was_due_is_no_success():
    planned = fiscal_years([D(0), D(100)])
    zero = fiscal_years([None, D(0)])
    figures = flow_figures(1, planned, zero, planned, D(1), AS_OF)
    assert (figures.attainment, figures.variance_to_date) == (0, -100)
    assert (figures.unmeasured_from, figures.forecast_outturn) == (None, 0)


def test_a_period_measured_in_part_is_not_measured_to_its_last_day():
    planned = fiscal_years([D(365), D(365)])
    summer = Period(date(2025, 4, 1), date(2025, 9, 30), D(100))
    figures = flow_figures(1, planned, [*fiscal_years([D(300)]), summer], planned, D(1), AS_OF)
    assert (figures.not_measured, figures.unmeasured_from) == ("not_measured", date(2025, 10, 1))
    assert figures.planned_measured == 365 + 183
    assert figures.forecast_outturn == 300 + 100 + 182


def test_nothing_is_due_before_it_is_planned():
    figures = flow_figures(1, [YEAR], [], [YEAR], D(1), AS_OF)
    assert (figures.attainment_reason, figures.not_measured) == ("nothing_planned_yet", "")


def test_without_a_forecast_the_outturn_is_not_known():
    figures = flow_figures(1, [YEAR], [], [], D(1), AS_OF)
    assert (figures.has_outturn, figures.not_forecast) == (False, "no_forecast")
    april = flow_figures(1, [YEAR], [APRIL], [], D(1), AS_OF)
    assert (april.has_outturn, april.not_forecast) == (True, "no_forecast")
    whole = flow_figures(1, [APRIL], [APRIL], [], D(1), AS_OF)
    assert (whole.has_outturn, whole.not_forecast) == (True, "")


def test_days_gone_by_that_are_neither_measured_nor_forecast_are_missing_in_the_outturn():
    planned = fiscal_years([None, D(100), D(100)])
    figures = flow_figures(1, planned, [], planned[1:], D(1), AS_OF)
    assert (figures.forecast_outturn, figures.not_forecast) == (100, "not_measured")


@pytest.mark.parametrize("sign", [1, -1])
def test_a_dis_benefit_counts_against_whatever_its_sign(sign):
    planned = fiscal_years([sign * D(40)])
    figures = flow_figures(-1, planned, planned, planned, D(1), AS_OF)
    assert (figures.planned_to_date, figures.actual_to_date) == (-40, -40)
    assert figures.forecast_outturn == -40
    assert profile_present_value(-1, planned, BASE) == -40


def test_a_cashable_benefit_may_cost_in_a_year():
    figures = flow_figures(1, fiscal_years([D(-10), D(30)]), [], [], D(1), AS_OF)
    assert figures.planned_to_date == 20


@pytest.mark.parametrize(
    ("planned", "actual", "reason"),
    [
        (D(0), D(5), "nothing_planned"),
        (D(-10), D(5), "planned_net_not_positive"),
    ],
)
def test_no_share_of_a_plan_that_is_not_positive(planned, actual, reason):
    assert realised_share(actual, planned) == Ratio(None, reason)
    assert realised_share(D(5), D(10)).value == D("0.5")


def test_a_stock_benefit_says_what_is_missing():
    figures = stock_figures(D(5), D(5), fiscal_years([D(5)]), [], AS_OF)
    assert figures.reasons == {
        "achievement": "never_measured",
        "against_profile": "nothing_planned_yet",
        "forecast_outturn": "no_forecast",
    }
    assert figures.unmeasured_from == date(2024, 4, 1)
    measured = stock_figures(D(5), D(5), [], fiscal_years([D(6)]), AS_OF)
    assert measured.reasons["achievement"] == "target_equals_baseline"


def test_the_outturn_of_a_level_is_that_forecast_for_the_target_date():
    levels = fiscal_years([D(1), D(2), D(3)])
    figures = stock_figures(D(0), D(3), levels, levels[:1], AS_OF, levels, date(2026, 3, 31))
    assert (figures.forecast_outturn, figures.unmeasured_from) == (2, date(2025, 4, 1))


@pytest.mark.parametrize(
    ("text", "year"), [("2024-03-31", 2023), ("2024-04-01", 2024), ("2025-01-01", 2024)]
)
def test_fiscal_year(text, year):
    assert fiscal_year(day(text)) == year


def test_a_delay_shifts_the_forecast():
    values = [D(10), D(20), D(30)]
    assert shifted_forecast(values, D("0.5")) == [5, 15, 25]
    assert shifted_forecast(values, D(1)) == [0, 10, 20]


values = st.lists(st.decimals(0, 10**6, places=2), min_size=10, max_size=10)


@st.composite
def benefits(draw):
    known = draw(st.integers(0, 3))
    actual = draw(values)[:known] + [None] * (10 - known)
    return {
        "polarity": draw(st.sampled_from([1, -1])),
        "planned": draw(values),
        "actual": actual,
        "forecast": draw(values),
        "confidence": draw(st.decimals(0, 1, places=2)),
        "category": "cashable",
        "level": draw(st.sampled_from(["end", "intermediate"])),
    }


@given(benefits())
def test_realised_and_remaining_make_the_outturn(row):
    figures = flow(row, AS_OF)
    assert figures.actual_to_date + figures.remaining == figures.forecast_outturn
    if figures.measured:
        assert figures.variance_to_date == figures.actual_to_date - figures.planned_measured
    low, high = sorted([figures.actual_to_date, figures.forecast_outturn])
    assert low <= figures.confidence_weighted <= high
    assert (figures.attainment is None) == (figures.attainment_reason is not None)


# Days


FIRST = date(2025, 1, 1)


@st.composite
def stretches(draw, most=5):
    """Periods of some days each from 2025 on, apart from one another, in any order."""
    found, day = [], FIRST
    for _ in range(draw(st.integers(0, most))):
        start = day + timedelta(days=draw(st.integers(0, 40)))
        end = start + timedelta(days=draw(st.integers(0, 60)))
        found.append(Period(start, end, draw(st.decimals(-1000, 1000, places=2))))
        day = end + timedelta(days=1)
    return draw(st.permutations(found))


def by_day(periods):
    """What each day has of the amounts, exactly."""
    days = {}
    for period in periods:
        share = Fraction(period.value) / period.days
        for number in range(period.days):
            days[period.start + timedelta(days=number)] = share
    return days


@given(stretches(), stretches(), stretches())
def test_no_day_counts_twice_and_none_is_forgotten(planned, actual, forecast):
    as_of = FIRST + timedelta(days=150)
    figures = flow_figures(1, planned, actual, forecast, D("0.5"), as_of)
    plan, expected = by_day(planned), by_day(forecast)
    measured = by_day([each for each in actual if each.end <= as_of])
    outturn = sum((expected | measured).values(), Fraction(0))
    compared = sum((plan.get(each, 0) for each in measured), Fraction(0))
    assert abs(Fraction(figures.forecast_outturn) - outturn) < D("1e-15")
    assert abs(Fraction(figures.planned_measured) - compared) < D("1e-15")
    due = by_day([each for each in planned if each.end <= as_of and each.value])
    assert figures.unmeasured_from == min(due.keys() - measured.keys(), default=None)


@given(stretches(), stretches())
def test_years_of_the_outturn_sum_to_it(actual, forecast):
    figures = flow_figures(1, [], actual, forecast, D(1), FIRST + timedelta(days=150))
    for parts in (figures.outturn, figures.measured, figures.to_come):
        years = by_fiscal_year(parts, 1)
        whole = sum((each.value for each in parts), D(0))
        assert sum(years.values()) == whole.quantize(D("0.01"), ROUND_HALF_UP)
        assert all(value == round(value, 2) for value in years.values())


@given(stretches(3), stretches(3))
def test_where_periods_overlap_the_later_has_the_day(earlier, later):
    found = without_overlap([*earlier, *later])
    assert all(one.end < other.start for one, other in pairwise(found))
    assert by_day(found).keys() == by_day([*earlier, *later]).keys()
    for each, share in by_day(later).items():
        assert abs(by_day(found)[each] - share) < D("1e-15")
