"""Amounts are of whole coins of the currency of their portfolio."""

from decimal import Decimal
from typing import Any

import pgtrigger
import pytest
from django.db import DatabaseError, transaction

from pmhub.api import routes
from pmhub.models import User
from pmhub.serializers import InputSerializer
from pmhub.serializers.coins import DIGITS, HUNDREDTHS
from pmhub.serializers.fields import Amount, Number
from programmes.models import Portfolio, Programme
from programmes.rollup.verify import differences
from projects.models import Project
from projects.services.templates import ship_templates
from tests import factories
from tests.admin.forms import entries, errors
from tests.admin.test_verbs import tick
from tests.api.conftest import errors_of


@pytest.fixture
def office(nothing: None) -> User:
    """Somebody of the PMO."""
    user = factories.user("office", is_staff=True)
    factories.role(user, "pmo")
    return user


@pytest.fixture
def project(nothing: None) -> Project:
    """A project of a portfolio in yen."""
    home = factories.portfolio(code="JP", currency="JPY", money_unit=1)
    return factories.project(programme=factories.programme(portfolio=home))


def test_a_portfolio_in_yen_takes_no_decimals_and_shows_none(
    project: Project, api: Any, office: User, client_of: Any
) -> None:
    body = {"project": project.pk, "code": "L", "fiscal_year": 2026, "approved": "500.50"}
    for preview in ("", "?preview=1"):
        refused = api(office).post(f"budget-lines/{preview}", body)
        assert (refused.status_code, errors_of(refused)) == (400, {"/approved": "invalid"})
    made = api(office).post("budget-lines/", body | {"approved": "1234.00"})
    assert made.status_code == 201, made.json()
    path = f"budget-lines/{made.json()['id']}/"
    assert errors_of(api(office).patch(path, {"forecast": "0.1"})) == {"/forecast": "invalid"}
    many = api(office).post("budget-lines/bulk/", [body | {"code": "M"}])
    assert many.status_code == 400
    page = client_of(office).get(f"/budget-lines/{made.json()['id']}/").content.decode()
    assert "1,234" in page
    assert "1,234.00" not in page


def test_thousands_of_yen_have_decimals_and_pounds_have_two(
    project: Project, api: Any, office: User
) -> None:
    Portfolio.objects.filter(pk=project.owner_portfolio.pk).update(money_unit=1000)
    body = {"project": project.pk, "code": "L", "fiscal_year": 2026, "approved": "500.50"}
    assert api(office).post("budget-lines/", body).json()["approved"] == "500.50"
    Portfolio.objects.filter(pk=project.owner_portfolio.pk).update(money_unit=1, currency="GBP")
    made = api(office).post("budget-lines/", body | {"code": "M", "approved": "0.01"})
    assert made.json()["approved"] == "0.01"


def test_an_amount_that_stands_is_kept_when_another_field_changes(
    project: Project, api: Any, office: User
) -> None:
    line = factories.budget(project, Decimal("500.50"))
    changed = {"approved": "500.50", "category": "equipment"}
    assert api(office).patch(f"budget-lines/{line.pk}/", changed).status_code == 200


def test_a_currency_with_finer_coins_than_amounts_is_refused_but_in_thousands(
    project: Project, api: Any, office: User
) -> None:
    body = {"code": "KW", "name": "Kuwait", "organisation": "X", "currency": "KWD"}
    refused = api(office).post("portfolios/", body | {"money_unit": 1})
    assert (refused.status_code, errors_of(refused)) == (400, {"/currency": "invalid"})
    assert "thousands" in refused.json()["errors"][0]["detail"]
    made = api(office).post("portfolios/", body | {"money_unit": 1000})
    assert made.status_code == 201, made.json()
    path = f"portfolios/{made.json()['id']}/"
    home = Portfolio.objects.get(pk=made.json()["id"])
    there = {"project": factories.project(portfolio=home).pk, "fiscal_year": 2026}
    said = there | {"code": "L", "approved": "0.01"}  # ten dinars
    assert api(office).post("budget-lines/", said).status_code == 201
    dollar = {"currency": "USD", "kind": "budget", "rate": "0.3", "valid_from": "2020-01-01"}
    factories.currency_rate(home, **dollar)
    said = there | {"code": "M", "foreign_currency": "USD", "foreign_approved": "1.2345"}
    assert api(office).post("budget-lines/", said).json()["approved"] == "0.37"
    assert errors_of(api(office).patch(path, {"money_unit": 1})) == {"/currency": "invalid"}
    with pytest.raises(DatabaseError, match="thousands"), transaction.atomic():
        Portfolio.objects.filter(pk=made.json()["id"]).update(money_unit=1)


