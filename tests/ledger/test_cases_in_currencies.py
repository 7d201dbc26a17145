"""Flows of business cases and what managing risks costs in other currencies: converted by the
budget rate of their year until the case is submitted, and as they were from then on."""

from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from django.db import DatabaseError, transaction

from pmhub.models import User
from programmes.models import BusinessCase, CaseFlow, CaseOption, CurrencyRate
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
    assert "1 amount without an exchange rate" in page
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
    case.programme.portfolio = factories.portfolio_at_half()
    case.programme.save()
    made.refresh_from_db()
    assert made.amount == 25
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
    joined.portfolio = factories.portfolio_at_half()
    joined.save()
    made.refresh_from_db()
    assert made.amount == 25


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


EUROS: dict[str, Any] = {"foreign_currency": "EUR", "foreign_risk_cost": "50"}


def priced(client: Any, case: BusinessCase, path: str = "") -> Any:
    """Say over REST that managing the risks of the preferred option costs 50 euros."""
    return client.patch(f"case-options/{case.preferred_option_id}/{path}", EUROS)


def test_managing_risks_costs_by_the_budget_rate_of_the_base_year(
    rate: CurrencyRate, case: BusinessCase, api: Any, office: User, client_of: Any, now: Any
) -> None:
    tried = priced(api(office), case, "?preview=1")
    assert tried.status_code == 200, tried.json()
    assert tried.json()["object"]["risk_cost"] == "40.00"
    assert option(api(office), case)["risk_cost"] == "0.00"
    begun = quote(now())
    assert priced(api(office), case).status_code == 200
    told = option(api(office), case)
    assert [told[n] for n in ("risk_cost", "exchange_rate", "costs_present_value")] == [
        "40.00", "0.800000000000", "140.00",
    ]  # fmt: skip
    assert api(office).patch(f"currency-rates/{rate.pk}/", {"rate": "0.9"}).status_code == 200
    assert option(api(office), case)["costs_present_value"] == "145.00"
    table = api(office).get("case-options/?foreign_currency=EUR&format=csv").getvalue().decode()
    assert "45.00" in table
    assert "50.0000" in table
    path = f"/case-options/{case.preferred_option_id}/"
    now_and_then = ("", "history/", f"?as_of={begun}")
    pages = [client_of(office).get(f"{path}{which}").content.decode() for which in now_and_then]
    assert ["EUR" in page for page in pages] == [True, True, False]
    assert differences() == []


def test_another_base_year_is_another_rate_and_none_is_not_submitted(
    rate: CurrencyRate, case: BusinessCase, api: Any, office: User
) -> None:
    assert priced(api(office), case).status_code == 200
    path = f"business-cases/{case.pk}/"
    assert api(office).patch(path, {"base_year": 2025}).status_code == 200
    told = option(api(office), case)
    assert [told[n] for n in ("risk_cost", "npsv", "flows_without_rate")] == [None, None, 1]
    refused = submitted(api(office), case)
    assert (refused.status_code, [*errors_of(refused)]) == (409, ["/state"])
    with pytest.raises(DatabaseError, match="No budget rate says"), transaction.atomic():
        BusinessCase.objects.filter(pk=case.pk).update(
            state="submitted", npsv=1, benefits_present_value=1, costs_present_value=1
        )
    assert api(office).patch(path, {"base_year": 2026}).status_code == 200
    assert option(api(office), case)["risk_cost"] == "40.00"
    assert differences() == []


def test_managing_risks_of_a_submitted_case_costs_what_it_did_then(
    rate: CurrencyRate, case: BusinessCase, api: Any, office: User
) -> None:
    assert priced(api(office), case).status_code == 200
    assert submitted(api(office), case).status_code == 200
    assert api(office).patch(f"currency-rates/{rate.pk}/", {"rate": "0.9"}).status_code == 200
    assert option(api(office), case)["risk_cost"] == "40.00"
    body = {"programme": case.programme_id, "kind": "FBC", "begun_from": case.pk}
    again = api(office).post("business-cases/", body).json()
    copied = api(office).get(f"case-options/{again['preferred_option']}/").json()
    assert (copied["foreign_risk_cost"], copied["risk_cost"]) == ("50.0000", "45.00")
    assert api(office).verb(f"business-cases/{case.pk}/withdrawal/", {}).status_code == 200
    assert option(api(office), case)["risk_cost"] == "45.00"
    assert differences() == []


def test_what_managing_risks_costs_follows_its_programme_and_its_case(
    rate: CurrencyRate, case: BusinessCase, api: Any, office: User
) -> None:
    assert priced(api(office), case).status_code == 200
    assert case.programme
    home = case.programme.portfolio
    case.programme.portfolio = factories.portfolio_at_half()
    case.programme.save()
    assert option(api(office), case)["risk_cost"] == "25.00"
    case.programme.portfolio = home
    case.programme.save()
    there = factories.business_case(factories.programme(portfolio=home), base_year=2025)
    extra = factories.case_option(case, **EUROS)
    path = f"case-options/{extra.pk}/"
    assert api(office).get(path).json()["risk_cost"] == "40.00"
    assert api(office).patch(path, {"case": there.pk}).json()["risk_cost"] is None
    assert differences() == []


def test_what_is_no_cost_in_another_currency_is_refused(
    rate: CurrencyRate, case: BusinessCase, api: Any, office: User
) -> None:
    path = f"case-options/{case.preferred_option_id}/"

    def refused(**said: Any) -> Any:
        return errors_of(api(office).patch(path, said))

    assert refused(foreign_currency="EUR") == {"/risk_cost": "invalid"}  # 0 stands
    assert refused(**EUROS, risk_cost="5") == {"/risk_cost": "invalid"}
    assert refused(foreign_currency="JPY", foreign_risk_cost="1.0001") == {
        "/foreign_risk_cost": "invalid"
    }
    assert refused(**EUROS | {"foreign_risk_cost": "-1"}) == {"/foreign_risk_cost": "invalid"}
    assert refused(risk_cost=None) == {"/risk_cost": "invalid"}
    assert priced(api(office), case).status_code == 200
    assert refused(risk_cost="5") == {"/risk_cost": "invalid"}
    with pytest.raises(DatabaseError, match="follows"), transaction.atomic():
        CaseOption.objects.filter(case=case).update(risk_cost=1)
    home = api(office).patch(path, {"foreign_currency": "", "foreign_risk_cost": None})
    assert (home.status_code, home.json()["risk_cost"]) == (200, "40.00")
