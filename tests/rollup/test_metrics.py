"""A metric's declaration says all that is meant by it, and no list elsewhere says more."""

from programmes.rollup.ledger import WHOLE, Aggregate, Level
from programmes.rollup.metrics import HEADLINES, METRICS

# Neither good nor bad by themselves: plans, budgets, what was spent, how many there are.
NEUTRAL = {
    "budget_at_completion", "case_npsv_approved", "planned_value", "actual_cost",
    "approved_budget", "budget_released",
    "programme_lines_budget", "total_approved", "benefits_planned_to_date",
    "benefits_planned_measured", "disbenefits_planned_measured", "finish_baseline",
    "benefits_overlap",
    "projects_live", "projects_closed", "projects_terminated",
}  # fmt: skip


def test_of_each_metric_it_is_known_which_way_it_gets_better():
    assert {each.name for each in METRICS if each.better is None} == NEUTRAL


def test_what_is_made_of_lines_is_declared_by_them():
    for each in METRICS:
        of_lines = (each.of_project or each.of_programme) and not each.assess
        made = [of_lines, each.lines_of, each.derive, each.assess]
        assert sum(map(bool, made)) == 1, each.name
        assert bool(each.formula) is bool(each.derive), each.name
        assert each.dated <= (each.aggregate in (Aggregate.MAX, Aggregate.COUNT)), each.name
        assert (Level.PORTFOLIO in each.levels) <= (each.unit in WHOLE), each.name


def test_the_few_on_top_are_four():
    assert HEADLINES == (
        "benefits_forecast_outturn", "estimate_at_completion", "finish_propagated", "risk_p80",
    )  # fmt: skip
