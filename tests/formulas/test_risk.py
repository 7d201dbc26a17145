import time
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import example as case
from hypothesis import given, settings
from hypothesis import strategies as st

from projects.risk import (
    Bands,
    Impact,
    Score,
    distribution,
    expected_value,
    heatmap,
    mean_impact,
    net_response_benefit,
    rank,
    score,
    severity,
    variance,
)
from projects.risk.convolution import UNLIKELY
from tests.formulas.enumerated import exact_outcomes
from tests.formulas.worked import DEMO, by_id, worked

D = Decimal


def fixed(row):
    return Impact(row["probability"], row["impact"], row["impact"], row["impact"])


@worked("EMV-P01", "EMV-P03")
def test_expected_values(example):
    risks = {row["id"]: fixed(row) for row in example.inputs["risks"]}
    emv = {code: expected_value(risk) for code, risk in risks.items()}
    example.agrees(emv, "emv")
    example.agrees(sum(emv.values()), "total_emv")


@worked("EMV-P01")
def test_top_risks_come_by_expected_value_then_impact(example):
    rows = example.inputs["risks"]
    ranked = sorted(
        rows, key=lambda r: rank(expected_value(fixed(r)), r["impact"], 1, None, r["id"])
    )
    assert [row["id"] for row in ranked] == ["B", "A", "E", "D", "C", "F"]
    assert [row["id"] for row in ranked[:3]] == example.expected["top3"]
    example.agrees(sum(row["impact"] for row in rows), "total_impact")


def test_of_equal_risks_the_nearest_comes_first():
    near, far = rank(D(1), D(1), 1, date(2027, 1, 1), "B"), rank(D(1), D(1), 1, None, "A")
    assert near < far


@worked("EMV-P04")
def test_what_responses_are_worth(example):
    before, after = example.expected["pre"], example.expected["post"]
    for row in example.inputs["risks"]:
        sign = -1 if row["type"] == "opportunity" else 1
        inherent = sign * row["probability"] * row["impact"] * row["occurrences"]
        residual = sign * row["residual_probability"] * row["residual_impact"] * row["occurrences"]
        assert -inherent == before[row["id"]]
        worth = net_response_benefit(inherent, residual, row["response_cost"])
        assert worth == after[row["id"]] - before[row["id"]]


@worked("RISK-P01")
def test_few_fixed_risks_are_exact(example):
    risks = [fixed(row) for row in example.inputs["risks"]]
    result = distribution(risks)
    for name in ("mean", "p_zero", "p50", "p80", "p90"):
        example.agrees(getattr(result, name), name)
    assert result.sd == round(example.expected["sd"], 2)
    example.agrees(sum(map(variance, risks)), "variance")
    outcomes = exact_outcomes(risks)
    example.agrees(max(outcomes), "max")
    above = sum(chance for total, chance in outcomes.items() if total > result.mean)
    example.agrees(above, "p_exceeds_mean")


@worked("RISK-P05")
def test_moments_of_a_risk_with_a_triangular_impact(example):
    inputs = example.inputs
    risk = Impact(inputs["p"], inputs["a"], inputs["m"], inputs["b"])
    example.agrees(expected_value(risk), "mean")
    example.agrees(variance(risk), "variance")


@worked("RISK-P06")
def test_matrix(example):
    inputs = example.inputs
    bands = Bands(*inputs["prob_bands"], *inputs["impact_bands_pct"])
    scores = {
        row["id"]: score(row["p"], row["impact"], inputs["budget"], 0, None, bands=bands)
        for row in inputs["risks"]
    }
    shown = {code: [s.probability_band, s.impact_band, s.value] for code, s in scores.items()}
    example.agrees(shown, "scores")
    assert {code: s.severity for code, s in scores.items()} == example.expected["severity"]
    counts = dict.fromkeys(example.expected["counts"], 0)
    for each in scores.values():
        counts[each.severity] += 1
    example.agrees(counts, "counts")
    assert bands == Bands()


def test_every_cell_of_the_matrix_has_a_severity():
    cells = heatmap(Score(p, i, p * i, severity(p * i)) for p in range(1, 6) for i in range(1, 6))
    assert set(cells.values()) == {1}
    assert {severity(p * i) for p, i in cells} == {"low", "moderate", "high", "severe"}


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (1, "low"),
        (4, "low"),
        (5, "moderate"),
        (9, "moderate"),
        (10, "high"),
        (14, "high"),
        (15, "severe"),
        (25, "severe"),
    ],
)
def test_severity_bounds(value, name):
    assert severity(value) == name


def test_the_worst_kind_of_impact_sets_the_band():
    assert score(D("0.25"), D(70), D(4300), 60, 200).value == 15
    assert score(D("0.25"), D(70), D(4300), 0, 200).value == 6
    assert score(D("0.25"), D(70), D(4300), 0, 200, benefit_pct=D(8)).value == 9
    assert score(D("0.25"), D(70), None, 60, None).value == 3
    assert score(D("0.25"), None, D(4300), None, 200).value == 3


def impact(row):
    return Impact(
        row["p_residual"],
        row["cost_min"],
        row["cost_ml"],
        row["cost_max"],
        row["type"] == "opportunity",
    )


@pytest.mark.parametrize("code", ["CAM", "NZE"])
def test_demo_programme_distribution(code):
    wanted = DEMO["expected"]["risk_programme"][code]
    rows = [r for r in DEMO["risks"] if r["programme"] == code and r["status"] == "open"]
    result = distribution([impact(row) for row in rows])
    assert len(rows) == wanted["open_counted"]
    assert round(result.mean, 1) == wanted["mean"]
    assert round(result.sd, 1) == wanted["sd"]
    for name in ("p50", "p80", "p90"):
        assert float(getattr(result, name)) == pytest.approx(float(wanted[name]), rel=0.005)


