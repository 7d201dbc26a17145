"""CPI and SPI are ratios of amounts as they were computed: rounding them to hundredths, project by
project, moves no index, though lines and sums are rounded."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from pmhub.models import User
from programmes.models import LedgerLine, MetricValue, Programme
from projects.models import CostActual, Project
from tests import factories
from tests.ledger.conftest import api, now, read
from tests.pages.conftest import words

__all__ = ["api", "now", "read", "words"]
pytestmark = pytest.mark.django_db
PLANNED = Decimal(213) / Decimal(364)  # of a year that began on 1 April, on 31 October


@pytest.fixture
def home(nothing: None, drain: Any) -> Programme:
    """A programme of three projects of 1.00 each: 0.005 earned and 0.01 spent of each."""
    programme: Programme = factories.programme()
    for _ in range(3):
        project = factories.project(programme=programme, percent_complete=Decimal("0.5"))
        factories.baseline(project, budget_at_completion=Decimal(1))
        CostActual.objects.create(
            project=project, posted_on=date(2026, 9, 30), amount=Decimal("0.01")
        )
    drain()
    return programme


@pytest.fixture
def reader(home: Programme) -> User:
    """Somebody who reads the programme."""
    user = factories.user("reader")
    factories.role(user, "viewer", programme=home)
    return user


def value(programme: Programme, name: str) -> Any:
    return MetricValue.objects.get(programme=programme, metric=name, valid_to=None).value


def test_an_index_takes_the_amounts_as_they_were_computed(home: Programme) -> None:
    assert value(home, "cost_performance_index") == Decimal("0.5")
    exact = (Decimal("0.005") / PLANNED).quantize(Decimal("0.0000000001"))
    assert value(home, "schedule_performance_index") == exact


def test_lines_are_of_hundredths_and_add_up_to_their_sum(home: Programme) -> None:
    lines = LedgerLine.objects.filter(programme=home, metric="earned_value", valid_to=None)
    assert {line.value for line in lines} == {Decimal("0.01")}
    assert {line.inputs["unrounded"] for line in lines} == {"0.005"}
    assert value(home, "earned_value") == Decimal("0.03")


def test_an_amount_that_rounding_leaves_is_said_once(home: Programme, drain: Any) -> None:
    Project.objects.filter(programme=home).update(percent_complete=1)
    drain()
    lines = LedgerLine.objects.filter(programme=home, metric="earned_value", valid_to=None)
    assert not any("unrounded" in line.inputs for line in lines)
    stored = MetricValue.objects.get(programme=home, metric="earned_value", valid_to=None)
    assert (stored.value, stored.detail) == (Decimal("0.03"), {})
    assert value(home, "cost_performance_index") == 1


def test_what_moved_an_index_adds_up_though_hundredths_stay(
    home: Programme, reader: User, read: Any, drain: Any, now: Any
) -> None:
    since = now()
    Project.objects.filter(programme=home).update(percent_complete=Decimal("0.8"))
    drain()
    found = read(
        reader, f"programmes/{home.pk}/bridge/", metric="cost_performance_index", from_=since
    ).json()
    assert found["difference"] == pytest.approx(0.3)
    assert sum(part["amount"] for part in found["parts"]) == pytest.approx(0.3)
    assert {part["cause"] for part in found["parts"]} == {"value_edited"}
    assert {part["through"] for part in found["parts"]} == {"earned_value"}


def test_the_money_pages_say_the_same_index(
    home: Programme, reader: User, client_of: Any, words: Any
) -> None:
    project = home.projects.order_by("pk")[0]
    for path in (f"/programmes/{home.pk}/money/", f"/projects/{project.pk}/money/"):
        assert "CPI EV ÷ AC 0.50" in words(client_of(reader).get(path))
