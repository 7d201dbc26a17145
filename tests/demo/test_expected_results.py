"""Every figure that the demo's own calculation expects of CAM and NZE, read over REST.

`tests/data/expected_results.json` was computed apart from this product, and rounded.
"""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

DATA = Path(__file__).parents[1] / "data" / "expected_results.json"
EXPECTED = json.loads(DATA.read_text())
PROGRAMMES = ("CAM", "NZE")
DIMENSIONS = (
    "schedule", "cost", "risk", "dependencies", "issues", "resources", "compliance",
)  # fmt: skip
# Of the resources that have too much to do, those whose expectations are listed.
LISTED = sorted({row["resource"] for row in EXPECTED["resource_overallocation"]})


def rounded(value, digits):
    """Equal to a figure that was rounded to these digits."""
    return value if value is None else pytest.approx(value, abs=0.5001 * 10**-digits)


def number(text):
    """Money travels as text."""
    return None if text is None else float(text)


@pytest.fixture
def rest(api_of, demo, pmo):
    """`rest.get(path)` and `rest.of(kind, code, tail)`, as the PMO."""
    client = api_of(pmo)

    def get(path, **query):
        answer = client.get(f"/api/v1/{path}", query)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def of(collection, code, tail="", **query):
        [found] = get(f"{collection}/", code=code)["results"]
        return get(f"{collection}/{found['id']}/{tail}", **query)

    return SimpleNamespace(get=get, of=of)


@pytest.fixture
def metrics(rest):
    """`metrics("CAM")`: the programme's figures by name."""
    return lambda code: rest.of("programmes", code, "rollup/")["metrics"]


@pytest.fixture
def lines(rest):
    """`lines("CAM", "risk_mean")`: the lines of a figure by the code of their source."""

    def read(code, metric):
        found = rest.of("programmes", code, f"rollup/{metric}/")["lines"]
        return {line["source"]["code"]: line for line in found}

    return read


# Earned value


@pytest.mark.parametrize("code", EXPECTED["evm_projects"])
def test_earned_value_of_a_project(rest, code):
    wanted, found = EXPECTED["evm_projects"][code], rest.of("projects", code, "forecast/")
    project = rest.of("projects", code)
    bac, approved = (number(project[name]) for name in ("budget_at_completion", "approved_budget"))
    assert {
        "ev": number(found["ev"]),
        "cpi": found["cpi"],
        "spi": found["spi"],
        "eac": number(found["eac"]),
        "vac": bac - number(found["eac"]),
        "variance_vs_approved": approved - number(found["eac"]),
    } == {
        **wanted,
        "cpi": rounded(wanted["cpi"], 4),
        "spi": rounded(wanted["spi"], 4),
    }


EVM_NAMES = {
    "bac": "budget_at_completion",
    "pv": "planned_value",
    "ev": "earned_value",
    "ac": "actual_cost",
    "eac": "estimate_at_completion",
    "approved_budget": "approved_budget",
    "project_variance": "variance_at_completion",
    "line_budget": "programme_lines_budget",
    "contingency_remaining": "contingency_remaining",
    "total_approved": "total_approved",
}


@pytest.mark.parametrize("code", PROGRAMMES)
def test_earned_value_of_a_programme(metrics, code):
    wanted, found = EXPECTED["evm_programmes"][code], metrics(code)
    for ours, name in EVM_NAMES.items():
        assert number(found[name]["value"]) == wanted[ours], name
    assert found["cost_performance_index"]["value"] == rounded(wanted["cpi"], 3)
    assert found["schedule_performance_index"]["value"] == rounded(wanted["spi"], 3)
    assert found["funding_cover"]["value"] == pytest.approx(wanted["funding_cover"], rel=0.03)
    finished = found["projects_live"]["value"] + found["projects_closed"]["value"]
    assert finished == wanted["projects"]


@pytest.mark.parametrize("code", PROGRAMMES)
@pytest.mark.parametrize(
    "name",
    ["budget_at_completion", "earned_value", "actual_cost", "approved_budget", "planned_value"],
)
def test_a_programmes_figure_is_the_sum_of_its_projects(metrics, lines, code, name):
    total = sum(number(line["value"]) for line in lines(code, name).values() if line["included"])
    assert total == number(metrics(code)[name]["value"])


# Benefits


@pytest.mark.parametrize("code", EXPECTED["benefits"])
def test_where_a_benefit_stands(rest, code):
    wanted, found = EXPECTED["benefits"][code], rest.of("benefits", code, "realisation/")
    found["pv_planned"] = found.get("present_value")
    for name, value in wanted.items():
        if name in ("attainment", "achievement", "against_profile"):
            assert found[name] == rounded(value, 4), name
        else:
            digits = 1 if name == "pv_planned" else 2
            assert number(found[name]) == rounded(value, digits), name


