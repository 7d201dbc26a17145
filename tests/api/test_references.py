"""References of costs: one posting each within a portfolio, whoever else uses the same."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from pmhub.models import User
from projects.models import CostActual
from tests import factories
from tests.admin.forms import entries, errors
from tests.api.conftest import errors_of

TAKEN = "This reference is taken in this portfolio."
COST = {"posted_on": "2026-10-01", "amount": "5.00", "source": "ledger", "source_ref": "4711"}


def neighbours() -> tuple[Any, Any]:
    """Two projects of two programmes of one portfolio."""
    programme = factories.programme()
    other = factories.programme(portfolio=programme.portfolio)
    return factories.project(programme=programme), factories.project(programme=other)


def test_a_reference_of_another_portfolio_is_free(office: User, api: Any) -> None:
    there, here = factories.project(), factories.project()
    line = factories.line()
    for target in ({"project": there.pk}, {"project": here.pk}, {"programme_line": line.pk}):
        first = api(office).post("cost-actuals/", COST | target)
        assert first.status_code == 201
        assert api(office).post("cost-actuals/", COST | target).json() == first.json()
    assert CostActual.objects.count() == 3


def test_a_clash_out_of_sight_says_nothing_of_the_posting(api: Any, nothing: None) -> None:
    mine, hidden = neighbours()
    hidden.cost_actuals.create(**COST)
    manager = factories.user()
    factories.role(manager, "programme_manager", programme=mine.programme)
    for other in ({}, {"amount": "6.00"}):
        answer = api(manager).post("cost-actuals/", COST | other | {"project": mine.pk})
        assert (answer.status_code, errors_of(answer)) == (400, {"/source_ref": "invalid"})
        assert answer.json()["errors"][0]["detail"] == TAKEN
        assert hidden.code not in answer.content.decode()
    elsewhere = factories.project()
    elsewhere.cost_actuals.create(**COST | {"source_ref": "4712"})
    free = COST | {"project": mine.pk, "source_ref": "4712"}
    assert api(manager).post("cost-actuals/", free).status_code == 201


def test_no_cost_takes_a_reference_that_is_taken_by_any_door(
    office: User, api: Any, client_of: Any
) -> None:
    mine, other = neighbours()
    other.cost_actuals.create(**COST)
    cost = mine.cost_actuals.create(**COST | {"source_ref": "1"})
    path = f"cost-actuals/{cost.pk}/"
    answer = api(office).patch(path, {"source_ref": "4711"})
    assert (answer.status_code, errors_of(answer)) == (400, {"/source_ref": "unique"})
    User.objects.filter(pk=office.pk).update(is_staff=True)
    desk, page = client_of(office), f"/admin/projects/costactual/{cost.pk}/change/"
    sent = entries(desk.get(page), source_ref="4711")
    assert errors(desk.post(page, sent))["source_ref"] == [TAKEN]
    rows = CostActual.objects.filter(pk=cost.pk)
    with pytest.raises(IntegrityError, match="cost_once"), transaction.atomic():
        rows.update(source_ref="4711")
    assert rows.get().source_ref == "1"
    assert api(office).patch(path, {"source": "bank", "source_ref": "4711"}).status_code == 200


def test_what_moves_takes_no_reference_that_is_taken_there(office: User, api: Any) -> None:
    here, there = factories.programme(), factories.programme()
    for programme in (here, there):
        factories.project(programme=programme).cost_actuals.create(**COST)
    path = f"programmes/{here.pk}/"
    answer = api(office).patch(path, {"portfolio": there.portfolio_id})
    assert (answer.status_code, errors_of(answer)) == (409, {"/source_ref": "cost_once"})
