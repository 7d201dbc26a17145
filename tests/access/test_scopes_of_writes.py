"""A token writes where its scopes say, whatever the address: verbs that write other collections
need the scopes of those too."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from pmhub.models import RoleAssignment, Token, User
from programmes.models import Scenario, ScenarioChange
from projects.models import Milestone, Project
from tests import factories
from tests.api.conftest import office

__all__ = ["office"]


def client(user: User, *scopes: str) -> APIClient:
    """A client by a token with these scopes."""
    _, key = Token.objects.create(user=user, name="Tests", scopes=" ".join(scopes))
    made = APIClient()
    made.credentials(HTTP_AUTHORIZATION=f"Bearer {key}", HTTP_IF_MATCH="*")
    return made


@pytest.fixture
def project(office: User) -> Project:
    """A project with a milestone, a risk and a booking to come."""
    made = factories.project(name="Before")
    factories.milestone(made, code="M1")
    return made


def written(office: User, project: Project) -> dict[str, tuple[str, Any, list[str]]]:
    """Address and body of each verb that writes other collections than its own, and which."""
    scenario = Scenario.objects.create(
        programme=factories.programme(), name="Rename", created_by=office
    )
    change = ScenarioChange.objects.create(
        scenario=scenario, title="Rename", method="PATCH", path=f"projects/{project.pk}/",
        body={"name": "After"}, seen_version=project.version,
    )  # fmt: skip
    holder, heir = factories.person(), factories.person()
    RoleAssignment.objects.create(person=holder, role="viewer", project=project)
    risk = factories.risk(project)
    milestone = Milestone.objects.get(code="M1")
    return {
        "adoption": (f"scenario-changes/{change.pk}/adoption/", {}, ["scenarios", "projects"]),
        "hand-over": (f"people/{holder.pk}/hand-over/", {"to": heir.pk}, ["role-assignments"]),
        "materialisation": (
            f"risks/{risk.pk}/materialisation/", {}, ["issues"],
        ),
        "forecast": (
            "milestone-forecasts/",
            {"milestone": milestone.pk, "reported_on": "2026-10-31", "forecast_on": "2027-04-01"},
            ["milestones"],
        ),
    }  # fmt: skip


@pytest.mark.parametrize("verb", ["adoption", "hand-over", "materialisation", "forecast"])
def test_a_verb_needs_the_scopes_of_all_that_it_writes(
    verb: str, office: User, project: Project
) -> None:
    path, body, others = written(office, project)[verb]
    own = f"{path.split('/')[0]}:write"
    narrow = client(office, own).post(f"/api/v1/{path}", body)
    assert (narrow.status_code, narrow.json()["code"]) == (403, "permission_denied")
    assert any(other in narrow.json()["detail"] for other in others)
    assert Project.objects.get(pk=project.pk).name == "Before"
    wide = client(office, own, *(f"{each}:write" for each in others))
    done = wide.post(f"/api/v1/{path}", body)
    assert done.status_code < 300, done.content


def test_a_trial_and_a_preview_reach_no_further_than_the_write(
    office: User, project: Project
) -> None:
    path, _, _ = written(office, project)["adoption"]
    scenario = Scenario.objects.get()
    narrow = client(office, "scenarios:write", "scenario-changes:write")
    assert narrow.post(f"/api/v1/scenarios/{scenario.pk}/trial/").status_code == 403
    assert narrow.post(f"/api/v1/{path}?preview=1").status_code == 403
    wide = client(office, "scenarios:write", "projects:write")
    assert wide.post(f"/api/v1/scenarios/{scenario.pk}/trial/").status_code == 200


def test_what_belongs_to_one_collection_needs_its_scope_alone(
    office: User, project: Project
) -> None:
    address = f"/api/v1/projects/{project.pk}/"
    changed = client(office, "projects:write").patch(address, {"name": "After"})
    assert changed.status_code == 200, changed.content


def test_implementing_a_change_needs_the_scopes_of_what_it_holds(
    office: User, project: Project
) -> None:
    held = {
        "title": "Rename", "method": "PATCH", "path": f"projects/{project.pk}/",
        "body": {"name": "After"}, "seen_version": project.version,
    }  # fmt: skip
    approver = factories.person()
    change = factories.change_request(
        project, approvers=[approver], state="approved", writes=[held]
    )
    for verb in ("assessment", "implementation"):
        path = f"/api/v1/change-requests/{change.pk}/{verb}/"
        narrow = client(office, "change-requests:write").post(path)
        assert (narrow.status_code, narrow.json()["code"]) == (403, "permission_denied"), verb
        assert "projects" in narrow.json()["detail"]
    assert Project.objects.get(pk=project.pk).name == "Before"
    wide = client(office, "change-requests:write", "projects:write").post(path)
    assert wide.status_code == 200, wide.content
    assert Project.objects.get(pk=project.pk).name == "After"