def test_a_portfolio_with_finer_coins_that_stands_keeps_them_when_another_field_changes(
    project: Project, api: Any, office: User
) -> None:
    with pgtrigger.ignore("programmes.Portfolio:coins_fit"):  # as before it was refused
        home = factories.portfolio(code="KW", currency="KWD", money_unit=1)
    path, stands = f"portfolios/{home.pk}/", {"currency": "KWD", "money_unit": 1}
    kept = api(office).patch(path, {"name": "New"} | stands)
    assert kept.status_code == 200, kept.json()
    home.refresh_from_db()
    home.organisation = "Y"
    home.save()
    assert errors_of(api(office).patch(path, {"currency": "BHD"})) == {"/currency": "invalid"}
    with pytest.raises(DatabaseError, match="thousands"), transaction.atomic():
        Portfolio.objects.filter(pk=home.pk).update(currency="BHD")


def test_what_another_currency_comes_to_is_of_whole_coins(
    project: Project, api: Any, office: User
) -> None:
    home = project.owner_portfolio
    for kind in ("actual", "budget"):
        dollar = {"currency": "USD", "kind": kind, "rate": "149.375", "valid_from": "2020-01-01"}
        factories.currency_rate(home, **dollar)
    said = {"foreign_currency": "USD", "project": project.pk}
    line = {"code": "L", "fiscal_year": 2026, "foreign_approved": "33.33"}
    made = api(office).post("budget-lines/", said | line).json()
    assert made["approved"] == "4979.00"  # 4,978.67 at the rate
    cost = {"posted_on": "2026-05-05", "foreign_amount": "33.33"}
    assert api(office).post("cost-actuals/", said | cost).json()["amount"] == "4979.00"
    risk = {"code": "R", "title": "Rain", "foreign_residual_cost_most_likely": "33.33"}
    risk = api(office).post("risks/", said | risk).json()
    assert risk["residual_cost_most_likely"] == "4979.00"
    assert differences() == []
    for unit, approved in ((1000, "4978.67"), (1, "4979.00")):
        Portfolio.objects.filter(pk=home.pk).update(money_unit=unit)
        stored = api(office).get(f"budget-lines/{made['id']}/").json()
        assert stored["approved"] == approved
        assert differences() == []


def test_an_amount_that_comes_to_more_than_can_be_stored_is_refused_at_its_field(
    project: Project, api: Any, office: User, client_of: Any
) -> None:
    home, rates = project.owner_portfolio, {}
    for kind in ("actual", "budget"):
        dollar = {"currency": "USD", "kind": kind, "rate": "149.375", "valid_from": "2020-01-01"}
        rates[kind] = factories.currency_rate(home, **dollar)
    said = {"foreign_currency": "USD", "project": project.pk}
    line = said | {"code": "L", "fiscal_year": 2026}
    most = "9000000000.00"  # dollars: 1,344,375,000,000 yen
    refused = api(office).post("budget-lines/", line | {"foreign_approved": most})
    assert (refused.status_code, errors_of(refused)) == (400, {"/foreign_approved": "out_of_range"})
    risk = {"code": "R", "title": "Rain", "foreign_residual_cost_most_likely": most}
    refused = api(office).post("risks/", said | risk)
    assert errors_of(refused) == {"/foreign_residual_cost_most_likely": "out_of_range"}
    items = [line | {"foreign_approved": "1"}, line | {"code": "M", "foreign_approved": most}]
    refused = api(office).post("budget-lines/bulk/", items)
    assert errors_of(refused) == {"/1/foreign_approved": "out_of_range"}
    assert not project.budget_lines.exists()
    made = api(office).post("budget-lines/", line | {"foreign_approved": "6000000000.00"})
    assert made.json()["approved"] == "896250000000.00"
    refused = api(office).patch(f"currency-rates/{rates['budget'].pk}/", {"rate": "200"})
    assert (refused.status_code, errors_of(refused)) == (400, {"/rate": "out_of_range"})
    page = f"/admin/projects/budgetline/{made.json()['id']}/change/"
    desk = client_of(office)
    answer = desk.post(page, entries(desk.get(page), foreign_approved=most))
    assert list(errors(answer)) == ["foreign_approved"]