@pytest.mark.parametrize("code", PROGRAMMES)
def test_benefits_of_a_programme(metrics, code):
    wanted, found = EXPECTED["benefit_totals"][code], metrics(code)
    for name in ("planned_to_date", "actual_to_date", "whole_life_planned", "forecast_outturn",
                 "variance_to_date"):  # fmt: skip
        assert number(found[f"benefits_{name}"]["value"]) == wanted[name], name
    # The sum of values that were rounded before they were summed.
    present = number(found["benefits_present_value"]["value"])
    assert present == pytest.approx(wanted["pv_planned"], abs=0.5)
    assert found["benefits_attainment"]["value"] == rounded(wanted["attainment"], 4)


def test_an_undefined_attainment_says_why(metrics):
    assert metrics("CAM")["benefits_attainment"]["reason"] == "planned_net_not_positive"


# Risks


@pytest.mark.parametrize("code", PROGRAMMES)
def test_risks_line_by_line(lines, code):
    found = lines(code, "risk_mean")
    opportunities = {"R16", "R26"}
    for risk, line in found.items():
        wanted = EXPECTED["risk_emv"][risk]
        assert line["included"] is wanted["counted"], risk
        if wanted["counted"]:
            sign = -1 if risk in opportunities else 1
            assert number(line["value"]) == rounded(sign * wanted["emv"], 1), risk
        else:
            assert line["reason"] == "escalated"


def test_every_risk_is_on_a_line(lines):
    assert {*lines("CAM", "risk_mean"), *lines("NZE", "risk_mean")} == set(EXPECTED["risk_emv"])


@pytest.mark.parametrize("code", PROGRAMMES)
def test_risks_of_a_programme(metrics, code):
    wanted, found = EXPECTED["risk_programme"][code], metrics(code)
    assert found["risk_open_count"]["value"] == wanted["open_counted"]
    assert number(found["risk_mean"]["value"]) == rounded(wanted["mean"], 1)
    assert number(found["risk_sd"]["value"]) == pytest.approx(wanted["sd"], rel=0.03)
    for percentile in ("p50", "p80", "p90"):
        value = number(found[f"risk_{percentile}"]["value"])
        assert value == pytest.approx(wanted[percentile], rel=0.03), percentile


# Schedule and dependencies


@pytest.mark.parametrize("code", EXPECTED["propagation"])
def test_where_a_projects_finish_really_stands(rest, code):
    wanted, found = EXPECTED["propagation"][code], rest.of("projects", code, "forecast/")
    assert {
        "declared": found["declared_finish"],
        "computed": found["propagated_finish"],
        "slip_vs_baseline": found["slip_days"],
        "hidden_delay": found["hidden_delay_days"],
        "driver": found["driver"],
    } == wanted


def test_the_programme_finishes_with_its_last_project(metrics):
    found = metrics("CAM")
    assert found["finish_propagated"]["value"] == "2029-04-27"
    assert (found["slip_days"]["value"], found["hidden_delay_days"]["value"]) == (28, 28)


@pytest.mark.parametrize("wanted", EXPECTED["dependencies"], ids=lambda row: row["id"])
def test_how_late_a_dependency_is(rest, wanted):
    found = rest.of("dependencies", wanted["id"])
    assert {
        "id": found["code"],
        "effective_forecast": found["effective_forecast"],
        "lateness_vs_need_by": found["lateness_days"],
        "remaining_float": found["remaining_float_days"],
        "rag": found["status_derived"],
    } == wanted


# Resources and oversight


@pytest.mark.parametrize("code", LISTED)
def test_when_a_resource_has_too_much_to_do(rest, code):
    query = {"from": "2026-10-01", "months": 27}
    months = rest.of("resources", code, "load/", **query)["months"]
    over = [
        {
            "resource": code,
            "month": each["month"][:7],
            "demand": float(each["demand"]),
            "capacity": float(each["capacity"]),
        }
        for each in months
        if float(each["over"])
    ]
    assert over == [row for row in EXPECTED["resource_overallocation"] if row["resource"] == code]


@pytest.mark.parametrize("code", EXPECTED["oversight"])
def test_how_closely_a_project_is_watched(rest, code):
    level = rest.of("projects", code, "forecast/")["oversight_level"]
    assert level == EXPECTED["oversight"][code]


# Health


@pytest.mark.parametrize("code", EXPECTED["rag"])
def test_health_of_a_project_and_why(rest, code):
    wanted, found = EXPECTED["rag"][code], rest.of("projects", code, "forecast/")["health"]
    assert found["effective"] == wanted["effective"]
    assert found["reasons"] == wanted["reasons"]
    if wanted["effective"] != "closed":
        dimensions = {name: found["dimensions"][name] for name in DIMENSIONS}
        others = {name: found[name] for name in ("derived", "declared", "stale")}
        assert {**dimensions, **others} == {
            name: value for name, value in wanted.items() if name not in ("effective", "reasons")
        }


@pytest.mark.parametrize("code", PROGRAMMES)
def test_health_of_a_programme_and_why(rest, metrics, code):
    wanted, found = EXPECTED["rag_programmes"][code], metrics(code)["health"]
    assert (found["value"], found["reasons"]) == (wanted["derived"], wanted["reasons"])
    assert rest.of("programmes", code)["dca"] == wanted["dca"]
    assert metrics(code)["projects_stale"]["value"] == len(wanted["stale"])
