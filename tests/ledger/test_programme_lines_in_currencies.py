"""Budget lines of programmes in other currencies count by the budget rate of their year."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from pmhub.models import User
from programmes import queries
from programmes.models import CurrencyRate, Programme, ProgrammeLine
from programmes.rollup.verify import differences
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
def programme(nothing: None) -> Programme:
    """A programme whose own line is of 100 pounds."""
    programme = factories.programme()
    programme.lines.create(code="GBP", kind="other", approved_budget=100)
    return programme


@pytest.fixture
def rate(programme: Programme) -> CurrencyRate:
    """A euro was planned to be 80 pence from April on."""
    return factories.currency_rate(programme.portfolio, kind="budget", rate="0.8", valid_from=APRIL)


@pytest.fixture
def line(api: Any, office: User, programme: Programme) -> Any:
    """`line(year)`: a line of 1000 euros of that year, over REST."""

    def post(year: int | None, **said: Any) -> Any:
        body = {"programme": programme.pk, "code": f"E{year}", "kind": "other", "fiscal_year": year}
        body |= {"foreign_currency": "EUR", "foreign_approved_budget": "1000"}
        return api(office).post("programme-lines/", body | said)

    return post


def figure(client: Any, programme: Programme, name: str) -> Any:
    """A figure of the programme with its lines."""
    return client.get(f"programmes/{programme.pk}/rollup/{name}/").json()


def test_a_line_counts_by_the_budget_rate_of_its_year(
    programme: Programme, rate: CurrencyRate, line: Any, api: Any, office: User, drain: Any
) -> None:
    made = line(2026, foreign_estimate_to_complete="1100")
    assert made.status_code == 201, made.json()
    amounts = ("approved_budget", "estimate_to_complete", "exchange_rate")
    assert [made.json()[name] for name in amounts] == ["800.00", "880.00", "0.800000000000"]
    drain()
    found = figure(api(office), programme, "programme_lines_budget")
    assert (found["value"], found["coverage"]["missing"]) == ("900.00", 0)
    told = {each["source"]["id"]: each["inputs"] for each in found["lines"]}
    assert told[made.json()["id"]] == {
        "fiscal_year": 2026, "foreign_currency": "EUR", "foreign_amount": "1000",
        "exchange_rate": "0.8",
    }  # fmt: skip
    assert queries.rollup(programme).value("total_forecast") == Decimal(980)
    path = f"currency-rates/{rate.pk}/"
    tried = api(office).patch(f"{path}?preview=1", {"rate": "0.9"}).json()
    [moved] = tried["programmes"]
    ends = {each["name"]: each["to"] for each in moved["metrics"]}
    assert api(office).patch(path, {"rate": "0.9"}).status_code == 200
    drain()
    for name, value in (("programme_lines_budget", "1000.00"), ("total_forecast", "1090.00")):
        assert ends[name] == figure(api(office), programme, name)["value"] == value
    assert differences() == []


def test_of_a_line_without_a_rate_what_is_spent_counts_and_the_coverage_says_so(
    programme: Programme, rate: CurrencyRate, line: Any, api: Any, office: User, drain: Any
) -> None:
    made = line(2025).json()
    assert (made["approved_budget"], made["exchange_rate"]) == ("0.00", None)
    ProgrammeLine.objects.get(pk=made["id"]).cost_actuals.create(posted_on=APRIL, amount=30)
    drain()
    approved = figure(api(office), programme, "programme_lines_budget")
    assert (approved["value"], approved["coverage"]["missing"]) == ("100.00", 1)
    forecast = figure(api(office), programme, "total_forecast")
    assert (forecast["value"], forecast["coverage"]["missing"]) == ("130.00", 1)
    for found, value in ((approved, None), (forecast, "30.00")):
        [lacking] = [each for each in found["lines"] if each["reason"] == "no_rate"]
        assert (lacking["source"]["id"], lacking["value"]) == (made["id"], value)
        assert lacking["inputs"]["foreign_amount"] == "1000"
    assert differences() == []


def test_a_line_that_is_overspent_from_nothing_costs_what_is_spent(
    programme: Programme, drain: Any
) -> None:
    line = programme.lines.create(code="NONE", kind="other", approved_budget=0)
    line.cost_actuals.create(posted_on=APRIL, amount=30)
    drain()
    assert queries.rollup(programme).value("total_forecast") == Decimal(130)


def test_a_line_follows_its_programme_to_another_portfolio_and_its_years(
    programme: Programme, rate: CurrencyRate, line: Any
) -> None:
    made = ProgrammeLine.objects.get(pk=line(2026).json()["id"])
    home = programme.portfolio
    programme.portfolio = factories.portfolio_at_half()
    programme.save()
    made.refresh_from_db()
    assert made.approved_budget == 500
    programme.portfolio = home
    programme.save()
    home.fiscal_year_start_month = 1
    home.save()
    made.refresh_from_db()
    assert (made.approved_budget, made.exchange_rate) == (0, None)


def test_what_is_no_line_of_a_programme_in_another_currency_is_refused(
    programme: Programme, rate: CurrencyRate, line: Any, api: Any, office: User
) -> None:
    assert errors_of(line(None)) == {"/fiscal_year": "invalid"}
    assert errors_of(line(2026, approved_budget="5")) == {"/approved_budget": "invalid"}
    assert errors_of(line(2026, foreign_currency="")) == {"/foreign_currency": "invalid"}
    assert errors_of(line(2026, foreign_currency="EUX")) == {"/foreign_currency": "invalid"}
    made = line(2026).json()
    path = f"programme-lines/{made['id']}/"
    said = {"estimate_to_complete": "5"}
    assert errors_of(api(office).patch(path, said)) == {"/estimate_to_complete": "invalid"}
    assert api(office).delete(path).status_code == 409
    halved = api(office).patch(path, {"foreign_approved_budget": "500"})
    assert halved.json()["approved_budget"] == "400.00"
    with pytest.raises(DatabaseError, match="follows"), transaction.atomic():
        ProgrammeLine.objects.filter(pk=made["id"]).update(approved_budget=1)
    reader = factories.user("reader")
    factories.role(reader, "viewer", programme=programme)
    assert api(reader).patch(path, {"foreign_approved_budget": "1"}).status_code == 403


def test_a_line_of_a_programme_is_lifted_above_no_envelope_at_its_own_amount(
    programme: Programme, rate: CurrencyRate, line: Any, api: Any, office: User
) -> None:
    factories.envelope(programme.portfolio, fiscal_year=2026, treatment="revenue", amount=800)
    path = f"programme-lines/{line(2026).json()['id']}/"
    refused = api(office).patch(path, {"foreign_approved_budget": "1001"})
    assert (refused.status_code, [*errors_of(refused)]) == (409, ["/foreign_approved_budget"])


def test_another_currency_or_year_gives_nothing_to_what_has_ended(
    programme: Programme, rate: CurrencyRate
) -> None:
    home = programme.portfolio
    for currency, more, begins in (("KWD", "2.6", APRIL), ("EUR", "0.9", "2027-04-01")):
        factories.currency_rate(
            home, kind="budget", rate=more, valid_from=begins, currency=currency
        )
    ended = factories.programme(portfolio=home, stage="terminated", actual_end_on="2026-10-01")
    project = factories.project(
        portfolio=home, status="closed", actual_start="2026-04-01", actual_finish="2026-09-30"
    )
    said = {"foreign_currency": "EUR", "fiscal_year": 2026}
    for line in (
        factories.line(programme=ended, foreign_approved_budget=1000, **said),
        factories.budget(project, 0, foreign_approved=1000, **said),
    ):
        row = type(line).objects.filter(pk=line.pk)
        for elsewhere in ({"foreign_currency": "KWD"}, {"fiscal_year": 2027}):
            with pytest.raises(DatabaseError, match="given no money"), transaction.atomic():
                row.update(**elsewhere)
        rate.rate = "0.85"
        rate.save()
        line.refresh_from_db()
        assert 850 in (getattr(line, "approved", None), getattr(line, "approved_budget", None))
        row.update(foreign_currency="KWD", fiscal_year=2020)  # of which there is no rate
