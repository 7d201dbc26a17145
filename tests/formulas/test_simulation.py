import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.simulation import (
    Normal,
    PertBeta,
    Switch,
    Term,
    Triangular,
    Uniform,
    monte_carlo,
    second_moment,
)
from tests.formulas.worked import worked


@worked("PERT-P03")
def test_pert_beta(example):
    beta = PertBeta(*(float(example.inputs[name]) for name in ("a", "m", "b")))
    for name in ("alpha", "beta", "mean", "variance"):
        example.agrees(getattr(beta, name), name)
    for name, q in (("p50", 0.5), ("p80", 0.8), ("p90", 0.9)):
        example.agrees(beta.quantile(q), name)


@worked("RISK-P02")
def test_second_moment_with_correlation(example):
    moments = second_moment(
        [float(mean) for mean in example.inputs["means"]],
        [float(each) for each in example.inputs["variances"]],
        [[float(rho) for rho in row] for row in example.inputs["correlation"]],
    )
    for name in ("mean", "variance", "sd"):
        example.agrees(getattr(moments, name), name)
    example.agrees(moments.interval95, "ci95")


def term(row):
    numbers = {name: float(value) for name, value in row.items() if name != "type"}
    if row["type"] == "normal":
        return Normal(**numbers)
    if row["type"] == "uniform":
        return Uniform(numbers["a"], numbers["b"])
    return Triangular(numbers["a"], numbers["m"], numbers["b"])


@worked("RISK-P03")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_simulation_of_three_tasks(example, seed):
    wanted = {name: float(value) for name, value in example.expected.items()}
    tolerance = {name: float(value) for name, value in example.tolerance.items()}
    terms = [term(row) for row in example.inputs["terms"]]
    result = monte_carlo(terms, seed, int(example.inputs["n"]))
    assert result.mean == pytest.approx(wanted["mean"], abs=tolerance["mean_abs"])
    assert result.sd == pytest.approx(wanted["sd"], rel=tolerance["sd_rel"])
    assert result.sd**2 == pytest.approx(wanted["variance"], rel=2 * tolerance["sd_rel"])
    p95 = result.quantile(0.95)
    assert p95 == pytest.approx(wanted["p95_approx"], abs=tolerance["p95_abs"])
    assert result.agrees_with(wanted["mean"])


@worked("RISK-P04")
def test_cost_that_depends_on_events(example):
    wanted = {name: float(value) for name, value in example.expected.items()}
    weather, ground = (
        Switch(float(row["p"]), term(row["if_true"]), term(row["if_false"]))
        for row in example.inputs["base"]
    )
    draws, near = int(example.inputs["n"]), float(example.tolerance["mean_rel"])
    result = monte_carlo([weather, ground], 1, draws)
    assert result.mean == pytest.approx(wanted["mean"], rel=near)
    assert result.sd == pytest.approx(wanted["sd"], rel=0.03)
    known = Switch(1, ground.if_true, ground.if_false)
    conditional = monte_carlo([weather, known], 1, draws).mean
    assert conditional == pytest.approx(wanted["mean_given_ground_true"], rel=near)


def test_the_same_seed_gives_the_same_figures():
    terms: list[Term] = [Normal(10, 2), Uniform(8, 12)]
    assert monte_carlo(terms, 5, 1000).mean == monte_carlo(terms, 5, 1000).mean
    assert monte_carlo(terms, 5, 1000).mean != monte_carlo(terms, 6, 1000).mean


def test_a_simulation_that_misses_its_mean_is_refused():
    assert not monte_carlo([Normal(10, 2)], 1, 1000).agrees_with(10.5)


@given(st.floats(0, 100), st.floats(0.01, 0.99), st.floats(1, 1000), st.floats(0.01, 0.99))
def test_pert_beta_quantile_inverts_its_cumulative(low, place, width, q):
    beta = PertBeta(low, low + place * width, low + width)
    assert beta.cumulative(beta.quantile(q)) == pytest.approx(q, abs=1e-6)
