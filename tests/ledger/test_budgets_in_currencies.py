"""Budget lines in other currencies count by the budget rate of their year, and never without."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pmhub.models import User
from programmes import queries
from programmes.models import CurrencyRate, Portfolio
from programmes.rollup import worker
from programmes.rollup.verify import differences
from projects.models import BudgetLine, Project
from tests import factories
from tests.api.conftest import errors_of

APRIL = "2026-04-01"


@pytest.fixture
def office(nothing: None) -> User:
    """Somebody of the PMO."""
    user = factories.user("office")
    factories.role(user, "pmo")
    return user


@pytest.fixture
def project(nothing: None) -> Project:
    """A project with a budget of 100 pounds."""
    project = factories.project(programme=factories.programme())
    factories.baseline(project)
    factories.budget(project, 100, code="GBP")
    return project


@pytest.fixture
def rate(project: Project) -> CurrencyRate:
    """A euro was planned to be 80 pence from April on."""
    home = project.owner_portfolio
    return factories.currency_rate(home, kind="budget", rate="0.8", valid_from=APRIL)


@pytest.fixture
def line(api: Any, office: User, project: Project) -> Any:
    """`line(year)`: a budget line of 1000 euros of that year, over REST."""

    def post(year: int | None, **said: Any) -> Any:
        body = {"project": project.pk, "code": f"E{year}", "fiscal_year": year}
        body |= {"foreign_currency": "EUR", "foreign_approved": "1000"}
        return api(office).post("budget-lines/", body | said)

    return post


def approved(project: Project) -> Any:
    """The approved budget of its programme, once all is worked off."""
    assert project.programme
    return queries.rollup(project.programme).value("approved_budget")


def test_a_line_counts_by_the_budget_rate_of_its_year_alone(
    project: Project, rate: CurrencyRate, line: Any, drain: Any
) -> None:
    factories.currency_rate(project.owner_portfolio, kind="actual", rate="0.9", valid_from=APRIL)
    factories.currency_rate(
        project.owner_portfolio, kind="budget", rate="0.7", valid_from="2026-05-01"
    )
    made = line(2026, foreign_forecast="1100").json()
    assert [made[name] for name in ("baseline", "approved", "forecast", "exchange_rate")] == [
        "0.00", "800.00", "880.00", "0.800000000000",
    ]  # fmt: skip
    assert line(2027).json()["approved"] == "700.00"
    drain()
    assert approved(project) == Decimal(1600)
    assert differences() == []


def test_a_line_without_a_rate_does_not_count_and_the_coverage_says_so(
    project: Project, rate: CurrencyRate, line: Any, api: Any, office: User, drain: Any
) -> None:
    made = line(2025).json()
    assert (made["approved"], made["exchange_rate"]) == ("0.00", None)
    drain()
    for owner in (f"programmes/{project.programme_id}", f"projects/{project.pk}"):
        found = api(office).get(f"{owner}/rollup/approved_budget/").json()
        assert (found["value"], found["coverage"]["missing"]) == ("100.00", 1)
        [left_out] = [each for each in found["lines"] if not each["included"]]
        assert (left_out["reason"], left_out["source"]["id"]) == ("no_rate", made["id"])
        assert left_out["inputs"] == {
            "fiscal_year": 2025, "foreign_currency": "EUR", "foreign_amount": "1000",
        }  # fmt: skip
    assert differences() == []


def test_a_project_that_forecasts_by_line_is_to_spend_what_its_lines_come_to(
    project: Project, rate: CurrencyRate, line: Any, api: Any, office: User, drain: Any
) -> None:
    Project.objects.filter(pk=project.pk).update(forecast_basis="by_line")
    converted, missing = line(2026, foreign_forecast="1100").json(), line(2025).json()
    for forecast in ("1000", "1200"):
        if forecast != "1000":  # what is approved stays
            path = f"budget-lines/{missing['id']}/"
            assert api(office).patch(path, {"foreign_forecast": forecast}).status_code == 200
        drain()
        for owner in (f"programmes/{project.programme_id}", f"projects/{project.pk}"):
            rollup = f"{owner}/rollup"
            found = api(office).get(f"{rollup}/estimate_at_completion/").json()
            assert (found["value"], found["coverage"]["missing"]) == ("980.00", 1)
            told = {
                each["source"]["id"]: each["inputs"]["foreign_amount"]
                for each in found["lines"] if "foreign_amount" in each["inputs"]
            }  # fmt: skip
            assert told[missing["id"]] == forecast
            assert told.get(converted["id"], "1100") == "1100"
            found = api(office).get(f"{rollup}/approved_budget/").json()
            [left_out] = [each for each in found["lines"] if not each["included"]]
            assert left_out["inputs"]["foreign_amount"] == "1000"
    assert differences() == []


def test_the_bounds_of_a_line_are_in_its_currency(
    project: Project, rate: CurrencyRate, line: Any, api: Any, office: User
) -> None:
    said = {"foreign_forecast_low": "900", "foreign_forecast_high": "1500"}
    made = line(2026, **said).json()
    assert (made["forecast_low"], made["forecast_high"]) == ("720.00", "1200.00")
    path = f"budget-lines/{made['id']}/"
    refused = api(office).patch(path, said | {"foreign_forecast": "1600"})
    assert errors_of(refused) == {"/foreign_forecast_low": "invalid"}
    half = api(office).patch(path, {"foreign_forecast_low": None})
    assert errors_of(half) == {"/foreign_forecast_low": "invalid"}
    assert api(office).patch(f"currency-rates/{rate.pk}/", {"rate": "0.9"}).status_code == 200
    found = api(office).get(path).json()
    assert (found["forecast_low"], found["forecast_high"]) == ("810.00", "1350.00")


def test_years_that_begin_in_another_month_take_another_rate(
    project: Project, rate: CurrencyRate, line: Any, drain: Any
) -> None:
    made = BudgetLine.objects.get(pk=line(2026).json()["id"])
    home = project.owner_portfolio
    home.fiscal_year_start_month = 1
    home.save()
    made.refresh_from_db()
    assert (made.approved, made.exchange_rate) == (Decimal(0), None)


def test_what_is_no_line_in_another_currency_is_refused(
    project: Project, rate: CurrencyRate, line: Any, api: Any, office: User
) -> None:
    assert errors_of(line(None)) == {"/fiscal_year": "invalid"}
    assert errors_of(line(2026, approved="5")) == {"/approved": "invalid"}
    assert errors_of(line(2026, foreign_currency="")) == {"/foreign_currency": "invalid"}
    assert errors_of(line(2026, foreign_forecast="0.00001")) == {
        "/foreign_forecast": "max_decimal_places"
    }
    assert errors_of(line(2026, forecast_low="5")) == {"/forecast_low": "invalid"}
    made = line(2026).json()
    path = f"budget-lines/{made['id']}/"
    assert errors_of(api(office).patch(path, {"forecast": "5"})) == {"/forecast": "invalid"}
    assert api(office).patch(path, {"foreign_approved": "500"}).json()["approved"] == "400.00"
    with pytest.raises(DatabaseError, match="follows"), transaction.atomic():
        BudgetLine.objects.filter(pk=made["id"]).update(approved=1)


def test_its_own_manager_does_not_set_what_is_approved_in_another_currency(
    project: Project, rate: CurrencyRate, line: Any, api: Any
) -> None:
    manager = factories.user("pm")
    factories.role(manager, "project_manager", project=project)
    path = f"budget-lines/{line(2026).json()['id']}/"
    for said in ({"foreign_approved": "2000"}, {"foreign_currency": "USD"}):
        assert api(manager).patch(path, said).status_code == 403
    assert api(manager).patch(path, {"foreign_forecast": "900"}).json()["forecast"] == "720.00"


def test_its_own_manager_does_not_move_a_line_to_the_year_of_another_rate(
    project: Project, rate: CurrencyRate, line: Any, api: Any, office: User
) -> None:
    factories.currency_rate(
        project.owner_portfolio, kind="budget", rate="0.9", valid_from="2027-04-01"
    )
    manager = factories.user("pm")
    factories.role(manager, "project_manager", project=project)
    path = f"budget-lines/{line(2026).json()['id']}/"
    refused = api(manager).patch(path, {"fiscal_year": 2027})
    assert (refused.status_code, errors_of(refused)) == (403, {"/fiscal_year": "permission_denied"})
    assert api(office).patch(path, {"fiscal_year": 2027}).json()["approved"] == "900.00"
    wished = factories.budget(project, 0, code="P").pk  # nothing is approved on it
    moved = api(manager).patch(f"budget-lines/{wished}/", {"fiscal_year": 2027})
    assert moved.json()["fiscal_year"] == 2027


def test_no_money_is_moved_from_or_to_a_line_in_another_currency(
    project: Project, rate: CurrencyRate, line: Any, api: Any, office: User
) -> None:
    euros, pounds = line(2026).json()["id"], project.budget_lines.get(code="GBP").pk
    for ends, at in (((euros, pounds), "from_line"), ((pounds, euros), "to_line")):
        body = {"from_line": ends[0], "to_line": ends[1], "amount": "5", "reason": "Steel"}
        assert errors_of(api(office).post("budget-transfers/", body)) == {f"/{at}": "invalid"}
        lines = [BudgetLine.objects.get(pk=each) for each in ends]
        with pytest.raises(DatabaseError, match="another currency"), transaction.atomic():
            factories.budget_transfer(*lines, state="approved", decided_by=factories.person())


def test_what_the_portfolio_gives_is_in_its_currency_alone(
    project: Project, api: Any, office: User
) -> None:
    made = {
        "budget-requests": factories.budget_request(project),
        "budget-transfers": factories.budget_transfer(
            project.budget_lines.get(), factories.budget(project, 0, code="B2")
        ),
        "envelopes": factories.envelope(project.owner_portfolio, amount=500),
    }
    for collection, row in made.items():
        path = f"{collection}/{row.pk}/"
        assert api(office).get(path).json()["currency"] == "GBP", collection
        refused = api(office).patch(path, {"foreign_currency": "EUR"})
        assert errors_of(refused) == {"/foreign_currency": "unknown_field"}, collection
    body = {"programme": project.programme_id, "project": project.pk, "amount": "1"}
    refused = api(office).post("contingency-movements/", body | {"foreign_currency": "EUR"})
    assert "/foreign_currency" in errors_of(refused)


def test_what_follows_may_be_repeated_as_it_is(
    project: Project, rate: CurrencyRate, line: Any, api: Any, office: User
) -> None:
    path = f"budget-lines/{line(2026, foreign_forecast='1100').json()['id']}/"
    read = api(office).get(path).json()
    body = {name: read[name] for name in read if name not in ("version", "updated_at")}
    assert api(office).put(path, read).status_code == 200
    changed = api(office).put(path, body | {"foreign_approved": "500.0000"})
    assert changed.json()["approved"] == "400.00"
    errors = errors_of(api(office).put(path, body | {"approved": "801.00", "forecast": "1.00"}))
    assert errors == {"/approved": "invalid", "/forecast": "invalid"}
    cost = {"project": project.pk, "posted_on": "2026-10-01", "kind": "actual"}
    cost |= {"foreign_currency": "EUR", "foreign_amount": "10"}
    factories.currency_rate(project.owner_portfolio, kind="actual", rate="0.9", valid_from=APRIL)
    posted = api(office).post("cost-actuals/", cost).json()
    path = f"cost-actuals/{posted['id']}/"
    assert api(office).put(path, posted).status_code == 200
    assert errors_of(api(office).put(path, posted | {"amount": "9.01"})) == {"/amount": "invalid"}


def test_a_change_request_approves_money_in_the_currency_of_the_line(
    project: Project, rate: CurrencyRate, line: Any, api: Any, office: User
) -> None:
    euros, pounds = line(2026).json()["id"], project.budget_lines.get(code="GBP").pk
    manager, executive = factories.user("pm"), factories.user("executive")
    project.executive = executive.person
    project.save()
    factories.role(manager, "project_manager", project=project)
    change = factories.change_request(project)
    address = f"change-requests/{change.pk}/"

    def ask(**body: Any) -> Any:
        return api(manager).verb(f"{address}budgets/", body)

    assert errors_of(ask(budget_line=euros, approved="5")) == {"/approved": "invalid"}
    assert errors_of(ask(budget_line=euros)) == {"/foreign_approved": "required"}
    assert errors_of(ask(budget_line=pounds, foreign_approved="5")) == {
        "/foreign_approved": "invalid"
    }
    assert errors_of(ask(budget_line=pounds)) == {"/approved": "required"}
    held = ask(budget_line=euros, foreign_approved="500").json()["writes"][0]
    assert held["title"].endswith("E2026: 500 EUR approved")
    assert api(manager).verb(f"{address}assessment/", {}).status_code == 200
    assert api(executive).verb(f"{address}approval/", {}).status_code == 200
    done = api(office).verb(f"{address}implementation/", {})
    assert done.status_code == 200, done.json()
    assert BudgetLine.objects.get(pk=euros).approved == Decimal(400)


# Whatever rates do

RATES = st.lists(
    st.tuples(
        st.sampled_from(["actual", "budget"]),
        st.sampled_from(["2025-04-01", APRIL, "2026-05-01", "2026-10-01"]),
        st.sampled_from([None, "0.5", "0.86", "1.25"]),
    ),
    min_size=1,
    max_size=5,
)


def plan_and_spend_euros(project: Project) -> None:
    """Post costs in euros and, for two years, approve a budget, place an order and give the
    programme a line in them."""
    assert project.programme
    for on, number in ((date(2026, 4, 1), Decimal(100)), (date(2026, 10, 1), Decimal(-7))):
        project.cost_actuals.create(
            posted_on=on, foreign_currency="EUR", foreign_amount=number, kind="actual"
        )
    for year in (2025, 2026):
        in_euros: dict[str, Any] = {
            "code": f"E{year}", "fiscal_year": year, "foreign_currency": "EUR",
        }  # fmt: skip
        line = project.budget_lines.create(
            **in_euros,
            foreign_approved=Decimal(1000),
            foreign_forecast_low=Decimal(900),
            foreign_forecast_high=Decimal("1333.33"),
        )
        line.commitments.create(
            reference=f"PO-{year}",
            placed_on=date(2026, 5, 5),
            foreign_currency="EUR",
            foreign_amount=Decimal("99.99"),
        )
        project.programme.lines.create(
            **in_euros, kind="other", foreign_approved_budget=Decimal("77.77")
        )


def set_rate(portfolio: Portfolio, kind: str, day: str, value: str | None) -> None:
    """Give a rate of euros this value from this day on, or take it away."""
    rates = CurrencyRate.objects.filter(portfolio=portfolio, kind=kind, valid_from=day)
    if value is None:
        rates.delete()
    elif not rates.update(rate=value):
        factories.currency_rate(portfolio, kind=kind, valid_from=day, rate=value)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=RATES)
def test_figures_after_any_change_of_rates_are_those_of_a_recompute_from_nothing(
    project: Project, steps: Any
) -> None:
    with transaction.atomic():
        plan_and_spend_euros(project)
        worker.drain()
        for kind, day, value in steps:
            set_rate(project.owner_portfolio, kind, day, value)
            worker.drain()
            assert differences() == []
        transaction.set_rollback(True)


def test_a_line_that_goes_to_another_currency_loses_no_amount(
    project: Project, rate: CurrencyRate, api: Any, office: User
) -> None:
    made = factories.budget(project, 100, fiscal_year=2026, forecast=Decimal(0))
    path, euros = f"budget-lines/{made.pk}/", {"foreign_currency": "EUR"}
    refused = api(office).patch(path, euros | {"foreign_approved": "50"})
    assert errors_of(refused) == {"/forecast": "invalid"}
    refused = api(office).patch(path, euros | {"foreign_forecast": "50"})
    assert errors_of(refused) == {"/approved": "invalid"}
    with pytest.raises(DatabaseError, match="stands"), transaction.atomic():
        BudgetLine.objects.filter(pk=made.pk).update(**euros, foreign_approved=50)
    moved = api(office).patch(path, euros | {"foreign_approved": "50", "forecast": None})
    assert (moved.json()["baseline"], moved.json()["approved"]) == ("0.00", "40.00")
