"""What a resource costs is for who plans money in its portfolio, on every way to it."""

from decimal import Decimal
from typing import Any

import pytest

from projects.models import Resource
from tests import factories
from tests.api.conftest import Api

RATE = "987.65"


@pytest.fixture
def resource(nothing: None) -> Resource:
    """A team with a rate, booked by a project of its portfolio."""
    made = factories.resource(cost_rate=Decimal(RATE))
    programme = factories.programme(portfolio=made.portfolio)
    project = factories.project(programme=programme)
    factories.allocation(made, project, 1)
    made.cost_rate = Decimal("987.66")
    made.save()
    made.cost_rate = Decimal(RATE)
    made.save()
    return made


@pytest.mark.parametrize(
    ("role", "scope", "seen"),
    [
        ("pmo", "", True),
        ("pmo", "portfolio", True),
        ("sponsor", "portfolio", True),
        ("sro", "programme", True),
        ("programme_manager", "programme", True),
        ("project_manager", "project", False),
        ("viewer", "portfolio", False),
        ("viewer", "", False),
        ("assurer", "programme", False),
        ("benefit_owner", "programme", False),
    ],
)
def test_who_sees_what_a_resource_costs(
    role: str, scope: str, seen: bool, resource: Resource, api_of: Any
) -> None:
    project = resource.allocations.get().project
    places = {
        "portfolio": resource.portfolio, "programme": project.programme, "project": project,
    }  # fmt: skip
    user = factories.user()
    factories.role(user, role, **({scope: places[scope]} if scope else {}))
    client = Api(api_of(user))
    path = f"resources/{resource.pk}/"
    assert client.get(path).json()["cost_rate"] == (RATE if seen else None)
    listed = client.get("resources/").json()["results"]
    assert [each["cost_rate"] for each in listed] == [RATE if seen else None]
    expanded = client.get("allocations/?expand=resource").json()["results"]
    assert [each["resource"]["cost_rate"] for each in expanded] == [RATE if seen else None]
    for address in (f"{path}history/", path, "resources/?fields=cost_rate", f"{path}load/"):
        assert seen or b"987.6" not in client.get(address).content
    assert (b"987.66" in client.get(f"{path}history/").content) == seen
    for query in ("ordering=cost_rate", f"cost_rate={RATE}", "cost_rate__gt=5"):
        assert client.get(f"resources/?{query}").status_code == 400


def test_a_role_elsewhere_shows_no_rates(resource: Resource, api_of: Any) -> None:
    user = factories.user()
    factories.role(user, "viewer", portfolio=resource.portfolio)
    factories.role(user, "programme_manager", programme=factories.programme())
    assert Api(api_of(user)).get(f"resources/{resource.pk}/").json()["cost_rate"] is None
