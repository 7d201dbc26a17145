"""A programme that has ended spends nothing more of its own lines."""

from decimal import Decimal
from typing import Any

import pgtrigger
import pytest
from django.utils import timezone

from pmhub.models import User
from programmes.models import Programme
from programmes.queries.money import money_of_programme
from programmes.rollup.verify import differences
from tests import factories
from tests.api.conftest import api, office
from tests.ledger.conftest import written

__all__ = ["api", "office"]

ENDED = "2026-10-20"
FIGURES = ("total_forecast", "costs_present_value", "programme_lines_budget", "budget_released")


@pytest.fixture
def programme(nothing: None) -> Programme:
    """A programme with lines of 120, of which 20 are spent, and of 50, of which 15 are estimated to
    come; income of 30 is still expected."""
    made = factories.programme(portfolio=factories.portfolio(discount_base_year=2026))
    line = factories.line(programme=made, code="OFFICE", approved_budget=Decimal(120))
    line.cost_actuals.create(posted_on="2026-06-01", amount=20)
    factories.line(
        programme=made, code="CHANGE", approved_budget=Decimal(50), estimate_to_complete=Decimal(15)
    )
    factories.line(programme=made, code="GRANT", kind="grant_income", approved_budget=Decimal(-30))
    return made


@pytest.fixture
def told(programme: Programme, office: User, api: Any, drain: Any) -> Any:
    """`told()`: figures of the programme, now or of the past, as REST says them."""

    def read(query: str = "") -> list[str | None]:
        drain()
        found = api(office).get(f"programmes/{programme.pk}/rollup/{query}").json()["metrics"]
        return [found[name]["value"] for name in FIGURES]

    return read


def stop(api: Any, office: User, programme: Programme, query: str = "") -> Any:
    body = {"actual_end_on": ENDED, "reason": "No funding"}
    return api(office).verb(f"programmes/{programme.pk}/termination/{query}", body)


def test_of_a_stopped_programme_only_what_is_estimated_is_still_to_be_spent(
    programme: Programme, told: Any, office: User, api: Any
) -> None:
    assert told() == ["105.00", "105.00", "140.00", "0.00"]  # 120 + 15 − 30
    tried = stop(api, office, programme, "?preview=1").json()
    moved = {
        each["name"]: (each["from"], each["to"])
        for row in tried["programmes"]
        for each in row["metrics"]
    }
    assert moved["total_forecast"] == ("105.00", "35.00")
    begun = timezone.now()
    assert stop(api, office, programme).status_code == 200
    assert told() == ["35.00", "35.00", "5.00", "135.00"]  # 20 + 15 to be spent; no grant
    assert told(f"?as_of={written(begun).replace('+', '%2B')}")[0] == "105.00"
    asked = f"metric=total_forecast&from={written(begun).replace('+', '%2B')}"
    found = api(office).get(f"programmes/{programme.pk}/bridge/?{asked}").json()
    assert found["difference"] == "-70.00"
    assert sum(Decimal(part["amount"]) for part in found["parts"]) == -70
    told = {(part["root"]["type"], part["reason"], part["by"]["name"]) for part in found["parts"]}
    assert told == {("programme", "No funding", office.person.name)}
    table = money_of_programme(programme, office).total()
    assert (table.approved, table.forecast, table.released) == (5, 35, 135)
    assert differences() == []


def test_a_closed_programme_has_cost_what_was_spent(
    programme: Programme, told: Any, office: User
) -> None:
    assert told()[0] == "105.00"
    with pgtrigger.ignore("programmes.Programme:stage_moves", "programmes.Programme:ends_last"):
        Programme.objects.filter(pk=programme.pk).update(stage="closed", actual_end_on=ENDED)
    assert told() == ["20.00", "20.00", "140.00", "0.00"]
    money = money_of_programme(programme, office)
    assert money.total().forecast == 20
    assert differences() == []
