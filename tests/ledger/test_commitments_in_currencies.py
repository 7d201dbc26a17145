"""Orders in other currencies come to what the exchange rate of the day they were placed on says,
and to nothing that is known without one."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from pmhub.models import User
from programmes.models import CurrencyRate
from programmes.queries import money
from programmes.rollup.verify import differences
from projects.models import BudgetLine, Commitment, Project
from tests import factories
from tests.api.conftest import errors_of

MARCH, APRIL, MAY = "2026-03-03", "2026-04-01", "2026-05-05"


@pytest.fixture
def finance(nothing: None) -> User:
    """Somebody of finance, for the whole organisation."""
    user = factories.user("finance")
    factories.role(user, "finance")
    return user


@pytest.fixture
def line(nothing: None) -> BudgetLine:
    """A budget line of 100 pounds."""
    return factories.budget(factories.project(programme=factories.programme()), 100)


@pytest.fixture
def rate(line: BudgetLine) -> CurrencyRate:
    """A euro is 86 pence since April."""
    return factories.currency_rate(line.project.owner_portfolio, rate="0.86", valid_from=APRIL)


@pytest.fixture
def order(api: Any, finance: User, line: BudgetLine) -> Any:
    """`order(euros, on)`: order for so much on the line."""

    def post(euros: str, on: str = MAY, **said: Any) -> Any:
        body = {"budget_line": line.pk, "reference": "PO-1", "placed_on": on}
        body |= {"foreign_currency": "EUR", "foreign_amount": euros}
        return api(finance).post("commitments/", body | said)

    return post


def of_line(line: BudgetLine) -> Any:
    """What the page of money tells of the orders on the line."""
    [told] = money.orders([line.project_id], line.project.owner_portfolio.as_of)
    return told


def test_an_order_comes_to_what_the_rate_of_its_day_says(
    line: BudgetLine, rate: CurrencyRate, order: Any, api: Any, finance: User
) -> None:
    made = order("100", foreign_invoiced="25")
    assert made.status_code == 201, made.json()
    amounts = ("amount", "invoiced", "exchange_rate", "currency", "foreign_currency")
    assert [made.json()[name] for name in amounts] == [
        "86.00", "21.50", "0.860000000000", "GBP", "EUR",
    ]  # fmt: skip
    told = of_line(line)
    assert (told.ordered, told.left, told.unrated) == (86, Decimal("64.50"), 0)
    path = f"currency-rates/{rate.pk}/"
    assert api(finance).patch(path, {"rate": "0.9"}).status_code == 200
    told = of_line(line)
    assert (told.ordered, told.invoiced) == (90, Decimal("22.50"))
    assert differences() == []


def test_an_order_without_a_rate_is_in_no_sum_and_is_named(
    line: BudgetLine, rate: CurrencyRate, order: Any, api: Any, finance: User, client_of: Any
) -> None:
    made = order("100", MARCH)
    assert (made.status_code, made.json()["amount"], made.json()["invoiced"]) == (201, None, "0.00")
    told = of_line(line)
    assert (told.number, told.ordered, told.left, told.unrated) == (1, 0, 0, 1)
    page = client_of(finance).get(f"/programmes/{line.project.programme_id}/money/")
    assert "Orders without a rate" in page.content.decode()
    found = api(finance).get("commitments/?amount__isnull=true&foreign_currency=EUR").json()
    assert [each["id"] for each in found["results"]] == [made.json()["id"]]
    rates = {"portfolio": line.project.owner_portfolio.pk, "currency": "EUR", "rate": "0.8"}
    assert api(finance).post("currency-rates/", rates | {"valid_from": MARCH}).status_code == 201
    assert Commitment.objects.get().amount == 80


def test_no_money_leaves_a_line_on_which_something_has_no_rate(
    line: BudgetLine, rate: CurrencyRate, order: Any, api: Any, nothing: None
) -> None:
    other = factories.budget(line.project, 0, code="OTHER")
    move = factories.budget_transfer(line, other, amount=10)
    order("1", MARCH)
    office = factories.user("office")
    factories.role(office, "pmo")
    refused = api(office).verb(f"budget-transfers/{move.pk}/approval/", {})
    assert (refused.status_code, [*errors_of(refused)]) == (409, ["/from_line"])
    with pytest.raises(DatabaseError, match="no exchange rate"), transaction.atomic():
        factories.budget_transfer(line, other, state="approved", decided_by=factories.person())
    with pytest.raises(DatabaseError, match="no exchange rate"), transaction.atomic():
        factories.budget_transfer(line, other, amount=1)  # it could not be approved
    Commitment.objects.update(state="cancelled")
    done = api(office).verb(f"budget-transfers/{move.pk}/approval/", {})
    assert done.status_code == 200, done.json()


def test_an_order_that_goes_to_another_portfolio_is_converted_by_its_rates(
    line: BudgetLine, rate: CurrencyRate, order: Any
) -> None:
    order("50")
    home = line.project
    away = factories.project(programme=factories.programme(portfolio=factories.portfolio_at_half()))
    moves: list[tuple[Any, dict[str, Any], int]] = [
        (Project.objects.filter(pk=home.pk), {"programme": away.programme}, 25),
        (Project.objects.filter(pk=home.pk), {"programme": home.programme}, 43),
        (BudgetLine.objects.filter(pk=line.pk), {"project": away}, 25),
        (BudgetLine.objects.filter(pk=line.pk), {"project": home}, 43),
    ]
    for rows, there, amount in moves:
        rows.update(**there)
        assert Commitment.objects.get().amount == amount, there


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ({"foreign_currency": "EUX"}, "/foreign_currency"),
        ({"amount": "43"}, "/amount"),
        ({"invoiced": "43"}, "/invoiced"),
        ({"foreign_amount": None}, "/foreign_amount"),
        ({"foreign_amount": "-1"}, "/foreign_amount"),
        ({"foreign_invoiced": "51"}, "/foreign_invoiced"),
        ({"foreign_invoiced": "0.00001"}, "/foreign_invoiced"),
        ({"foreign_currency": "", "foreign_amount": None}, "/amount"),
        ({"foreign_currency": ""}, "/amount"),
    ],
)
def test_what_is_no_order_in_another_currency_is_refused(
    said: Any, at: str, rate: CurrencyRate, order: Any
) -> None:
    answer = order("50", **said)
    assert (answer.status_code, [*errors_of(answer)]) == (400, [at])


def test_what_follows_from_the_rate_of_an_order_is_not_changed_by_itself(
    rate: CurrencyRate, order: Any, api: Any, finance: User
) -> None:
    made = order("50").json()
    path = f"commitments/{made['id']}/"
    assert order("50").json()["id"] == made["id"]
    assert errors_of(order("51")) == {"/reference": "invalid"}
    assert errors_of(api(finance).patch(path, {"amount": "1"})) == {"/amount": "invalid"}
    with pytest.raises(DatabaseError, match="follows"), transaction.atomic():
        Commitment.objects.update(amount=1)
    assert api(finance).patch(path, {"foreign_amount": "100"}).json()["amount"] == "86.00"
    plain = {"foreign_currency": "", "foreign_amount": None, "amount": "7"}
    assert api(finance).patch(path, plain).json()["amount"] == "7.00"
