"""What is measured, and what is not: one figure, wherever it is read."""

from datetime import date
from decimal import Decimal

import pytest

from benefits.services import verify_measurement
from programmes import queries
from programmes.queries.whatif.benefit_years import moved_years, outlooks
from tests import factories

D = Decimal
OUTTURN, ACTUAL = "benefits_forecast_outturn", "benefits_actual_to_date"
APRIL = {"period_start": date(2026, 4, 1), "period_end": date(2026, 4, 30)}


@pytest.fixture
def benefit(nothing):
    """A cashable benefit in a programme of its own."""
    return factories.benefit()


@pytest.fixture
def verified(office):
    """`verified(benefit, 2025, 9)`: measured for that fiscal year, or for the days given."""

    def make(benefit, year, value, **days):
        return verify_measurement(factories.measurement(benefit, year, value, **days), by=office)

    return make


@pytest.fixture
def read(api, office, drain):
    """`read(benefit, metric)`: that figure of its programme over REST, worked off."""

    def get(benefit, metric):
        drain()
        return api(office).get(f"programmes/{benefit.programme_id}/rollup/{metric}/").json()

    return get


def forecast(benefit, year, value):
    return factories.entry(benefit, year, value, version_kind="forecast")


def test_a_period_never_measured_is_missing_and_not_0(benefit, read):
    factories.entry(benefit, 2025, 100)
    actual = read(benefit, ACTUAL)
    assert (actual["value"], actual["reason"]) == (None, "never_measured")
    assert actual["coverage"] == {"included": 0, "excluded": 0, "missing": 1, "hidden": 0}
    (line,) = actual["lines"]
    assert (line["value"], line["included"], line["reason"]) == (None, False, "never_measured")
    assert line["inputs"]["not_measured_since"] == "2025-04-01"
    for name in ("benefits_attainment", "benefits_variance_to_date", "benefits_realised_share"):
        found = read(benefit, name)
        assert (found["value"], found["reason"]) == (None, "never_measured")
        assert found["coverage"]["missing"] == 1


def test_measuring_nothing_of_it_says_so(benefit, read, verified):
    factories.entry(benefit, 2025, 100)
    verified(benefit, 2025, 0)
    actual = read(benefit, ACTUAL)
    assert (actual["value"], actual["coverage"]["missing"]) == ("0.00", 0)
    assert read(benefit, "benefits_attainment")["value"] == 0
    assert read(benefit, "benefits_variance_to_date")["value"] == "-100.00"


def test_what_is_measured_in_part_counts_and_is_missing_too(benefit, read, verified):
    factories.entry(benefit, 2024, 365)
    factories.entry(benefit, 2025, 365)
    verified(benefit, 2024, 300)
    actual = read(benefit, ACTUAL)
    assert (actual["value"], actual["coverage"]) == (
        "300.00",
        {"included": 1, "excluded": 0, "missing": 1, "hidden": 0},
    )
    (line,) = actual["lines"]
    assert (line["included"], line["reason"]) == (True, "not_measured")
    assert line["inputs"]["not_measured_since"] == "2025-04-01"
    assert read(benefit, "benefits_planned_to_date")["value"] == "730.00"
    assert read(benefit, "benefits_planned_measured")["value"] == "365.00"
    assert read(benefit, "benefits_variance_to_date")["value"] == "-65.00"


def test_like_is_compared_with_like_over_benefits(benefit, read, verified):
    """One measured in full and one never: the plan of the other weighs on nothing."""
    other = factories.benefit(programme=benefit.programme)
    factories.entry(benefit, 2025, 100)
    factories.entry(other, 2025, 900)
    verified(benefit, 2025, 90)
    assert read(benefit, "benefits_attainment")["value"] == 0.9
    assert read(benefit, "benefits_variance_to_date")["value"] == "-10.00"
    assert read(benefit, ACTUAL)["coverage"]["missing"] == 1


