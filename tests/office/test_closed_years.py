"""A closed fiscal year stays as it is through every door, until the PMO opens it again."""

import re
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from pmhub.models import User
from programmes.models import ClosedYear, Programme
from projects.models import BudgetTransfer, CostActual, Project
from tests import factories
from tests.api.conftest import errors_of
from tests.pages.conftest import words

__all__ = ["words"]

IN_2025, IN_2026 = "2026-03-31", "2026-04-01"  # the last day of one year, the first of the next


@pytest.fixture
def closed(project: Project, pmo: User, api: Any) -> ClosedYear:
    """The year from April 2025, closed, in which a cost was posted."""
    CostActual.objects.create(project=project, amount=5, posted_on=IN_2025)
    body = {"portfolio": project.owner_portfolio.pk, "fiscal_year": 2025, "note": "Audited"}
    answer = api(pmo).post("closed-years/", body)
    assert answer.status_code == 201, answer.json()
    assert answer.json()["closed_by"] == pmo.person.pk
    return ClosedYear.objects.get()


def test_a_year_is_closed_by_the_pmo_once_it_is_over(
    project: Project, steers: User, pmo: User, api: Any
) -> None:
    body = {"portfolio": project.owner_portfolio.pk, "fiscal_year": 2025}
    assert api(steers).post("closed-years/", body).status_code == 403
    assert errors_of(api(pmo).post("closed-years/", body | {"fiscal_year": 2026})) == {
        "/fiscal_year": "invalid"
    }
    for never in (9999, 32767):
        assert errors_of(api(pmo).post("closed-years/", body | {"fiscal_year": never})) == {
            "/fiscal_year": "invalid"
        }
    with pytest.raises(IntegrityError, match="once it is over"), transaction.atomic():
        factories.closed_year(project.owner_portfolio, fiscal_year=2026)


def test_years_begin_in_another_month_while_none_is_closed(
    project: Project, closed: ClosedYear, pmo: User, api: Any
) -> None:
    path = f"portfolios/{project.owner_portfolio.pk}/"
    answer = api(pmo).patch(path, {"fiscal_year_start_month": 1})
    assert (answer.status_code, [*errors_of(answer)]) == (409, ["/fiscal_year_start_month"])
    api(pmo).verb(f"closed-years/{closed.pk}/reopening/", {"reason": "Years begin in January"})
    assert api(pmo).patch(path, {"fiscal_year_start_month": 1}).status_code == 200


def writes(project: Project) -> dict[str, tuple[str, dict[str, Any], str]]:
    """The writes that belong to a year: collection, body and the field with the day."""
    benefit = factories.benefit(programme=project.programme)
    return {
        "cost": (
            "cost-actuals", {"project": project.pk, "amount": "7", "posted_on": IN_2025},
            "posted_on",
        ),
        "budget": (
            "budget-lines",
            {"project": project.pk, "code": "B", "approved": "9", "fiscal_year": 2025},
            "fiscal_year",
        ),
        "line": (
            "programme-lines",
            {"programme": project.programme_id, "code": "L", "kind": "other", "fiscal_year": 2025},
            "fiscal_year",
        ),
        "envelope": (
            "envelopes",
            {"portfolio": project.owner_portfolio.pk, "amount": "9", "fiscal_year": 2025},
            "fiscal_year",
        ),
        "contingency": (
            "contingency-movements",
            {"programme": project.programme_id, "project": project.pk, "amount": "1",
             "moved_on": IN_2025},
            "moved_on",
        ),
        "measurement": (
            "measurements",
            {"benefit": benefit.pk, "period_start": "2025-04-01", "period_end": IN_2025,
             "value": "5"},
            "period_end",
        ),
    }  # fmt: skip


