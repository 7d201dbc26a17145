"""What has amounts goes to no portfolio in which they would mean something else, on no path."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from pmhub.models import User
from tests import factories
from tests.api.conftest import api, errors_of, office

__all__ = ["api", "office"]


class Homes:
    """A programme with a project in pounds, another in pounds, and one in yen."""

    def __init__(self) -> None:
        self.here = self._home("GBP")
        self.there = self._home("GBP")
        self.abroad = self._home("JPY")

    @staticmethod
    def _home(currency: str) -> Any:
        portfolio = factories.portfolio(currency=currency)
        return factories.project(programme=factories.programme(portfolio=portfolio))


@pytest.fixture
def homes(office: User) -> Homes:
    """The three."""
    return Homes()


# What is moved: the record, its collection, and the field with the parent in a home.
MOVED: dict[str, tuple[str, str, Callable[[Homes], Any], Callable[[Any], Any]]] = {
    "programme": ("programmes", "portfolio", lambda h: h.here.programme,
                  lambda project: project.programme.portfolio),
    "line": ("budget-lines", "project", lambda h: factories.budget(h.here, 100),
             lambda project: project),
    "risk": ("risks", "project", lambda h: factories.risk(
        h.here),
        lambda project: project),
    "benefit": ("benefits", "programme", lambda h: factories.benefit(
        programme=h.here.programme, monetised=True), lambda project: project.programme),
}  # fmt: skip


@pytest.mark.parametrize("what", MOVED)
def test_it_moves_where_its_amounts_mean_the_same(
    what: str, homes: Homes, office: User, api: Any
) -> None:
    collection, field, make, parent = MOVED[what]
    row, path = make(homes), ""
    path = f"{collection}/{row.pk}/"
    refused = api(office).patch(path, {field: parent(homes.abroad).pk})
    assert refused.status_code in (400, 409), refused.content
    assert [*errors_of(refused)] == [f"/{field}"]
    with pytest.raises(IntegrityError, match="mean something else"), transaction.atomic():
        type(row).objects.filter(pk=row.pk).update(**{field: parent(homes.abroad)})
    moved = api(office).patch(path, {field: parent(homes.there).pk})
    assert moved.status_code == 200, moved.content


def test_a_project_that_stands_alone_stays_in_its_money(homes: Homes) -> None:
    for wrong in (
        {"programme": homes.abroad.programme},
        {"programme": None, "portfolio": homes.abroad.programme.portfolio},
    ):
        with pytest.raises(IntegrityError, match="mean something else"), transaction.atomic():
            type(homes.here).objects.filter(pk=homes.here.pk).update(**wrong)
    type(homes.here).objects.filter(pk=homes.here.pk).update(
        programme=None, portfolio=homes.there.programme.portfolio
    )


def test_a_risk_without_amounts_moves(homes: Homes, office: User, api: Any) -> None:
    risk = factories.risk(homes.here)
    fields = {
        f.name: None
        for f in risk._meta.fields
        if "cost" in f.name and not f.name.startswith("foreign")
    }
    type(risk).objects.filter(pk=risk.pk).update(**fields)
    moved = api(office).patch(f"risks/{risk.pk}/", {"project": homes.abroad.pk})
    assert moved.status_code == 200, moved.content
