"""The registers on the page of a project are kept, and never older than their rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from pmhub.models import Person, User
from projects.models import Issue, Project, Risk

pytestmark = pytest.mark.django_db

Clients = Callable[[User], Client]


def shown(client: Client, project: Project, query: str = "") -> str:
    """The page of a project."""
    page = client.get(f"/projects/{project.pk}/{query}")
    assert page.status_code == 200
    return page.content.decode()


@pytest.fixture
def project(demo: Any) -> Project:
    """A project of Campus Renewal."""
    found: Project = demo.project("CAM-02")
    return found


def test_a_change_of_a_record_is_seen_at_once(
    project: Project, cam_manager: User, client_of: Clients
) -> None:
    client = client_of(cam_manager)
    risk = Risk.objects.create(project=project, code="R-950", title="The river rises")
    assert "The river rises" in shown(client, project)
    Risk.objects.filter(pk=risk.pk).update(title="The river falls")
    page = shown(client, project)
    assert "The river falls" in page
    assert "The river rises" not in page


def test_who_owns_a_risk_is_called_as_they_are_now(
    project: Project, cam_manager: User, client_of: Clients
) -> None:
    client = client_of(cam_manager)
    risk = project.risks.filter(owner__isnull=False).select_related("owner").first()
    assert risk
    assert risk.owner
    shown(client, project)
    Person.objects.filter(pk=risk.owner.pk).update(name="Ada Newname")
    assert "Ada Newname" in shown(client, project)


def test_what_is_overdue_follows_the_status_date(
    demo: Any, project: Project, cam_manager: User, client_of: Clients
) -> None:
    client, portfolio = client_of(cam_manager), demo.portfolio
    project.issues.all().delete()
    project.compliance_items.all().delete()
    due = portfolio.as_of + timedelta(days=3)
    Issue.objects.create(project=project, code="I-950", title="A wall", due_on=due)
    row = 'id="I-950"'
    before = shown(client, project)
    assert "Overdue" not in before[before.index(row) :][:900]
    type(portfolio).objects.filter(pk=portfolio.pk).update(
        status_date_policy="fixed", status_date=due + timedelta(days=1)
    )
    after = shown(client, project)
    assert "Overdue" in after[after.index(row) :][:900]


def test_each_reader_is_offered_what_they_may_do(
    project: Project, cam_manager: User, viewer: User, client_of: Clients
) -> None:
    new = f"/risks/new/?project={project.pk}"
    for _ in range(2):
        assert new in shown(client_of(cam_manager), project)
        assert new not in shown(client_of(viewer), project)