@pytest.mark.parametrize(
    "name", ["cost", "budget", "line", "envelope", "contingency", "measurement"]
)
def test_nothing_is_written_into_it_until_it_is_open_again(
    name: str, project: Project, closed: ClosedYear, pmo: User, api: Any
) -> None:
    Programme.objects.update(contingency_budget=100)
    collection, body, field = writes(project)[name]
    answer = api(pmo).post(f"{collection}/", body)
    assert answer.status_code in (400, 409), answer.json()
    [error] = answer.json()["errors"]
    assert (error["pointer"], "fiscal year 2025" in error["detail"]) == (f"/{field}", True)
    tried = api(pmo).post(f"{collection}/?preview=1", body)
    assert tried.status_code == answer.status_code
    path = f"closed-years/{closed.pk}/"
    assert errors_of(api(pmo).verb(f"{path}reopening/", {})) == {"/reason": "required"}
    api(pmo).verb(f"{path}reopening/", {"reason": "An invoice came late"})
    assert api(pmo).post(f"{collection}/", body).status_code == 201


def test_what_lies_in_it_is_neither_changed_nor_moved_out_of_it(
    project: Project, closed: ClosedYear, pmo: User, api: Any
) -> None:
    path = f"cost-actuals/{CostActual.objects.get().pk}/"
    assert errors_of(api(pmo).patch(path, {"amount": "6"})).keys() == {"/posted_on"}
    assert errors_of(api(pmo).patch(path, {"posted_on": IN_2026})).keys() == {"/posted_on"}
    assert api(pmo).patch(path, {"description": "Steel"}).status_code == 200
    for change in ({"amount": 6}, {"posted_on": IN_2026}):
        with pytest.raises(IntegrityError, match="fiscal year 2025"), transaction.atomic():
            CostActual.objects.update(**change)


def test_the_years_beside_it_and_other_portfolios_go_on(
    project: Project, closed: ClosedYear, pmo: User, api: Any
) -> None:
    body = {"project": project.pk, "amount": "7", "posted_on": IN_2026}
    assert api(pmo).post("cost-actuals/", body).status_code == 201
    other = factories.project()
    assert api(pmo).post("cost-actuals/", body | {"project": other.pk}).status_code == 201
    elsewhere = body | {"project": other.pk, "posted_on": IN_2025}
    assert api(pmo).post("cost-actuals/", elsewhere).status_code == 201


def test_a_closed_year_is_neither_deleted_nor_another(
    closed: ClosedYear, pmo: User, api: Any
) -> None:
    path = f"closed-years/{closed.pk}/"
    assert api(pmo).delete(path).status_code == 409
    assert api(pmo).patch(path, {"fiscal_year": 2024}).status_code in (400, 409)


def test_the_end_of_a_year_says_what_is_open_in_it_and_moves_on_what_is_left(
    project: Project, pmo: User, api: Any, client_of: Any, words: Any
) -> None:
    home = project.owner_portfolio
    old = project.budget_lines.create(code="L25", fiscal_year=2025, approved=100)
    full = project.budget_lines.create(code="F25", fiscal_year=2025, approved=5)
    CostActual.objects.create(project=project, budget_line=old, amount=30, posted_on=IN_2025)
    CostActual.objects.create(project=project, budget_line=full, amount=5, posted_on=IN_2025)
    old.commitments.create(reference="PO1", amount=20, invoiced=12, placed_on=IN_2025)
    benefit = factories.benefit(programme=project.programme)
    factories.measurement(benefit, 2025, 5)
    path = f"/portfolios/{home.pk}/year-end/"
    page = words(client_of(pmo).get(path))
    assert "FY2025 is over and not closed. Close FY2025" in page
    assert "L25 Capital 100 30 8 62 Begin a line of FY2026" in page
    assert "F25" not in page
    assert "Orders that are not invoiced in full 1" in page
    assert "Measurements to verify 1" in page
    coming = project.budget_lines.create(code="L26", fiscal_year=2026)
    found = client_of(pmo).get(path).content.decode()
    [form] = re.findall(r'href="(/budget-transfers/new/[^"]*)"', found)
    form = form.replace("&amp;", "&")
    assert f"from_line={old.pk}&to_line={coming.pk}&amount=62&" in form
    begun = client_of(pmo).get(form).content.decode()
    assert 'value="62' in begun
    assert "Not spent in FY2025" in begun
    body = {"from_line": old.pk, "to_line": coming.pk, "amount": "62", "reason": "Not spent"}
    moved = api(pmo).post("budget-transfers/", body)
    assert moved.status_code == 201, moved.json()
    assert "Budget transfers to decide 1" in words(client_of(pmo).get(path))
    assert "FY2026 is not over" in words(client_of(pmo).get(f"{path}?year=2026"))
    for odd in ("x", "99999", "1", "-1"):
        assert client_of(pmo).get(f"{path}?year={odd}").status_code == 200
    made = api(pmo).post("closed-years/", {"portfolio": home.pk, "fiscal_year": 2025})
    assert made.status_code == 201
    closed = client_of(pmo).get(f"{path}?year=2025").content.decode()
    assert "is closed: what is open in it stays so" in closed
    assert "/budget-transfers/new/" not in closed