def test_the_health_of_benefits_is_that_of_what_is_measured(benefit, read, verified):
    factories.entry(benefit, 2025, 100)
    assert read(benefit, "health")["dimensions"]["benefits"] == "grey"
    verified(benefit, 2025, 50)
    assert read(benefit, "health")["dimensions"]["benefits"] == "red"


def test_dis_benefits_compare_as_magnitudes_of_the_measured_days(nothing, read, verified):
    cost = factories.benefit(category="dis_benefit", polarity=-1)
    factories.entry(cost, 2024, 100)
    factories.entry(cost, 2025, 100)
    assert read(cost, "disbenefits_actual_to_date")["value"] is None
    health = read(cost, "health")
    assert health["dimensions"]["disbenefits"] == "grey"
    assert "dis-benefits grey: planned to date and never measured" in health["reasons"]
    verified(cost, 2024, 110)
    assert read(cost, "disbenefits_planned_measured")["value"] == "100.00"
    assert read(cost, "disbenefits_actual_to_date")["value"] == "110.00"
    assert read(cost, "health")["dimensions"]["disbenefits"] == "amber"
    assert read(cost, "benefits_attainment")["reason"] == "planned_net_not_positive"


def test_a_benefit_without_a_forecast_is_missing_in_the_outturn(benefit, read):
    factories.entry(benefit, 2027, 660)
    outturn = read(benefit, OUTTURN)
    assert (outturn["value"], outturn["reason"]) == (None, "no_forecast")
    assert outturn["coverage"]["missing"] == 1
    assert read(benefit, ACTUAL)["coverage"]["missing"] == 0  # nothing is due yet
    forecast(benefit, 2027, 600)
    outturn = read(benefit, OUTTURN)
    assert (outturn["value"], outturn["coverage"]["missing"]) == ("600.00", 0)


def test_a_portfolio_does_not_know_what_no_programme_of_it_does(benefit, api, office, drain):
    factories.entry(benefit, 2025, 100)
    drain()
    portfolio = benefit.programme.portfolio
    found = api(office).get(f"portfolios/{portfolio.pk}/rollup/").json()["metrics"][ACTUAL]
    assert (found["value"], found["reason"]) == (None, "never_measured")
    assert found["coverage"]["missing"] == 1


def test_the_forecast_of_days_gone_by_stands_until_they_are_measured(benefit, read, verified):
    factories.entry(benefit, 2025, 100)
    forecast(benefit, 2025, 80)
    assert read(benefit, OUTTURN)["value"] == "80.00"
    verified(benefit, 2025, 70)
    assert read(benefit, OUTTURN)["value"] == "70.00"


# One function


@pytest.fixture
def measured_in_april(benefit, verified):
    """A year forecast as 365, of which April brought 9, and years beside it."""
    factories.entry(benefit, 2026, 365)
    for year, value in ((2025, 10), (2026, 365), (2027, D("100.01"))):
        forecast(benefit, year, value)
    verified(benefit, 2026, 9, **APRIL)
    return benefit


def test_every_reader_of_the_outturn_reads_the_same(measured_in_april, read, api, office):
    benefit, programme = measured_in_april, measured_in_april.programme
    whole = D("454.01")
    assert read(benefit, OUTTURN)["value"] == str(whole)
    curve = queries.realisation_series(programme)["periods"]
    assert [each["unmeasured"] for each in curve] == [0, 0, 0]  # nothing planned is over
    assert [each["forecast"] for each in curve] == [10, 9 + 335, D("100.01")]
    assert curve[-1]["forecast_cumulative"] == whole
    known = outlooks([programme])
    years = moved_years(known, known, {}, {})[programme.pk]
    assert {each.year: each.forecast[0] for each in years} == {
        2025: 10,
        2026: 344,
        2027: D("100.01"),
    }
    assert [each.expected for each in years] == [each.forecast[1] for each in years]
    of_benefit = api(office).get(f"benefits/{benefit.pk}/realisation/").json()
    assert of_benefit["forecast_outturn"] == str(whole)
    assert (of_benefit["attainment"], of_benefit["planned_measured"]) == (0.3, "30.00")
    ranges = api(office).get(f"programmes/{programme.pk}/benefit-range/").json()
    assert ranges["forecast_outturn"] == ranges["simulated"]["mean"] == str(whole)


