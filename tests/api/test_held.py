"""What a state holds is changed by no edit: lists and days neither."""

from typing import Any

import pytest

from pmhub.models import User
from tests import factories
from tests.api.conftest import errors_of


@pytest.mark.parametrize(("state", "status"), [("idea", 200), ("proposed", 409)])
def test_what_is_proposed_goes_on_serving_the_objectives_that_it_named(
    state: str, status: int, office: User, api: Any
) -> None:
    home = factories.portfolio()
    named, other = factories.objective(portfolio=home), factories.objective(portfolio=home)
    proposal = factories.proposal(home, state=state)
    proposal.objectives.set([named])
    path = f"proposals/{proposal.pk}/"
    answer = api(office).patch(path, {"objectives": [other.pk]})
    assert answer.status_code == status, answer.content
    assert [*proposal.objectives.all()] == [other if status == 200 else named]
    if status == 409:
        assert errors_of(answer) == {"/objectives": "state_holds"}
        assert api(office).patch(path, {"objectives": [named.pk]}).status_code == 200


@pytest.mark.parametrize(("state", "status"), [("planned", 200), ("sent", 409)])
def test_what_was_said_was_said_to_those_who_heard_it(
    state: str, status: int, office: User, api: Any
) -> None:
    project = factories.project()
    heard, other = factories.stakeholder(project), factories.stakeholder(project)
    sent = {"sent_on": "2026-10-01"} if state == "sent" else {}
    said = factories.communication(project, state=state, **sent)
    said.audience.set([heard])
    answer = api(office).patch(f"communications/{said.pk}/", {"audience": [other.pk]})
    assert answer.status_code == status, answer.content


def test_the_day_of_a_mandate_is_said_as_it_is_issued(office: User, api: Any) -> None:
    mandate = factories.mandate(
        factories.programme(), state="issued", issued_on="2026-10-01", issued_by=factories.person()
    )
    path = f"mandates/{mandate.pk}/"
    assert api(office).patch(path, {"issued_on": "2026-10-01"}).status_code == 200
    answer = api(office).patch(path, {"issued_on": "2026-09-01"})
    assert (answer.status_code, answer.json()["code"]) == (409, "use_verb")


@pytest.mark.parametrize(("state", "status"), [("planned", 200), ("reported", 409)])
def test_a_review_stays_with_what_it_judged(
    state: str, status: int, office: User, api: Any
) -> None:
    home = factories.programme()
    judged, other = factories.project(programme=home), factories.project(programme=home)
    held = {"held_on": "2026-10-01", "dca": "red"} if state == "reported" else {}
    review = judged.assurance_reviews.create(code="V2", kind="gate_3", state=state, **held)
    answer = api(office).patch(f"assurance-reviews/{review.pk}/", {"project": other.pk})
    assert answer.status_code == status, answer.content
    review.refresh_from_db()
    assert review.project == (other if status == 200 else judged)
