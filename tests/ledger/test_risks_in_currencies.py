"""What risks cost in other currencies counts by the budget rate of the year in which they could
happen last, everywhere."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from pmhub.models import User
from programmes import queries
from programmes.models import CurrencyRate
from programmes.rollup.verify import differences, differing_ranges
from projects.models import Project, Risk
from tests import factories
from tests.admin.forms import entries, errors
from tests.api.conftest import errors_of

APRIL = "2026-04-01"
COST = {"cost_min": "500", "cost_most_likely": "1000", "cost_max": "1500"}
EUROS = {"foreign_currency": "EUR"} | {f"foreign_residual_{name}": v for name, v in COST.items()}


@pytest.fixture
def office(nothing: None) -> User:
    """Somebody of the PMO."""
    user = factories.user("office", is_staff=True)
    factories.role(user, "pmo")
    return user


@pytest.fixture
def project(nothing: None) -> Project:
    """A live project in a programme."""
    project = factories.project(programme=factories.programme())
    factories.baseline(project)
    return project


@pytest.fixture
def rate(project: Project) -> CurrencyRate:
    """A euro was planned to be 80 pence from April on."""
    return factories.currency_rate(
        project.owner_portfolio, kind="budget", rate="0.8", valid_from=APRIL
    )


@pytest.fixture
def risk(api: Any, office: User, project: Project) -> Any:
    """`risk()`: one in two that it costs 500 to 1500 euros, over REST."""

    def post(**said: Any) -> Any:
        body = {"project": project.pk, "code": f"R{Risk.objects.count()}", "title": "Steel",
                "status": "open", "residual_probability": "0.5"}  # fmt: skip
        return api(office).post("risks/", body | EUROS | said)

    return post


def test_a_risk_counts_by_the_budget_rate_in_figures_matrix_and_simulation(
    risk: Any, rate: CurrencyRate, project: Project, api: Any, office: User, drain: Any,
    simulate: Any, client_of: Any,
) -> None:  # fmt: skip
    made = risk(foreign_response_cost="10")
    assert made.status_code == 201, made.json()
    amounts = (*(f"residual_{name}" for name in COST), "response_cost", "exchange_rate")
    assert [made.json()[name] for name in amounts] == [
        "400.00", "800.00", "1200.00", "8.00", "0.800000000000",
    ]  # fmt: skip
    drain()
    simulate()
    home = f"programmes/{project.programme_id}"
    figure = api(office).get(f"{home}/rollup/risk_mean/").json()
    [line] = figure["lines"]
    assert (figure["value"], line["inputs"]["foreign_amount"]) == ("400.00", "1000")
    assert line["inputs"]["exchange_rate"] == "0.8"
    simulated = api(office).get(f"{home}/risk-distribution/").json()["simulated"]
    assert Decimal(simulated["analytic_mean"]) == 400
    [swing] = api(office).get(f"{home}/tornado/").json()["risks"]
    assert Decimal(swing["expected_value"]) == 400
    assert project.programme
    before = queries.freshness_of(project.programme.pk).computed_at
    path = f"currency-rates/{rate.pk}/"
    tried = api(office).patch(f"{path}?preview=1", {"rate": "0.9"}).json()["programmes"][0]
    ends = {each["name"]: each["to"] for each in tried["metrics"]}
    assert api(office).patch(path, {"rate": "0.9"}).status_code == 200
    drain()
    simulate()
    assert ends["risk_mean"] == api(office).get(f"{home}/rollup/risk_mean/").json()["value"]
    assert ends["risk_mean"] == "450.00"
    moved = api(office).get(f"{home}/bridge/?metric=risk_mean&from={before:%Y-%m-%dT%H:%M:%S.%fZ}")
    [part] = moved.json()["parts"]
    assert (part["amount"], part["cause"]) == ("50.00", "exchange_rate")
    then = f"as_of={before:%Y-%m-%dT%H:%M:%S.%fZ}"
    assert api(office).get(f"{home}/rollup/risk_mean/?{then}").json()["value"] == "400.00"
    assert [*differences(), *differing_ranges()] == []
    page = client_of(office).get(f"/risks/{made.json()['id']}/").content.decode()
    assert "EUR" in page
    table = api(office).get("risks/?foreign_currency=EUR&format=csv").getvalue().decode()
    assert "900.00" in table
    assert "1000.0000" in table


def test_the_year_in_which_it_could_happen_last_says_which_rate_counts(
    risk: Any, rate: CurrencyRate, project: Project, api: Any, office: User
) -> None:
    factories.currency_rate(
        project.owner_portfolio, kind="budget", rate="0.5", valid_from="2027-04-01"
    )
    made = risk(proximity_on="2027-03-31").json()
    assert made["residual_cost_most_likely"] == "800.00"
    path = f"risks/{made['id']}/"
    later = api(office).patch(path, {"proximity_on": "2027-04-01"}).json()
    assert later["residual_cost_most_likely"] == "500.00"
    assert risk().json()["residual_cost_most_likely"] == "500.00"  # the newest


def test_without_a_rate_a_risk_does_not_count_and_the_coverage_says_so(
    risk: Any, project: Project, api: Any, office: User, drain: Any
) -> None:
    made = risk().json()
    assert (made["residual_cost_most_likely"], made["exchange_rate"]) == (None, None)
    drain()
    figure = api(office).get(f"programmes/{project.programme_id}/rollup/risk_mean/").json()
    [line] = figure["lines"]
    assert (line["included"], line["reason"], figure["coverage"]["missing"]) == (
        False,
        "no_rate",
        1,
    )
    assert line["inputs"]["foreign_amount"] == "1000"
    found = api(office).get("risks/?finding=risk_unrated").json()
    assert [row["id"] for row in found["results"]] == [made["id"]]
    assert differences() == []


def test_the_risk_of_the_programme_that_counts_it_is_in_the_same_currency(
    risk: Any, rate: CurrencyRate, project: Project, api: Any, office: User
) -> None:
    made = risk().json()
    done = api(office).verb(f"risks/{made['id']}/escalation/", {})
    assert done.status_code == 200, done.json()
    above = Risk.objects.get(programme=project.programme)
    assert (above.foreign_residual_cost_max, above.residual_cost_max) == (1500, 1200)


def test_a_risk_follows_its_project_to_another_portfolio(
    risk: Any, rate: CurrencyRate, project: Project
) -> None:
    made = Risk.objects.get(pk=risk().json()["id"])
    away = factories.portfolio_at_half()
    Project.objects.filter(pk=project.pk).update(programme=factories.programme(portfolio=away))
    made.refresh_from_db()
    assert (made.residual_cost_most_likely, made.exchange_rate) == (500, Decimal("0.5"))


def test_what_is_no_risk_in_another_currency_is_refused(
    risk: Any, rate: CurrencyRate, project: Project, api: Any, office: User
) -> None:
    likely = "/foreign_residual_cost_most_likely"
    assert errors_of(risk(residual_cost_max="5")) == {"/residual_cost_max": "invalid"}
    assert errors_of(risk(foreign_currency="")) == {"/foreign_currency": "invalid"}
    assert errors_of(risk(foreign_currency="EUX")) == {"/foreign_currency": "invalid"}
    assert errors_of(risk(foreign_residual_cost_max="999")) == {likely: "invalid"}
    assert errors_of(risk(foreign_residual_cost_max=None)) == {likely: "invalid"}
    made = risk().json()
    path = f"risks/{made['id']}/"
    refused = api(office).patch(path, {"residual_cost_most_likely": "5"})
    assert errors_of(refused) == {"/residual_cost_most_likely": "invalid"}
    moved = api(office).patch(path, {"foreign_residual_cost_most_likely": "1200"})
    assert moved.json()["residual_cost_most_likely"] == "960.00"
    with pytest.raises(DatabaseError, match="follows"), transaction.atomic():
        Risk.objects.filter(pk=made["id"]).update(residual_cost_max=1)
    reader = factories.user("reader")
    factories.role(reader, "viewer", programme=project.programme)
    assert api(reader).patch(path, {"foreign_residual_cost_max": "1"}).status_code == 403
    in_bulk = api(office).post("risks/bulk/", [{"id": made["id"], "residual_cost_max": "5"}])
    assert in_bulk.status_code in (400, 422), in_bulk.json()


STANDING = {
    "inherent_probability": "0.5", "inherent_cost_most_likely": "100000",
    "residual_cost_most_likely": "60000", "target_cost_most_likely": "20000",
    "response_cost": "5000",
}  # fmt: skip
COSTS = [name for name in STANDING if "cost" in name]
SAID = {f"foreign_{name}": "70000" for name in COSTS}


@pytest.fixture
def pounds(project: Project) -> Risk:
    """A risk in pounds, estimated before and after its response."""
    alone = dict.fromkeys(("residual_cost_min", "residual_cost_max"))
    given = {name: Decimal(value) for name, value in STANDING.items()}
    return factories.risk(project, **alone | given)


def test_a_risk_that_goes_to_another_currency_loses_no_estimate(
    pounds: Risk, rate: CurrencyRate, api: Any, office: User, client_of: Any
) -> None:
    path, likely = f"risks/{pounds.pk}/", "foreign_residual_cost_most_likely"
    euros = {"foreign_currency": "EUR"}
    lost = {f"/{name}": "invalid" for name in COSTS}
    for preview in ("", "?preview=1"):
        assert errors_of(api(office).patch(f"{path}{preview}", euros)) == lost
    some = api(office).patch(path, euros | {likely: "70000"})
    assert errors_of(some) == {at: code for at, code in lost.items() if "residual" not in at}
    item = {"id": pounds.pk, "version": pounds.version, **euros}
    assert api(office).patch("risks/bulk/", [item]).status_code == 400
    address = f"/admin/projects/risk/{pounds.pk}/change/"
    client = client_of(office)
    page = client.post(address, entries(client.get(address), **euros))
    assert errors(page).keys() == {*COSTS}
    rows = Risk.objects.filter(pk=pounds.pk)
    with pytest.raises(DatabaseError, match="stands"), transaction.atomic():
        rows.update(**euros, **{likely: 70000})
    changed = {"target_cost_most_likely": None, "foreign_target_cost_most_likely": None}
    moved = api(office).patch(path, euros | SAID | changed)
    assert moved.status_code == 200, moved.json()
    amounts = [moved.json()[name] for name in COSTS]
    assert amounts == ["56000.00", "56000.00", None, "56000.00"]


def test_what_is_not_changed_of_a_risk_is_not_asked_again(
    risk: Any, rate: CurrencyRate, project: Project, pounds: Risk, api: Any, office: User
) -> None:
    home = project.owner_portfolio
    type(home).objects.filter(pk=home.pk).update(money_unit=1000)
    euros = risk(**{name: "70000.0125" for name in EUROS if "cost" in name}).json()
    type(home).objects.filter(pk=home.pk).update(money_unit=1)

    def asked(pk: int) -> int:
        api(office).patch(f"risks/{pk}/", {"title": "Sand"})
        with CaptureQueriesContext(connection) as queries:
            assert api(office).patch(f"risks/{pk}/", {"title": "Coal"}).status_code == 200
        return len(queries)

    assert asked(euros["id"]) == asked(pounds.pk)
    path = f"risks/{euros['id']}/"
    likely = "foreign_residual_cost_max"
    refused = api(office).patch(path, {likely: "70000.0225"})
    assert errors_of(refused) == {f"/{likely}": "invalid"}
    assert len(errors_of(api(office).patch(path, {"foreign_currency": "USD"}))) == len(COST)


def test_ten_amounts_are_asked_with_no_more_queries_than_one(
    risk: Any, rate: CurrencyRate, api: Any, office: User
) -> None:
    costs = [name for name in EUROS if "cost" in name]

    def asked(made: Any, names: list[str]) -> int:
        path = f"risks/{made.json()['id']}/"
        api(office).patch(path, dict.fromkeys(names, "0.25"))
        with CaptureQueriesContext(connection) as queries:
            assert api(office).patch(path, dict.fromkeys(names, "0.75")).status_code == 200
        return len(queries)

    one = asked(risk(**dict.fromkeys(costs), foreign_response_cost="1"), ["foreign_response_cost"])
    assert asked(risk(), costs) == one


def test_a_scenario_changes_it_in_its_own_currency(
    risk: Any, rate: CurrencyRate, project: Project, api: Any, office: User
) -> None:
    made = risk().json()
    scenario = api(office).post(
        "scenarios/", {"programme": project.programme_id, "name": "Steel is dear"}
    )
    body = {"risk": made["id"], "residual_cost_max": "3000"}
    asked = api(office).post(f"scenarios/{scenario.json()['id']}/risks/", body)
    assert asked.status_code in (200, 201), asked.json()
    [write] = asked.json()
    assert write["body"] == {"foreign_residual_cost_max": "3000.00"}
    assert write["title"].endswith(": cost, most 3,000 EUR")
    chance = {"risk": made["id"], "residual_probability": "0.4"}
    path = f"scenarios/{scenario.json()['id']}/risks/"
    for said, title in (({}, "chance 40%"), ({"residual_cost_max": "9"}, "cost, most 9 EUR")):
        [write] = api(office).post(path, chance | said).json()
        assert "40% EUR" not in write["title"]
        assert write["title"].endswith(title)
