"""Amounts are of whole coins of the currency of their portfolio."""

from decimal import Decimal
from typing import Any

import pgtrigger
import pytest
from django.db import DatabaseError, transaction

from pmhub.models import User
from programmes.models import Portfolio
from projects.models import Project
from tests import factories
from tests.admin.forms import entries, errors
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
