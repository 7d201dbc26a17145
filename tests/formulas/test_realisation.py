from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benefits.realisation import (
    Period,
    ValueLine,
    achievement,
    achievement_index,
    attainment,
    benefit_rag,
    fiscal_year,
    flow_figures,
    profile_present_value,
    project_shares,
    shifted,
    stock_figures,
    totals,
    value_lost,
    whole_life,
)
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


def line(row, as_of):
    return ValueLine(row["category"], row["level"], True, flow(row, as_of))


def pv(row):
    return profile_present_value(int(row["polarity"]), fiscal_years(row["planned"]), BASE)


@worked("BEN-P01")
def test_whole_life_position(example):
    inputs = example.inputs
    found = whole_life(
        inputs["benefits_to_date"],
        inputs["benefits_total_forecast"],
        inputs["costs_to_date"],
        inputs["costs_total_forecast"],
    )
    for name in ("net_to_date", "remaining_benefits", "remaining_cost"):
        example.agrees(getattr(found, name), name)
    example.agrees(found.realised_share.value, "realised_share_of_forecast")
    example.agrees(found.remaining_cost_share.value, "remaining_cost_share")
    example.agrees(found.bcr.value, "undiscounted_bcr_forecast")


@worked("BEN-P02")
def test_a_falling_target_is_achieved_by_falling(example):
    inputs = example.inputs
    ends = inputs["baseline"], inputs["target"]
    example.agrees([achievement(*ends, each).value for each in inputs["actuals"]], "achievement")


@worked("BEN-P03")
def test_benefit_colour(example):
    inputs = example.inputs
    bounds = inputs["green_at"], inputs["amber_at"]
    assert [benefit_rag(each, *bounds) for each in inputs["attainment"]] == example.expected["rag"]


@worked("BEN-P04")
def test_programme_totals(example):
    as_of = day(example.inputs["status_date"])
    rows = {row["id"]: row for row in example.inputs["benefits"] if row.get("kind") != "stock"}
    found = totals(line(row, as_of) for row in rows.values())
    net = found["net"]
    for name in ("planned_to_date", "actual_to_date"):
        example.agrees({key: getattr(total, name) for key, total in found.items()}, name)
    by_category = {key: total.attainment for key, total in found.items() if key != "net"}
    example.agrees(by_category, "attainment_by_category")
    for name in ("attainment", "whole_life_planned", "forecast_outturn", "forecast_variance"):
        example.agrees(getattr(net, name), name)
    example.agrees(net.realised_share.value, "realised_share")
    example.agrees(net.confidence_weighted, "confidence_weighted_outturn")
    end = [row for row in rows.values() if row["level"] == "end"]
    example.agrees(sum(pv(row) for row in end), "pv_planned")
    by_project: dict[Any, Decimal] = dict.fromkeys(("PA", "PB"), D(0))
    for row in end:
        shares = project_shares(flow(row, as_of).actual_to_date, row["contributions"])
        assert shares.unattributed == 0
        for project, share in shares.by_project.items():
            by_project[project] += share
    example.agrees(by_project, "by_project_actual")
    assert net.actual_to_date not in example.expected["must_not_equal_actual"]


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
    assert figures.reasons == {"against_profile": "nothing_planned_yet"}


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


@pytest.mark.parametrize("code", DEMO["expected"]["benefit_totals"])
def test_demo_totals(code):
    rows = [r for r in DEMO["benefits"] if r["programme"] == code and r["kind"] == "flow"]
    net = totals(line(row, AS_OF) for row in rows)["net"]
    wanted = DEMO["expected"]["benefit_totals"][code]
    names = [name for name in wanted if name != "pv_planned"]
    assert {name: rounded(getattr(net, name)) for name in names} == {n: wanted[n] for n in names}
    # The expected total adds figures that were rounded to one place before.
    assert abs(sum(pv(row) for row in rows) - wanted["pv_planned"]) < D("0.3")


def test_nothing_counts_before_its_period_is_complete():
    planned = fiscal_years([D(100), D(200)])
    figures: Any = flow_figures(1, planned, planned, planned, D(1), date(2026, 3, 30))
    assert (figures.planned_to_date, figures.actual_to_date) == (100, 100)
    assert (figures.forecast_outturn, figures.remaining) == (300, 200)


def test_a_forecast_year_counts_for_the_days_no_actual_covers():
    april = Period(date(2026, 4, 1), date(2026, 4, 30), D(9))
    year = Period(date(2026, 4, 1), date(2027, 3, 31), D(365))
    figures = flow_figures(1, [year], [april], [year], D(1), AS_OF)
    assert figures.forecast_outturn == 9 + 335


def test_a_stock_benefit_says_what_is_missing():
    figures = stock_figures(D(5), D(5), fiscal_years([D(5)]), [], AS_OF)
    assert figures.reasons == {
        "achievement": "not_measured_yet",
        "against_profile": "nothing_planned_yet",
    }
    measured = stock_figures(D(5), D(5), [], fiscal_years([D(6)]), AS_OF)
    assert measured.reasons["achievement"] == "target_equals_baseline"


def test_an_over_achiever_cannot_hide_a_failure():
    assert achievement_index([(D(1), D(3)), (D(1), D(0)), (D(8), None)]).value == D("0.5")
    assert achievement_index([(D(1), None)]).reason == "nothing_measured"


@pytest.mark.parametrize(
    ("text", "year"), [("2024-03-31", 2023), ("2024-04-01", 2024), ("2025-01-01", 2024)]
)
def test_fiscal_year(text, year):
    assert fiscal_year(day(text)) == year


def test_a_delay_shifts_the_forecast():
    values = [D(10), D(20), D(30)]
    assert shifted(values, D("0.5")) == [5, 15, 25]
    assert shifted(values, D(1)) == [0, 10, 20]
    assert value_lost(values, D(1), D("0.5")) == 15


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
    assert figures.variance_to_date == figures.actual_to_date - figures.planned_to_date
    low, high = sorted([figures.actual_to_date, figures.forecast_outturn])
    assert low <= figures.confidence_weighted <= high
    assert (figures.attainment is None) == (figures.attainment_reason is not None)


@given(st.lists(benefits(), max_size=5))
def test_totals_are_the_sums_of_their_end_benefits(rows):
    net = totals(line(row, AS_OF) for row in rows)["net"]
    end = [flow(row, AS_OF) for row in rows if row["level"] == "end"]
    for name in ("planned_to_date", "actual_to_date", "forecast_outturn", "whole_life_planned"):
        assert getattr(net, name) == sum(getattr(each, name) for each in end)


@given(
    st.decimals(-(10**9), 10**9, places=2),
    st.dictionaries(st.integers(1, 50), st.decimals("0.0001", 1, places=4), max_size=8),
)
def test_shares_and_the_unattributed_rest_make_the_whole(value, weights):
    shares = project_shares(value, weights)
    assert sum(shares.by_project.values()) + shares.unattributed == value


@given(values, st.decimals(0, 12, places=2), st.decimals(0, 3, places=2))
def test_a_longer_delay_never_loses_less(forecast, delay, longer):
    assert 0 <= value_lost(forecast, delay) <= value_lost(forecast, delay + longer)
