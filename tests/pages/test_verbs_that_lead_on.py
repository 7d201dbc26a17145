"""A page offers a verb where it leads on, and says otherwise what comes first."""

from datetime import timedelta
from typing import Any

import pytest

from benefits.models import Benefit
from pmhub.models import User
from projects.models import Project
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def office_page(client_of: Any, nothing: None) -> Any:
    """`office_page(path)`: what the PMO is shown."""
    pmo = factories.user("pmo")
    factories.role(pmo, "pmo")
    return lambda path: client_of(User.objects.get(pk=pmo.pk)).get(path).content.decode()


def test_an_output_is_taken_out_where_an_approved_change_says_so(office_page: Any) -> None:
    output = factories.output(factories.project())
    assert 'id="descoping-form"' not in office_page(f"/outputs/{output.pk}/")
    assert "Take it out of the scope" in office_page(f"/outputs/{output.pk}/edit/")  # asked for
    factories.descoping_approved(output)
    assert 'id="descoping-form"' in office_page(f"/outputs/{output.pk}/")


def test_a_benefit_is_realised_once_it_comes_to_its_target(office_page: Any) -> None:
    said: dict[str, Any] = {
        "kind": "stock",
        "monetised": False,
        "baseline_value": 0,
        "target_value": 10,
        "target_on": factories.AS_OF,
    }
    benefit = factories.benefit(status="realising", **said)
    shown = office_page(f"/benefits/{benefit.pk}/")
    assert 'id="achievement-form"' not in shown
    assert 'id="miss-form"' not in shown
    factories.measurement(benefit, 2025, 10, status="verified", verified_by=factories.person())
    Benefit.objects.update(target_on=factories.AS_OF - timedelta(days=1))
    shown = office_page(f"/benefits/{benefit.pk}/")
    assert 'id="achievement-form"' in shown
    assert 'id="miss-form"' in shown


def test_a_project_that_has_ended_offers_no_record_that_it_would_refuse(office_page: Any) -> None:
    project = factories.project()
    made = {"outputs", "compliance-items", "issues", "assumptions", "posts", "risks", "milestones"}

    def offered() -> set[str]:
        shown = office_page(f"/projects/{project.pk}/")
        return {name for name in made if f"/{name}/new/?project={project.pk}" in shown}

    assert offered() == made
    stop = {"status": "terminated", "terminated_on": factories.AS_OF, "ended_reason": "No funding"}
    Project.objects.filter(pk=project.pk).update(**stop)
    assert offered() == set()
