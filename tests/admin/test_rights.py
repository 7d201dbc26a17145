"""Who is of the PMO and leads a project sets none of its limits on the admin pages either, begins
nothing in a state that is reached by a step, and does no step that is for others."""

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from pmhub.models import User
from programmes.models import Programme
from projects.models import Baseline, ContingencyMovement, Project, Risk
from tests import factories
from tests.admin.forms import entries
from tests.api.conftest import office

__all__ = ["office"]


@pytest.fixture
def own(office: User) -> Project:
    """A project that the member of the PMO manages."""
    User.objects.filter(pk=office.pk).update(is_staff=True)
    return factories.project(project_manager=office.person)


@pytest.fixture
def other(own: Project) -> Project:
    """A project of somebody else."""
    return factories.project(programme=own.programme)


def add(client: Any, model: Any, **said: str) -> Any:
    """Send the form of a new record."""
    at = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")
    sent = entries(client.get(at), **said)
    return client.post(at, {name: value for name, value in sent.items() if value is not None})


def test_the_manager_approves_no_plan_of_their_own(
    own: Project, other: Project, office: User, client_of: Any
) -> None:
    plan = {"starts_on": "2026-01-01", "finishes_on": "2026-12-31", "budget_at_completion": "100",
            "planned_value_profile": "[]", "approved_on": "2026-10-01", "reason": "x"}  # fmt: skip
    for project, made in ((own, 0), (other, 1)):
        answer = add(client_of(office), Baseline, project=str(project.pk), **plan)
        assert Baseline.objects.filter(project=project).count() == made, answer.content


def test_the_manager_draws_no_contingency_for_their_own(
    own: Project, other: Project, office: User, client_of: Any
) -> None:
    Programme.objects.filter(projects=own).update(contingency_budget=100)
    said = {"programme": str(own.programme_id), "moved_on": "2026-10-01", "reason": "x",
            "amount": "5"}  # fmt: skip
    for project, made in ((own, 0), (other, 1)):
        add(client_of(office), ContingencyMovement, project=str(project.pk), **said)
        found = ContingencyMovement.objects.filter(project=project)
        assert found.count() == made


def test_nothing_begins_in_a_state_that_a_step_leads_to(
    other: Project, office: User, client_of: Any
) -> None:
    said = {"project": str(other.pk), "code": "R7", "title": "Claim"}
    for status, made in (("closed", 0), ("materialised", 0), ("draft", 1)):
        add(client_of(office), Risk, status=status, **said)
        assert Risk.objects.filter(project=other).count() == made, status


def test_a_step_of_the_list_is_for_whoever_may_do_it(
    own: Project, other: Project, office: User, client_of: Any
) -> None:
    at = reverse("admin:projects_project_changelist")
    plan = {"starts_on": "2026-01-01", "finishes_on": "2026-12-31", "approved_on": "2026-10-01",
            "budget_at_completion": "100", "reason": "x"}  # fmt: skip
    ticked = {"action": "baseline", "_selected_action": [own.pk, other.pk], "confirmed": "yes"}
    client_of(office).post(at, ticked | plan)
    found = Baseline.objects.values_list("project", "approved_on")
    assert [*found] == [(other.pk, date(2026, 10, 1))]


def test_the_manager_deletes_no_draft_plan_of_their_own(
    own: Project, other: Project, office: User, client_of: Any
) -> None:
    for project, left in ((own, 1), (other, 0)):
        plan = factories.baseline(project, approved_on=None)
        at = reverse("admin:projects_baseline_delete", args=[plan.pk])
        client_of(office).post(at, {"post": "yes"})
        assert Baseline.objects.filter(project=project).count() == left