def test_years_add_up_to_the_cent(benefit, read, verified):
    for number in range(3):
        other = factories.benefit(programme=benefit.programme, code=f"C{number}")
        forecast(other, 2026, 100)
        verified(other, 2026, 1, **APRIL)
    forecast(benefit, 2026, 1)
    whole = D(read(benefit, OUTTURN)["value"])
    curve = queries.realisation_series(benefit.programme)["periods"]
    assert sum(each["forecast"] for each in curve) == whole
    assert curve[-1]["forecast_cumulative"] == whole


# The register


def test_the_register_says_since_when_nothing_is_known(benefit, office, verified, drain):
    factories.entry(benefit, 2024, 100)
    factories.entry(benefit, 2025, 100)
    drain()
    (row,) = queries.benefits_register(benefit.programme, office)
    assert (row.planned, row.actual, row.attainment) == (200, None, None)
    assert (row.reason, row.unmeasured_from) == ("never_measured", date(2024, 4, 1))
    verified(benefit, 2024, 90)
    drain()
    (row,) = queries.benefits_register(benefit.programme, office)
    assert (row.actual, row.attainment, row.unmeasured_from) == (90, D("0.9"), date(2025, 4, 1))
    curve = queries.realisation_series(benefit.programme)["periods"]
    told = [(each["actual"], each["unmeasured"]) for each in curve]
    assert told == [(90, 0), (None, 1)]


def test_pages_say_what_is_not_measured(benefit, client, office, drain):
    factories.entry(benefit, 2025, 100)
    drain()
    client.force_login(office)
    home = f"/programmes/{benefit.programme_id}/"
    overview, register, why = (
        " ".join(client.get(home + path).content.decode().split())
        for path in ("", "benefits/", f"explain/{ACTUAL}/")
    )
    assert "1 not measured" in overview
    assert "not measured since 1 Apr 2025" in register
    assert "There is no value: never measured." in why


# Quotients


def test_no_index_of_a_programme_turns_round(nothing, read):
    project = factories.project(percent_complete=10)
    factories.baseline(project)
    project.cost_actuals.create(
        posted_on=date(2026, 6, 30), amount=-5, kind="reversal", source="x", source_ref="1"
    )
    found = read(project, "cost_performance_index")
    assert (found["value"], found["reason"]) == (None, "actual_cost_negative")


def test_no_index_of_a_project_turns_round(nothing, api, office, drain, client):
    project = factories.project(percent_complete=10)
    factories.baseline(project)
    project.cost_actuals.create(
        posted_on=date(2026, 6, 30), amount=-5, kind="reversal", source="x", source_ref="1"
    )
    drain()
    found = api(office).get(f"projects/{project.pk}/forecast/").json()
    assert (found["cpi"], found["eac_cpi"]) == (None, None)
    assert found["reasons"]["cpi"] == found["reasons"]["eac_cpi"] == "actual_cost_negative"
    assert found["spi"] is not None
    client.force_login(office)
    assert "actual cost negative" in client.get(f"/projects/{project.pk}/").content.decode()


def test_no_share_of_a_net_plan_below_nothing(benefit, read, verified):
    cost = factories.benefit(programme=benefit.programme, category="dis_benefit", polarity=-1)
    factories.entry(benefit, 2025, 50)
    factories.entry(cost, 2025, 100)
    for each in (benefit, cost):
        verified(each, 2025, 10)
    for name in ("benefits_realised_share", "benefits_attainment"):
        found = read(benefit, name)
        assert (found["value"], found["reason"]) == (None, "planned_net_not_positive")
