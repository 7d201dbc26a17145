"""Who judges a project is not who manages it, by whichever path they come."""

from typing import Any

import pytest

from benefits.models import BenefitContribution
from pmhub.models import User
from tests import factories
from tests.api.test_every_door import filled, refused_at, update


@pytest.fixture
def assurer(office: User) -> Any:
    """A user who may assure all projects of a portfolio, and manages one of them."""
    user, project = factories.user("assurer"), factories.project()
    factories.role(user, "assurer", portfolio=project.owner_portfolio)
    project.project_manager = user.person
    project.save()
    other = factories.project(programme=project.programme)
    return user, project, other


def test_nobody_assures_the_project_that_they_manage(assurer: Any, api: Any) -> None:
    user, own, other = assurer
    reviews = [each.assurance_reviews.create(code="V2", kind="gate_3") for each in (own, other)]
    body = {"code": "V1", "kind": "peer"}
    assert api(user).post("assurance-reviews/", body | {"project": own.pk}).status_code == 403
    made = api(user).post("assurance-reviews/", body | {"project": other.pk})
    assert made.status_code == 201
    for review, status in zip(reviews, (403, 200), strict=True):
        path = f"assurance-reviews/{review.pk}/"
        assert api(user).patch(path, {"title": "Looked at"}).status_code == status
        holding = api(user).verb(f"{path}holding/", {"held_on": "2026-10-01", "dca": "green"})
        assert holding.status_code == status
        advice = {"review": review.pk, "number": 1, "text": "Go on"}
        answer = api(user).post("assurance-recommendations/", advice)
        assert answer.status_code == (403 if status == 403 else 201)


def test_nor_by_any_other_path_that_says_who_they_are(assurer: Any, client_of: Any) -> None:
    user, own, other = assurer
    User.objects.filter(pk=user.pk).update(is_staff=True)
    factories.role(user, "pmo")
    reviews = [each.assurance_reviews.create(code="V2", kind="gate_3") for each in (own, other)]
    for review, saved in zip(reviews, (False, True), strict=True):
        answer = filled(client_of(user), review, title="Looked at")
        review.refresh_from_db()
        assert (answer.status_code == 302, review.title == "Looked at") == (saved, saved)


def test_nor_verifies_what_it_brings_in_plain_sql(assurer: Any) -> None:
    user, own, _ = assurer
    benefit = factories.benefit(programme=own.programme)
    BenefitContribution.objects.create(benefit=benefit, project=own, weight="0.5")
    measured = factories.measurement(benefit, 2024, 5)
    with refused_at("verified_by"):
        update(measured, status="verified", verified_by=user.person)
    update(measured, status="verified", verified_by=factories.person())
