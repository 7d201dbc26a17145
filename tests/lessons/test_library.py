"""The library of standards: versions come into force, and projects say how they apply them."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from pmhub.models import User
from projects.models import AssetVersion, Gate, ProcessAsset, Project, TailoringRecord
from tests import factories
from tests.api.conftest import errors_of
from tests.registers.test_pages import text_of


@pytest.fixture
def standard(project: Project) -> ProcessAsset:
    """A mandatory standard with a version in force."""
    asset = factories.process_asset(project.owner_portfolio, mandatory=True)
    factories.asset_version(asset)
    return asset


def test_a_version_is_published_by_somebody_else_and_retires_the_one_before(
    standard: ProcessAsset, pmo: User, api: Any
) -> None:
    owner = factories.user("keeps")
    factories.role(owner, "viewer", portfolio=standard.portfolio)
    ProcessAsset.objects.update(owner=owner.person)
    body = {"asset": standard.pk, "number": 2, "text": "Plan it twice"}
    assert api(owner).post("asset-versions/", body).status_code == 403
    path = f"asset-versions/{api(pmo).post('asset-versions/', body).json()['id']}/"
    api(pmo).verb(f"{path}submission/", {})
    assert api(pmo).patch(path, {"text": "Plan it thrice"}).status_code == 409
    answer = api(pmo).verb(f"{path}publication/", {})
    assert errors_of(answer)["/state"] == "permission_denied"  # nobody publishes their own
    shown = api(owner).verb(f"{path}publication/", {}).json()
    assert (shown["state"], shown["effective_from"]) == ("published", "2026-10-31")
    assert shown["approved_by"] == owner.person.pk
    assert [*standard.versions.values_list("number", "state")] == [(2, "published"), (1, "retired")]
    assert api(pmo).get(f"process-assets/{standard.pk}/").json()["version_in_force"] == 2


def test_a_review_is_said_by_its_owner_and_by_nobody_else(
    standard: ProcessAsset, lead: User, api: Any
) -> None:
    path = f"process-assets/{standard.pk}/"
    ProcessAsset.objects.update(review_on="2026-10-01")
    assert api(lead).get(path).json()["review_overdue"] is True
    assert api(lead).verb(f"{path}review/", {"review_on": "2027-10-01"}).status_code == 403
    ProcessAsset.objects.update(owner=lead.person)
    assert errors_of(api(lead).verb(f"{path}review/", {"review_on": "2026-10-31"})) == {
        "/review_on": "invalid"
    }
    shown = api(lead).verb(f"{path}review/", {"review_on": "2027-10-01"}).json()
    assert (shown["review_on"], shown["review_overdue"]) == ("2027-10-01", False)


def test_what_departs_from_a_standard_is_agreed_by_who_does_not_lead_the_project(
    standard: ProcessAsset, project: Project, lead: User, steers: User, api: Any
) -> None:
    body: dict[str, Any] = {"project": project.pk, "asset_version": standard.versions.get().pk}
    body |= {"answer": "adapted"}
    assert errors_of(api(lead).post("tailoring-records/", body)).keys() == {"/reason", "/what"}
    said = body | {"what": "By the supplier", "reason": "No crane of ours"}
    path = f"tailoring-records/{api(lead).post('tailoring-records/', said).json()['id']}/"
    assert api(lead).verb(f"{path}agreement/", {}).status_code == 403
    shown = api(steers).verb(f"{path}agreement/", {}).json()
    assert (shown["state"], shown["agreed_by"]) == ("agreed", steers.person.pk)
    assert api(lead).post("tailoring-records/", said).status_code == 400  # answered already


def test_one_that_is_applied_as_it_stands_needs_nobody(
    standard: ProcessAsset, project: Project, lead: User, api: Any
) -> None:
    body: dict[str, Any] = {"project": project.pk, "asset_version": standard.versions.get().pk}
    shown = api(lead).post("tailoring-records/", body).json()
    assert (shown["answer"], shown["state"], shown["agreed_by"]) == ("applied", "agreed", None)


def test_a_mandatory_standard_is_waived_by_the_pmo_alone(
    standard: ProcessAsset, project: Project, lead: User, steers: User, pmo: User, api: Any
) -> None:
    body: dict[str, Any] = {"project": project.pk, "asset_version": standard.versions.get().pk}
    body |= {"answer": "waived", "reason": "Nothing is lifted"}
    assert errors_of(api(lead).post("tailoring-records/", body)).keys() == {"/until"}
    made = api(lead).post("tailoring-records/", body | {"until": "2027-03-31"}).json()
    path = f"tailoring-records/{made['id']}/agreement/"
    refused = api(steers).verb(path, {})
    assert (refused.status_code, errors_of(refused)) == (403, {"/answer": "permission_denied"})
    assert api(pmo).verb(path, {}).json()["state"] == "agreed"


def test_an_unanswered_mandatory_standard_holds_the_gate(
    standard: ProcessAsset, project: Project, lead: User, steers: User, api: Any
) -> None:
    gate = factories.gate(project, state="open", approvers=[steers.person])
    held = api(steers).verb(f"gates/{gate.pk}/vote/", {"choice": "proceed"})
    assert held.status_code == 409
    assert f"{standard}." in str(held.json()["errors"])
    said = {"state": "decided", "decision": "proceed", "decided_on": "2026-10-31"}
    other = factories.gate(
        factories.project(programme=project.programme, complexity=5), state="open",
        approvers=[steers.person],
    )  # fmt: skip
    factories.gate_vote(other, person=steers.person)
    with pytest.raises(IntegrityError, match="mandatory standards"), transaction.atomic():
        Gate.objects.filter(pk=other.pk).update(**said)
    body: dict[str, Any] = {"project": project.pk, "asset_version": standard.versions.get().pk}
    api(lead).post("tailoring-records/", body)
    assert api(steers).verb(f"gates/{gate.pk}/vote/", {"choice": "proceed"}).status_code == 200


@pytest.mark.parametrize(
    "where",
    [
        {"least_complexity": 5},
        {"regulated": True},
        {"delivery_approach": "iterative"},
        {"stage": "closed"},
    ],
    ids=lambda where: next(iter(where)),
)
def test_a_standard_for_other_projects_holds_no_gate(
    standard: ProcessAsset, project: Project, steers: User, api: Any, where: dict[str, Any]
) -> None:
    ProcessAsset.objects.update(**where)
    gate = factories.gate(project, state="open", approvers=[steers.person])
    assert api(steers).verb(f"gates/{gate.pk}/vote/", {"choice": "proceed"}).status_code == 200


@pytest.mark.parametrize(
    ("model", "fields", "refused"),
    [
        (AssetVersion, {"text": "Other"}, "handed in for review|changed|update"),
        (AssetVersion, {"state": "draft"}, "No move leads"),
        (TailoringRecord, {"state": "agreed", "agreed_on": "2026-10-01"}, "agreed_by|agreed"),
        (TailoringRecord, {"answer": "waived"}, "until"),
    ],
    ids=["a published text", "a state", "an agreement by nobody", "a waiver without an end"],
)
def test_plain_sql_does_not_get_around_it(
    standard: ProcessAsset, project: Project, model: Any, fields: Any, refused: str
) -> None:
    factories.tailoring(project, asset_version=standard.versions.get())
    with pytest.raises(Exception, match=refused), transaction.atomic():
        model.objects.update(**fields)


def test_a_standard_is_waived_until_a_day_that_is_still_to_come(
    standard: ProcessAsset, project: Project, lead: User, api: Any
) -> None:
    body = {
        "project": project.pk, "asset_version": standard.versions.get().pk, "answer": "waived",
        "reason": "No cranes",
    }  # fmt: skip
    answer = api(lead).post("tailoring-records/", body | {"until": "2020-01-01"})
    assert errors_of(answer).keys() == {"/until"}
    made = api(lead).post("tailoring-records/", body | {"until": "2027-01-01"})
    assert made.status_code == 201
    with pytest.raises(IntegrityError, match="has passed"), transaction.atomic():
        TailoringRecord.objects.filter(pk=made.json()["id"]).update(until="2020-01-01")


def test_the_page_of_a_standard_says_how_the_projects_in_sight_apply_it(
    standard: ProcessAsset, project: Project, lead: User, elsewhere: User, api: Any
) -> None:
    body = {"project": project.pk, "asset_version": standard.versions.get().pk, "answer": "adapted"}
    said = body | {"what": "By the supplier", "reason": "No crane of ours"}
    assert api(lead).post("tailoring-records/", said).status_code == 201

    def told(user: User) -> str:
        return text_of(api(user).client.get(f"/process-assets/{standard.pk}/"))

    assert f"{project.name} 1 Adapted By the supplier Proposed" in told(lead)
    assert project.code not in told(elsewhere)