def test_a_limit_in_per_cent_is_no_amount(project: Project, api: Any, office: User) -> None:
    body = {"portfolio": project.owner_portfolio.pk, "level": "programme_board", "cost": "500"}
    refused = api(office).post("delegated-limits/", body | {"cost": "500.50"})
    assert errors_of(refused) == {"/cost": "invalid"}
    made = api(office).post("delegated-limits/", body | {"benefit_pct": "2.5"})
    assert (made.status_code, made.json().get("benefit_pct")) == (201, "2.50"), made.json()


def test_what_an_hour_costs_is_an_amount_over_rest_and_on_the_admin_page(
    project: Project, api: Any, office: User, client_of: Any
) -> None:
    body = {"portfolio": project.owner_portfolio.pk, "code": "T", "name": "Crew", "capacity": "1.5"}
    refused = api(office).post("resources/", body | {"cost_rate": "500.50"})
    assert errors_of(refused) == {"/cost_rate": "invalid"}
    made = api(office).post("resources/", body | {"cost_rate": "500"})
    assert made.status_code == 201, made.json()
    client, page = client_of(office), f"/admin/projects/resource/{made.json()['id']}/change/"
    said = entries(client.get(page))
    assert errors(client.post(page, said | {"cost_rate": "500.50"})).keys() == {"cost_rate"}
    assert client.post(page, said | {"cost_rate": "600"}).status_code == 302
    new = client.get("/admin/projects/resource/add/")
    said = entries(new, **body | {"code": "U", "cost_rate": "500.50"})
    assert errors(client.post("/admin/projects/resource/add/", said)).keys() == {"cost_rate"}


def test_verbs_ask_whole_coins(project: Project, api: Any, office: User, client_of: Any) -> None:
    line, other = (factories.budget(project, 100) for _ in range(2))
    Programme.objects.update(contingency_budget=1000)
    asked = factories.budget_request(project, state="submitted")
    home = f"programmes/{project.programme_id}"
    scenario = api(office).post("scenarios/", {"name": "Less", "programme": project.programme_id})
    ship_templates(project.owner_portfolio, by=None)
    template = project.owner_portfolio.templates.get(code="CAPITAL").pk
    change = factories.change_request(project)
    days = {"starts_on": "2026-11-01", "finishes_on": "2028-10-31"}
    draw = {"project": project.pk, "moved_on": "2026-10-01", "reason": "Cranes"}
    for path, field, body in (
        (f"{home}/contingency-draw/", "amount", draw),
        (f"budget-requests/{asked.pk}/approval/", "approved_amount", {}),
        (
            f"projects/{project.pk}/baseline/",
            "budget_at_completion",
            {**days, "approved_on": "2026-10-01"},
        ),
        (
            f"templates/{template}/projects/",
            "budget",
            {**days, "code": "LIB", "name": "Library", "programme": project.programme_id},
        ),
        (
            f"scenarios/{scenario.json()['id']}/money/",
            "amount",
            {"from_line": line.pk, "to_line": other.pk},
        ),
        (f"change-requests/{change.pk}/budgets/", "approved", {"budget_line": line.pk}),
    ):
        refused = api(office).verb(path, body | {field: "50.5"})
        assert (refused.status_code, errors_of(refused)) == (400, {f"/{field}": "invalid"}), path
        assert "JPY" in refused.json()["errors"][0]["detail"], path
        taken = api(office).verb(path, body | {field: "50.00"})
        assert taken.status_code in (200, 201) or f"/{field}" not in errors_of(taken), taken.json()
    again = factories.budget_request(project, state="submitted")
    client = client_of(office)
    done = tick(client, again, "approval", confirmed="1", approved_amount="50.5")
    assert (
        "whole number of the smallest coins of JPY" in client.get(done["Location"]).content.decode()
    )
    again.refresh_from_db()
    assert again.state == "submitted"


