"""Money over REST: lines and what is posted to them, reversals, orders, contingency."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from pmhub.models import User
from programmes import queries
from programmes.rollup.verify import differences
from projects.models import BudgetLine, Commitment, ContingencyMovement, CostActual, Project
from tests import factories
from tests.api.conftest import errors_of

ON = "2026-10-01"


@pytest.fixture
def finance(nothing: None) -> User:
    """Somebody of finance, for the whole organisation."""
    user = factories.user("finance")
    factories.role(user, "finance")
    return user


@pytest.fixture
def project(nothing: None) -> Project:
    """A live project of a programme with 500 of contingency."""
    programme = factories.programme(contingency_budget=500)
    project = factories.project(programme=programme)
    factories.baseline(project)
    return project


def of(project: Project, metric: str) -> Any:
    """A figure of the programme of a project."""
    assert project.programme
    return queries.rollup(project.programme).value(metric)


def test_a_cost_has_the_treatment_of_its_line_or_says_that_it_is_on_none(
    finance: User, project: Project, api: Any
) -> None:
    line = factories.budget(project, 100, treatment="revenue", code="R")
    body = {"project": project.pk, "amount": "10.00", "posted_on": ON}
    on_line = api(finance).post("cost-actuals/", {**body, "budget_line": line.pk}).json()
    on_none = api(finance).post("cost-actuals/", body).json()
    assert (on_line["treatment"], on_none["treatment"]) == ("revenue", "unallocated")


def test_a_cost_is_posted_to_a_line_of_the_project_that_spent_it_by_whatever_path(
    finance: User, project: Project, api: Any
) -> None:
    mine, other = factories.budget(project, 100), factories.budget(factories.project(), 100)
    body = {"project": project.pk, "amount": "10.00", "posted_on": ON}
    refused = api(finance).post("cost-actuals/", {**body, "budget_line": other.pk})
    assert (refused.status_code, errors_of(refused)) == (400, {"/budget_line": "invalid"})
    posted = CostActual.objects.create(
        project=project, budget_line=mine, amount=10, posted_on=date(2026, 10, 1)
    )
    for change in ({"budget_line": other}, {"project": other.project}):
        with pytest.raises(IntegrityError), transaction.atomic():
            CostActual.objects.filter(pk=posted.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        BudgetLine.objects.filter(pk=mine.pk).update(project=other.project)


def test_a_wrong_posting_is_taken_back_once_by_its_opposite(
    finance: User, project: Project, api: Any, drain: Any
) -> None:
    line = factories.budget(project, 100)
    cost = CostActual.objects.create(
        project=project, budget_line=line, amount=40, posted_on=date(2026, 9, 1)
    )
    path = f"cost-actuals/{cost.pk}/reversal/"
    assert errors_of(api(finance).post(path)) == {"/reason": "required"}
    early = api(finance).post(path, {"reason": "Wrong project", "posted_on": "2026-08-31"})
    assert errors_of(early) == {"/posted_on": "invalid"}
    done = api(finance).post(path, {"reason": "Wrong project"})
    assert done.status_code == 200
    reversal = CostActual.objects.get(reverses=cost)
    assert done.json()["reversed_by"] == reversal.pk
    assert (reversal.amount, reversal.kind, reversal.budget_line) == (-40, "reversal", line)
    assert (reversal.posted_on, reversal.description) == (factories.AS_OF, "Wrong project")
    drain()
    assert of(project, "actual_cost") == 0
    assert api(finance).post(path, {"reason": "Again"}).status_code == 409
    back = api(finance).post(f"cost-actuals/{reversal.pk}/reversal/", {"reason": "No"})
    assert back.status_code == 409


def test_neither_a_cost_nor_its_reversal_is_changed_afterwards(
    finance: User, project: Project, api: Any
) -> None:
    cost = CostActual.objects.create(project=project, amount=40, posted_on=date(2026, 9, 1))
    api(finance).post(f"cost-actuals/{cost.pk}/reversal/", {"reason": "Wrong project"})
    reversal = CostActual.objects.get(reverses=cost)
    for each in (cost, reversal):
        refused = api(finance).patch(f"cost-actuals/{each.pk}/", {"amount": "-1.00"})
        assert (refused.status_code, [*errors_of(refused)]) == (409, ["/amount"])
        with pytest.raises(IntegrityError), transaction.atomic():
            CostActual.objects.filter(pk=each.pk).update(amount=-7)
    described = api(finance).patch(f"cost-actuals/{cost.pk}/", {"description": "Steel"})
    assert described.status_code == 200


def test_a_credit_that_was_posted_in_error_is_taken_back_too(
    finance: User, project: Project, api: Any
) -> None:
    cost = CostActual.objects.create(project=project, amount=-40, posted_on=date(2026, 9, 1))
    assert (
        api(finance).post(f"cost-actuals/{cost.pk}/reversal/", {"reason": "X"}).status_code == 200
    )
    assert CostActual.objects.get(reverses=cost).amount == 40


def test_who_only_reads_takes_nothing_back(project: Project, api: Any) -> None:
    reader = factories.user("reader")
    factories.role(reader, "viewer", programme=project.programme)
    cost = CostActual.objects.create(project=project, amount=40, posted_on=date(2026, 9, 1))
    answer = api(reader).post(f"cost-actuals/{cost.pk}/reversal/", {"reason": "X"})
    assert answer.status_code == 403
    assert not CostActual.objects.filter(reverses=cost).exists()


# Orders


def test_a_reference_is_placed_once_in_its_source(
    finance: User, project: Project, api: Any
) -> None:
    line = factories.budget(project, 100)
    body = {
        "budget_line": line.pk, "source": "procurement", "reference": "PO-1", "supplier": "Acme",
        "amount": "80.00", "placed_on": ON,
    }  # fmt: skip
    assert api(finance).post("commitments/", body).status_code == 201
    again = api(finance).post("commitments/", {**body, "reference": "po-1"})
    assert (again.status_code, errors_of(again)) == (400, {"/reference": "unique"})
    assert api(finance).post("commitments/", {**body, "source": "estates"}).status_code == 201


def test_an_order_that_is_sent_twice_is_placed_once(
    finance: User, project: Project, api: Any
) -> None:
    line = factories.budget(project, 100)
    body = {
        "budget_line": line.pk, "source": "procurement", "reference": "PO-1", "supplier": "Acme",
        "amount": "80.00", "placed_on": ON,
    }  # fmt: skip
    first, again = (api(finance).post("commitments/", body) for _ in "ab")
    assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
    other = api(finance).post("commitments/", {**body, "amount": "81.00"})
    assert (other.status_code, list(errors_of(other))) == (400, ["/reference"])
    assert Commitment.objects.count() == 1


def test_a_reference_is_free_in_another_portfolio_and_goes_along_with_its_project(
    finance: User, project: Project, api: Any
) -> None:
    line, other = factories.budget(project, 100), factories.project()
    there = factories.budget(other, 100, code="B9")
    body = {"reference": "PO-1", "amount": "80.00", "placed_on": ON}
    for each in (line, there):
        made = api(finance).post("commitments/", {**body, "budget_line": each.pk})
        assert made.status_code == 201, made.json()
    moves = (
        (
            "UPDATE projects_project SET programme_id = %s WHERE id = %s",
            project.programme_id,
            other,
        ),
        ("UPDATE projects_budgetline SET project_id = %s WHERE id = %s", project.pk, there),
    )
    for sql, home, moved in moves:
        refused = pytest.raises(IntegrityError, match="code_once")
        with refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"{sql}; SET CONSTRAINTS ALL IMMEDIATE", [home, moved.pk])


def test_more_than_was_ordered_is_invoiced_for_a_reason(
    finance: User, project: Project, api: Any
) -> None:
    line = factories.budget(project, 100)
    body = {"budget_line": line.pk, "reference": "PO-1", "amount": "80.00", "placed_on": ON}
    path = f"commitments/{api(finance).post('commitments/', body).json()['id']}/"
    assert api(finance).patch(path, {"invoiced": "80.00"}).status_code == 200
    refused = api(finance).patch(path, {"invoiced": "80.01"})
    assert errors_of(refused) == {"/invoiced": "invalid"}
    because = {"invoiced": "80.01", "excess_reason": "Steel price index"}
    assert api(finance).patch(path, because).status_code == 200
    with pytest.raises(IntegrityError), transaction.atomic():
        Commitment.objects.update(excess_reason="")


def test_an_order_is_closed_or_cancelled_and_then_stays(
    finance: User, project: Project, api: Any
) -> None:
    line = factories.budget(project, 100)
    made = [
        Commitment.objects.create(
            budget_line=line, reference=name, amount=10, placed_on=date(2026, 9, 1)
        )
        for name in ("PO-1", "PO-2")
    ]
    closed, cancelled = (f"commitments/{each.pk}/" for each in made)
    assert api(finance).post(f"{closed}closure/").json()["state"] == "closed"
    assert errors_of(api(finance).post(f"{cancelled}cancellation/")) == {"/reason": "required"}
    gone = api(finance).post(f"{cancelled}cancellation/", {"reason": "Not needed"})
    assert gone.json()["state"] == "cancelled"
    assert api(finance).post(f"{closed}cancellation/", {"reason": "X"}).status_code == 409


# Contingency


@pytest.fixture
def manager(project: Project) -> User:
    """The manager of the programme."""
    user = factories.user("manager")
    factories.role(user, "programme_manager", programme=project.programme)
    return user


def test_contingency_is_drawn_given_back_and_moved_on_and_never_created(
    manager: User, project: Project, api: Any, drain: Any
) -> None:
    other, path = (
        factories.project(programme=project.programme),
        f"programmes/{project.programme_id}/",
    )
    body = {"project": project.pk, "amount": "300.00", "reason": "Ground is wet"}
    assert api(manager).post(f"{path}contingency-draw/", body).status_code == 200
    assert (
        api(manager).post(f"{path}contingency-return/", {**body, "amount": "100.00"}).status_code
        == 200
    )
    moved = {**body, "from_project": project.pk, "project": other.pk, "amount": "50.00"}
    assert api(manager).post(f"{path}contingency-transfer/", moved).status_code == 200
    drain()
    assert of(project, "contingency_remaining") == 300
    by_project = ContingencyMovement.objects.values_list("project", "amount")
    assert sorted(by_project) == sorted(
        [(project.pk, 300), (project.pk, -100), (project.pk, -50), (other.pk, 50)]
    )


@pytest.mark.parametrize(
    ("verb", "body", "field"),
    [
        ("draw", {"amount": "500.01"}, "amount"),
        ("draw", {"amount": "0"}, "amount"),
        ("draw", {"amount": "-1.00"}, "amount"),
        ("draw", {"amount": "1.00", "moved_on": "2199-01-01"}, "moved_on"),
        ("return", {"amount": "1.00"}, "amount"),
        ("transfer", {"amount": "1.00"}, "amount"),
    ],
)
def test_no_more_moves_than_there_is(
    verb: str, body: dict[str, str], field: str, manager: User, project: Project, api: Any
) -> None:
    other = factories.project(programme=project.programme)
    asked = {"project": other.pk, "reason": "Ground is wet", **body}
    if verb == "transfer":
        asked["from_project"] = project.pk
    answer = api(manager).post(f"programmes/{project.programme_id}/contingency-{verb}/", asked)
    assert (answer.status_code, [*errors_of(answer)]) == (400, [f"/{field}"])
    assert not ContingencyMovement.objects.exists()


def test_contingency_goes_to_no_project_of_another_programme_by_whatever_path(
    manager: User, project: Project, api: Any
) -> None:
    foreign, home = factories.project(), project.programme
    assert home
    factories.role(manager, "viewer", project=foreign)
    body = {"programme": home.pk, "project": foreign.pk, "amount": "1.00", "moved_on": ON}
    refused = api(manager).post("contingency-movements/", body)
    assert (refused.status_code, [*errors_of(refused)]) == (400, ["/project"])
    given: dict[str, Any] = {"programme": home, "amount": 1, "moved_on": ON}
    moved = ContingencyMovement.objects.create(project=project, **given)
    for write in (
        lambda: ContingencyMovement.objects.create(project=foreign, **given),
        lambda: ContingencyMovement.objects.filter(pk=moved.pk).update(project=foreign),
        lambda: ContingencyMovement.objects.filter(pk=moved.pk).update(programme=foreign.programme),
    ):
        with pytest.raises(IntegrityError, match="another programme"), transaction.atomic():
            write()
    Project.objects.filter(pk=project.pk).update(programme=foreign.programme)
    ContingencyMovement.objects.filter(pk=moved.pk).update(reason="It stays as it was given")


def test_a_project_manager_gives_themself_no_contingency(project: Project, api: Any) -> None:
    own = factories.user("own")
    factories.role(own, "project_manager", project=project)
    body = {"project": project.pk, "amount": "1.00", "reason": "I would like it"}
    answer = api(own).post(f"programmes/{project.programme_id}/contingency-draw/", body)
    assert answer.status_code in (403, 404)
    assert not ContingencyMovement.objects.exists()


# What is still to be spent


def test_a_project_forecasts_by_line_or_in_total_and_never_both(
    finance: User, office: User, project: Project, api: Any, drain: Any
) -> None:
    Project.objects.filter(pk=project.pk).update(estimate_to_complete=900)
    over, under = (factories.budget(project, 100, forecast=each) for each in (50, 200))
    post = {"project": project, "posted_on": date(2026, 9, 1)}
    CostActual.objects.create(**post, budget_line=over, amount=60)
    CostActual.objects.create(**post, budget_line=under, amount=30)
    CostActual.objects.create(**post, amount=5)  # on no line
    drain()
    assert of(project, "estimate_at_completion") == 95 + 900
    path = f"projects/{project.pk}/"
    assert api(office).patch(path, {"forecast_basis": "by_line"}).status_code == 200
    drain()
    # A line that has cost more than its forecast takes nothing off the others.
    assert of(project, "estimate_at_completion") == 95 + 170
    refused = api(office).patch(path, {"estimate_to_complete": "1.00"})
    assert errors_of(refused) == {"/estimate_to_complete": "invalid"}
    forecast = api(finance).patch(f"budget-lines/{under.pk}/", {"forecast": "250.00"})
    assert forecast.status_code == 200
    drain()
    assert of(project, "estimate_at_completion") == 95 + 220
    assert list(differences()) == []


def test_what_is_to_go_by_line_is_explained_line_by_line(
    office: User, project: Project, api: Any, drain: Any
) -> None:
    line = factories.budget(project, 100, forecast=80)
    factories.budget(project, 20)  # without a forecast: what is approved
    CostActual.objects.create(
        project=project, budget_line=line, amount=30, posted_on=date(2026, 9, 1)
    )
    Project.objects.filter(pk=project.pk).update(forecast_basis="by_line")
    drain()
    answer = api(office).get(f"projects/{project.pk}/rollup/estimate_at_completion/").json()
    kinds = {(each["source"]["type"], Decimal(each["value"])) for each in answer["lines"]}
    assert kinds == {("costactual", 30), ("budgetline", 50), ("budgetline", 20)}
    assert Decimal(answer["value"]) == 100


def test_a_programme_is_left_the_contingency_that_is_drawn(
    project: Project, office: User, api: Any
) -> None:
    home = f"programmes/{project.programme_id}/"
    draw = {"project": project.pk, "amount": "400.00", "moved_on": ON, "reason": "Cranes"}
    assert api(office).verb(f"{home}contingency-draw/", draw).status_code == 200
    for query in ("?preview=1", ""):
        refused = api(office).patch(f"{home}{query}", {"contingency_budget": "399.99"})
        assert (refused.status_code, errors_of(refused)) == (
            409, {"/contingency_budget": "contingency_drawn"},
        )  # fmt: skip
    assert api(office).patch(home, {"contingency_budget": "400.00"}).status_code == 200
    with pytest.raises(IntegrityError, match="is drawn"), transaction.atomic():
        less(project.programme, 1)


def less(programme: Any, amount: int) -> None:
    """Take contingency from a programme by plain SQL."""
    type(programme).objects.filter(pk=programme.pk).update(contingency_budget=400 - amount)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
