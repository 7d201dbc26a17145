"""Flows of business cases in other currencies: converted by the budget rate of their year until
the case is submitted, and as they were from then on."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from pmhub.models import User
from programmes.models import BusinessCase, CaseFlow, CurrencyRate
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
def case(nothing: None) -> BusinessCase:
    """A draft with two options; the preferred one costs 100 and brings 300 pounds."""
    return factories.business_case(factories.programme(starts_on=date(2026, 4, 1)))


@pytest.fixture
def rate(case: BusinessCase) -> CurrencyRate:
    """A euro was planned to be 80 pence from April on."""
    return factories.currency_rate(
        case.owner_portfolio, kind="budget", rate="0.8", valid_from=APRIL
    )


@pytest.fixture
def flow(api: Any, office: User, case: BusinessCase) -> Any:
    """`flow(year)`: 50 euros that the preferred option costs in that year, over REST."""

    def post(year: int, **said: Any) -> Any:
        body = {"option": case.preferred_option_id, "kind": "cost", "fiscal_year": year}
        body |= {"foreign_currency": "EUR", "foreign_amount": "50"}
        return api(office).post("case-flows/", body | said)

    return post


def option(client: Any, case: BusinessCase) -> Any:
    """The preferred option over REST."""
    return client.get(f"case-options/{case.preferred_option_id}/").json()


def submitted(client: Any, case: BusinessCase) -> Any:
    """Submit the case, whose other option does nothing."""
    return client.verb(f"business-cases/{case.pk}/submission/", {"reason": "It is what we want"})


def test_a_flow_counts_by_the_budget_rate_of_its_year(
    flow: Any, rate: CurrencyRate, case: BusinessCase, api: Any, office: User
) -> None:
    made = flow(2026, foreign_low="40", foreign_high="60")
    assert made.status_code == 201, made.json()
    amounts = ("amount", "low", "high", "exchange_rate", "currency")
    assert [made.json()[name] for name in amounts] == [
        "40.00", "32.00", "48.00", "0.800000000000", "GBP",
    ]  # fmt: skip
    before = option(api(office), case)
    assert (before["costs_present_value"], before["flows_without_rate"]) == ("140.00", 0)
    tried = api(office).patch(f"currency-rates/{rate.pk}/?preview=1", {"rate": "0.9"})
    assert tried.status_code == 200
    assert option(api(office), case) == before
    assert api(office).patch(f"currency-rates/{rate.pk}/", {"rate": "0.9"}).status_code == 200
    assert option(api(office), case)["costs_present_value"] == "145.00"
    assert differences() == []
    table = api(office).get("case-flows/?foreign_currency=EUR&format=csv").getvalue().decode()
    assert "45.00" in table
    assert "50.0000" in table


def test_while_a_rate_is_missing_nobody_knows_what_the_option_comes_to(
    flow: Any, rate: CurrencyRate, case: BusinessCase, api: Any, office: User, client_of: Any
) -> None:
    made = flow(2025).json()
    assert (made["amount"], made["exchange_rate"]) == (None, None)
    told = option(api(office), case)
    unknown = ("npsv", "bcr", "costs_present_value", "value_for_money", "payback_year", "rank")
    assert [told[name] for name in unknown] == [None] * len(unknown)
    assert told["flows_without_rate"] == 1
    refused = submitted(api(office), case)
    assert (refused.status_code, [*errors_of(refused)]) == (409, ["/state"])
    with pytest.raises(DatabaseError, match="No budget rate says"), transaction.atomic():
        BusinessCase.objects.filter(pk=case.pk).update(
            state="submitted", npsv=1, benefits_present_value=1, costs_present_value=1
        )
    page = client_of(office).get(f"/business-cases/{case.pk}/").content.decode()
    assert "1 flow without an exchange rate" in page
    assert "No budget rate says" in page
    assert api(office).patch(f"currency-rates/{rate.pk}/", {"valid_from": "2025-01-01"}).json()
    assert option(api(office), case)["costs_present_value"] == "140.00"
    assert submitted(api(office), case).status_code == 200


def test_what_was_submitted_stays_when_a_rate_changes_and_follows_again_taken_back(
    flow: Any, rate: CurrencyRate, case: BusinessCase, api: Any, office: User
) -> None:
    made = flow(2026).json()
    assert submitted(api(office), case).status_code == 200
    path = f"currency-rates/{rate.pk}/"
    assert api(office).patch(path, {"rate": "0.9"}).status_code == 200
    stays = api(office).get(f"case-flows/{made['id']}/").json()
    assert (stays["amount"], stays["exchange_rate"]) == ("40.00", "0.800000000000")
    assert option(api(office), case)["costs_present_value"] == "140.00"
    assert api(office).get(f"business-cases/{case.pk}/").json()["costs_present_value"] == "140.00"
    assert differences() == []
    assert api(office).verb(f"business-cases/{case.pk}/withdrawal/", {}).status_code == 200
    assert api(office).get(f"case-flows/{made['id']}/").json()["amount"] == "45.00"
    assert differences() == []


def test_an_approved_case_stays_and_what_it_comes_to_now_moves_by_the_rate(
    flow: Any, rate: CurrencyRate, case: BusinessCase, api: Any, office: User, drain: Any
) -> None:
    flow(2026)
    assert submitted(api(office), case).status_code == 200
    sponsor = factories.user("sponsor")
    factories.role(sponsor, "sponsor", programme=case.programme)
    body = {"approved_on": "2026-10-01"}
    done = api(sponsor).verb(f"business-cases/{case.pk}/approval/", body)
    assert done.status_code == 200, done.json()
    assert case.programme
    case.programme.lines.create(
        code="E",
        kind="other",
        fiscal_year=2026,
        foreign_currency="EUR",
        foreign_approved_budget=Decimal(50),
    )
    drain()
    path = f"business-cases/{case.pk}/"
    before = api(office).get(path).json()
    since = api(office).get(f"programmes/{case.programme_id}/rollup/").json()["computed_at"]
    assert api(office).patch(f"currency-rates/{rate.pk}/", {"rate": "0.9"}).status_code == 200
    drain()
    after = api(office).get(path).json()
    assert (after["npsv"], after["costs_present_value"]) == (before["npsv"], "140.00")
    assert Decimal(after["npsv_now"]) - Decimal(before["npsv_now"]) == -5
    asked = f"metric=case_costs_present_value&from={since.replace('+', '%2B')}"
    bridge = api(office).get(f"programmes/{case.programme_id}/bridge/?{asked}").json()
    [part] = bridge["parts"]
    assert (part["amount"], part["cause"]) == ("5.00", "exchange_rate")
    assert differences() == []


def test_another_version_has_the_flows_as_they_were_estimated(
    flow: Any, rate: CurrencyRate, case: BusinessCase, api: Any, office: User
) -> None:
    flow(2026, foreign_low="40")
    assert submitted(api(office), case).status_code == 200
    api(office).patch(f"currency-rates/{rate.pk}/", {"rate": "0.9"})
    body = {"programme": case.programme_id, "kind": "FBC", "begun_from": case.pk}
    again = api(office).post("business-cases/", body)
    assert again.status_code == 201, again.json()
    [copied] = CaseFlow.objects.filter(option__case=again.json()["id"], foreign_currency="EUR")
    assert (copied.foreign_amount, copied.amount, copied.low) == (50, 45, 36)


def test_a_flow_follows_its_programme_to_another_portfolio_and_its_years(
    flow: Any, rate: CurrencyRate, case: BusinessCase
) -> None:
    made = CaseFlow.objects.get(pk=flow(2026).json()["id"])
    assert case.programme
    home = case.programme.portfolio
    case.programme.portfolio = factories.portfolio(code="EU", currency="EUR")
    case.programme.save()
    made.refresh_from_db()
    assert made.amount == 50
    case.programme.portfolio = home
    case.programme.save()
    home.fiscal_year_start_month = 1
    home.save()
    made.refresh_from_db()
    assert (made.amount, made.exchange_rate) == (None, None)


def test_a_flow_follows_the_programme_that_the_project_of_its_case_joined(
    flow: Any, rate: CurrencyRate, case: BusinessCase, api: Any, office: User
) -> None:
    home = case.owner_portfolio
    project = factories.project(portfolio=home)
    option: Any = factories.business_case(project).preferred_option
    made = CaseFlow.objects.get(pk=flow(2026, option=option.pk).json()["id"])
    joined = factories.programme(portfolio=home)
    body = {"to_programme": joined.pk, "reason": "It fits"}
    assert api(office).verb(f"projects/{project.pk}/move/", body).status_code == 200
    joined.portfolio = factories.portfolio(code="EU", currency="EUR")
    joined.save()
    made.refresh_from_db()
    assert made.amount == 50


def test_a_flow_follows_its_option_to_the_case_of_another_portfolio(
    flow: Any, rate: CurrencyRate, case: BusinessCase, api: Any, office: User
) -> None:
    home = factories.portfolio(code="US", currency="USD")
    factories.currency_rate(home, kind="budget", rate="1.1", valid_from=APRIL)
    there = factories.business_case(factories.programme(portfolio=home))
    option = factories.case_option(case)
    made = CaseFlow.objects.get(pk=flow(2026, option=option.pk).json()["id"])
    path = f"case-options/{option.pk}/"
    assert api(office).patch(path, {"case": there.pk}).status_code == 200
    made.refresh_from_db()
    assert (made.amount, made.exchange_rate) == (55, Decimal("1.1"))


def test_what_is_no_flow_in_another_currency_is_refused(
    flow: Any, rate: CurrencyRate, case: BusinessCase, api: Any, office: User
) -> None:
    assert errors_of(flow(2026, amount="5")) == {"/amount": "invalid"}
    assert errors_of(flow(2026, foreign_currency="EUX")) == {"/foreign_currency": "invalid"}
    assert errors_of(flow(2026, foreign_amount=None)) == {"/foreign_amount": "invalid"}
    assert errors_of(flow(2026, foreign_currency="JPY", foreign_amount="1.0001")) == {
        "/foreign_amount": "invalid"
    }  # a tenth of a yen
    assert errors_of(flow(2026, foreign_low="51")) == {"/foreign_low": "invalid"}
    assert errors_of(flow(2026, foreign_amount="-1")) == {"/foreign_amount": "invalid"}
    nothing = api(office).post(
        "case-flows/", {"option": case.preferred_option_id, "kind": "cost", "fiscal_year": 2026}
    )
    assert errors_of(nothing) == {"/amount": "required"}
    made = flow(2026).json()
    path = f"case-flows/{made['id']}/"
    assert errors_of(api(office).patch(path, {"amount": "5"})) == {"/amount": "invalid"}
    assert api(office).patch(path, {"foreign_amount": "60"}).json()["amount"] == "48.00"
    with pytest.raises(DatabaseError, match="follows"), transaction.atomic():
        CaseFlow.objects.filter(pk=made["id"]).update(amount=1)
    reader = factories.user("reader")
    factories.role(reader, "viewer", programme=case.programme)
    assert api(reader).patch(path, {"foreign_amount": "1"}).status_code == 404