def test_a_verb_asks_in_coins_of_what_it_changes(project: Project, api: Any, office: User) -> None:
    home = project.owner_portfolio
    factories.currency_rate(
        home, currency="USD", kind="budget", rate="150", valid_from="2020-01-01"
    )
    line = project.budget_lines.create(
        code="U", fiscal_year=2026, foreign_currency="USD", foreign_approved=Decimal(100)
    )
    path = f"change-requests/{factories.change_request(project).pk}/budgets/"
    body = {"budget_line": line.pk}
    refused = api(office).verb(path, body | {"foreign_approved": "50.505"})
    assert errors_of(refused) == {"/foreign_approved": "invalid"}
    taken = api(office).verb(path, body | {"foreign_approved": "50.50"})
    assert taken.status_code == 200, taken.json()


@pytest.mark.parametrize(("currency", "unit"), [("JPY", 1), ("JPY", 1000), ("GBP", 1)])
def test_what_has_amounts_goes_to_no_portfolio_in_which_they_mean_something_else(
    currency: str, unit: int, nothing: None, api: Any, office: User, client_of: Any
) -> None:
    programme = factories.programme(contingency_budget=Decimal("100.50"))
    alone = factories.project(portfolio=programme.portfolio)
    away = factories.portfolio(currency=currency, money_unit=unit)
    near = factories.portfolio()
    for row, path in ((programme, "programmes"), (alone, "projects")):
        address = f"{path}/{row.pk}/"
        for query in ("?preview=1", ""):
            refused = api(office).patch(f"{address}{query}", {"portfolio": away.pk})
            assert (refused.status_code, errors_of(refused)) == (400, {"/portfolio": "invalid"})
            assert "Its amounts are in £k" in refused.json()["errors"][0]["detail"]
        items = [{"id": row.pk, "version": row.version, "portfolio": away.pk}]
        assert api(office).patch(f"{path}/bulk/", items).status_code == 400
        assert api(office).patch(address, {"portfolio": near.pk}).status_code == 200
    client, page = client_of(office), f"/admin/programmes/programme/{programme.pk}/change/"
    said = entries(client.get(page))
    assert errors(client.post(page, said | {"portfolio": away.pk})).keys() == {"portfolio"}


# What is measured in the unit of its own record, and checked where it is written.
IN_UNITS = {
    ("BenefitChange", "target_value"),
    ("EstimateOutcomeSerializer", "actual"),
    *(("ProfilePeriodSerializer", name) for name in ("value", "low", "high")),
}


def forms(kind: Any) -> Any:
    """All forms of verbs."""
    for form in kind.__subclasses__():
        yield form
        yield from forms(form)


def test_every_form_of_a_verb_knows_the_currency_of_its_amounts() -> None:
    assert routes.urlpatterns  # the forms of moves are made with the views
    amounts = {
        (form.__name__, name)
        for form in forms(InputSerializer)
        for name, field in form().fields.items()
        if isinstance(field, Number)
        and not isinstance(field, Amount)
        and (field.max_digits, field.decimal_places) == (DIGITS, HUNDREDTHS)
    }
    assert amounts == IN_UNITS