@pytest.mark.parametrize("code", DEMO["expected"]["risk_emv"])
def test_demo_expected_values(code):
    row, wanted = by_id("risks")[code], DEMO["expected"]["risk_emv"][code]
    each = impact(row)
    assert round(mean_impact(each), 1) == wanted["mean_impact"]
    assert abs(abs(expected_value(each)) - wanted["emv"]) <= D("0.051")
    assert (row["status"] == "open") == wanted["counted"]


def test_no_risks_is_no_exposure():
    nothing: Any = distribution([])
    assert (nothing.mean, nothing.sd, nothing.p90, nothing.p_zero) == (0, 0, 0, 1)


def test_a_rare_risk_has_a_median_of_nothing():
    result: Any = distribution([Impact(D("0.3"), D(100), D(150), D(260))])
    assert (result.p50, result.p_zero) == (0, 0.7)
    assert D(100) < result.p80 < D(260)


def test_opportunities_pull_the_total_down():
    result = distribution([Impact(D("0.9"), D(50), D(60), D(70), opportunity=True)])
    assert result.mean == -54
    assert D(-70) < result.p50 < D(-50)
    assert str(distribution([Impact(D("0.1"), D(5), D(5), D(5), True)]).p90) == "0.00"


def test_convolution_agrees_with_a_simulation():
    shapes = np.random.default_rng(7)
    rows = []
    for _ in range(120):
        low = int(shapes.integers(0, 400))
        mode = low + int(shapes.integers(0, 900))
        high = mode + int(shapes.integers(1, 2000))
        chance, gain = D(int(shapes.integers(1, 100))) / 100, bool(shapes.random() < 0.25)
        rows.append(Impact(chance, D(low), D(mode), D(high), gain))
    draws = np.zeros(40_000)
    for row in rows:
        size = shapes.triangular(
            float(row.low), float(row.most_likely), float(row.high), len(draws)
        )
        happened = shapes.random(len(draws)) < float(row.probability)
        draws += size * happened * (-1 if row.opportunity else 1)
    result = distribution(rows)
    assert float(result.mean) == pytest.approx(draws.mean(), abs=4 * draws.std() / 200)
    for name, q in (("p50", 0.5), ("p80", 0.8), ("p90", 0.9)):
        simulated = np.quantile(draws, q)
        assert float(getattr(result, name)) == pytest.approx(simulated, abs=0.04 * draws.std())


def test_five_hundred_risks_take_a_moment():
    rows = [Impact(D(1 + n % 90) / 100, D(n), D(2 * n), D(4 * n)) for n in range(1, 501)]
    distribution(rows[:10])
    taken = []
    for _ in range(3):
        began = time.thread_time()
        distribution(rows)
        taken.append(time.thread_time() - began)
    # 25 ms here, of this thread alone.
    assert min(taken) < 0.25


@st.composite
def impacts(draw):
    low, mode, high = sorted(draw(st.tuples(*[st.integers(0, 5000)] * 3)))
    chance = D(draw(st.integers(0, 100))) / 100
    return Impact(chance, D(low), D(mode), D(high), draw(st.booleans()))


sure = Impact(D("0.99"), D(5), D(5), D(5))


@settings(max_examples=60, deadline=None)
@given(st.lists(impacts(), max_size=20))
@case([sure] * 40)
@case([Impact(D("0.5"), D(0), D(0), D(0)), Impact(D(1), D(1), D(1), D(2))])
def test_a_distribution_is_consistent(rows):
    result = distribution(rows)
    assert abs(result.mean - sum(map(expected_value, rows))) <= D("0.005")
    assert result.p50 <= result.p80 <= result.p90
    most = sum((row.high for row in rows if not row.opportunity), D(0))
    least = -sum((row.high for row in rows if row.opportunity), D(0))
    step = (most - least) / 2000 + D("0.01")
    assert least - step <= result.p50 <= result.p90 <= most + step
    # Cantelli's bound ties the percentiles to the analytic mean and spread.
    assert result.p90 <= result.mean + 3 * result.sd + step * 2
    assert 0 <= result.p_zero <= 1


@settings(max_examples=30, deadline=None)
@given(st.lists(impacts(), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_risks_does_not_matter(rows, random):
    assert distribution(rows) == distribution(random.sample(rows, len(rows)))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 99), st.integers(1, 500)), min_size=1, max_size=10))
@case([(21, 306), (23, 18), (52, 64), (53, 27), (60, 224), (60, 462), (62, 145), (80, 500)])
def test_the_grid_agrees_with_the_enumeration(rows):
    exact = [Impact(D(p) / 100, D(x), D(x), D(x)) for p, x in rows]
    # A hair's breadth of width sends the same risks through the convolution.
    nearly = [Impact(i.probability, i.low, i.low, i.low + D("0.000001")) for i in exact]
    outcomes = exact_outcomes(exact)
    step = sum((i.high for i in exact), D(0)) / 4000
    found = distribution(nearly)
    for name, q in (("p50", D("0.5")), ("p80", D("0.8")), ("p90", D("0.9"))):
        value, margin = getattr(found, name), len(rows) * step + D("0.01")
        below = sum(chance for total, chance in outcomes.items() if total < value - margin)
        upto = sum(chance for total, chance in outcomes.items() if total <= value + margin)
        assert below <= q + D(UNLIKELY)
        assert upto >= q - D(UNLIKELY)
