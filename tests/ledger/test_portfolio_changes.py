"""Figures of a portfolio: explained by their parts, over time, and what moved them."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest

from projects.models import Project
from tests import factories
from tests.ledger.conftest import errors_of

MONEY = "estimate_at_completion"
LEVELS = {"green": 0, "grey": 1, "amber": 2, "red": 3}


@pytest.fixture
def at(demo):
    """The address of the portfolio below /api/v1/."""
    return f"portfolios/{demo.portfolio.pk}/"


@pytest.fixture
def moved(demo, now, drain):
    """A moment, and what was done since: an estimate, a finish, and a project that stands alone."""
    alone = factories.project(programme=None, portfolio=demo.portfolio)
    factories.baseline(alone, budget_at_completion=100)
    drain()
    since = now()
    Project.objects.filter(code="CAM-02").update(estimate_to_complete=64300 + 250)
    Project.objects.filter(code="SSV-01").update(forecast_finish=date(2031, 3, 31))
    Project.objects.filter(pk=alone.pk).update(estimate_to_complete=160)
    drain()
    return since, alone


def amounts(found):
    return {each["source"]["code"]: each["amount"] for each in found["parts"]}


def test_a_figure_is_explained_by_the_figures_of_its_parts(demo, read, pmo, at):
    whole = read(pmo, f"{at}rollup/").json()
    for name in (MONEY, "finish_propagated", "health", "risk_mean"):
        found = read(pmo, f"{at}rollup/{name}/").json()
        assert found["value"] == whole["metrics"][name]["value"]
        told = {line["source"]["code"]: line for line in found["lines"]}
        assert told.keys() == {part["code"] for part in whole["parts"]}
        for part in whole["parts"]:
            own = part["metrics"][name]
            line = told[part["code"]]
            assert (line["value"], line["included"]) == (own["value"], own["included"])
    cam = next(line for line in found["lines"] if line["source"]["code"] == "CAM")
    beneath = cam["explanation"].split("/api/v1/")[1]
    assert read(pmo, beneath).json()["value"] == cam["value"]
    assert read(pmo, f"{at}rollup/cost_performance_index/").status_code == 404


def test_an_explanation_is_a_table_too(demo, read, pmo, at):
    answer = read(pmo, f"{at}rollup/{MONEY}/", format="csv").content.decode("utf-8-sig")
    *parts, total = csv.DictReader(io.StringIO(answer))
    counted = [Decimal(each["counted"]) for each in parts if each["counted"]]
    assert (total["source"], Decimal(total["counted"])) == ("total", sum(counted))


def test_parts_of_a_bridge_sum_to_the_difference(demo, read, pmo, at, moved):
    since, alone = moved
    found = read(pmo, f"{at}bridge/", metric=MONEY, from_=since).json()
    assert amounts(found) == {"CAM": "250.00", alone.code: "60.00"}
    ends = [Decimal(found[end]["value"]) for end in ("before", "after")]
    assert Decimal(found["difference"]) == ends[1] - ends[0] == 310
    cam = found["parts"][0]
    assert Decimal(cam["after"]) - Decimal(cam["before"]) == 250
    own = read(pmo, cam["bridge"].split("/api/v1/")[1]).json()
    assert own["difference"] == cam["amount"]
    assert [each["source"]["code"] for each in own["parts"]] == ["CAM-02"]


@pytest.mark.parametrize("name", ["finish_declared", "health", "projects_live", "risk_mean"])
def test_so_do_those_of_dates_levels_and_counts(demo, read, pmo, at, moved, name):
    found = read(pmo, f"{at}bridge/", metric=name, from_=moved[0]).json()
    before, after = (found[end]["value"] for end in ("before", "after"))
    if found["unit"] == "date":
        whole = (date.fromisoformat(after) - date.fromisoformat(before)).days
        assert whole > 0
    elif found["unit"] == "status":
        whole = LEVELS[after] - LEVELS[before]
    else:
        whole = Decimal(after) - Decimal(before)
    assert sum(Decimal(each["amount"]) for each in found["parts"]) == whole
    assert found["difference"] is not None


def test_a_portfolio_that_was_not_there_had_no_figure(demo, read, pmo, at, now):
    found = read(pmo, f"{at}bridge/", metric=MONEY, from_="2020-01-01").json()
    assert (found["difference"], found["reason"]) == (None, "not_computed_then")
    assert found["parts"] == []
    assert found["after"]["value"] is not None


def test_a_series_says_what_the_figures_said_at_each_moment(demo, read, pmo, at, moved):
    for name in (MONEY, "finish_declared", "projects_live"):
        points = read(pmo, f"{at}series/", metric=name).json()["points"]
        assert len({each["at"] for each in points}) == len(points)
        for each in points[-3:]:
            then = read(pmo, f"{at}rollup/{name}/", as_of=each["at"])
            if then.status_code == 200:
                assert then.json()["value"] == each["value"]
        now = read(pmo, f"{at}rollup/{name}/").json()["value"]
        assert points[-1]["value"] == now
    since = moved[0]
    earlier = read(pmo, f"{at}series/", metric=MONEY, as_of=since).json()
    later = read(pmo, f"{at}series/", metric=MONEY).json()
    grown = Decimal(later["points"][-1]["value"]) - Decimal(earlier["points"][-1]["value"])
    assert grown == 310


def test_whoever_sees_a_part_is_told_of_no_total(demo, read, viewer, stranger, at, moved):
    found = read(viewer, f"{at}rollup/{MONEY}/").json()
    assert (found["value"], found["reason"]) == (None, "not_all_in_sight")
    assert [line["source"]["code"] for line in found["lines"]] == ["CAM"]
    found = read(viewer, f"{at}bridge/", metric=MONEY, from_=moved[0]).json()
    assert (found["difference"], found["reason"]) == (None, "not_all_in_sight")
    assert found["parts"] == []
    found = read(viewer, f"{at}series/", metric=MONEY).json()
    assert (found["points"], found["reason"]) == ([], "not_all_in_sight")
    for path in (
        f"rollup/{MONEY}/",
        "series/?metric=health",
        "bridge/?metric=health&from=2026-01-01",
    ):
        assert read(stranger, f"{at}{path}").status_code == 404


def test_what_cannot_be_answered_is_refused_by_name(demo, read, pmo, at):
    assert errors_of(read(pmo, f"{at}series/")) == {"/metric": "required"}
    assert errors_of(read(pmo, f"{at}series/", metric="risk_p80")) == {"/metric": "invalid_choice"}
    assert errors_of(read(pmo, f"{at}bridge/", metric=MONEY)) == {"/from": "required"}
    both = {"metric": MONEY, "from_": "2026-02-01", "to": "2026-01-01"}
    assert errors_of(read(pmo, f"{at}bridge/", **both)) == {"/from": "not_before"}


def test_a_bridge_is_a_table_too(demo, read, pmo, at, moved):
    asked = {"metric": MONEY, "from_": moved[0], "format": "csv"}
    answer = read(pmo, f"{at}bridge/", **asked).content.decode("utf-8-sig")
    *parts, total = csv.DictReader(io.StringIO(answer))
    assert sum(Decimal(each["amount"]) for each in parts) == Decimal(total["amount"]) == 310