def test_what_is_left_of_a_line_is_not_known_without_an_exchange_rate(
    project: Project, pmo: User, client_of: Any, words: Any
) -> None:
    ordered, spent = (
        project.budget_lines.create(code=code, fiscal_year=2025, approved=100)
        for code in ("L1", "L2")
    )
    project.budget_lines.create(code="L3", fiscal_year=2025, approved=10)
    foreign = {"foreign_currency": "USD", "foreign_amount": 40}
    ordered.commitments.create(reference="PO1", placed_on=IN_2025, **foreign)
    CostActual.objects.create(project=project, budget_line=spent, posted_on=IN_2025, **foreign)
    answer = client_of(pmo).get(f"/portfolios/{project.owner_portfolio.pk}/year-end/?year=2025")
    page = words(answer)
    for code in ("L1", "L2"):
        assert f"{code} Capital 100 0 0 not known 1 amount without an exchange rate" in page
    assert "L3 Capital 10 0 0 10 Begin a line of FY2026" in page
    assert page.count("Begin a line of") == 1
    assert "10 £k together" in page


def test_cents_that_are_left_are_shown(
    project: Project, pmo: User, client_of: Any, words: Any
) -> None:
    line = project.budget_lines.create(code="L1", fiscal_year=2025, approved="100.40")
    CostActual.objects.create(project=project, budget_line=line, amount=100, posted_on=IN_2025)
    page = words(
        client_of(pmo).get(f"/portfolios/{project.owner_portfolio.pk}/year-end/?year=2025")
    )
    assert "L1 Capital 100.40 100.00 0.00 0.40" in page
    assert "0.40 £k together" in page


def test_whoever_sees_a_part_of_the_portfolio_sees_what_is_open_of_that(
    project: Project, api: Any, client_of: Any, words: Any
) -> None:
    project.budget_lines.create(code="L25", fiscal_year=2025, approved=100)
    reader = factories.user("reads.other")
    other = factories.project(programme=factories.programme(portfolio=project.owner_portfolio))
    factories.role(reader, "viewer", project=other)
    path = f"/portfolios/{project.owner_portfolio.pk}/year-end/"
    page = words(client_of(reader).get(path))
    assert "L25" not in page
    assert "Nothing is open in FY2026 that you may see." in page
    assert "Close FY2025" not in words(client_of(reader).get(f"{path}?year=2025"))
    assert client_of(factories.user("stranger")).get(path).status_code == 404


def test_the_end_of_a_year_takes_as_many_queries_for_four_of_each_as_for_two(
    project: Project, pmo: User, client_of: Any
) -> None:
    path = f"/portfolios/{project.owner_portfolio.pk}/year-end/?year=2025"
    client, taken = client_of(pmo), []
    for number in range(4):
        line = project.budget_lines.create(code=f"L{number}", fiscal_year=2025, approved=100)
        to = project.budget_lines.create(code=f"N{number}", fiscal_year=2026)
        BudgetTransfer.objects.create(from_line=line, to_line=to, amount=1, reason="Late")
        line.commitments.create(reference=f"PO{number}", amount=2, placed_on=IN_2025)
        factories.measurement(factories.benefit(programme=project.programme), 2025, 5)
        with CaptureQueriesContext(connection) as captured:
            page = client.get(path).content.decode()
        assert f"L{number}" in page
        taken.append(len(captured))
    # The first one also fills what later ones find.
    assert taken[3] == taken[1]
