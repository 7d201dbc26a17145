"""The trend of a portfolio: what was stored at the ends of months, and gaps where nothing was."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pmhub.database.history import events_of
from programmes.models import LedgerLine, MetricValue, Portfolio, Programme, ProgrammeRollup
from programmes.queries import portfolio_rollup, portfolio_series
from programmes.queries.clocks import read_by
from programmes.queries.portfolio_trend import month_ends, portfolio_trend
from programmes.rollup.metrics import OF_PORTFOLIOS
from programmes.views import portfolio_trend as view
from projects.models import Project, ProjectForecast
from tests import factories
from tests.ledger.conftest import errors_of
from tests.pages.conftest import LIVE

BUDGET = "approved_budget"


@pytest.fixture
def trend(read):
    """`trend(user, portfolio)`: the points of a figure."""

    def get(user, portfolio, **asked):
        return read(user, f"portfolios/{portfolio.pk}/trend/", **{"metric": BUDGET, **asked}).json()

    return get


@pytest.fixture
def estate(nothing, drain):
    """Two programmes, with 100 and 20 of approved budget, and 3 of a project outside them, stored
    since two months ago."""
    portfolio = factories.portfolio()
    homes = [factories.programme(portfolio=portfolio) for _ in range(2)]
    for home, amount in zip(homes, (100, 20), strict=True):
        factories.budget(factories.project(programme=home), amount)
    factories.budget(factories.project(programme=None, portfolio=portfolio), 3)
    drain()
    since = timezone.now() - timedelta(62)
    for stored in (LedgerLine, MetricValue, ProjectForecast):
        stored.objects.update(valid_from=since)
    for model in (Portfolio, Programme, Project):
        events_of(model).objects.update(pgh_created_at=since)
    return portfolio, homes


def test_a_month_before_the_first_computation_is_a_gap(estate, trend):
    portfolio, _ = estate
    reader = factories.user()
    factories.role(reader, "viewer", portfolio=portfolio)
    found = trend(reader, portfolio, months="6")
    values = [point["value"] for point in found["points"]]
    assert len(values) == 7
    assert values[-1] == values[-2] == "123.00"
    assert values[0] is None
    assert found["points"][0]["reason"] == "nothing_stored"
    assert found["points"][0]["counted"] == 0
    assert (found["whole"], found["programmes"], found["projects"]) == (True, 2, 1)


def test_a_month_ends_with_the_second_of_an_hour_that_comes_twice(estate, trend, read):
    """In Cairo the clock went back to eleven at the midnight that ended October 2024."""
    portfolio, _ = estate
    Portfolio.objects.update(time_zone="Africa/Cairo")
    reader = factories.user()
    factories.role(reader, "viewer", portfolio=portfolio)
    stored = datetime(2024, 10, 31, 21, 30, tzinfo=UTC)
    for model in (LedgerLine, MetricValue, ProjectForecast):
        model.objects.update(valid_from=stored)
    for model in (Portfolio, Programme, Project):
        events_of(model).objects.update(pgh_created_at=stored)
    found = trend(reader, portfolio, months="6", as_of="2024-12-15T12:00:00Z")
    by_day = {point["on"]: point["value"] for point in found["points"]}
    assert by_day["2024-10-31"] == "123.00"
    rollup = read(reader, f"portfolios/{portfolio.pk}/rollup/", as_of="2024-10-31").json()
    assert rollup["metrics"][BUDGET]["value"] == "123.00"


def test_who_sees_a_part_has_the_trend_of_that_part_alone(estate, trend, read):
    portfolio, homes = estate
    reader = factories.user()
    factories.role(reader, "viewer", programme=homes[1])
    found = trend(reader, portfolio)
    assert (found["whole"], found["programmes"], found["projects"]) == (False, 1, 0)
    assert found["points"][-1]["value"] == "20.00"
    address = f"portfolios/{portfolio.pk}/trend/"
    assert read(factories.user(), address, metric=BUDGET).status_code == 404


def test_the_past_stays_when_figures_change(estate, trend, drain):
    portfolio, homes = estate
    reader = factories.user()
    factories.role(reader, "viewer", portfolio=portfolio)
    factories.budget(homes[0].projects.first(), 1000, fiscal_year=2027)
    drain()
    values = [point["value"] for point in trend(reader, portfolio)["points"]]
    assert values[-2:] == ["123.00", "1123.00"]


def test_it_ends_with_what_the_rollup_says(demo, trend, read, pmo):
    for metric in ("benefits_forecast_outturn", "finish_propagated", "health", "projects_live"):
        now = trend(pmo, demo.portfolio, metric=metric)["points"][-1]["value"]
        whole = read(pmo, f"portfolios/{demo.portfolio.pk}/rollup/").json()["metrics"][metric]
        assert now == whole["value"]


def test_a_project_that_changed_its_home_counts_once_at_each_moment(estate, trend, drain):
    portfolio, homes = estate
    reader = factories.user()
    factories.role(reader, "viewer", portfolio=portfolio)
    alone = portfolio.projects.get()
    for project, programme in ((homes[1].projects.get(), None), (alone, homes[0])):
        project.programme, project.portfolio = programme, None if programme else portfolio
        project.save()
    drain()
    found = trend(reader, portfolio)
    assert [point["value"] for point in found["points"][-2:]] == ["123.00", "123.00"]
    assert [point["counted"] for point in found["points"][-2:]] == [3, 3]


def test_the_series_counts_a_project_by_where_it_stood_at_each_moment(estate, drain, read):
    portfolio, homes = estate
    reader = factories.user()
    factories.role(reader, "viewer", portfolio=portfolio)
    alone = portfolio.projects.get()

    def values():
        answer = read(reader, f"portfolios/{portfolio.pk}/series/", metric=BUDGET).json()
        return [*dict.fromkeys(point["value"] for point in answer["points"])]

    for home, amount, expected in (
        (homes[0], 0, ["123.00"]),
        (homes[0], 1000, ["123.00", "1123.00"]),
        (None, 0, ["123.00", "1123.00"]),
    ):
        alone.programme, alone.portfolio = home, None if home else portfolio
        alone.save()
        if amount:
            factories.budget(alone, amount, fiscal_year=2027)
        drain()
        assert values() == expected


def test_it_ends_with_the_figure_of_the_portfolio_while_a_programme_has_failed(estate, trend, read):
    portfolio, homes = estate
    reader = factories.user()
    factories.role(reader, "viewer", portfolio=portfolio)
    ProgrammeRollup.objects.filter(programme=homes[1]).update(failed_since=timezone.now())
    rollup = read(reader, f"portfolios/{portfolio.pk}/rollup/").json()["metrics"][BUDGET]
    assert trend(reader, portfolio)["points"][-1]["value"] == rollup["value"] == "103.00"


def test_before_a_day_as_it_was_true_are_figures_as_they_were_known(estate):
    portfolio, homes = estate
    reader = factories.user()
    factories.role(reader, "viewer", portfolio=portfolio)
    factories.budget(homes[0].projects.get(), 1000, fiscal_year=2027)  # not computed yet
    now, metric = timezone.now(), OF_PORTFOLIOS[BUDGET]
    with read_by((now, now.date()), portfolio):
        true = portfolio_rollup(portfolio, reader, now).figure(metric).value
        trend = portfolio_trend(portfolio, metric, reader, 6, now)
        series = portfolio_series(portfolio, metric, reader, now)
    assert [point.figure.value for point in trend.points[-2:]] == [123, true]
    assert [point.figure.value for point in series] == [123, true]
    assert true == 1123


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({"metric": "risk_p80"}, {"/metric": "invalid_choice"}),
        ({"months": "7"}, {"/months": "invalid_choice"}),
        ({"as_of": "soon"}, {"/as_of": "invalid"}),
        ({"colour": "red"}, {"/colour": "unknown_parameter"}),
    ],
)
def test_what_cannot_be_asked_is_named(demo, read, pmo, asked, wrong):
    given = {"metric": BUDGET, **asked}
    answer = read(pmo, f"portfolios/{demo.portfolio.pk}/trend/", **given)
    assert errors_of(answer) == wrong


def test_months_end_on_their_last_days():
    today = datetime(2028, 3, 15, tzinfo=UTC).date()
    assert [day.isoformat() for day in month_ends(today, 2)] == [
        "2028-01-31", "2028-02-29", "2028-03-15",
    ]  # fmt: skip


def test_the_page_draws_points_and_says_of_what(estate, client_of):
    portfolio, homes = estate
    reader = factories.user()
    factories.role(reader, "viewer", programme=homes[0])
    page = client_of(reader).get(f"/portfolios/{portfolio.pk}/trend/?metric={BUDGET}&months=6")
    text = page.content.decode()
    assert "Of 1 programme you may see" in text
    assert Decimal(text.count('class="plot-point"')) >= 2
    assert "nothing stored" in text
    assert client_of(factories.user()).get(f"/portfolios/{portfolio.pk}/trend/").status_code == 404


def test_the_page_is_another_when_the_day_is_over(estate, client_of, monkeypatch):
    portfolio, homes = estate
    reader = factories.user()
    factories.role(reader, "viewer", programme=homes[0])
    client, address = client_of(reader), f"/portfolios/{portfolio.pk}/trend/?metric={BUDGET}"
    first = client.get(address, headers=LIVE).headers["ETag"]
    again = {**LIVE, "If-None-Match": first}
    assert client.get(address, headers=again).status_code == 304
    tomorrow = SimpleNamespace(now=lambda: timezone.now() + timedelta(1))
    monkeypatch.setattr(view, "timezone", tomorrow)
    assert client.get(address, headers=again).status_code == 200


def test_more_programmes_take_no_more_queries(estate, api, drain):
    portfolio, homes = estate
    reader = factories.user()
    factories.role(reader, "viewer", portfolio=portfolio)
    client, counts = api(reader), set()
    address = f"portfolios/{portfolio.pk}/trend/?metric={BUDGET}"
    client.get(address)
    for _ in range(2):
        factories.budget(factories.project(programme=homes[0]), 5)
        factories.budget(factories.project(programme=None, portfolio=portfolio), 3)
        drain()
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        counts.add(len(captured))
    assert len(counts) == 1


def test_a_point_opens_the_figure_as_it_was_at_the_end_of_its_month(estate, client_of, drain):
    portfolio, homes = estate
    reader = factories.user()
    factories.role(reader, "viewer", portfolio=portfolio)
    factories.budget(homes[0].projects.get(), 1000, fiscal_year=2027)
    drain()
    client = client_of(reader)
    page = client.get(f"/portfolios/{portfolio.pk}/trend/?metric={BUDGET}&months=6")
    points = page.context["picture"]["points"]
    explained = [client.get(point["address"]).context["metric"].value for point in points[-2:]]
    assert explained == [123, 1123]
    assert f'href="{points[-2]["address"]}" data-explain' in page.content.decode()
