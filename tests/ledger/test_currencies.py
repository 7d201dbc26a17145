"""Costs in other currencies count by the exchange rate of their day, and never without one."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from pmhub.models import User
from programmes import queries
from programmes.models import CurrencyRate
from programmes.rollup.verify import differences
from projects.models import CostActual, Project
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
def project(nothing: None) -> Project:
    """A project that has spent 100 pounds."""
    project = factories.project(programme=factories.programme())
    factories.baseline(project)
    project.cost_actuals.create(posted_on=MARCH, amount=100)
    return project


@pytest.fixture
def rate(project: Project) -> CurrencyRate:
    """A euro is 86 pence since April."""
    return factories.currency_rate(project.owner_portfolio, rate="0.86", valid_from=APRIL)


@pytest.fixture
def spend(api: Any, finance: User, project: Project) -> Callable[..., Any]:
    """`spend(amount, on)`: post so many euros."""

    def post(euros: str, on: str, **said: Any) -> Any:
        body = {"project": project.pk, "foreign_amount": euros, "posted_on": on}
        return api(finance).post("cost-actuals/", body | {"foreign_currency": "EUR"} | said)

    return post


def spent(project: Project) -> Any:
    """The actual cost of its programme, once all is worked off."""
    assert project.programme
    return queries.rollup(project.programme).value("actual_cost")


def figure(client: Any, project: Project, name: str = "actual_cost") -> Any:
    """A figure of its programme with its lines."""
    return client.get(f"programmes/{project.programme_id}/rollup/{name}/").json()


# Converting


def test_a_cost_counts_by_the_rate_of_its_day(
    project: Project, rate: CurrencyRate, spend: Any, api: Any, finance: User, drain: Any
) -> None:
    posted = spend("50", MAY)
    assert posted.status_code == 201, posted.json()
    found = {name: posted.json()[name] for name in ("amount", "foreign_amount", "exchange_rate")}
    assert found == {
        "amount": "43.00", "foreign_amount": "50.0000", "exchange_rate": "0.860000000000",
    }  # fmt: skip
    assert (posted.json()["currency"], posted.json()["foreign_currency"]) == ("GBP", "EUR")
    drain()
    assert spent(project) == Decimal(143)
    row = api(finance).get(f"projects/{project.pk}/").json()
    assert row["actual_cost"] == "143.00"
    assert differences() == []


def test_an_amount_that_no_rate_makes_is_found(rate: CurrencyRate, spend: Any) -> None:
    posted = spend("50", MAY).json()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # without triggers
        cursor.execute("UPDATE projects_costactual SET amount = 44 WHERE id = %s", [posted["id"]])
        cursor.execute("SET LOCAL session_replication_role = origin")
    found = [each.as_json() for each in differences() if each.table == "projects_costactual"]
    assert found == [
        {
            "table": "projects_costactual", "key": str(posted["id"]),
            "stored": "(0.860000000000,44.00)", "recomputed": "(0.860000000000,43.00)",
        }
    ]  # fmt: skip


def test_a_cost_without_a_rate_does_not_count_and_the_coverage_says_so(
    project: Project, rate: CurrencyRate, spend: Any, api: Any, finance: User, drain: Any
) -> None:
    posted = spend("50", MARCH).json()
    assert (posted["amount"], posted["exchange_rate"]) == (None, None)
    drain()
    for name in ("actual_cost", "estimate_at_completion"):
        found = figure(api(finance), project, name)
        assert found["coverage"] == {"included": 1, "excluded": 0, "missing": 1, "hidden": 0}
        [line] = [each for each in found["lines"] if not each["included"]]
        assert (line["value"], line["reason"], line["source"]["id"]) == (
            None, "no_rate", posted["id"],
        )  # fmt: skip
        assert line["inputs"] == {
            "posted_on": MARCH, "foreign_currency": "EUR", "foreign_amount": "50",
        }  # fmt: skip
    assert spent(project) == Decimal(100)
    assert differences() == []


def test_a_cost_of_a_line_of_the_programme_is_converted_too(
    project: Project, rate: CurrencyRate, spend: Any, api: Any, finance: User, drain: Any
) -> None:
    assert project.programme
    line = project.programme.lines.create(code="L", kind="other", approved_budget=500)
    of_line = {"project": None, "programme_line": line.pk}
    assert spend("100", MAY, **of_line).json()["amount"] == "86.00"
    assert spend("100", MARCH, **of_line).json()["amount"] is None
    drain()
    found = figure(api(finance), project, "total_forecast")
    assert [each["reason"] for each in found["lines"] if not each["included"]] == ["no_rate"]
    assert differences() == []


def test_amounts_are_rounded_half_up(project: Project, spend: Any) -> None:
    factories.currency_rate(project.owner_portfolio, rate="0.005", valid_from=APRIL)
    assert spend("1", MAY).json()["amount"] == "0.01"
    assert spend("-1", MAY, kind="reversal").json()["amount"] == "-0.01"


def test_the_currency_of_the_portfolio_needs_no_rate(project: Project, spend: Any) -> None:
    posted = spend("50", MAY, foreign_currency="GBP").json()
    assert (posted["amount"], posted["exchange_rate"]) == ("50.00", "1.000000000000")


def test_what_takes_a_cost_back_takes_back_what_it_came_to(
    project: Project, rate: CurrencyRate, spend: Any, api: Any, finance: User, drain: Any
) -> None:
    cost = spend("50", MAY).json()
    factories.currency_rate(project.owner_portfolio, rate="0.9", valid_from="2026-10-01")
    back = api(finance).post(f"cost-actuals/{cost['id']}/reversal/", {"reason": "Wrong project"})
    assert back.status_code == 200, back.json()
    reversal = CostActual.objects.get(reverses=cost["id"])
    assert (reversal.foreign_amount, reversal.amount) == (Decimal(-50), Decimal(-43))
    rate.rate = Decimal("0.5")
    rate.save()
    drain()
    assert spent(project) == Decimal(100)
    assert differences() == []


# Rates that change


def test_a_rate_moves_what_it_converts_and_nothing_else(
    project: Project, rate: CurrencyRate, spend: Any, api: Any, finance: User, drain: Any
) -> None:
    before, after = spend("50", MARCH).json(), spend("50", MAY).json()
    other = factories.project(portfolio=project.owner_portfolio)
    drain()
    client, path = api(finance), f"currency-rates/{rate.pk}/"
    assert client.patch(path, {"rate": "0.9"}).status_code == 200
    assert drain() == 1
    assert spent(project) == Decimal(145)
    body = {"portfolio": project.owner_portfolio.pk, "currency": "EUR", "rate": "0.8"}
    assert client.post("currency-rates/", body | {"valid_from": "2026-01-01"}).status_code == 201
    drain()
    assert spent(project) == Decimal(185)
    assert client.delete(path).status_code == 204
    drain()
    assert spent(project) == Decimal(180)
    amounts = [
        client.get(f"cost-actuals/{each['id']}/").json()["amount"] for each in (before, after)
    ]
    assert amounts == ["40.00", "40.00"]
    assert other.cost_actuals.count() == 0
    assert differences() == []


def test_plain_sql_on_rates_moves_what_they_convert(
    project: Project, rate: CurrencyRate, spend: Any, drain: Any
) -> None:
    spend("50", MAY)
    drain()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE programmes_currencyrate SET rate = 1.2")
    drain()
    assert spent(project) == Decimal(160)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE programmes_currencyrate")
    drain()
    assert spent(project) == Decimal(100)
    assert differences() == []


def test_a_project_that_goes_to_another_portfolio_is_converted_by_its_rates(
    project: Project, rate: CurrencyRate, spend: Any, drain: Any
) -> None:
    cost = CostActual.objects.get(pk=spend("50", MAY).json()["id"])
    away = factories.programme(portfolio=factories.portfolio_at_half())
    for home, amount in ((away, Decimal(25)), (project.programme, Decimal(43))):
        Project.objects.filter(pk=project.pk).update(programme=home)
        cost.refresh_from_db()
        assert cost.amount == amount
    assert project.programme
    project.programme.portfolio = away.portfolio
    project.programme.save()
    cost.refresh_from_db()
    assert cost.amount == Decimal(25)


def test_a_bridge_names_the_rate_that_moved_a_figure(
    project: Project, rate: CurrencyRate, spend: Any, api: Any, finance: User, drain: Any
) -> None:
    spend("50", MAY)
    drain()
    home = f"programmes/{project.programme_id}"
    since = api(finance).get(f"{home}/rollup/actual_cost/").json()["computed_at"]
    assert api(finance).patch(f"currency-rates/{rate.pk}/", {"rate": "0.9"}).status_code == 200
    drain()
    for owner in (home, f"projects/{project.pk}"):
        path = f"{owner}/bridge/?metric=actual_cost&from={since.replace('+', '%2B')}"
        found = api(finance).get(path).json()
        [part] = found["parts"]
        assert (part["amount"], part["cause"], part["words"]) == (
            "2.00", "exchange_rate", "exchange rate",
        )  # fmt: skip
        assert (part["root"]["type"], part["root"]["id"]) == ("currencyrate", rate.pk)
        assert part["by"]["id"] == finance.pk


def test_a_preview_of_a_rate_is_what_then_happens(
    project: Project, rate: CurrencyRate, spend: Any, api: Any, finance: User, drain: Any
) -> None:
    spend("50", MAY)
    drain()
    path = f"currency-rates/{rate.pk}/"
    tried = api(finance).patch(f"{path}?preview=1", {"rate": "0.9"})
    [programme] = tried.json()["programmes"]
    moved = {each["name"]: (each["from"], each["to"]) for each in programme["metrics"]}
    assert moved["actual_cost"] == ("143.00", "145.00")
    assert spent(project) == Decimal(143)


def test_what_was_known_then_is_converted_as_it_was_then(
    project: Project,
    rate: CurrencyRate,
    spend: Any,
    api: Any,
    client_of: Any,
    finance: User,
    drain: Any,
) -> None:
    cost = spend("50", MAY).json()
    drain()
    rate.refresh_from_db()
    then = figure(api(finance), project)["computed_at"]
    rate.rate = Decimal("0.9")
    rate.save()
    drain()
    client = client_of(finance)
    for path, words in (
        (f"cost-actuals/{cost['id']}", "43 on 5 May 2026"), (f"currency-rates/{rate.pk}", "0.86"),
    ):  # fmt: skip
        for asked, there in (({"as_of": then}, True), ({}, False)):
            page = client.get(f"/{path}/", asked).content.decode()
            assert (words in page) is there, path
    path = f"projects/{project.pk}/rollup/actual_cost/?as_of={then.replace('+', '%2B')}"
    found = api(finance).get(path).json()
    assert (found["value"], [line["value"] for line in found["lines"]]) == (
        "143.00", ["100.00", "43.00"],
    )  # fmt: skip


# What is refused


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ({"foreign_currency": "EUX"}, "/foreign_currency"),
        ({"foreign_currency": "eur"}, "/foreign_currency"),
        ({"amount": "43"}, "/amount"),
        ({"foreign_amount": None}, "/foreign_amount"),
        ({"foreign_currency": ""}, "/amount"),
        ({"kind": "reversal"}, "/amount"),
        ({"foreign_amount": "1.0000001"}, "/foreign_amount"),
    ],
)
def test_what_is_no_amount_in_another_currency_is_refused(
    said: Any, at: str, rate: CurrencyRate, spend: Any
) -> None:
    answer = spend("50", MAY, **said)
    assert (answer.status_code, [*errors_of(answer)]) == (400, [at])


def test_amounts_are_of_whole_coins_of_their_currency(
    project: Project, rate: CurrencyRate, spend: Any
) -> None:
    type(project.owner_portfolio).objects.update(money_unit=1)
    for code, amount, status in (
        ("JPY", "1.5", 400), ("JPY", "2", 201), ("KWD", "1.125", 201), ("KWD", "1.1255", 400),
        ("EUR", "1.125", 400), ("EUR", "1.12", 201),
    ):  # fmt: skip
        assert spend(amount, MAY, foreign_currency=code).status_code == status, (code, amount)


def test_what_follows_from_a_rate_is_not_changed_by_itself(
    rate: CurrencyRate, spend: Any, api: Any, finance: User
) -> None:
    path = f"cost-actuals/{spend('50', MAY).json()['id']}/"
    assert errors_of(api(finance).patch(path, {"amount": "1"})) == {"/amount": "invalid"}
    assert errors_of(api(finance).patch(path, {"exchange_rate": "1"})) == {
        "/exchange_rate": "read_only"
    }
    with pytest.raises(DatabaseError, match="follows"), transaction.atomic():
        CostActual.objects.filter(foreign_currency="EUR").update(amount=1)
    assert api(finance).patch(path, {"foreign_amount": "100"}).json()["amount"] == "86.00"
    plain = {"foreign_currency": "", "foreign_amount": None, "amount": "7"}
    assert api(finance).patch(path, plain).json()["amount"] == "7.00"


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ({"rate": "0"}, "/rate"),
        ({"rate": "-1"}, "/rate"),
        ({"rate": "1000000"}, "/rate"),
        ({"rate": "1.23456789"}, "/rate"),
        ({"currency": "GBP"}, "/currency"),
        ({"currency": "ABC"}, "/currency"),
        ({"kind": "spot"}, "/kind"),
        ({"valid_from": "2026-02-30"}, "/valid_from"),
    ],
)
def test_what_is_no_rate_is_refused(
    said: Any, at: str, project: Project, api: Any, finance: User
) -> None:
    body = {"portfolio": project.owner_portfolio.pk, "currency": "JPY", "valid_from": APRIL}
    answer = api(finance).post("currency-rates/", body | {"rate": "0.0052"} | said)
    assert (answer.status_code, [*errors_of(answer)]) == (400, [at])


def test_there_is_one_rate_of_a_currency_and_a_day(
    project: Project, rate: CurrencyRate, api: Any, finance: User
) -> None:
    body = {"portfolio": project.owner_portfolio.pk, "currency": "EUR", "valid_from": APRIL}
    again = api(finance).post("currency-rates/", body | {"rate": "0.9"})
    assert again.status_code == 400
    assert "There is a rate of this day here" in again.content.decode()


def test_rates_are_written_by_finance_and_the_pmo_and_read_by_all_who_see_the_portfolio(
    project: Project, rate: CurrencyRate, api: Any, finance: User
) -> None:
    manager, reader, stranger = (factories.user(name) for name in ("pm", "reader", "stranger"))
    factories.role(manager, "project_manager", project=project)
    factories.role(reader, "viewer", portfolio=project.owner_portfolio)
    path = f"currency-rates/{rate.pk}/"
    for user, reads, writes in ((manager, 200, 403), (reader, 200, 403), (stranger, 404, 404)):
        assert api(user).get(path).status_code == reads
        assert api(user).patch(path, {"rate": "0.5"}).status_code == writes


def test_a_closed_year_keeps_its_rates(
    project: Project, api: Any, finance: User, spend: Any
) -> None:
    home = project.owner_portfolio
    early = factories.currency_rate(home, rate="0.8", valid_from="2025-05-01")
    spend("50", MARCH)
    factories.closed_year(home, fiscal_year=2025)
    answer = api(finance).patch(f"currency-rates/{early.pk}/", {"rate": "0.9"})
    assert [*errors_of(answer)] == ["/valid_from"]
    assert api(finance).delete(f"currency-rates/{early.pk}/").status_code == 409


def test_a_portfolio_with_rates_keeps_its_currency(
    project: Project, rate: CurrencyRate, api: Any, nothing: None
) -> None:
    office = factories.user("office")
    factories.role(office, "pmo")
    path = f"portfolios/{project.owner_portfolio.pk}/"
    answer = api(office).patch(path, {"currency": "EUR"})
    assert (answer.status_code, [*errors_of(answer)]) == (409, ["/currency"])


def test_a_small_rate_is_told_without_an_exponent(
    project: Project, api: Any, finance: User, client_of: Any
) -> None:
    made = api(finance).post(
        "currency-rates/",
        {
            "portfolio": project.owner_portfolio.pk, "currency": "VND", "kind": "actual",
            "valid_from": APRIL, "rate": "0.00000003", "source": "bank",
        },
    )  # fmt: skip
    assert (made.status_code, made.json()["rate"]) == (201, "0.000000030000"), made.json()
    path = f"currency-rates/{made.json()['id']}/"
    assert api(finance).get(path).json()["rate"] == "0.000000030000"
    assert api(finance).patch(path, {"rate": "0.000000040000"}).status_code == 200
    spent = {"project": project.pk, "posted_on": MAY, "foreign_currency": "VND"}
    cost = api(finance).post("cost-actuals/", spent | {"foreign_amount": "1000000.00"})
    assert (cost.json()["amount"], cost.json()["exchange_rate"]) == ("0.04", "0.000000040000")
    for address in (
        *(f"/{path}{page}" for page in ("", "edit/", "history/")),
        "/currency-rates/",
        f"/cost-actuals/{cost.json()['id']}/",
        f"/api/v1/{path}history/",
        "/api/v1/currency-rates/?format=csv",
    ):
        answer = client_of(finance).get(address)
        text = b"".join(answer) if answer.streaming else answer.content
        assert answer.status_code == 200, address
        assert b"0.00000004" in text, address
        assert b"E-" not in text, address
