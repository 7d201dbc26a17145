"""The figures of a portfolio: exactly what its parts make, for whom sees them."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from programmes.models import Portfolio, ProgrammeRollup
from projects.models import BudgetLine, Project
from projects.queries.portfolios import of_portfolio
from tests import factories
from tests.ledger.conftest import errors_of


@pytest.fixture
def whole(demo):
    return f"portfolios/{demo.portfolio.pk}/rollup/"


@pytest.mark.parametrize("rows", [Project, BudgetLine])
def test_the_projects_of_a_portfolio_are_looked_up_by_an_index(demo, rows):
    way = "" if rows is Project else "project__"
    found = rows.objects.filter(of_portfolio(demo.portfolio, way)).order_by()
    inside = found.filter(**{f"{way}portfolio": demo.portfolio}) | found.filter(
        **{f"{way}programme__portfolio": demo.portfolio}
    )
    assert found.count() == inside.count() > 0
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = found.values("pk").explain()
    assert "Seq Scan on projects_project" not in plan, plan


def made_of(found, name):
    """The values of the parts that count in a figure."""
    figures = [part["metrics"][name] for part in found["parts"]]
    return [each["value"] for each in figures if each["included"]]


def test_parts_make_the_whole_exactly(demo, read, pmo, whole):
    found = read(pmo, whole).json()
    programmes = demo.portfolio.programmes.values_list("code", flat=True)
    assert {part["code"] for part in found["parts"]} >= set(programmes)
    for name, metric in found["metrics"].items():
        values, coverage = made_of(found, name), metric["coverage"]
        assert len(values) == coverage["included"]
        assert sum(coverage.values()) == len(found["parts"])
        if metric["unit"] == "money":
            assert Decimal(metric["value"]) == sum(map(Decimal, values)), name
        elif metric["unit"] == "count":
            assert metric["value"] == sum(values)
        elif metric["unit"] == "date":
            assert metric["value"] == max(values)
        else:
            order = ["green", "grey", "amber", "red"]
            assert metric["value"] in values
            assert all(order.index(each) <= order.index(metric["value"]) for each in values)


def test_a_part_is_the_programme_s_own_answer(demo, read, pmo, whole):
    found = read(pmo, whole).json()
    for part in found["parts"]:
        if part["type"] == "programme":
            own = read(pmo, f"programmes/{part['id']}/rollup/").json()["metrics"]
            for name, metric in part["metrics"].items():
                assert metric["value"] == own[name]["value"]


def test_ratios_and_percentiles_are_not_added_up(demo, read, pmo, whole):
    metrics = read(pmo, whole).json()["metrics"]
    assert {"risk_mean", "estimate_at_completion", "finish_propagated", "health"} <= metrics.keys()
    assert not {"risk_p80", "cost_performance_index", "slip_days"} & metrics.keys()


def test_a_project_that_stands_alone_counts(demo, read, pmo, whole, drain):
    before = read(pmo, whole).json()
    project = factories.project(programme=None, portfolio=demo.portfolio)
    factories.baseline(project, budget_at_completion=100)
    drain()
    after = read(pmo, whole).json()
    parts = {part["code"]: part for part in after["parts"]}
    name = "budget_at_completion"
    assert parts[project.code]["metrics"][name]["value"] == "100.00"
    grown = Decimal(after["metrics"][name]["value"]) - Decimal(before["metrics"][name]["value"])
    assert grown == 100
    risk = after["metrics"]["risk_mean"]
    assert (
        risk["coverage"]["excluded"] == before["metrics"]["risk_mean"]["coverage"]["excluded"] + 1
    )


def test_a_programme_that_failed_or_was_never_computed_is_missing(demo, read, pmo, whole):
    before = read(pmo, whole).json()
    cam = demo.programme("CAM")
    ProgrammeRollup.objects.filter(pk=cam.pk).update(failed_since=timezone.now())
    new = factories.programme(portfolio=demo.portfolio)
    found = read(pmo, whole).json()
    assert (found["state"], found["coverage"]["failed"]) == ("failed", 1)
    name = "estimate_at_completion"
    metric, parts = found["metrics"][name], {part["code"]: part for part in found["parts"]}
    was = before["metrics"][name]
    own = {part["code"]: part for part in before["parts"]}["CAM"]["metrics"][name]["value"]
    assert metric["coverage"]["missing"] == was["coverage"]["missing"] + 2
    assert Decimal(metric["value"]) == Decimal(was["value"]) - Decimal(own)
    assert (
        parts["CAM"]["metrics"][name] | {"reason": "failed", "included": False}
        == (parts["CAM"]["metrics"][name])
    )
    assert parts["CAM"]["metrics"][name]["value"] == own
    assert parts[new.code]["metrics"][name]["reason"] == "not_computed_yet"


def test_totals_are_for_whom_sees_the_whole(demo, read, sponsor, pmo, viewer, stranger, whole):
    for who in (pmo, sponsor):
        assert read(who, whole).json()["metrics"]
    found = read(viewer, whole).json()
    assert (found["metrics"], found["reason"]) == ({}, "not_all_in_sight")
    assert [part["code"] for part in found["parts"]] == ["CAM"]
    assert read(stranger, whole).status_code == 404
    for who, last in ((viewer, "programme"), (pmo, "total")):
        rows = read(who, whole, format="csv").content.decode().splitlines()
        assert rows[-1].split(",")[0] == last


def test_it_answers_of_a_moment_what_it_answered_then(demo, read, pmo, whole, now, drain):
    before, moment = read(pmo, whole).json(), now()
    Project.objects.filter(code="CAM-02").update(estimate_to_complete=1)
    Portfolio.objects.update(name="Another")
    drain()
    after, then = read(pmo, whole).json(), read(pmo, whole, as_of=moment).json()
    about = {"state", "computed_at", "known_at"}

    def told(found):
        metrics = [found["metrics"], *(part["metrics"] for part in found["parts"])]
        every = [each for named in metrics for each in named.values()]
        figures = [{key: each[key] for key in each.keys() - about} for each in every]
        return found["portfolio"]["name"], found["as_of"], figures

    assert told(after) != told(before)
    assert told(then) == told(before)
    assert (then["state"], then["known_at"]) == ("past", moment.replace("+00:00", "Z"))
    refused = read(pmo, whole, as_of="2999-01-01")
    assert errors_of(refused) == {"/as_of": "future"}
    assert errors_of(read(pmo, whole, as_of="2020-01-01")) == {"/as_of": "not_there_then"}


def test_it_is_a_table_too(demo, read, pmo, whole):
    found = read(pmo, whole).json()
    answer = read(pmo, whole, format="csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["code"] for row in rows[:-1]] == [part["code"] for part in found["parts"]]
    for name, metric in found["metrics"].items():
        assert rows[-1][name] == ("" if metric["value"] is None else str(metric["value"]))
        if metric["unit"] == "money":
            cells = [Decimal(row[name]) for row in rows[:-1] if row[name]]
            assert sum(cells) == Decimal(rows[-1][name])
    assert read(pmo, whole, format="xlsx").content[:2] == b"PK"


def test_what_did_not_change_is_not_sent_again(demo, api, pmo, whole, drain):
    tag = api(pmo).get(whole).headers["ETag"]
    assert api(pmo).get(whole, **{"If-None-Match": tag}).status_code == 304
    project = demo.project("CAM-02")
    project.forecast_finish += timedelta(400)
    project.save()
    drain()
    assert api(pmo).get(whole, **{"If-None-Match": tag}).status_code == 200


def test_more_parts_take_no_more_queries(nothing, api, drain):
    reader, portfolio, counts = factories.user(), factories.portfolio(), []
    factories.role(reader, "viewer", portfolio=portfolio)
    client = api(reader)
    for number in (1, 1, 3):
        for _ in range(number):
            factories.baseline(
                factories.project(programme=factories.programme(portfolio=portfolio))
            )
            factories.baseline(factories.project(programme=None, portfolio=portfolio))
        drain()
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"portfolios/{portfolio.pk}/rollup/").status_code == 200
        counts.append(len(captured))
    assert counts[1] == counts[2]  # the first one also prepares
